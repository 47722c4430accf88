// heap.set and heap.frozenset: keys without values.

import type { Word } from "./address.js";
import { TableIterator } from "./iteration.js";
import { insertWords, insideKeyed, type KeyCall, Keyed, requireCallback } from "./keyed.js";
import { SET_ENTRY_SHIFT } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";

/** log2(words) of an entry. */
export const SET_SHIFT = SET_ENTRY_SHIFT - 2;

const HAS: KeyCall = {
  word: (core, at, key) => core.setHas(at, key),
  text: (core, at, length, width) => core.setHasText(at, length, width),
};
const ADD: KeyCall = {
  word: (core, at, key) => core.setAdd(at, key),
  text: (core, at, length, width) => core.setAddText(at, length, width),
};
const REMOVE: KeyCall = {
  word: (core, at, key) => core.setRemove(at, key),
  text: (core, at, length, width) => core.setRemoveText(at, length, width),
};

/** What sets and frozensets have in common. Values are compared as keys of dicts are, and go in the order in which they came. */
abstract class AnySet extends Keyed implements Iterable<Value> {
  has(value: Storable): boolean {
    return this.$ask("has", value, HAS) === 1;
  }

  /**
   * The values in the order in which they came. As with Set, values may come and go meanwhile: those that are added will be visited,
   * those removed before their turn not. The handle must not be released before the end.
   */
  values(): IterableIterator<Value, undefined> {
    return new TableIterator(this, SET_SHIFT, readValue);
  }

  /** The same as values. */
  keys(): IterableIterator<Value, undefined> {
    return this.values();
  }

  /** Pairs of each value with itself, as Set has them. */
  entries(): IterableIterator<[Value, Value], undefined> {
    return new TableIterator(this, SET_SHIFT, readPair);
  }

  [Symbol.iterator](): IterableIterator<Value, undefined> {
    return this.values();
  }

  /** Calls a function for each value, which it gets twice, as from Set. */
  forEach(callback: (value: Value, again: Value, set: this) => void, thisArg?: unknown): void {
    requireCallback(callback, `${this.typeName}.forEach`);
    for (const value of this.values()) callback.call(thisArg, value, value, this);
  }
}

/**
 * A frozenset of the heap: it never changes, and can be a key and an item of sets; two with equal values are equal.
 *
 * All methods throw HandleError once the handle is released, and TypeError for a value that cannot be hashed.
 */
export abstract class FrozenSet extends AnySet {
  get [Symbol.toStringTag](): string {
    return "FrozenSet";
  }
}

/** A set of the heap, with the interface of Set. Throws as {@link FrozenSet}. */
export abstract class HeapSet extends AnySet {
  /**
   * Adds a value; one that is there already keeps its place.
   *
   * @throws TypeError what cannot be stored, or hashed; MemoryError, and then nothing has changed
   */
  add(value: Storable): this {
    this.$at("add");
    this.$insert("add", value, 0, ADD);
    return this;
  }

  /** Removes a value; false if it is not there. */
  delete(value: Storable): boolean {
    return this.$ask("delete", value, REMOVE) === 1;
  }

  /** Removes everything, and gives the table back. */
  clear(): void {
    this.$clear((core, at) => core.setClear(at));
  }

  get [Symbol.toStringTag](): string {
    return "HeapSet";
  }
}

function readValue(objects: Objects, words: Uint32Array, at: number): Value {
  return objects.valueOf(words[at] as Word);
}

function readPair(objects: Objects, words: Uint32Array, at: number): [Value, Value] {
  const value = readValue(objects, words, at);
  return [value, value];
}

/**
 * Puts values into a set. `call` begins messages.
 *
 * @throws as {@link HeapSet.add}; what the iterable throws
 */
export function fillSet(set: HeapSet, values: Iterable<Storable>, call: string): void {
  for (const value of values) insideKeyed(set).$insert(call, value, 0, ADD);
}

/** Puts words into a set, of which it takes references. */
export function addWords(set: HeapSet, words: readonly Word[], call: string): void {
  insertWords(set, words, false, call, ADD);
}
