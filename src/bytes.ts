// Handles of bytes.

import { show } from "./arguments.js";
import { Handle, inside } from "./handle.js";
import { TEXT_DATA, TEXT_LENGTH } from "./layout.js";
import type { Objects } from "./objects.js";

const LENGTH = TEXT_LENGTH >>> 2;

/** Bytes in the heap, which do not change. A key of dicts and sets: equal to bytes of the same values. */
export abstract class Bytes extends Handle {
  declare protected readonly $owner: Objects;

  get length(): number {
    const at = this.$hold.index + LENGTH;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "bytes.length").u32[at] as number);
  }

  /**
   * A copy.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  toUint8Array(): Uint8Array<ArrayBuffer> {
    const { u8 } = this.$owner.ready(inside(this), "bytes.toUint8Array");
    const start = this.$hold.index * 4 + TEXT_DATA;
    return u8.slice(start, start + this.length);
  }

  get [Symbol.toStringTag](): string {
    return "Bytes";
  }
}

/**
 * What bytes can be made of, as a view of it.
 *
 * @throws TypeError, RangeError for what is none
 */
export function bytesOf(data: unknown, call: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (!Array.isArray(data)) {
    throw new TypeError(`${call}: wants a Uint8Array, an ArrayBuffer or an array of numbers, not ${show(data)}`);
  }
  return Uint8Array.from(data, (byte: unknown, index) => {
    if (typeof byte === "number" && (byte & 0xff) === byte) return byte;
    const wanted = `${call}: byte ${index} must be an integer of 0 … 255, not ${show(byte)}`;
    throw typeof byte === "number" ? new RangeError(wanted) : new TypeError(wanted);
  });
}
