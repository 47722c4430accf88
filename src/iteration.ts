// Iterators of dicts and sets that go on while entries come and go, as those of Map and Set do.
//
// An iterator is at the number of an entry. Entries keep their numbers, in the order in which they came, until the table is made
// anew without the holes that deleted ones have left, or is cleared. So whoever changes a table over which somebody iterates
// notes here which numbers have changed, and iterators catch up before each step.

import { type Handle, type Hold, releasedHandle } from "./handle.js";
import { entriesOf } from "./items.js";
import { ABSENT, DICT_TABLE, TABLE_CAPACITY, TABLE_LOG2, TABLE_USED } from "./layout.js";
import type { Objects } from "./objects.js";
import { ITERATOR } from "./sequence.js";

/** A change of numbers, and the one after it. */
interface Renumbering {
  /** Numbers of the holes that are gone, from the lowest on; null: the table was cleared. */
  readonly holes: readonly number[] | null;
  next: Renumbering | null;
}

/** The holes that a table has, after the last change of its numbers. */
interface Holes {
  readonly numbers: readonly number[];
  readonly since: Renumbering;
}

/** A container over which somebody iterates. */
interface Watched {
  /** Iterators that have begun and not ended. */
  iterators: number;
  /** The last change: iterators that have not come so far hold those before it. */
  last: Renumbering;
}

/** The dicts and sets of a heap over which somebody iterates; all of them by the index of their header in a view of words. */
export class Iterations {
  readonly #watched = new Map<number, Watched>();

  /** How many there are: as long as it is 0, nobody has to be told of changes. */
  get count(): number {
    return this.#watched.size;
  }

  /** Returns the change after which the numbers of a new iterator hold. */
  begin(container: number): Renumbering {
    const watched = this.#watched.get(container);
    if (watched !== undefined) {
      watched.iterators++;
      return watched.last;
    }
    const last: Renumbering = { holes: null, next: null };
    this.#watched.set(container, { iterators: 1, last });
    return last;
  }

  end(container: number): void {
    const watched = this.#watched.get(container);
    if (watched !== undefined && --watched.iterators === 0) this.#watched.delete(container);
  }

  /**
   * To be called before an entry is inserted: the holes that a table made anew for it would lack, if there are any. Give them to
   * `inserted` afterwards.
   */
  holesBefore(words: Uint32Array, container: number, shift: number): Holes | null {
    const table = (words[container + (DICT_TABLE >>> 2)] as number) >>> 2;
    const watched = this.#watched.get(container);
    if (table === 0 || watched === undefined) return null;
    const used = words[table + (TABLE_USED >>> 2)] as number;
    if (used < (words[table + (TABLE_CAPACITY >>> 2)] as number)) return null;
    const numbers: number[] = [];
    const entries = entriesOf(words, table);
    for (let n = 0; n < used; n++) if (words[entries + (n << shift)] === ABSENT) numbers.push(n);
    return numbers.length === 0 ? null : { numbers, since: watched.last };
  }

  /** To be called when an entry was inserted, or could not be, with the holes that there were before. */
  inserted(words: Uint32Array, container: number, shift: number, { numbers, since }: Holes): void {
    // A finalizer that ran meanwhile has changed the table, and told of that: where one can run, a key was there, and nothing was inserted.
    if (this.#watched.get(container)?.last !== since) return;
    const first = numbers[0] as number;
    const table = (words[container + (DICT_TABLE >>> 2)] as number) >>> 2;
    // Nobody fills a hole: if there is an entry now, or nothing, the table is another.
    const still =
      first < (words[table + (TABLE_USED >>> 2)] as number) &&
      words[entriesOf(words, table) + (first << shift)] === ABSENT;
    if (!still) this.#note(container, numbers);
  }

  /** To be called when all entries were removed. */
  cleared(container: number): void {
    this.#note(container, null);
  }

  #note(container: number, holes: readonly number[] | null): void {
    const watched = this.#watched.get(container);
    if (watched === undefined) return;
    const change: Renumbering = { holes, next: null };
    watched.last.next = change;
    watched.last = change;
  }
}

/** What an iterator gives for the entry at an index of a view of words; undefined: nothing, it goes on to the next. */
type ReadEntry<T> = (objects: Objects, words: Uint32Array, at: number) => T | undefined;

/** What is inside a handle of a dict or a set. */
interface Iterated {
  readonly $hold: Hold;
  readonly $owner: Objects;
  readonly $iterations: Iterations;
}

/**
 * An iterator of a dict or a set. It uses the handle that it was made of: once that is released, `next` throws, unless the end was
 * reached before.
 */
export class TableIterator<T> implements IterableIterator<T, undefined> {
  readonly #handle: Handle;
  /** log2(words) of an entry. */
  readonly #shift: number;
  readonly #read: ReadEntry<T>;
  /** Number of the entry to look at next. */
  #number = 0;
  /** The header of the container, while it is iterated; 0 before the first step and after the last. */
  #container = 0;
  /** The change up to which `#number` holds; null before the first step. */
  #change: Renumbering | null = null;
  #ended = false;
  /** The table that was there at the last step, with log2 of its slots, and where its entries begin. */
  #table = 0;
  #log2 = 0;
  #entries = 0;

  static {
    Object.setPrototypeOf(TableIterator.prototype, ITERATOR);
  }

  constructor(handle: Handle, shift: number, read: ReadEntry<T>) {
    this.#handle = handle;
    this.#shift = shift;
    this.#read = read;
  }

  /** @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE` */
  next(): IteratorResult<T, undefined> {
    if (this.#ended) return { done: true, value: undefined };
    const { $hold, $owner, $iterations } = iterated(this.#handle);
    if (!($hold.index > 0)) {
      this.return();
      throw releasedHandle(this.#handle, `${this.#handle.typeName} iterator`);
    }
    const { words } = $owner.engine.memory;
    if (this.#change === null) {
      this.#container = $hold.index;
      this.#change = $iterations.begin($hold.index);
    }
    if (this.#change.next !== null) this.#catchUp(this.#change.next);
    for (let at = this.#nextEntry(words); at !== 0; at = this.#nextEntry(words)) {
      const value = this.#read($owner, words, at);
      if (value !== undefined) return { done: false, value };
    }
    return this.return();
  }

  /** Ends the iteration: `for … of` calls it on the way out of a loop that did not come to the end. */
  return(): IteratorReturnResult<undefined> {
    if (this.#container !== 0) iterated(this.#handle).$iterations.end(this.#container);
    this.#container = 0;
    this.#change = null;
    this.#ended = true;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #catchUp(from: Renumbering): void {
    let change = from;
    for (;;) {
      this.#number = change.holes === null ? 0 : this.#number - countBelow(change.holes, this.#number);
      if (change.next === null) break;
      change = change.next;
    }
    this.#change = change;
  }

  /** Index of the next entry that is no hole; 0 if there is none. */
  #nextEntry(words: Uint32Array): number {
    const table = (words[this.#container + (DICT_TABLE >>> 2)] as number) >>> 2;
    if (table === 0) return 0;
    const log2 = words[table + (TABLE_LOG2 >>> 2)] as number;
    if (table !== this.#table || log2 !== this.#log2) {
      this.#table = table;
      this.#log2 = log2;
      this.#entries = entriesOf(words, table);
    }
    const used = words[table + (TABLE_USED >>> 2)] as number;
    while (this.#number < used) {
      const at = this.#entries + (this.#number++ << this.#shift);
      if (words[at] !== ABSENT) return at;
    }
    return 0;
  }
}

/** How many of these numbers, which rise, are below `limit`. */
function countBelow(numbers: readonly number[], limit: number): number {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((numbers[middle] as number) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The inside of a handle of a dict or a set. */
function iterated(handle: Handle): Iterated {
  return handle as unknown as Iterated;
}
