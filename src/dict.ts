// heap.dict: insertion-ordered tables of keys and values.

import { hex, type Word } from "./address.js";
import { show } from "./arguments.js";
import { Handle } from "./handle.js";
import { itemsAt } from "./items.js";
import { TableIterator } from "./iteration.js";
import { insertWords, insideKeyed, type KeyCall, Keyed, requireCallback } from "./keyed.js";
import { ABSENT, DICT_ENTRY_SHIFT, INTEGER_TAG } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";
import { integerOf, isAddress } from "./word.js";

/** What a dict can be made of. */
export type DictEntries = Iterable<readonly [Storable, Storable]> | { readonly [key: string]: Storable };

/** log2(words) of an entry. */
export const DICT_SHIFT = DICT_ENTRY_SHIFT - 2;

export const GET: KeyCall = {
  word: (core, at, key) => core.dictGet(at, key),
  text: (core, at, length, width) => core.dictGetText(at, length, width),
};
export const TAKE: KeyCall = {
  word: (core, at, key) => core.dictTake(at, key),
  text: (core, at, length, width) => core.dictTakeText(at, length, width),
};
export const SET: KeyCall = {
  word: (core, at, key, value) => core.dictSet(at, key, value),
  text: (core, at, length, width, value) => core.dictSetText(at, length, width, value),
};

/**
 * A dict of the heap, with the interface of Map. Keys are compared as in Python: 1, 1.0 and true are one key, strings and bytes are
 * equal by content, tuples and frozensets by their items, all other objects by identity. What can change is no key.
 *
 * All methods throw HandleError once the handle is released, and those that take a key TypeError for one that cannot be hashed.
 */
export abstract class Dict extends Keyed implements Iterable<[Value, Value]> {
  /** The value under a key; undefined if there is none. An object comes as a new handle. */
  get(key: Storable): Value | undefined {
    const word = this.$ask("get", key, GET);
    if ((word & INTEGER_TAG) !== 0) return word >> 1;
    return word === ABSENT ? this.$missing(key) : this.$owner.valueOf(word >>> 0);
  }

  /** What `get` returns for a key that is not there. */
  protected $missing(_key: Storable): Value | undefined {
    return undefined;
  }

  has(key: Storable): boolean {
    return this.$ask("has", key, GET) !== ABSENT;
  }

  /**
   * Stores a value. A key that is there already keeps its place, and its own object.
   *
   * @throws TypeError what cannot be stored, or be a key; MemoryError, and then nothing has changed
   */
  set(key: Storable, value: Storable): this {
    this.$at("set");
    this.$insert("set", key, this.$owner.ownedWord(value, "dict.set: value"), SET);
    return this;
  }

  /** Removes a key with its value; false if it is not there. The table keeps its room until it is made anew, or cleared. */
  delete(key: Storable): boolean {
    const word = this.$ask("delete", key, TAKE);
    if (word === ABSENT) return false;
    this.$owner.dropWord(word >>> 0);
    return true;
  }

  /** Removes everything, and gives the table back. */
  clear(): void {
    this.$clear((core, at) => core.dictClear(at));
  }

  /**
   * The keys in the order in which they came. As with Map, entries may come and go meanwhile: those that are added will be visited,
   * those removed before their turn not. The handle must not be released before the end.
   */
  keys(): IterableIterator<Value, undefined> {
    return new TableIterator(this, DICT_SHIFT, readKey);
  }

  /** The values; see {@link Dict.keys}. */
  values(): IterableIterator<Value, undefined> {
    return new TableIterator(this, DICT_SHIFT, readValue);
  }

  /** Pairs of keys and values; see {@link Dict.keys}. */
  entries(): IterableIterator<[Value, Value], undefined> {
    return new TableIterator(this, DICT_SHIFT, readEntry);
  }

  [Symbol.iterator](): IterableIterator<[Value, Value], undefined> {
    return this.entries();
  }

  /** Calls a function for each entry; see {@link Dict.keys}. */
  forEach(callback: (value: Value, key: Value, dict: this) => void, thisArg?: unknown): void {
    requireCallback(callback, "dict.forEach");
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }

  get [Symbol.toStringTag](): string {
    return "Dict";
  }
}

function readKey(objects: Objects, words: Uint32Array, at: number): Value {
  return objects.valueOf(words[at] as Word);
}

function readValue(objects: Objects, words: Uint32Array, at: number): Value {
  return objects.valueOf(words[at + 1] as Word);
}

function readEntry(objects: Objects, words: Uint32Array, at: number): [Value, Value] {
  const value = words[at + 1] as Word;
  return [objects.valueOf(words[at] as Word), objects.valueOf(value)];
}

/** Stores a word under a key, and takes its reference over, also on failure. `call` begins messages. */
export function storeWord(dict: Dict, key: Storable, value: Word, call: string): void {
  insideKeyed(dict).$insert(call, key, value, SET);
}

/**
 * Puts pairs into a dict. Those that the heap has itself are read where they lie: no handles are made. `call` begins messages.
 *
 * @throws TypeError for what are no pairs, and as {@link Dict.set}; what the iterable throws
 */
export function fillDict(objects: Objects, dict: Dict, entries: Iterable<unknown>, call: string): void {
  const given = entries instanceof Handle ? itemsAt(objects.engine.memory, objects.addressOf(entries, call)) : null;
  if (given === null) {
    let n = 0;
    for (const entry of entries) setEntry(objects, dict, entry, n++, call);
  } else {
    const pairs = given.words.map((word, n) => pairAt(objects, word) ?? refuseEntry(call, n, showWord(objects, word)));
    insertWords(dict, pairs.flat(), true, call, SET);
  }
}

function setEntry(objects: Objects, dict: Dict, entry: unknown, n: number, call: string): void {
  if (entry instanceof Handle) {
    const pair = pairAt(objects, objects.addressOf(entry, call)) ?? refuseEntry(call, n, show(entry));
    insertWords(dict, pair, true, call, SET);
    return;
  }
  if (typeof entry !== "object" || entry === null) refuseEntry(call, n, show(entry));
  if (Array.isArray(entry) && entry.length !== 2) refuseEntry(call, n, `an array of ${entry.length}`);
  const { 0: key, 1: value } = entry as { 0: Storable; 1: Storable };
  storeWord(dict, key, objects.ownedWord(value, `${call}: the value of entry ${n}`), call);
}

/** The two words of a tuple, list or the like; null for what is none, or has not two. */
function pairAt({ engine }: Objects, word: Word): readonly Word[] | null {
  const items = isAddress(word) ? itemsAt(engine.memory, word) : null;
  return items !== null && items.length === 2 && items.words.length === 2 ? items.words : null;
}

function refuseEntry(call: string, n: number, shown: string): never {
  throw new TypeError(`${call}: entry ${n} must be a pair [key, value], not ${shown}`);
}

function showWord(objects: Objects, word: Word): string {
  if (!isAddress(word)) return word === 0 ? "null" : String(integerOf(word));
  return `the ${objects.typeNameAt(word)} at ${hex(word)}`;
}

/** Puts the entries of another dict into a dict: the same objects, of which no handles are made. */
export function copyDict(objects: Objects, dict: Dict, source: Dict, call: string): void {
  const entries = itemsAt(objects.engine.memory, objects.addressOf(source, call));
  if (entries !== null) insertWords(dict, entries.words, true, call, SET);
}
