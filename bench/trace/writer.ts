import { OP_BITS, OP_FREE, TRACE_HEADER_BYTES, TRACE_MAGIC, TRACE_VERSION } from "#traces/format.js";

/** One call of a program. `size` is in bytes, and 0 for a free. */
export interface Operation {
  readonly op: number;
  readonly slot: number;
  readonly size: number;
}

/** The bytes of a trace file, not compressed. Slots are numbered by the caller, as bench/traces/README.md says. */
export function encodeTrace(operations: readonly Operation[]): Uint8Array {
  const words: number[] = [];
  let slots = 0;
  for (const { op, slot, size } of operations) {
    words.push(((slot << OP_BITS) | op) >>> 0);
    if (op !== OP_FREE) words.push(size);
    slots = Math.max(slots, slot + 1);
  }
  const view = new DataView(new ArrayBuffer(TRACE_HEADER_BYTES + words.length * 4));
  [TRACE_MAGIC, TRACE_VERSION, words.length, slots, operations.length, ...words].forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  return new Uint8Array(view.buffer);
}
