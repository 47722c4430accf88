// Handles of lists.

import type { Word } from "./address.js";
import type { Core } from "./core.js";
import { inside } from "./handle.js";
import { LIST_ITEMS, LIST_LENGTH } from "./layout.js";
import type { Storable, Value } from "./objects.js";
import { placeOf, Sequence, startOf, wholeOf } from "./sequence.js";
import { releaseAll, valuesOfWords } from "./words.js";

const LENGTH = LIST_LENGTH >>> 2;
const ITEMS = LIST_ITEMS >>> 2;

const append = (core: Core, at: number, word: number) => core.listAppend(at, word);
const put = (core: Core, at: number, word: number, index: number) => core.listSet(at, index, word);
const take = (core: Core, at: number, index: number) => core.listTake(at, index);
const insert = (core: Core, at: number, word: number, index: number) => core.listInsert(at, index, word);

/**
 * An array that grows as CPython's lists do: by an eighth, and by 4 items at least.
 *
 * What stores values throws what they cannot be converted for (TypeError, HandleError), and MemoryError; then the list is as it was.
 */
export abstract class List extends Sequence {
  get length(): number {
    const at = this.$hold.index + LENGTH;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "list.length").u32[at] as number);
  }

  at(index: number): Value | undefined {
    const whole = wholeOf(index);
    const objects = this.$owner;
    const header = this.$hold.index;
    const length =
      objects.views.u32[header + LENGTH] ?? (objects.ready(inside(this), "list.at").u32[header + LENGTH] as number);
    const i = placeOf(whole, length);
    return i >= 0 && i < length ? objects.valueOf(this.$word(i)) : undefined;
  }

  protected $word(index: number): Word {
    const { u32 } = this.$owner.views;
    return u32[((u32[this.$hold.index + ITEMS] as number) >>> 2) + index] as number;
  }

  /**
   * Replaces the item at an index, from the end if that is negative.
   *
   * @throws TypeError an index that is no number; RangeError one that is no integer, or where there is no item
   */
  set(index: number, value: Storable): void {
    this.$store("list.set", value, put, this.$place("list.set", index, this.length));
  }

  /** Adds values at the end, all or none, and returns the length then. */
  push(...values: Storable[]): number {
    if (values.length === 1) {
      this.$store("list.push", values[0], append, 0);
    } else {
      this.$storeAll("list.push", values, () => {
        const { length } = this;
        return (core, at, from, n) => core.listSplice(at, length, 0, from, n);
      });
    }
    return this.length;
  }

  /** Takes the last item out; undefined if the list is empty. */
  pop(): Value | undefined {
    const { length } = this;
    return length === 0 ? undefined : this.$owner.adoptValue(this.$take("list.pop", take, length - 1));
  }

  /** Puts a value before the item at an index, as `splice` finds it: at the end if there are fewer items. */
  insert(index: number, value: Storable): void {
    this.$store("list.insert", value, insert, startOf(wholeOf(index), this.length));
  }

  /**
   * Takes `deleteCount` items out from `start` on, all that follow if it is not given, and puts others in their place. Returns those
   * that were taken out.
   */
  splice(start: number, ...rest: [deleteCount?: number, ...items: Storable[]]): Value[] {
    const [deleteCount, ...items] = rest;
    const from = wholeOf(start);
    const wanted = rest.length === 0 ? Number.POSITIVE_INFINITY : wholeOf(deleteCount as number);
    let removed: Value[] = [];
    try {
      this.$storeAll("list.splice", items, () => {
        releaseAll(removed);
        const { length } = this;
        const first = startOf(from, length);
        const deleted = Math.min(Math.max(wanted, 0), length - first);
        removed = valuesOfWords(
          this.$owner,
          Array.from({ length: deleted }, (_, i) => this.$word(first + i)),
        );
        return (core, at, words, n) => core.listSplice(at, first, deleted, words, n);
      });
    } catch (error) {
      releaseAll(removed);
      throw error;
    }
    return removed;
  }

  /** Takes all items out. */
  clear(): void {
    this.$do("list.clear", (core, at) => core.listClear(at));
  }

  get [Symbol.toStringTag](): string {
    return "List";
  }
}
