// heap.toJS: what is in the heap as plain JavaScript values, read from linear memory. No handle is made, and no code runs but this, so
// nothing moves meanwhile. Containers are made empty when they are met first, and filled one after another: depth is no matter.

import type { Word } from "./address.js";
import { show } from "./arguments.js";
import { Handle, type HandleClass, type Inside, refusePosted } from "./handle.js";
import { itemsAt, referentOf } from "./items.js";
import {
  ARRAY_DATA,
  ARRAY_KIND,
  ARRAY_LENGTH,
  FLOAT_VALUE,
  ID_ARRAY,
  ID_BOOL,
  ID_BYTES,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FLOAT,
  ID_FROZENSET,
  ID_INT,
  ID_LIST,
  ID_SET,
  ID_STR,
  ID_TUPLE,
  LIST_ITEMS,
  LIST_LENGTH,
  O_TYPE,
  T_OF_MAP,
  T_WEAK,
  TEXT_DATA,
  TEXT_LENGTH,
  TRUE_OBJECT,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
} from "./layout.js";
import { classOfKind } from "./leaves.js";
import type { HeapMemory, Views } from "./memory.js";
import { readInt } from "./numbers.js";
import type { Objects } from "./objects.js";
import type { PrintableField } from "./printing.js";
import { readStr } from "./text.js";
import { addressAt, indexOf, integerOf, isAddress } from "./word.js";

/**
 * A value without handles: lists, tuples and deques are arrays, dicts plain objects or Maps, sets Sets, bytes Uint8Arrays, arrays
 * typed arrays, and other objects are plain objects of their fields. What is shared, or part of a cycle, is so in the result. `call`
 * begins messages.
 *
 * @throws TypeError what is no value of a heap; HandleError
 */
export function toPlain(objects: Objects, value: unknown, call: string): unknown {
  if (value instanceof Handle) return new Reading(objects).run(indexOf(objects.addressOf(value, call)));
  if ((typeof value !== "object" || value === null) && typeof value !== "function" && typeof value !== "symbol") {
    return value ?? null;
  }
  refusePosted(value, call);
  throw new TypeError(`${call}: wants null, a boolean, number, bigint, string or handle, not ${show(value)}`);
}

const NO_WORDS: readonly Word[] = [];

type Fields = { [name: string]: unknown };

class Reading {
  readonly #objects: Objects;
  readonly #memory: HeapMemory;
  readonly #views: Views;
  /** Of objects to which there is more than one reference, by the indices of their headers. */
  readonly #made = new Map<number, object>();
  readonly #texts = new Map<number, string>();
  /** What has to be filled: indices of headers, what was made for them, and the words of those that are dicts. */
  readonly #indices: number[] = [];
  readonly #shells: object[] = [];
  readonly #entries: (readonly Word[])[] = [];

  constructor(objects: Objects) {
    this.#objects = objects;
    this.#memory = objects.engine.memory;
    this.#memory.refresh();
    this.#views = objects.views;
  }

  run(root: number): unknown {
    const value = this.#valueAt(root);
    for (let index = this.#indices.pop(); index !== undefined; index = this.#indices.pop()) {
      this.#fill(index, this.#shells.pop() as object, this.#entries.pop() ?? NO_WORDS);
    }
    return value;
  }

  #valueOf(word: Word): unknown {
    if (isAddress(word)) return this.#valueAt(indexOf(word));
    return word === 0 ? null : integerOf(word);
  }

  #valueAt(index: number): unknown {
    switch (this.#typeWord(index) >>> TYPE_ID_SHIFT) {
      case ID_STR:
        return this.#textAt(index);
      case ID_FLOAT:
        return this.#views.f64[(index + FLOAT_VALUE / 4) >> 1];
      case ID_INT:
        return readInt(this.#views, index);
      case ID_BOOL:
        return index === indexOf(TRUE_OBJECT);
      default:
        return this.#isShared(index) ? this.#sharedAt(index) : this.#make(index);
    }
  }

  #typeWord(index: number): number {
    return this.#views.u32[index + O_TYPE / 4] as number;
  }

  /** A word of the object at an index, by its offset. */
  #wordAt(index: number, offset: number): number {
    return this.#views.u32[index + (offset >>> 2)] as number;
  }

  /**
   * Others are met once; or they are immortal and empty, and become another empty value each time. What is weakly referenced may be met
   * that way, too.
   */
  #isShared(index: number): boolean {
    return (this.#views.i32[index] as number) > 1 || (this.#typeWord(index) & T_WEAK) !== 0;
  }

  #textAt(index: number): string {
    if (!this.#isShared(index)) return readStr(this.#views, index);
    let text = this.#texts.get(index);
    if (text === undefined) {
      text = readStr(this.#views, index);
      this.#texts.set(index, text);
    }
    return text;
  }

  #sharedAt(index: number): object {
    let object = this.#made.get(index);
    if (object === undefined) {
      object = this.#make(index);
      this.#made.set(index, object);
    }
    return object;
  }

  // ── objects, empty ────────────────────────────────────────────────────────────────────────────────

  #make(index: number): object {
    const typeId = this.#typeWord(index) >>> TYPE_ID_SHIFT;
    if (typeId === ID_BYTES) return this.#bytesAt(index);
    if (typeId === ID_ARRAY) return this.#arrayAt(index);
    const entries = isDict(typeId) ? this.#itemsAt(index) : NO_WORDS;
    const shell = this.#shellFor(typeId, index, entries);
    this.#indices.push(index);
    this.#shells.push(shell);
    this.#entries.push(entries);
    return shell;
  }

  #shellFor(typeId: number, index: number, entries: readonly Word[]): object {
    switch (typeId) {
      case ID_LIST:
      case ID_TUPLE:
      case ID_DEQUE:
        return [];
      case ID_SET:
      case ID_FROZENSET:
        return new Set();
      case ID_DICT:
      case ID_DEFAULTDICT:
        return this.#becomesMap(index, entries) ? new Map() : {};
      default:
        return {};
    }
  }

  /** A dict that was made of a Map, or has a key that is no text. */
  #becomesMap(index: number, entries: readonly Word[]): boolean {
    if ((this.#typeWord(index) & T_OF_MAP) !== 0) return true;
    for (let i = 0; i < entries.length; i += 2) if (!this.#isText(entries[i] as Word)) return true;
    return false;
  }

  #isText(word: Word): boolean {
    return isAddress(word) && this.#typeWord(indexOf(word)) >>> TYPE_ID_SHIFT === ID_STR;
  }

  #bytesAt(index: number): Uint8Array {
    const at = addressAt(index) + TEXT_DATA;
    return this.#views.u8.slice(at, at + (this.#views.u32[index + TEXT_LENGTH / 4] as number));
  }

  #arrayAt(index: number): ArrayBufferView {
    const { u32, u8 } = this.#views;
    const Class = classOfKind(u32[index + ARRAY_KIND / 4] as number);
    const at = u32[index + ARRAY_DATA / 4] as number;
    return new Class(u8.slice(at, at + (u32[index + ARRAY_LENGTH / 4] as number) * Class.BYTES_PER_ELEMENT).buffer);
  }

  // ── what is in them ───────────────────────────────────────────────────────────────────────────────

  #itemsAt(index: number): readonly Word[] {
    return itemsAt(this.#memory, addressAt(index))?.words ?? [];
  }

  #fill(index: number, shell: object, entries: readonly Word[]): void {
    const typeId = this.#typeWord(index) >>> TYPE_ID_SHIFT;
    if (typeId === ID_LIST)
      this.#fillRow(shell as unknown[], this.#wordAt(index, LIST_ITEMS), this.#wordAt(index, LIST_LENGTH));
    else if (typeId === ID_TUPLE)
      this.#fillRow(shell as unknown[], addressAt(index) + TUPLE_ITEMS, this.#wordAt(index, TUPLE_LENGTH));
    else if (isDict(typeId)) this.#fillDict(shell, entries);
    else if (Array.isArray(shell)) for (const word of this.#itemsAt(index)) shell.push(this.#valueOf(word));
    else if (shell instanceof Set) for (const word of this.#itemsAt(index)) shell.add(this.#valueOf(word));
    else this.#fillFields(index, shell as Fields, typeId);
  }

  /** With the words of a list or a tuple, which lie in a row. */
  #fillRow(array: unknown[], from: number, count: number): void {
    const { u32 } = this.#views;
    const start = from >>> 2;
    for (let i = 0; i < count; i++) array.push(this.#valueOf(u32[start + i] as Word));
  }

  #fillDict(shell: object, entries: readonly Word[]): void {
    if (shell instanceof Map) {
      for (let i = 0; i < entries.length; i += 2) {
        shell.set(this.#valueOf(entries[i] as Word), this.#valueOf(entries[i + 1] as Word));
      }
    } else {
      for (let i = 0; i < entries.length; i += 2) {
        setOwn(shell as Fields, this.#textAt(indexOf(entries[i] as number)), this.#valueOf(entries[i + 1] as Word));
      }
    }
  }

  /** The fields of a struct: scalars through their accessors, references from their words. */
  #fillFields(index: number, object: Fields, typeId: number): void {
    const body = { $hold: { index } };
    for (const { name, from, weak } of fieldsOf(this.#objects.types.classOf(typeId))) {
      setOwn(object, name, typeof from === "number" ? this.#referenceAt(index + from, weak) : from.call(body));
    }
  }

  #referenceAt(at: number, weak: boolean | undefined): unknown {
    const { u32 } = this.#views;
    const word = u32[at] as Word;
    return this.#valueOf(weak ? referentOf(u32, word) : word);
  }
}

function isDict(typeId: number): boolean {
  return typeId === ID_DICT || typeId === ID_DEFAULTDICT;
}

/** The fields that handles of a class have. */
function fieldsOf(Class: HandleClass): readonly PrintableField[] {
  return (Class.prototype as Inside).$fields;
}

/** A property of any name: one called __proto__, too. */
function setOwn(object: Fields, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}
