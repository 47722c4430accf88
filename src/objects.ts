// The objects of one heap: who makes them, who holds them, and what a reference word stands for.

import { hex, type ObjectAddress, type Word } from "./address.js";
import { show } from "./arguments.js";
import type { Core } from "./core.js";
import type { Engine } from "./engine.js";
import { allocationFailure } from "./failure.js";
import {
  type Cell,
  foreignHandle,
  Handle,
  type HandleClass,
  type HandleOwner,
  inside,
  LENT,
  releasedHandle,
} from "./handle.js";
import {
  FALSE_OBJECT,
  G_COUNT,
  G_ENABLED,
  G_LIMIT,
  G_TYPES,
  GC,
  GC_BYTES,
  O_TYPE,
  T_TRACKED,
  TRUE_OBJECT,
  TYPE_ID_SHIFT,
  TYPE_SHIFT,
  TYPE_SIZE,
  TYPE_WORD,
} from "./layout.js";
import type { Views } from "./memory.js";
import { objectFailure } from "./objectfailure.js";
import { HandleScope, type Scope } from "./scope.js";
import { NO_MEMORY, OK } from "./status.js";
import type { ReportUnraisable } from "./unraisable.js";
import { addressAt, INTEGER_MAX, INTEGER_MIN, indexOf, integerOf, integerWord, isInteger } from "./word.js";

/** What a reference reads as. */
export type Value = null | boolean | number | Handle;
/** What may be stored in one: null, true, false, an integer of −2^30 … 2^30 − 1, or a handle; `undefined` is null, −0 is 0. */
export type Storable = Value | undefined;

/** What a reference can hold, for messages. */
const HOLDS = `a reference holds null, true, false, integers of ${INTEGER_MIN} … ${INTEGER_MAX} and handles`;

const COUNT_INDEX = indexOf(GC + G_COUNT);
const LIMIT_INDEX = indexOf(GC + G_LIMIT);

export class Objects implements HandleOwner {
  readonly engine: Engine;
  readonly views: Views;
  /** Runs the automatic collection that is due. Called before an object is made, and only when one is. */
  safePoint: () => void;
  /** Collects everything, when memory is exhausted and automatic collection is on. */
  fullCollection: () => void;
  /** Live handles. */
  handleCount = 0;
  readonly #core: Core;
  /** The innermost scope that is open. */
  #scope: HandleScope | null = null;
  /** By type id; types that were not defined by `heap.struct` have none. */
  readonly #classes: (HandleClass | undefined)[] = [];
  /** Handles of objects of those types, by type id. */
  readonly #plainClasses = new Map<number, HandleClass>();
  readonly #registry: FinalizationRegistry<Cell>;

  constructor(engine: Engine, report: ReportUnraisable) {
    this.engine = engine;
    this.views = engine.memory.views;
    this.#core = engine.core;
    this.safePoint = () => engine.run((core) => core.collect(core.dueGeneration()));
    this.fullCollection = () => engine.run((core) => core.collect(2));
    this.#registry = new FinalizationRegistry((cell) => {
      try {
        if (cell.index !== 0) this.drop(cell.index, cell);
      } catch (error) {
        report(error, "Exception ignored while releasing a forgotten handle", hex(addressAt(cell.index)));
      }
    });
  }

  // ── handles ───────────────────────────────────────────────────────────────────────────────────────

  /** The handle of an object, which takes over one reference. */
  adopt(address: ObjectAddress): Handle {
    const index = indexOf(address);
    const Class = this.#classes[this.typeIdAt(address)] ?? this.#plainClass(this.typeIdAt(address));
    return new Class(index);
  }

  /** A handle of an object, which takes a reference of its own. */
  wrap(address: ObjectAddress): Handle {
    this.incref(indexOf(address));
    return this.adopt(address);
  }

  /** Says which class the handles of a type have. */
  bindClass(typeId: number, Class: HandleClass): void {
    this.#classes[typeId] = Class;
  }

  enlist(handle: Handle): void {
    this.handleCount++;
    if (this.#scope !== null) this.#scope.add(handle);
    else this.#register(handle);
  }

  drop(index: number, cell: Cell | null): void {
    this.handleCount--;
    if (cell === LENT) return;
    if (cell !== null) cell.index = 0;
    if (this.engine.down === null) this.decref(index);
  }

  /** Takes a handle's reference over. The handle may be used until `retire`, or until it is released, which drops nothing. */
  takeOver(handle: Handle, call: string): ObjectAddress {
    const address = this.addressOf(handle, call);
    const body = inside(handle);
    // Of one that has given its reference away already, another is taken.
    if (body.$cell === LENT) this.incref(body.$at);
    else if (body.$cell !== null) body.$cell.index = 0;
    body.$cell = LENT;
    return address;
  }

  /**
   * The address of a live handle's object.
   *
   * @throws TypeError not a handle; HandleError
   */
  addressOf(handle: unknown, call: string): ObjectAddress {
    if (!(handle instanceof Handle)) throw new TypeError(`${call}: wants a handle, not ${show(handle)}`);
    const { $at, $owner } = inside(handle);
    if ($owner !== this) throw foreignHandle(handle, call);
    if (!($at > 0)) throw releasedHandle(handle, call);
    return addressAt($at);
  }

  /** Runs `body` in a scope of its own; see {@link Heap.scope}. */
  scoped<T>(body: (scope: Scope) => T): T {
    const scope = new HandleScope(this.#scope, () => this.#scope);
    this.#scope = scope;
    let result: T;
    try {
      result = body(scope);
    } catch (error) {
      this.#leave(scope, undefined);
      throw error;
    }
    const failure = this.#leave(scope, result);
    if (failure !== null) throw failure;
    if (isPromise(result)) {
      throw new TypeError(
        "heap.scope: the body returned a promise, and its handles are released already; end the scope before the first await, or " +
          "release handles by hand",
      );
    }
    return result;
  }

  #leave(scope: HandleScope, result: unknown): unknown {
    const { outer } = scope;
    this.#scope = outer;
    return scope.end(result, (handle) => {
      if (outer !== null) outer.add(handle);
      else this.#register(handle);
    });
  }

  #register(handle: Handle): void {
    const body = inside(handle);
    if (body.$cell === LENT) return;
    const cell = { index: body.$at };
    body.$cell = cell;
    this.#registry.register(handle, cell);
  }

  /** The class for handles of objects whose type the host knows nothing about. */
  #plainClass(typeId: number): HandleClass {
    let Class = this.#plainClasses.get(typeId);
    if (Class === undefined) {
      Class = this.handleClass(`type ${typeId}`);
      this.#plainClasses.set(typeId, Class);
    }
    return Class;
  }

  /** A new class of handles of this heap. */
  handleClass(typeName: string): HandleClass {
    const Class = class extends Handle {};
    Object.defineProperties(Class.prototype, { $owner: { value: this }, typeName: { value: typeName } });
    return Class;
  }

  // ── words ─────────────────────────────────────────────────────────────────────────────────────────

  /** What a word stands for; objects get a new handle. */
  valueOf(word: Word): Value {
    if (word === 0) return null;
    if (isInteger(word)) return integerOf(word);
    if (word === TRUE_OBJECT) return true;
    if (word === FALSE_OBJECT) return false;
    return this.wrap(word as number);
  }

  /**
   * The word for a value; takes no reference. `what` begins the message.
   *
   * @throws TypeError what a reference cannot hold; RangeError an integer that is too large; HandleError
   */
  wordOf(value: unknown, what: string): Word {
    if (value === null || value === undefined) return 0;
    if (value instanceof Handle) return this.addressOf(value, what);
    if (value === true) return TRUE_OBJECT;
    if (value === false) return FALSE_OBJECT;
    if (typeof value === "number" && Number.isInteger(value)) {
      if (value >= INTEGER_MIN && value <= INTEGER_MAX) return integerWord(value);
      throw new RangeError(`${what}: ${HOLDS}, not ${value}`);
    }
    throw new TypeError(`${what}: ${HOLDS}, not ${show(value)}`);
  }

  // ── counts and references ─────────────────────────────────────────────────────────────────────────

  /** One reference more to the object at an index. */
  incref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 0) views.i32[index] = count + 1;
  }

  /** One reference less. */
  decref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 1) views.i32[index] = count - 1;
    else if (count === 1) this.#free(index);
  }

  #free(index: number): void {
    let status: number;
    try {
      status = this.#core.decref(addressAt(index));
    } catch (error) {
      throw this.engine.trapped(error);
    }
    if (status !== OK) throw objectFailure(this.engine, "decref", addressAt(index), status);
  }

  /** Stores a word in the slot at an index of the view of words, with a reference to it, and drops the old one. */
  store(slot: number, word: Word): void {
    const { u32 } = this.views;
    const old = u32[slot] as number;
    if (isAddress(word)) this.incref(word >>> 2);
    u32[slot] = word;
    if (isAddress(old)) this.decref(old >>> 2);
  }

  // ── new objects ───────────────────────────────────────────────────────────────────────────────────

  /**
   * A new object, of which the caller owns the one reference there is. May collect first.
   *
   * @throws MemoryError
   */
  create(typeId: number): ObjectAddress {
    const { engine } = this;
    const { words } = engine.memory;
    if ((words[COUNT_INDEX] as number) > (words[LIMIT_INDEX] as number)) this.safePoint();
    if (engine.down !== null) throw engine.refusal();
    let address: number;
    try {
      address = this.#core.newObject(typeId) >>> 0;
    } catch (error) {
      throw engine.trapped(error);
    }
    return address !== 0 ? address : this.#createAtAnyCost(typeId);
  }

  #createAtAnyCost(typeId: number): ObjectAddress {
    const { engine } = this;
    const address = this.collectedFor() ? engine.run((core) => core.newObject(typeId)) >>> 0 : 0;
    if (address !== 0) return address;
    throw allocationFailure(engine, `new object of type ${typeId}`, this.sizeOfType(typeId));
  }

  /** After an allocation has failed: true if memory was short and everything was collected, so that it may be tried again. */
  collectedFor(): boolean {
    const { engine } = this;
    if (engine.run((core) => core.lastStatus()) !== NO_MEMORY || engine.memory.word(GC + G_ENABLED) === 0) return false;
    this.fullCollection();
    return true;
  }

  // ── types ─────────────────────────────────────────────────────────────────────────────────────────

  typeIdAt(address: ObjectAddress): number {
    return this.engine.memory.word(address + O_TYPE) >>> TYPE_ID_SHIFT;
  }

  typeNameAt(address: ObjectAddress): string {
    const id = this.typeIdAt(address);
    const Class = this.#classes[id] ?? this.#plainClass(id);
    return (Class.prototype as Handle).typeName;
  }

  /** The word that all objects of a type have in their header. */
  typeWordOf(typeId: number): number {
    return this.#typeRecord(typeId, TYPE_WORD);
  }

  /** Bytes of an instance, headers included. */
  sizeOfType(typeId: number): number {
    const tracked = (this.typeWordOf(typeId) & T_TRACKED) !== 0;
    return this.#typeRecord(typeId, TYPE_SIZE) + (tracked ? GC_BYTES : 0);
  }

  #typeRecord(typeId: number, field: number): number {
    const { memory } = this.engine;
    return memory.word(memory.word(GC + G_TYPES) + (typeId << TYPE_SHIFT) + field);
  }
}

/** The word refers to an object. */
function isAddress(word: Word): boolean {
  return word !== 0 && !isInteger(word);
}

function isPromise(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Handle) &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
