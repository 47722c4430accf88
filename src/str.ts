// Handles of strs: text in the heap.

import { Handle, inside } from "./handle.js";
import { TEXT_LENGTH } from "./layout.js";
import type { Objects } from "./objects.js";
import { readStr } from "./text.js";

const LENGTH = TEXT_LENGTH >>> 2;

/**
 * Text in the heap, as the object that it is: 16 bytes and one for each character, or two if some character is above 255. Where a
 * str is read from a container or a field, it is a string.
 */
export abstract class Str extends Handle {
  declare protected readonly $owner: Objects;

  /** Characters, as JavaScript counts them: units of UTF-16. */
  get length(): number {
    const at = this.$hold.index + LENGTH;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "str.length").u32[at] as number);
  }

  /**
   * The text.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  override toString(): string {
    return readStr(this.$owner.ready(inside(this), "str.toString"), this.$hold.index);
  }

  get [Symbol.toStringTag](): string {
    return "Str";
  }
}
