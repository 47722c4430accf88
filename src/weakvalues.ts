// weakref.WeakValueDictionary: a dict of the heap from keys to weak references of its values.

import type { Word } from "./address.js";
import type { Converted, Convertible } from "./convertible.js";
import { DICT_SHIFT, type Dict, GET, SET, TAKE } from "./dict.js";
import type { Handle } from "./handle.js";
import { referentOf } from "./items.js";
import { TableIterator } from "./iteration.js";
import { insideKeyed, requireCallback } from "./keyed.js";
import { ABSENT } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";
import type { Tables } from "./tables.js";
import { WeakContainer } from "./weakcontainer.js";
import { indexOf, isAddress } from "./word.js";

/** What both weak dictionaries have, with the interface of Map. */
export interface WeakMapLike<K, V> extends Iterable<[unknown, unknown]> {
  get(key: K): V | Value | undefined;
  set(key: K, value: V): this;
  has(key: K): boolean;
  delete(key: K): boolean;
  readonly size: number;
}

/**
 * A dictionary that does not keep its values alive: an entry goes when its value dies. Keys are compared as those of a dict, and kept alive by
 * it; values are handles of what can be weakly referenced. The interface is that of Map, with entries in the order in which their keys came.
 *
 * @see https://docs.python.org/3/library/weakref.html#weakref.WeakValueDictionary
 */
export abstract class WeakValueDictionary<K = Storable, V extends Handle = Handle>
  extends WeakContainer<Dict>
  implements WeakMapLike<K, V>
{
  /** @internal */
  constructor(tables: Tables, entries: Iterable<readonly [K, V]> | null | undefined) {
    const name = "WeakValueDictionary";
    super(tables, name, tables.dictApart(`new ${name}`));
    this.$fillPairs(entries, (key, value) => this.set(key as K & Convertible<K>, value));
  }

  /**
   * A new handle of the value under a key; undefined if there is none.
   *
   * @throws TypeError what cannot be a key; RangeError keys nested too deeply to be compared
   */
  get(key: K): V | undefined {
    const ref = insideKeyed(this.$entries("get")).$ask(this.$named("get"), key as Storable, GET);
    if (ref === ABSENT) return undefined;
    const referent = referentOf(this.$objects.engine.memory.words, ref >>> 0);
    return referent === 0 ? undefined : (this.$objects.wrap(referent) as V);
  }

  /** There is a value under a key. Throws as get. */
  has(key: K): boolean {
    const ref = insideKeyed(this.$entries("has")).$ask(this.$named("has"), key as Storable, GET);
    return ref !== ABSENT && referentOf(this.$objects.engine.memory.words, ref >>> 0) !== 0;
  }

  /**
   * Stores a value. A key that is there already keeps its place.
   *
   * @throws TypeError what cannot be a key, or be weakly referenced; HandleError; MemoryError, and then nothing has changed
   */
  set(key: K & Convertible<K>, value: V): this {
    const objects = this.$objects;
    const entries = this.$entries("set");
    const word = objects.ownedWord(key, `${this.$named("set")}: key`);
    // One reference for the dict, and one for the weak reference, which finds its entry by the key.
    if (isAddress(word)) objects.incref(indexOf(word));
    this.$insert("set", value, word, word, (ref) => {
      insideKeyed(entries).$insertWord(this.$named("set"), word, null, ref, SET);
    });
    return this;
  }

  /**
   * Removes an entry; false if there is none.
   *
   * @throws as get
   */
  delete(key: K): boolean {
    const ref = insideKeyed(this.$entries("delete")).$ask(this.$named("delete"), key as Storable, TAKE);
    if (ref === ABSENT) return false;
    this.$objects.dropWord(ref >>> 0);
    return true;
  }

  /**
   * The keys of values that are alive. As with Map, entries may come and go meanwhile: those that are added will be visited, those that go
   * before their turn not.
   */
  keys(): IterableIterator<Converted<K>, undefined> {
    return new TableIterator(this.$entries("keys"), DICT_SHIFT, readKey) as IterableIterator<Converted<K>, undefined>;
  }

  /** The values, each as a new handle; see {@link WeakValueDictionary.keys}. */
  values(): IterableIterator<V, undefined> {
    return new TableIterator(this.$entries("values"), DICT_SHIFT, readValue) as IterableIterator<V, undefined>;
  }

  /** Pairs of keys and values; see {@link WeakValueDictionary.keys}. */
  entries(): IterableIterator<[Converted<K>, V], undefined> {
    const entries = new TableIterator(this.$entries("entries"), DICT_SHIFT, readEntry);
    return entries as IterableIterator<[Value, Handle], undefined> as IterableIterator<[Converted<K>, V], undefined>;
  }

  [Symbol.iterator](): IterableIterator<[Converted<K>, V], undefined> {
    return this.entries();
  }

  /** Calls a function for each entry; see {@link WeakValueDictionary.keys}. */
  forEach(callback: (value: V, key: Converted<K>, dictionary: this) => void, thisArg?: unknown): void {
    requireCallback(callback, this.$named("forEach"));
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }
}

function readKey(objects: Objects, words: Uint32Array, at: number): Value | undefined {
  return referentOf(words, words[at + 1] as Word) === 0 ? undefined : objects.valueOf(words[at] as Word);
}

function readValue(objects: Objects, words: Uint32Array, at: number): Handle | undefined {
  const referent = referentOf(words, words[at + 1] as Word);
  return referent === 0 ? undefined : objects.wrap(referent);
}

function readEntry(objects: Objects, words: Uint32Array, at: number): [Value, Handle] | undefined {
  const referent = referentOf(words, words[at + 1] as Word);
  return referent === 0 ? undefined : [objects.valueOf(words[at] as Word), objects.wrap(referent)];
}
