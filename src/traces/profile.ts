// What a trace asks for: how many calls, and how much at a time.

import { SMALL_MAX_BYTES } from "../layout.js";
import { forEachOperation, OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, type Trace } from "./format.js";

/** What a trace asks for, whoever serves it. */
export interface Profile {
  readonly mallocs: number;
  readonly callocs: number;
  readonly reallocs: number;
  readonly frees: number;
  /** Most bytes live at a time, as requested. */
  readonly peakBytes: number;
  /** Blocks live at that time. */
  readonly peakBlocks: number;
  /** Operations done when the peak is reached for the first time. */
  readonly peakOperation: number;
  /** Of the operations that allocate, the share that asks for more than 512 bytes, which no pool holds. */
  readonly largeShare: number;
}

/** Counts what a trace asks for. */
export function profileOf(trace: Trace): Profile {
  const sizes = new Float64Array(trace.slots).fill(-1);
  const counts = [0, 0, 0, 0];
  let bytes = 0;
  let blocks = 0;
  let large = 0;
  let peakBytes = 0;
  let peakBlocks = 0;
  let peakOperation = 0;
  forEachOperation(trace.words, (op, slot, size, index) => {
    counts[op] = (counts[op] as number) + 1;
    const before = sizes[slot] as number;
    if (before >= 0) {
      bytes -= before;
      blocks--;
    }
    sizes[slot] = op === OP_FREE ? -1 : size;
    if (op === OP_FREE) return;
    bytes += size;
    blocks++;
    if (size > SMALL_MAX_BYTES) large++;
    if (bytes > peakBytes) {
      peakBytes = bytes;
      peakBlocks = blocks;
      peakOperation = index + 1;
    }
  });
  const count = (op: number) => counts[op] as number;
  const allocating = count(OP_MALLOC) + count(OP_CALLOC) + count(OP_REALLOC);
  return {
    mallocs: count(OP_MALLOC),
    callocs: count(OP_CALLOC),
    reallocs: count(OP_REALLOC),
    frees: count(OP_FREE),
    peakBytes,
    peakBlocks,
    peakOperation,
    largeShare: allocating === 0 ? 0 : large / allocating,
  };
}
