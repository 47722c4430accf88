// heap.set and heap.frozenset: keys without values.

import type { Word } from "./address.js";
import { itemsAt } from "./items.js";
import { TableIterator } from "./iteration.js";
import { insertWords, insideKeyed, type KeyCall, Keyed, requireCallback } from "./keyed.js";
import { REFUSED, SET_ENTRY_SHIFT } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";

/** log2(words) of an entry. */
export const SET_SHIFT = SET_ENTRY_SHIFT - 2;

export const HAS: KeyCall = {
  word: (core, at, key) => core.setHas(at, key),
  text: (core, at, length, width) => core.setHasText(at, length, width),
};
export const ADD: KeyCall = {
  word: (core, at, key) => core.setAdd(at, key),
  text: (core, at, length, width) => core.setAddText(at, length, width),
};
export const REMOVE: KeyCall = {
  word: (core, at, key) => core.setRemove(at, key),
  text: (core, at, length, width) => core.setRemoveText(at, length, width),
};

/** What sets need to make others. `call` begins messages. */
export interface SetMaker {
  set(values: Iterable<Storable>, call: string): HeapSet;
  /** Makes a frozenset of a set whose handle this is, and releases that. */
  freeze(set: HeapSet, call: string): FrozenSet;
}

/** What sets and frozensets have in common. Values are compared as keys of dicts are, and go in the order in which they came. */
abstract class AnySet extends Keyed implements Iterable<Value> {
  /** On the prototype. */
  declare protected readonly $sets: SetMaker;

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

  // ── as Set has them, and with whatever one can go through; a new set is of the kind of this one ───────

  /** The values of this set, and then those of the other. */
  union(other: Iterable<Storable>): this {
    return this.$combined("union", other, (set) => [...this.$words(), ...set.$words()]);
  }

  /** The values that both have, in the order of this set. */
  intersection(other: Iterable<Storable>): this {
    return this.$combined("intersection", other, (set) => this.$words().filter((word) => set.$holds(word)));
  }

  /** The values that the other does not have. */
  difference(other: Iterable<Storable>): this {
    return this.$combined("difference", other, (set) => this.$words().filter((word) => !set.$holds(word)));
  }

  /** The values that only one of the two has. */
  symmetricDifference(other: Iterable<Storable>): this {
    return this.$combined("symmetricDifference", other, (set) => [
      ...this.$words().filter((word) => !set.$holds(word)),
      ...set.$words().filter((word) => !this.$holds(word)),
    ]);
  }

  /** The other has all values of this set. */
  isSubsetOf(other: Iterable<Storable>): boolean {
    return this.$compared("isSubsetOf", other, (set) => this.$words().every((word) => set.$holds(word)));
  }

  /** This set has all values of the other. */
  isSupersetOf(other: Iterable<Storable>): boolean {
    return this.$compared("isSupersetOf", other, (set) => set.$words().every((word) => this.$holds(word)));
  }

  /** The two have no value in common. */
  isDisjointFrom(other: Iterable<Storable>): boolean {
    return this.$compared("isDisjointFrom", other, (set) => !this.$words().some((word) => set.$holds(word)));
  }

  /** What `compare` says of this set and a set of the other's values. */
  private $compared<T>(method: string, other: Iterable<Storable>, compare: (set: AnySet) => T): T {
    const what = `${this.typeName}.${method}`;
    this.$at(method);
    if (other instanceof AnySet) {
      this.$owner.addressOf(other, what);
      return compare(other);
    }
    const set = this.$sets.set(other, what);
    try {
      return compare(set);
    } finally {
      set.release();
    }
  }

  /** A set of this kind with the words that `choose` takes from two sets. */
  private $combined(method: string, other: Iterable<Storable>, choose: (set: AnySet) => Word[]): this {
    const what = `${this.typeName}.${method}`;
    return this.$compared(method, other, (set) => {
      // Made first: a collection before may run code that changes the two.
      const made = this.$sets.set([], what);
      try {
        addWords(made, choose(set), what);
      } catch (error) {
        made.release();
        throw error;
      }
      return (this instanceof FrozenSet ? this.$sets.freeze(made, what) : made) as AnySet as this;
    });
  }

  private $words(): Word[] {
    return itemsAt(this.$owner.engine.memory, this.address)?.words ?? [];
  }

  /** The set has a value that equals what this word stands for. */
  private $holds(word: Word): boolean {
    const at = this.$at("has");
    const answer = this.$owner.engine.run((core) => core.setHas(at, word));
    if (answer === REFUSED) throw this.$failure("has", this.$owner.core.lastStatus());
    return answer === 1;
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
