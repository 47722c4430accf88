// What is live in a heap, in numbers that are had by a look at each pool's descriptor, and at no block.

import type { Engine } from "../engine.js";
import {
  ARENA_BYTES,
  ARENA_VIRGIN,
  CHUNK_HEADER_BYTES,
  descriptorOf,
  G_LARGE_COUNT,
  GC,
  POOL_BYTES,
  POOL_CLASS,
  POOL_SIZE,
  POOL_USED,
  POOLS_PER_ARENA,
  R_CHUNK_BYTES,
  R_CHUNKS,
  R_MEMORY_END,
  R_QUARANTINE_BYTES,
  RUNTIME,
  SIZE_CLASSES,
  SLOT_POOLS,
  SLOTS,
  tagOf,
} from "../layout.js";
import type { HeapMemory } from "../memory.js";
import { ownBlocks, quarantinedAddresses } from "../walk.js";

/** What is live at some moment. */
export interface LiveMemory {
  /** In live blocks and objects, as `live` of `sys.memoryUsage()`. */
  readonly bytes: number;
  /** As `sys.getAllocatedBlocks()`. */
  readonly blocks: number;
  /** Objects of up to 512 bytes, and larger ones that the collector knows. */
  readonly objects: number;
  /** Bytes of linear memory, which never shrinks. */
  readonly reserved: number;
}

/** Takes some ten microseconds for each megabyte that pools have. */
export function liveMemory(engine: Engine): LiveMemory {
  engine.run((core) => core.drain());
  const { memory } = engine;
  const pools = inPools(memory);
  const chunks = memory.word(RUNTIME + R_CHUNKS);
  const large = memory.word(RUNTIME + R_CHUNK_BYTES) - chunks * CHUNK_HEADER_BYTES;
  const own = ownBlocks(memory);
  const kept = quarantinedAddresses(memory);
  return {
    bytes: pools.bytes + large - own.bytes - memory.word(RUNTIME + R_QUARANTINE_BYTES),
    blocks: pools.blocks + chunks - own.blocks - kept.length,
    objects: pools.objects - countObjectBlocks(memory, kept) + memory.word(GC + G_LARGE_COUNT),
    reserved: memory.byteLength,
  };
}

/** Blocks in use of all pools. */
function inPools(memory: HeapMemory): { bytes: number; blocks: number; objects: number } {
  const { bytes: view, words } = memory;
  const slots = Math.ceil(memory.word(RUNTIME + R_MEMORY_END) / ARENA_BYTES);
  let [bytes, blocks, objects] = [0, 0, 0];
  for (let slot = 0; slot < slots; slot++) {
    if (view[SLOTS + slot] !== SLOT_POOLS) continue;
    const arena = slot * ARENA_BYTES;
    const end = Math.min(words[(arena + ARENA_VIRGIN) >>> 2] as number, POOLS_PER_ARENA + 1);
    for (let index = 1; index < end; index++) {
      if (words[tagOf(arena, index) >>> 2] === 0) continue;
      const descriptor = descriptorOf(arena, index);
      const used = words[(descriptor + POOL_USED) >>> 2] as number;
      blocks += used;
      bytes += used * (words[(descriptor + POOL_SIZE) >>> 2] as number);
      if ((words[(descriptor + POOL_CLASS) >>> 2] as number) >= SIZE_CLASSES) objects += used;
    }
  }
  return { bytes, blocks, objects };
}

/** How many of the blocks lie in pools of objects. */
function countObjectBlocks(memory: HeapMemory, blocks: readonly number[]): number {
  return blocks.filter((block) => {
    const arena = block - (block % ARENA_BYTES);
    const index = Math.floor((block % ARENA_BYTES) / POOL_BYTES);
    if (memory.byte(SLOTS + arena / ARENA_BYTES) !== SLOT_POOLS || memory.word(tagOf(arena, index)) === 0) return false;
    return memory.word(descriptorOf(arena, index) + POOL_CLASS) >= SIZE_CLASSES;
  }).length;
}
