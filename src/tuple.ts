// Handles of tuples.

import type { Word } from "./address.js";
import { inside } from "./handle.js";
import { TUPLE_ITEMS, TUPLE_LENGTH } from "./layout.js";
import type { Value } from "./objects.js";
import { placeOf, Sequence, wholeOf } from "./sequence.js";

const LENGTH = TUPLE_LENGTH >>> 2;
const ITEMS = TUPLE_ITEMS >>> 2;

/** An array that never changes. A key of dicts and sets if all its items can be: equal to every tuple of equal items. */
export abstract class Tuple extends Sequence {
  get length(): number {
    const at = this.$hold.index + LENGTH;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "tuple.length").u32[at] as number);
  }

  at(index: number): Value | undefined {
    const whole = wholeOf(index);
    const objects = this.$owner;
    const header = this.$hold.index;
    const length =
      objects.views.u32[header + LENGTH] ?? (objects.ready(inside(this), "tuple.at").u32[header + LENGTH] as number);
    const i = placeOf(whole, length);
    return i >= 0 && i < length ? objects.valueOf(objects.views.u32[header + ITEMS + i] as number) : undefined;
  }

  protected $word(index: number): Word {
    return this.$owner.views.u32[this.$hold.index + ITEMS + index] as number;
  }

  get [Symbol.toStringTag](): string {
    return "Tuple";
  }
}
