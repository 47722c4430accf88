// What the handles of dicts and sets have in common: a table of keys in linear memory, and how calls about it are made and fail.

import type { Word } from "./address.js";
import { show } from "./arguments.js";
import { Container, isDone } from "./container.js";
import type { Core } from "./core.js";
import { addressHeld, inside } from "./handle.js";
import type { Iterations } from "./iteration.js";
import { DICT_COUNT, INTEGER_TAG, REFUSED } from "./layout.js";
import { SHORT_TEXT } from "./leaves.js";
import { objectFailure } from "./objectfailure.js";
import type { Objects, Storable } from "./objects.js";
import { NO_MEMORY, OK } from "./status.js";
import { indexOf, isAddress, isSmall } from "./word.js";

const COUNT_WORD = DICT_COUNT >>> 2;

/** What can be done with a key: a function of the core for a key that is a word, and one for a text in the scratch. */
export interface KeyCall {
  readonly word: (core: Core, at: number, key: number, value: number) => number;
  readonly text: (core: Core, at: number, length: number, width: number, value: number) => number;
}

// Nothing #private, as in Handle: it would make each handle more costly.

export abstract class Keyed extends Container {
  /** On the prototype. */
  declare protected readonly $iterations: Iterations;
  /** On the prototype: log2(words) of an entry. */
  declare protected readonly $entryShift: number;

  /**
   * Entries there are.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  get size(): number {
    const { views } = this.$owner;
    const at = this.$hold.index + COUNT_WORD;
    return views.u32[at] ?? (this.$owner.ready(inside(this), `${this.typeName}.size`).u32[at] as number);
  }

  /**
   * What a call that inserts nothing returns for a key. Whatever word it is, no reference comes with it but that which the call
   * itself gives away.
   *
   * @throws TypeError what cannot be a key; HandleError, HeapError
   */
  protected $ask(method: string, key: Storable, call: KeyCall): number {
    const objects = this.$owner;
    const { engine, core } = objects;
    const small = typeof key === "number" && isSmall(key);
    const text = typeof key === "string" ? objects.textKey(key) : -1;
    if (!small && text < 0) return this.$askByWord(method, key, call);
    const at = this.$at(method);
    let answer: number;
    try {
      answer = small
        ? call.word(core, at, (key << 1) | INTEGER_TAG, 0)
        : call.text(core, at, text >> 1, (text & 1) + 1, 0);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (answer === REFUSED) throw this.$failure(method, core.lastStatus());
    return answer;
  }

  private $askByWord(method: string, key: Storable, call: KeyCall): number {
    const objects = this.$owner;
    const word = objects.ownedWord(key, this.$named(method));
    try {
      const at = this.$at(method);
      const answer = objects.engine.run((core) => call.word(core, at, word, 0));
      if (answer === REFUSED) throw this.$failure(method, objects.core.lastStatus());
      return answer;
    } finally {
      objects.dropWord(word);
    }
  }

  /**
   * Inserts a key, with a word of which the reference is taken over, also on failure.
   *
   * @throws TypeError what cannot be a key; MemoryError; HandleError, HeapError
   */
  protected $insert(method: string, key: Storable, value: Word, call: KeyCall): void {
    const objects = this.$owner;
    if (typeof key === "number" && isSmall(key)) {
      this.$insertWord(method, ((key << 1) | INTEGER_TAG) >>> 0, null, value, call);
    } else if (typeof key === "string" && key.length <= SHORT_TEXT) {
      this.$insertWord(method, 0, key, value, call);
    } else {
      let word: Word;
      try {
        word = objects.ownedWord(key, this.$named(method));
      } catch (error) {
        objects.dropWord(value);
        throw error;
      }
      this.$insertWord(method, word, null, value, call);
    }
  }

  /** The same with a key that is a word, which is taken over too, or a text that has room in the scratch. */
  protected $insertWord(method: string, key: Word, text: string | null, value: Word, call: KeyCall): void {
    const objects = this.$owner;
    let status: number = NO_MEMORY;
    try {
      status = this.$tryInsert(method, key, text, value, call);
      if (status === NO_MEMORY && objects.collectedForMemory()) {
        status = this.$tryInsert(method, key, text, value, call);
      }
      if (status !== OK) throw this.$failure(method, status);
    } catch (error) {
      if (!isDone(status)) {
        objects.dropWord(key);
        objects.dropWord(value);
      }
      throw error;
    }
  }

  private $tryInsert(method: string, key: Word, text: string | null, value: Word, call: KeyCall): number {
    const objects = this.$owner;
    const { engine, core } = objects;
    const at = this.$at(method);
    const watched = this.$iterations.count > 0;
    const { index } = this.$hold;
    const holes = watched ? this.$iterations.holesBefore(engine.memory.words, index, this.$entryShift) : null;
    const written = text === null ? 0 : objects.textKey(text);
    let status: number;
    try {
      status =
        text === null ? call.word(core, at, key, value) : call.text(core, at, written >> 1, (written & 1) + 1, value);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (holes !== null) this.$iterations.inserted(engine.memory.words, index, this.$entryShift, holes);
    return status;
  }

  /** Removes all entries by a call of the core, which returns a status. */
  protected $clear(call: (core: Core, at: number) => number): void {
    const at = this.$at("clear");
    // Before: finalizers of what was in it may put something in, and go through that.
    this.$iterations.cleared(this.$hold.index);
    const status = this.$owner.engine.run((core) => call(core, at));
    if (status !== OK) throw this.$failure("clear", status);
  }

  /** The error for a call of a method that came back with a status. Nobody may have let go of a key that was refused. */
  protected override $failure(method: string, status: number): Error {
    return objectFailure(this.$owner.engine, this.$named(method), addressHeld(this), status);
  }
}

/** @throws TypeError not a function */
export function requireCallback(callback: unknown, call: string): void {
  if (typeof callback !== "function") throw new TypeError(`${call}: wants a function, not ${show(callback)}`);
}

/** Inserts words, or words in pairs with their values, of which references are taken. `method` begins messages. */
export function insertWords(
  handle: Keyed,
  words: readonly Word[],
  inPairs: boolean,
  method: string,
  call: KeyCall,
): void {
  const { $owner } = insideKeyed(handle);
  for (const word of words) if (isAddress(word)) $owner.incref(indexOf(word));
  const step = inPairs ? 2 : 1;
  let next = 0;
  try {
    while (next < words.length) {
      const key = words[next] as Word;
      const value = inPairs ? (words[next + 1] as Word) : 0;
      next += step;
      insideKeyed(handle).$insertWord(method, key, null, value, call);
    }
  } catch (error) {
    for (const word of words.slice(next)) $owner.dropWord(word);
    throw error;
  }
}

/** What is inside a handle of a dict or a set, for those who fill it and look into it. */
interface KeyedInside {
  readonly $owner: Objects;
  $ask(method: string, key: Storable, call: KeyCall): number;
  $insert(method: string, key: Storable, value: Word, call: KeyCall): void;
  $insertWord(method: string, key: Word, text: string | null, value: Word, call: KeyCall): void;
}

export function insideKeyed(handle: Keyed): KeyedInside {
  return handle as unknown as KeyedInside;
}
