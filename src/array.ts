// Handles of arrays: scalars of one kind, in a block of linear memory.

import { show } from "./arguments.js";
import {
  type AnyView,
  type ArrayItem,
  type ArrayKind,
  type ArrayView,
  KINDS,
  readItem,
  viewOfKind,
  writeItem,
} from "./arraykinds.js";
import { Container } from "./container.js";
import { inside } from "./handle.js";
import { ARRAY_DATA, ARRAY_KIND, ARRAY_LENGTH } from "./layout.js";
import { refuseInteger, refuseKind } from "./scalars.js";
import { placeOf, wholeOf } from "./sequence.js";
import { OK } from "./status.js";

const DATA = ARRAY_DATA >>> 2;
const LENGTH = ARRAY_LENGTH >>> 2;
const KIND = ARRAY_KIND >>> 2;

/**
 * The number that stands for a kind in the heap.
 *
 * @throws TypeError for what is none
 */
export function numberOfKind(call: string, kind: unknown): number {
  const number = KINDS.findIndex(([name]) => name === kind);
  if (number >= 0) return number;
  throw new TypeError(`${call}: there is no kind ${show(kind)}; there are ${KINDS.map(([name]) => name).join(", ")}`);
}

/** A value can be an item of a kind. */
function isItem(number: number, value: unknown): boolean {
  const [, from, to] = KINDS[number] as (typeof KINDS)[number];
  if (from === null || to === null) return typeof value === "number";
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  return typeof value === typeof from && isWhole && (value as number) >= from && (value as number) <= to;
}

/** @throws TypeError, RangeError */
function refuseItem(number: number, value: unknown, what: string): never {
  const [, from, to] = KINDS[number] as (typeof KINDS)[number];
  if (from === null || to === null) refuseKind(what, "a number", value);
  refuseInteger(what, value, from, to);
}

/**
 * Makes sure that a value can be an item. `what` is what messages call it.
 *
 * @throws TypeError, RangeError
 */
function requireItem(number: number, value: unknown, what: string): void {
  if (!isItem(number, value)) refuseItem(number, value, what);
}

/**
 * Makes sure that values can be items. `what` is what messages call them.
 *
 * @throws TypeError, RangeError
 */
export function requireItems(number: number, values: readonly unknown[], what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!isItem(number, values[i])) refuseItem(number, values[i], `${what}[${i}]`);
  }
}

/**
 * Scalars in a row, as Python's array.array. It grows by a sixteenth, and by 3 to 7 items at least.
 *
 * Everything throws HandleError `HANDLE_RELEASED`, HeapError `HEAP_DISPOSED` or `HEAP_UNUSABLE` where the object cannot be reached; what
 * stores items throws TypeError and RangeError for what the kind cannot hold, and MemoryError, and then nothing has changed.
 */
export abstract class TypedArrayHandle<K extends ArrayKind = ArrayKind>
  extends Container
  implements Iterable<ArrayItem<K>>
{
  /** The view made last. */
  declare protected $view: AnyView | undefined;

  get kind(): K {
    return (KINDS[this.$word(KIND, "kind")] as (typeof KINDS)[number])[0] as K;
  }

  /** Items there are. */
  get length(): number {
    return this.$word(LENGTH, "length");
  }

  /**
   * The items as a typed array, which reads and writes linear memory itself. Get it again after anything that can allocate: when memory
   * grows the old one is empty, and when the array grows it may be that of a freed block.
   */
  get view(): ArrayView<K> {
    const data = this.$word(DATA, "view");
    const { length } = this;
    const made = this.$view;
    // One that is empty because memory has grown has another length.
    if (made !== undefined && made.length === length && made.byteOffset === data)
      return made as unknown as ArrayView<K>;
    this.$view = viewOfKind(this.$word(KIND, "view"), this.$owner.views.u8.buffer, data, length);
    return this.$view as unknown as ArrayView<K>;
  }

  /** The item at an index, from the end if that is negative; undefined where there is none. A fraction is cut off. */
  at(index: number): ArrayItem<K> | undefined {
    const whole = wholeOf(index);
    const { length } = this;
    const i = placeOf(whole, length);
    return i >= 0 && i < length ? this.$item(i) : undefined;
  }

  /**
   * Replaces the item at an index, from the end if that is negative.
   *
   * @throws TypeError an index that is no number; RangeError one that is no integer, or where there is no item
   */
  set(index: number, value: ArrayItem<K>): void {
    const i = this.$place("array.set", index, this.length);
    const kind = this.$word(KIND, "set");
    requireItem(kind, value, "array.set: value");
    writeItem(this.$owner.views, kind, this.$word(DATA, "set"), i, value);
  }

  /** Adds items at the end, all or none, and returns the length then. */
  push(...values: ArrayItem<K>[]): number {
    const kind = this.$word(KIND, "push");
    if (values.length === 1) requireItem(kind, values[0], "array.push: value");
    else requireItems(kind, values, "array.push: values");
    this.$resize("array.push", values.length);
    const data = this.$word(DATA, "push");
    const { length } = this;
    for (let i = 0; i < values.length; i++) {
      writeItem(this.$owner.views, kind, data, length - values.length + i, values[i] as ArrayItem<K>);
    }
    return length;
  }

  /** Takes the last item out; undefined if the array is empty. */
  pop(): ArrayItem<K> | undefined {
    const { length } = this;
    if (length === 0) return undefined;
    const last = this.$item(length - 1);
    this.$resize("array.pop", -1);
    return last;
  }

  /** The length is looked at before each step, so that items that are added are gone through too. */
  *[Symbol.iterator](): IterableIterator<ArrayItem<K>> {
    for (let index = 0; index < this.length; index++) yield this.$item(index);
  }

  /** The item at an index that is known to be one, while the views are those of all memory. */
  protected $item(index: number): ArrayItem<K> {
    return readItem(this.$owner.views, this.$word(KIND, "at"), this.$word(DATA, "at"), index) as ArrayItem<K>;
  }

  /** Adds so many items of 0 at the end; below 0, takes so many off. */
  protected $resize(what: string, change: number): void {
    const at = this.$at(what);
    const { core, engine } = this.$owner;
    let status: number;
    try {
      status = core.arrayResize(at, this.length + change);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (status !== OK) this.$resizeAtAnyCost(what, change);
  }

  protected $resizeAtAnyCost(what: string, change: number): void {
    const status = this.$tried(() => {
      // A collection before the second attempt may have run code that changed the array.
      const at = this.$at(what);
      const length = this.length + change;
      return this.$owner.engine.run((core) => core.arrayResize(at, length));
    });
    if (status !== OK) throw this.$failure(what, status, (this.length + change) * this.view.BYTES_PER_ELEMENT);
  }

  /** A word of the object, by its index from the header on. */
  protected $word(index: number, property: string): number {
    const at = this.$hold.index + index;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), `array.${property}`).u32[at] as number);
  }
}
