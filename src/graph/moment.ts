// A moment of a heap, to tell whether blocks have come or gone since.

import {
  BINS,
  CHAR_STRS,
  G_AGE,
  GC,
  LAST_ARENA_WITH,
  QUICK_BLOCKS,
  QUICK_CHUNKS,
  R_DEBUG,
  R_MEMORY_END,
  R_REFILLS,
  R_STATUS,
  RINGS,
  RUNTIME,
  SCRATCH,
  SLOTS,
  TEXT_SCRATCH,
} from "../layout.js";
import type { HeapMemory } from "../memory.js";

/**
 * The records that allocating, freeing and collecting change: free lists, counters, the young objects. Not what the host writes for a call, nor
 * why the last one failed.
 */
const RECORDS: readonly (readonly [start: number, end: number])[] = [
  [LAST_ARENA_WITH, SCRATCH],
  [GC, GC + G_AGE],
  [QUICK_BLOCKS, RUNTIME],
  [RUNTIME + R_MEMORY_END, RUNTIME + R_STATUS],
  [RUNTIME + R_DEBUG, RUNTIME + R_REFILLS],
  [BINS, SLOTS],
  [QUICK_CHUNKS, TEXT_SCRATCH],
  [RINGS, CHAR_STRS],
];
/** 2^32 / golden ratio. */
const SPREAD = 0x9e3779b1;

/** What the records are like now. One that is freed and put back as it was is not noticed, and neither is a field that is written. */
export class Moment {
  readonly #memory: HeapMemory;
  readonly #sum: number;

  constructor(memory: HeapMemory) {
    this.#memory = memory;
    this.#sum = sumOf(memory);
  }

  /** Blocks have come or gone, or a collection has begun. */
  get isOver(): boolean {
    return sumOf(this.#memory) !== this.#sum;
  }
}

function sumOf({ words }: HeapMemory): number {
  let sum = 0;
  for (const [start, end] of RECORDS) {
    for (let at = start >>> 2; at < end >>> 2; at++) sum = Math.imul(sum ^ (words[at] as number), SPREAD) + 1;
  }
  return sum;
}
