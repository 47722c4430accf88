// What collections did so far, a record a generation, which the core keeps but for the time.

import {
  GC_STATS,
  S_CANDIDATES,
  S_COLLECTED,
  S_COLLECTIONS,
  S_DURATION,
  S_UNCOLLECTABLE,
  STATS_SHIFT,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";

/** Sums over all collections of one generation. */
export interface GenerationStats {
  readonly collections: number;
  /** Objects found unreachable. */
  readonly collected: number;
  /** Objects that could not be freed. */
  readonly uncollectable: number;
  /** Objects examined. */
  readonly candidates: number;
  /** Seconds. */
  readonly duration: number;
}

export function statsOf(memory: HeapMemory, generation: number): GenerationStats {
  const at = recordOf(generation);
  return {
    collections: memory.word(at + S_COLLECTIONS),
    collected: count64(memory, at + S_COLLECTED),
    uncollectable: memory.word(at + S_UNCOLLECTABLE),
    candidates: count64(memory, at + S_CANDIDATES),
    duration: memory.f64[(at + S_DURATION) >>> 3] ?? 0,
  };
}

/** Adds the time of a collection. */
export function addDuration(memory: HeapMemory, generation: number, seconds: number): void {
  const { f64 } = memory;
  const index = (recordOf(generation) + S_DURATION) >>> 3;
  f64[index] = (f64[index] ?? 0) + seconds;
}

function recordOf(generation: number): number {
  return GC_STATS + (generation << STATS_SHIFT);
}

/** A count of 64 bits; exact up to 2^53. */
function count64(memory: HeapMemory, at: number): number {
  return memory.word(at) + memory.word(at + 4) * 2 ** 32;
}
