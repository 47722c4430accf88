// weakref.WeakKeyDictionary: a dict of the heap from weak references of its keys to values.

import type { Word } from "./address.js";
import type { Converted, Convertible } from "./convertible.js";
import { DICT_SHIFT, type Dict, GET, SET, TAKE } from "./dict.js";
import { Handle } from "./handle.js";
import { referentOf } from "./items.js";
import { TableIterator } from "./iteration.js";
import { insideKeyed, requireCallback } from "./keyed.js";
import { ABSENT } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";
import type { Tables } from "./tables.js";
import { WeakContainer } from "./weakcontainer.js";
import type { WeakMapLike } from "./weakvalues.js";

/**
 * A dictionary that does not keep its keys alive: an entry goes, and its value with it, when its key dies. Keys are handles of structs, which
 * are compared by identity, or of frozensets, which are by what is in them. The interface is that of Map, with entries in the order in which
 * their keys came.
 *
 * A value is kept alive by its entry: one that refers to its own key keeps both.
 *
 * @see https://docs.python.org/3/library/weakref.html#weakref.WeakKeyDictionary
 */
export abstract class WeakKeyDictionary<K extends Handle = Handle, V = Storable>
  extends WeakContainer<Dict>
  implements WeakMapLike<K, V>
{
  /** @internal */
  constructor(tables: Tables, entries: Iterable<readonly [K, V]> | null | undefined) {
    const name = "WeakKeyDictionary";
    super(tables, name, tables.dictApart(`new ${name}`));
    this.$fillPairs(entries, (key, value) => this.set(key, value as V & Convertible<V>));
  }

  /**
   * The value under a key; undefined if there is none. An object comes as a new handle.
   *
   * @throws TypeError not a handle, or what cannot be weakly referenced or a key; RangeError keys nested too deeply to be compared;
   * HandleError; MemoryError
   */
  get(key: K): Converted<V> | undefined {
    const word = this.$find("get", key, GET);
    return word === ABSENT ? undefined : (this.$objects.valueOf(word >>> 0) as Converted<V>);
  }

  /** There is an entry; there is none for what cannot be weakly referenced, or is no handle. Throws as get for all else. */
  has(key: K): boolean {
    return key instanceof Handle && this.$isReferable("has", key) && this.$find("has", key, GET) !== ABSENT;
  }

  /**
   * Stores a value. A key that is there already keeps its place, and its own object.
   *
   * @throws as get; TypeError what cannot be stored; MemoryError, and then nothing has changed
   */
  set(key: K, value: V & Convertible<V>): this {
    const entries = this.$entries("set");
    const word = this.$objects.ownedWord(value, `${this.$named("set")}: value`);
    this.$insert("set", key, ABSENT, word, (ref) => {
      insideKeyed(entries).$insertWord(this.$named("set"), ref, null, word, SET);
    });
    return this;
  }

  /**
   * Removes a key with its value; false if it is not there.
   *
   * @throws as get
   */
  delete(key: K): boolean {
    const word = this.$find("delete", key, TAKE);
    if (word === ABSENT) return false;
    this.$objects.dropWord(word >>> 0);
    return true;
  }

  /**
   * The keys, each as a new handle. As with Map, entries may come and go meanwhile: those that are added will be visited, those that go before
   * their turn not.
   */
  keys(): IterableIterator<K, undefined> {
    return new TableIterator(this.$entries("keys"), DICT_SHIFT, readKey) as IterableIterator<K, undefined>;
  }

  /** The values of keys that are alive; see {@link WeakKeyDictionary.keys}. */
  values(): IterableIterator<Converted<V>, undefined> {
    const values = new TableIterator(this.$entries("values"), DICT_SHIFT, readValue);
    return values as IterableIterator<Converted<V>, undefined>;
  }

  /** Pairs of keys and values; see {@link WeakKeyDictionary.keys}. */
  entries(): IterableIterator<[K, Converted<V>], undefined> {
    const entries = new TableIterator(this.$entries("entries"), DICT_SHIFT, readEntry);
    return entries as IterableIterator<[Handle, Value], undefined> as IterableIterator<[K, Converted<V>], undefined>;
  }

  [Symbol.iterator](): IterableIterator<[K, Converted<V>], undefined> {
    return this.entries();
  }

  /** Calls a function for each entry; see {@link WeakKeyDictionary.keys}. */
  forEach(callback: (value: Converted<V>, key: K, dictionary: this) => void, thisArg?: unknown): void {
    requireCallback(callback, this.$named("forEach"));
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }
}

function readKey(objects: Objects, words: Uint32Array, at: number): Handle | undefined {
  const referent = referentOf(words, words[at] as Word);
  return referent === 0 ? undefined : objects.wrap(referent);
}

function readValue(objects: Objects, words: Uint32Array, at: number): Value | undefined {
  return referentOf(words, words[at] as Word) === 0 ? undefined : objects.valueOf(words[at + 1] as Word);
}

function readEntry(objects: Objects, words: Uint32Array, at: number): [Handle, Value] | undefined {
  const referent = referentOf(words, words[at] as Word);
  const value = words[at + 1] as Word;
  return referent === 0 ? undefined : [objects.wrap(referent), objects.valueOf(value)];
}
