// What is in use before and after a collection, in numbers that cost little against the collection.

import type { Engine } from "../engine.js";
import {
  ARENA_BYTES,
  ARENA_FREE_COUNT,
  G_FROZEN,
  G_OLD,
  G_YOUNG,
  G_YOUNG_END,
  GC,
  POOL_BYTES,
  POOLS_PER_ARENA,
  R_CHUNK_BYTES,
  R_LENT_POOLS,
  R_MEMORY_END,
  RUNTIME,
  SLOT_POOLS,
  SLOTS,
} from "../layout.js";

/** What is in use at some moment. */
export interface MemoryInUse {
  /** In pools that have live blocks, 4 KiB each, and in large blocks. */
  readonly bytes: number;
  /** Objects that the collector knows. */
  readonly objects: number;
  /** Bytes of linear memory, which never shrinks. */
  readonly reserved: number;
}

/** Looks at each arena once, and at no pool: some microseconds for hundreds of megabytes. */
export function memoryInUse(engine: Engine): MemoryInUse {
  // Blocks that were freed last keep their pools in use until then.
  engine.run((core) => core.drain());
  const { memory } = engine;
  const { bytes, words } = memory;
  const slots = Math.ceil(memory.word(RUNTIME + R_MEMORY_END) / ARENA_BYTES);
  let pools = -memory.word(RUNTIME + R_LENT_POOLS);
  for (let slot = 0; slot < slots; slot++) {
    if (bytes[SLOTS + slot] !== SLOT_POOLS) continue;
    pools += POOLS_PER_ARENA - (words[(slot * ARENA_BYTES + ARENA_FREE_COUNT) >>> 2] as number);
  }
  const young = memory.word(GC + G_YOUNG) >>> 2;
  const youngEnd = young + memory.word(GC + G_YOUNG_END);
  let objects = memory.word(GC + G_OLD) + memory.word(GC + G_FROZEN);
  for (let at = young; at < youngEnd; at++) if (words[at] !== 0) objects++;
  return {
    bytes: pools * POOL_BYTES + memory.word(RUNTIME + R_CHUNK_BYTES),
    objects,
    reserved: memory.byteLength,
  };
}
