// The texts, sequences and arrays of one heap: how they are made, and the classes of their handles.

import type { Word } from "./address.js";
import { refuseSize, show } from "./arguments.js";
import { numberOfKind, requireItems, TypedArrayHandle } from "./array.js";
import { type ArrayItem, type ArrayKind, viewOfKind } from "./arraykinds.js";
import { Bytes, bytesOf } from "./bytes.js";
import { isDone } from "./container.js";
import type { Core } from "./core.js";
import { Deque, type DequeOptions, limitOf } from "./deque.js";
import { allocationFailure } from "./failure.js";
import { Handle, type HandleClass } from "./handle.js";
import { itemsAt } from "./items.js";
import {
  ARRAY_OBJECT_BYTES,
  DEQUE_BYTES,
  EMPTY_TUPLE,
  ID_ARRAY,
  ID_BYTES,
  ID_DEQUE,
  ID_LIST,
  ID_STR,
  ID_TUPLE,
  LIST_BYTES,
  TEXT_DATA,
  TUPLE_ITEMS,
} from "./layout.js";
import { kindOf, SHORT_TEXT } from "./leaves.js";
import { List } from "./list.js";
import { objectFailure } from "./objectfailure.js";
import type { Objects, Storable } from "./objects.js";
import { Sequence } from "./sequence.js";
import { FrozenSet, HeapSet } from "./set.js";
import { NO_MEMORY, OK } from "./status.js";
import { Str } from "./str.js";
import { Tuple } from "./tuple.js";
import { indexOf, isAddress } from "./word.js";
import { ownedWords, withWords } from "./words.js";

/** Up to this many values without parts are made one by one. */
const FEW_VALUES = 16;

export class Containers {
  readonly #objects: Objects;
  readonly #Str: HandleClass<Str>;
  readonly #Bytes: HandleClass<Bytes>;
  readonly #Tuple: HandleClass<Tuple>;
  readonly #List: HandleClass<List>;
  readonly #Deque: HandleClass<Deque>;
  readonly #Array: HandleClass<TypedArrayHandle>;

  constructor(objects: Objects) {
    const { types } = objects;
    this.#objects = objects;
    this.#Str = types.newOwnClass(ID_STR, Str);
    this.#Bytes = types.newOwnClass(ID_BYTES, Bytes);
    this.#Tuple = types.newOwnClass(ID_TUPLE, Tuple);
    this.#List = types.newOwnClass(ID_LIST, List);
    this.#Deque = types.newOwnClass(ID_DEQUE, Deque);
    this.#Array = types.newOwnClass(ID_ARRAY, TypedArrayHandle);
  }

  /** See {@link Heap.str}. */
  str(text: string): Str {
    if (typeof text !== "string") throw new TypeError(`heap.str: wants a string, not ${show(text)}`);
    this.#objects.collectIfDue();
    return this.#handle(this.#Str, this.#objects.textWord(text, "heap.str"));
  }

  /** See {@link Sys.intern}. */
  intern(text: string): Str {
    if (typeof text !== "string") throw new TypeError(`sys.intern: wants a string, not ${show(text)}`);
    const objects = this.#objects;
    const call = "sys.intern";
    if (text.length <= SHORT_TEXT) {
      const interned = objects.made(call, TEXT_DATA + text.length * 2, (core) => {
        const key = objects.textKey(text);
        return core.internText(key >>> 1, 1 + (key & 1));
      });
      return this.#handle(this.#Str, interned);
    }
    const word = objects.textWord(text, call);
    try {
      return this.#handle(
        this.#Str,
        objects.made(call, 0, (core) => core.intern(word)),
      );
    } finally {
      objects.dropWord(word);
    }
  }

  /** See {@link Heap.bytes}. */
  bytes(data: Uint8Array | ArrayBuffer | readonly number[]): Bytes {
    const bytes = bytesOf(data, "heap.bytes");
    this.#objects.collectIfDue();
    return this.#handle(this.#Bytes, this.#objects.bytesWord(bytes, "heap.bytes"));
  }

  /** See {@link Heap.tuple}. */
  tuple(items: Iterable<Storable>): Tuple {
    const call = "heap.tuple";
    const objects = this.#objects;
    objects.collectIfDue();
    if (items instanceof Tuple) return objects.wrap(objects.addressOf(items, call)) as Tuple;
    const words = this.#wordsOf(items, call);
    if (words.length === 0) return this.#handle(this.#Tuple, EMPTY_TUPLE);
    let tuple = 0;
    try {
      const make = () => withWords(objects, words, call, () => (core, at) => core.newTuple(at, words.length)) >>> 0;
      tuple = make();
      if (tuple === 0 && objects.collectedForMemory()) tuple = make();
      if (tuple === 0) throw allocationFailure(objects.engine, call, TUPLE_ITEMS + words.length * 4);
    } finally {
      if (tuple === 0) for (const word of words) objects.dropWord(word);
    }
    return this.#handle(this.#Tuple, tuple);
  }

  /** See {@link Heap.list}. */
  list(items: Iterable<Storable>): List {
    const call = "heap.list";
    const objects = this.#objects;
    objects.collectIfDue();
    if (!(items instanceof Handle)) {
      const isArray = Array.isArray(items) && Object.getPrototypeOf(items) === Array.prototype;
      // Many at once, and those with parts inside, are made in one go by the core; few others are made sooner one by one.
      if (isArray && (items.length > FEW_VALUES || items.some(hasParts))) {
        return this.#handle(this.#List, objects.ownedWord(items, `${call}: items`));
      }
    }
    return this.#handle(this.#List, this.#listOfWords(this.#wordsOf(items, call), call));
  }

  /** Takes the words over, also when it throws. */
  #listOfWords(words: readonly Word[], call: string): number {
    const objects = this.#objects;
    const { length } = words;
    let list = 0;
    let status = NO_MEMORY;
    try {
      list = objects.made(call, LIST_BYTES + length * 4, (core) => core.newList(length));
      status =
        length === 0
          ? OK
          : withWords(objects, words, call, () => (core, at) => core.listSplice(list, 0, 0, at, length));
      if (status !== OK) throw this.#failure(call, list, status);
    } finally {
      if (!isDone(status)) for (const word of words) objects.dropWord(word);
      if (status !== OK) objects.dropWord(list);
    }
    return list;
  }

  /** See {@link Heap.deque}. */
  deque(items: Iterable<Storable>, options: DequeOptions): Deque {
    const call = "heap.deque";
    const objects = this.#objects;
    const most = limitOf(call, options);
    objects.collectIfDue();
    const words = this.#wordsOf(items, call);
    let pushed = 0;
    let deque = 0;
    try {
      deque = objects.made(call, DEQUE_BYTES, (core) => core.newDeque(most));
      const push = (core: Core): number => {
        for (; pushed < words.length; pushed++) {
          const status = core.dequePush(deque, words[pushed] as Word, 0);
          if (!isDone(status)) return status;
        }
        return OK;
      };
      let status = objects.engine.run(push);
      if (status === NO_MEMORY && objects.collectedForMemory()) status = objects.engine.run(push);
      if (status !== OK) throw this.#failure(call, deque, status);
    } catch (error) {
      for (const word of words.slice(pushed)) objects.dropWord(word);
      objects.dropWord(deque);
      throw error;
    }
    return this.#handle(this.#Deque, deque);
  }

  /** See {@link Heap.array}. */
  array<K extends ArrayKind>(kind: K, items: number | Iterable<ArrayItem<K>>): TypedArrayHandle<K> {
    const call = "heap.array";
    const objects = this.#objects;
    const number = numberOfKind(call, kind);
    let word: Word;
    if (typeof items === "number") {
      if (!Number.isInteger(items) || items < 0 || items >>> 0 !== items) refuseSize(call, "a length", items);
      objects.collectIfDue();
      const bytes = ARRAY_OBJECT_BYTES + items * viewOfKind(number, 0).BYTES_PER_ELEMENT;
      word = objects.made(call, bytes, (core) => core.newArray(number, items));
    } else if (ArrayBuffer.isView(items) && !(items instanceof Uint8ClampedArray) && kindOf(items) === number) {
      objects.collectIfDue();
      word = objects.arrayWord(items, number, call);
    } else {
      const values = Array.from(iterable(items, call));
      requireItems(number, values, `${call}("${kind}"): items`);
      const data = viewOfKind(number, values.length);
      for (let i = 0; i < values.length; i++) data[i] = values[i] as number;
      objects.collectIfDue();
      word = objects.arrayWord(data, number, call);
    }
    return this.#handle(this.#Array, word) as unknown as TypedArrayHandle<K>;
  }

  #handle<H extends Handle>(Class: HandleClass<H>, address: number): H {
    return this.#objects.newHandle(Class, indexOf(address)) as H;
  }

  /**
   * A word for each item, each with a reference. Those of a sequence or a set of this heap are its own; of any other container a
   * handle may be made for each item, to be released before this returns.
   */
  #wordsOf(items: Iterable<Storable>, call: string): Word[] {
    const objects = this.#objects;
    const what = `${call}: items`;
    if (!(items instanceof Handle)) return ownedWords(objects, iterable(items, call), what);
    const address = objects.addressOf(items, call);
    if (!(items instanceof Sequence || items instanceof FrozenSet || items instanceof HeapSet)) {
      return objects.scoped(() => ownedWords(objects, iterable(items, call), what));
    }
    const words = itemsAt(objects.engine.memory, address)?.words ?? [];
    for (const word of words) if (isAddress(word)) objects.incref(indexOf(word));
    return words;
  }

  /** The error for a status about a new object. */
  #failure(call: string, address: number, status: number): Error {
    if (status === NO_MEMORY) return allocationFailure(this.#objects.engine, call, 0);
    return objectFailure(this.#objects.engine, call, address, status);
  }
}

function hasParts(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Handle);
}

/** @throws TypeError for what is no iterable */
function iterable<T>(items: Iterable<T>, call: string): Iterable<T> {
  const isIterable =
    typeof items === "string" || (typeof items === "object" && items !== null && Symbol.iterator in items);
  if (isIterable) return items;
  throw new TypeError(`${call}: wants an iterable of items, not ${show(items)}`);
}
