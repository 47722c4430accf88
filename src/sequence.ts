// What the handles of tuples, lists and deques have in common: they are read by index, from either end, as arrays are.

import type { ObjectAddress, Word } from "./address.js";
import { Container } from "./container.js";
import type { Core } from "./core.js";
import { itemsAt } from "./items.js";
import { REFUSED } from "./layout.js";
import { objectFailure } from "./objectfailure.js";
import type { Storable, Value } from "./objects.js";
import { valuesOfWords } from "./words.js";

/**
 * Reading an item that is an object makes a new handle each time; numbers, strings, booleans and null are values and need none.
 *
 * Everything throws HandleError `HANDLE_RELEASED`, HeapError `HEAP_DISPOSED` or `HEAP_UNUSABLE` where the object cannot be reached.
 */
export abstract class Sequence extends Container implements Iterable<Value> {
  /** Items there are. */
  abstract get length(): number;

  /** The item at an index, from the end if that is negative; undefined where there is none. A fraction is cut off. */
  abstract at(index: number): Value | undefined;

  /** The word of the item at an index that is known to be one, while the views are those of all memory. */
  protected abstract $word(index: number): Word;

  /**
   * Index of the first item from `from` on that is equal to a value, −1 if none is. Equal as keys of a dict are: 1, 1.0 and true
   * are, strings and tuples are by what is in them, NaN is found; lists, dicts and the like are equal only to themselves.
   *
   * @throws TypeError, MemoryError as on storing the value; RangeError for tuples nested more than 1000 deep
   */
  indexOf(value: Storable, from = 0): number {
    const objects = this.$owner;
    const first = wholeOf(from);
    const wanted = objects.ownedWord(value, `${this.typeName}.indexOf: value`);
    try {
      // Nothing changes memory from here on.
      const { length } = this;
      const found = objects.engine.run((core) => {
        for (let i = startOf(first, length); i < length; i++) {
          const same = areEqual(core, this.$word(i), wanted);
          if (same !== 0) return same === REFUSED ? REFUSAL : i;
        }
        return -1;
      });
      if (found === REFUSAL) throw this.$refusal(wanted);
      return found;
    } finally {
      objects.dropWord(wanted);
    }
  }

  /**
   * An item is equal to the value, see `indexOf`.
   *
   * @throws as indexOf
   */
  includes(value: Storable, from = 0): boolean {
    return this.indexOf(value, from) >= 0;
  }

  /** All items; when it throws, it has made no handle. */
  toArray(): Value[] {
    const at = this.$at(`${this.typeName}.toArray`) >>> 0;
    return valuesOfWords(this.$owner, itemsAt(this.$owner.engine.memory, at)?.words ?? []);
  }

  keys(): IterableIterator<number> {
    return new SequenceIterator(this, (_, index) => index);
  }

  values(): IterableIterator<Value> {
    return new SequenceIterator(this, itemOf);
  }

  entries(): IterableIterator<[number, Value]> {
    return new SequenceIterator(this, (sequence, index): [number, Value] => [index, itemOf(sequence, index)]);
  }

  /** The length is looked at before each step, so that items that are added at the end are gone through too. */
  [Symbol.iterator](): IterableIterator<Value> {
    return new SequenceIterator(this, itemOf);
  }

  /** Why the core could not compare a word. */
  protected $refusal(wanted: Word): Error {
    const { engine } = this.$owner;
    const status = engine.run((core) => core.lastStatus());
    return objectFailure(engine, `${this.typeName}.indexOf`, wanted as ObjectAddress, status);
  }
}

/** Instead of an index: the core could not compare an item. */
const REFUSAL = -2;

/** Equal as keys are: 1, 0, or REFUSED. */
function areEqual(core: Core, word: Word, wanted: Word): number {
  if (word === wanted) return 1;
  // Two integers that are not the same word differ.
  return (word & wanted & 1) !== 0 ? 0 : core.equals(word, wanted) >>> 0;
}

function itemOf(sequence: Sequence, index: number): Value {
  return sequence.at(index) as Value;
}

/** The prototype that all iterators of the engine have, with the methods for iterators where it has any. */
export const ITERATOR: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/** Goes through a sequence as an array's iterators do: by index, to the end that it has by then. */
class SequenceIterator<T> implements IterableIterator<T> {
  declare [Symbol.iterator]: () => IterableIterator<T>;
  /** Null from the end on. */
  #sequence: Sequence | null;
  #index = 0;
  readonly #read: (sequence: Sequence, index: number) => T;

  static {
    Object.setPrototypeOf(SequenceIterator.prototype, ITERATOR);
  }

  constructor(sequence: Sequence, read: (sequence: Sequence, index: number) => T) {
    this.#sequence = sequence;
    this.#read = read;
  }

  next(): IteratorResult<T, undefined> {
    const sequence = this.#sequence;
    if (sequence !== null) {
      if (this.#index < sequence.length) return { value: this.#read(sequence, this.#index++), done: false };
      this.#sequence = null;
    }
    return { value: undefined, done: true };
  }
}

/**
 * An index as arrays take it: whatever can become a number, without its fraction. What becomes one by code of the program may change
 * everything, so this comes before anything is looked at.
 */
export function wholeOf(index: number): number {
  return (index | 0) === index ? index : Math.trunc(index) || 0;
}

/** A whole index from either end as one from the start; −1 or below, or the length or above, where there is no item. */
export function placeOf(whole: number, length: number): number {
  return whole < 0 ? whole + length : whole;
}

/** A whole index from which on something is done, as Array.prototype.splice has it: no less than 0 and no more than the length. */
export function startOf(whole: number, length: number): number {
  return Math.min(Math.max(placeOf(whole, length), 0), length);
}
