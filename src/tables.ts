// The dicts and sets of one heap: how they are made, and the classes of their handles.

import type { ObjectAddress, Word } from "./address.js";
import { show } from "./arguments.js";
import type { Core } from "./core.js";
import { DefaultDict, Factories, type Factory } from "./defaultdict.js";
import { copyDict, DICT_SHIFT, Dict, type DictEntries, fillDict } from "./dict.js";
import { Handle, type HandleBase, type HandleClass, Hold, LENT } from "./handle.js";
import { itemsAt } from "./items.js";
import { Iterations } from "./iteration.js";
import type { Keyed } from "./keyed.js";
import {
  DEFAULTDICT_BYTES,
  DICT_BYTES,
  GC_BYTES,
  ID_DEFAULTDICT,
  ID_DICT,
  ID_FROZENSET,
  ID_SET,
  O_TYPE,
  SET_BYTES,
  T_OF_MAP,
} from "./layout.js";
import type { Objects, Storable } from "./objects.js";
import { lengthOf } from "./plaindata.js";
import { residentHandle } from "./resident.js";
import { addWords, FrozenSet, fillSet, HeapSet, SET_SHIFT, type SetMaker } from "./set.js";
import { OK } from "./status.js";
import { indexOf } from "./word.js";

export class Tables {
  readonly objects: Objects;
  readonly #factories: Factories;
  readonly #Dict: HandleClass<Dict>;
  readonly #DefaultDict: HandleClass<DefaultDict>;
  readonly #Set: HandleClass<HeapSet>;
  readonly #FrozenSet: HandleClass<FrozenSet>;

  constructor(objects: Objects) {
    const iterations = new Iterations();
    const classOf = <H extends Keyed>(typeId: number, Base: HandleBase<H>, shift: number): HandleClass<H> => {
      const Class = objects.types.newOwnClass(typeId, Base);
      Object.defineProperties(Class.prototype, { $iterations: { value: iterations }, $entryShift: { value: shift } });
      return Class;
    };
    this.objects = objects;
    this.#factories = new Factories(objects.engine);
    this.#Dict = classOf(ID_DICT, Dict, DICT_SHIFT);
    this.#DefaultDict = classOf(ID_DEFAULTDICT, DefaultDict, DICT_SHIFT);
    Object.defineProperty(this.#DefaultDict.prototype, "$factories", { value: this.#factories });
    this.#Set = classOf(ID_SET, HeapSet, SET_SHIFT);
    this.#FrozenSet = classOf(ID_FROZENSET, FrozenSet, SET_SHIFT);
    const sets: SetMaker = {
      set: (values, call) => this.#set(values, call),
      freeze: (set, call) => this.#frozen(set, call),
    };
    for (const Class of [this.#Set, this.#FrozenSet]) Object.defineProperty(Class.prototype, "$sets", { value: sets });
  }

  /** See {@link Heap.dict}. */
  dict(entries: DictEntries): Dict {
    const call = "heap.dict";
    if (isPlain(entries)) return this.#converted(this.#Dict, entries, ID_DICT, call, PAIRS);
    requireIterable(entries, call, PAIRS);
    const capacity = sizeOf(entries);
    const dict = this.#made(this.#Dict, call, DICT_BYTES, (core) => core.newDict(capacity));
    return this.#filled(dict, entries, call);
  }

  /** See {@link Heap.defaultdict}. */
  defaultdict(factory: Factory, entries: DictEntries): Dict {
    const call = "heap.defaultdict";
    if (typeof factory !== "function") {
      throw new TypeError(`${call}: wants a function that makes the values of missing keys, not ${show(factory)}`);
    }
    const given = isPlain(entries) && !(entries instanceof Map) ? Object.entries(entries) : entries;
    requireIterable(given, call, PAIRS);
    const capacity = sizeOf(given);
    // The number is asked for last: a collection before may have run code that made others, and had unused ones forgotten.
    const dict = this.#made(this.#DefaultDict, call, DEFAULTDICT_BYTES, (core) =>
      core.newDefaultDict(capacity, this.#factories.numberOf(factory)),
    );
    this.#factories.made(dict.address);
    return this.#filled(dict, given, call);
  }

  /** See {@link Heap.set}. */
  set(values: Iterable<Storable>): HeapSet {
    return this.#set(values, "heap.set");
  }

  /** See {@link Heap.frozenset}. */
  frozenset(values: Iterable<Storable>): FrozenSet {
    const call = "heap.frozenset";
    if (values instanceof FrozenSet) return this.objects.wrap(this.objects.addressOf(values, call)) as FrozenSet;
    return this.#frozen(this.#set(values, call), call);
  }

  /** A frozenset in place of a set that nobody else has. */
  #frozen(set: HeapSet, call: string): FrozenSet {
    const address = this.objects.takeOver(set, call);
    set.release();
    const status = this.objects.engine.run((core) => core.setFreeze(address));
    if (status === OK) return this.#handle(this.#FrozenSet, address);
    this.objects.dropWord(address);
    throw new TypeError(
      `${call}: somebody got hold of the set that was to become a frozenset, by gc.getObjects() for instance; do that when it is made`,
    );
  }

  #set(values: Iterable<Storable>, call: string): HeapSet {
    if (values instanceof Set) return this.#converted(this.#Set, values, ID_SET, call, VALUES);
    requireIterable(values, call, VALUES);
    // An array may have many equal values.
    const capacity = Array.isArray(values) ? 0 : sizeOf(values);
    const set = this.#made(this.#Set, call, SET_BYTES, (core) => core.newSet(capacity));
    return orRelease(set, () => {
      const words = this.#wordsOf(values, call);
      if (words === null) fillSet(set, values, call);
      else addWords(set, words, call);
    });
  }

  /** The words that a container of the heap gives when one goes through it; null for all else. */
  #wordsOf(values: unknown, call: string): readonly Word[] | null {
    if (!(values instanceof Handle)) return null;
    const address = this.objects.addressOf(values, call);
    const words = itemsAt(this.objects.engine.memory, address)?.words ?? null;
    return words !== null && values instanceof Dict ? words.filter((_, index) => index % 2 === 0) : words;
  }

  #filled(dict: Dict, entries: Iterable<unknown>, call: string): Dict {
    const { objects } = this;
    return orRelease(dict, () => {
      if (!(entries instanceof Dict)) fillDict(objects, dict, entries, call);
      else copyDict(objects, dict, entries, call);
      if (isOfMap(objects, entries)) markOfMap(objects, dict.address);
    });
  }

  /** A dict without entries, whose handle belongs to no scope. */
  dictApart(call: string): Dict {
    return this.objects.newHandleApart(this.#Dict, indexOf(this.newDict(call))) as Dict;
  }

  /** The same of a set. */
  setApart(call: string): HeapSet {
    this.objects.collectIfDue();
    const set = this.objects.made(call, SET_BYTES + GC_BYTES, (core) => core.newSet(0));
    return this.objects.newHandleApart(this.#Set, indexOf(set)) as HeapSet;
  }

  /** A dict without entries, of which the caller owns the one reference there is. */
  newDict(call: string): ObjectAddress {
    this.objects.collectIfDue();
    return this.objects.made(call, DICT_BYTES + GC_BYTES, (core) => core.newDict(0));
  }

  /** A handle for who owns a dict himself: in no scope, not counted, and without a reference of its own. */
  privateDict(address: ObjectAddress): Dict {
    const hold = new Hold(indexOf(address));
    hold.state = LENT;
    return new this.#Dict(hold);
  }

  /** The handle of a dict that the heap owns: in no scope, not counted, and there as long as the heap. */
  residentDict(address: ObjectAddress): Dict {
    return residentHandle(this.#Dict, address);
  }

  // ── objects ───────────────────────────────────────────────────────────────────────────────────────

  /** A new object of `bytes` from its header on, which may have a table of its own. */
  #made<H extends Handle>(Class: HandleClass<H>, call: string, bytes: number, make: (core: Core) => number): H {
    this.objects.collectIfDue();
    return this.#handle(Class, this.objects.made(call, bytes + GC_BYTES, make) as ObjectAddress);
  }

  /** What plain data become in one go. */
  #converted<H extends Handle>(Class: HandleClass<H>, data: object, typeId: number, call: string, wanted: string): H {
    const word = this.objects.ownedWord(data, call) as ObjectAddress;
    if (this.objects.types.idAt(word) === typeId) return this.#handle(Class, word);
    this.objects.dropWord(word);
    throw refused(data, call, wanted);
  }

  #handle<H extends Handle>(Class: HandleClass<H>, address: ObjectAddress): H {
    return this.objects.newHandle(Class, indexOf(address)) as H;
  }
}

const PAIRS = "pairs [key, value], a Map, a plain object or a dict";
const VALUES = "something to go through: an array, a Set, a list …";

/** Returns the handle when `fill` has come to its end, and releases it when that throws. */
function orRelease<H extends Handle>(handle: H, fill: () => void): H {
  try {
    fill();
  } catch (error) {
    handle.release();
    throw error;
  }
  return handle;
}

/** A Map, or an object that one cannot go through. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || value instanceof Handle) return false;
  return value instanceof Map || !(Symbol.iterator in value);
}

function requireIterable(value: unknown, call: string, wanted: string): asserts value is Iterable<unknown> {
  const iterates = typeof (value as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === "function";
  if (!iterates || (wanted === PAIRS && typeof value === "string")) throw refused(value, call, wanted);
}

function refused(value: unknown, call: string, wanted: string): TypeError {
  return new TypeError(`${call}: wants ${wanted}, not ${show(value)}`);
}

/** How many entries are to be expected; 0 if nobody knows. */
function sizeOf(values: unknown): number {
  if (Array.isArray(values)) return lengthOf(values);
  return values instanceof Dict || values instanceof FrozenSet || values instanceof HeapSet ? values.size : 0;
}

/** The dict was made of a Map, or the entries are one. */
function isOfMap({ engine }: Objects, entries: Iterable<unknown>): boolean {
  if (!(entries instanceof Dict)) return entries instanceof Map;
  return (engine.memory.word(entries.address + O_TYPE) & T_OF_MAP) !== 0;
}

function markOfMap({ engine }: Objects, dict: number): void {
  engine.memory.setWord(dict + O_TYPE, engine.memory.word(dict + O_TYPE) | T_OF_MAP);
}
