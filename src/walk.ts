// Arenas, pools and chunks, read from the bytes of memory by the layout alone. It shares no code with the core's own
// walkers, on purpose: where the two disagree, one of them is wrong. Drain the core first, so that no freed block is on its
// way between a quick list and its pool.

import { hex } from "./address.js";
import { CorruptionError } from "./errors.js";
import {
  ARENA_SHIFT,
  ARENA_VIRGIN,
  BLOCK_LINK,
  blocksPerPool,
  CHUNK_FLAGS,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_USED,
  DESCRIPTOR_BYTES,
  HEAP_START,
  POOL_BYTES,
  POOL_DIVISOR,
  POOL_FREE,
  POOL_QUICK,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  POOLS_PER_ARENA,
  QUICK_BLOCKS,
  R_KEY,
  R_MEMORY_END,
  RUNTIME,
  SIZE_CLASSES,
  SLOT_CHUNKS,
  SLOT_COUNT,
  SLOT_POOLS,
  SLOTS,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";

/** One pool as its descriptor has it. */
export interface Pool {
  /** Its first byte. */
  readonly address: number;
  /** Address of its descriptor, in the arena's head page. */
  readonly descriptor: number;
  readonly state: "used" | "full" | "empty" | "virgin";
  /** Bytes a block; 0 for a pool in no use. */
  readonly blockSize: number;
  readonly holds: "objects" | "blocks";
  /** Blocks out of the pool. */
  readonly used: number;
  /** Blocks there can be; 0 for a pool in no use. */
  readonly capacity: number;
}

/** A run of slots without a pool arena, divided into chunks from `address + 8` to `end - 8`. */
export interface Region {
  readonly address: number;
  readonly end: number;
}

/** A large block with its header, or the space between two. */
export interface Chunk {
  readonly address: number;
  readonly bytes: number;
  readonly used: boolean;
}

function corrupt(address: number, what: string): CorruptionError {
  return new CorruptionError("invariant", address, `${what} at ${hex(address)}: the records were overwritten`, "");
}

/** Addresses of the pool arenas, lowest first. */
export function poolArenas(memory: HeapMemory): number[] {
  const owners = memory.view(SLOTS, SLOT_COUNT);
  const arenas: number[] = [];
  for (let slot = owners.indexOf(SLOT_POOLS); slot >= 0; slot = owners.indexOf(SLOT_POOLS, slot + 1)) {
    arenas.push(slot * 2 ** ARENA_SHIFT);
  }
  return arenas;
}

/** The 63 pools of an arena, lowest first. Only descriptors are read: pools that are virgin may lie past the end of memory. */
export function poolsOf(memory: HeapMemory, arena: number): Pool[] {
  const firstVirgin = memory.word(arena + ARENA_VIRGIN);
  const pools: Pool[] = [];
  for (let index = 1; index <= POOLS_PER_ARENA; index++) {
    const address = arena + index * POOL_BYTES;
    const descriptor = arena + index * DESCRIPTOR_BYTES;
    if (index >= firstVirgin || memory.word(descriptor + POOL_DIVISOR) === 0) {
      const state = index >= firstVirgin ? "virgin" : "empty";
      pools.push({ address, descriptor, state, blockSize: 0, holds: "blocks", used: 0, capacity: 0 });
      continue;
    }
    const blockSize = memory.word(descriptor + POOL_SIZE);
    const used = memory.word(descriptor + POOL_USED);
    const capacity = blocksPerPool(blockSize);
    if (!(used <= capacity) || blockSize === 0) throw corrupt(descriptor, "no pool has this descriptor,");
    const list = (memory.word(descriptor + POOL_QUICK) - QUICK_BLOCKS) / 4;
    const holds = list < SIZE_CLASSES ? "blocks" : "objects";
    pools.push({ address, descriptor, state: used === capacity ? "full" : "used", blockSize, holds, used, capacity });
  }
  return pools;
}

/** One bit a block, lowest bit first, 1 for a block in use: what is neither in the free list nor virgin. */
export function occupancyOf(memory: HeapMemory, pool: Pool): Uint8Array {
  const { address, descriptor, blockSize, capacity } = pool;
  const bits = new Uint8Array(Math.ceil(capacity / 8));
  if (capacity === 0) return bits;
  const carved = memory.word(descriptor + POOL_VIRGIN) / blockSize;
  for (let block = 0; block < carved; block++) flip(bits, block);
  const key = memory.word(RUNTIME + R_KEY);
  let left = carved;
  for (let free = memory.word(descriptor + POOL_FREE); free !== 0; ) {
    const block = (free - address) / blockSize;
    if (!Number.isInteger(block) || block < 0 || block >= carved || left-- === 0) {
      throw corrupt(
        descriptor,
        `the free list leads to ${hex(free)}, which is no free block of the pool with the descriptor`,
      );
    }
    flip(bits, block);
    free = (memory.word(free + BLOCK_LINK) ^ key) >>> 0;
  }
  return bits;
}

function flip(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) ^ (1 << (index & 7));
}

/** Regions of chunks, lowest first. */
export function regions(memory: HeapMemory): Region[] {
  const owners = memory.view(SLOTS, SLOT_COUNT);
  const memoryEnd = memory.word(RUNTIME + R_MEMORY_END);
  const found: Region[] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (owners[slot] !== SLOT_CHUNKS) continue;
    const address = slot === 0 ? HEAP_START : slot * 2 ** ARENA_SHIFT;
    while (owners[slot] === SLOT_CHUNKS) slot++;
    found.push({ address, end: Math.min(slot * 2 ** ARENA_SHIFT, memoryEnd) });
  }
  return found;
}

/** The chunks of a region, lowest first. */
export function chunksOf(memory: HeapMemory, region: Region): Chunk[] {
  const fence = region.end - CHUNK_HEADER_BYTES;
  const chunks: Chunk[] = [];
  let address = region.address + CHUNK_HEADER_BYTES;
  while (address < fence) {
    const head = memory.word(address + CHUNK_HEAD);
    const bytes = (head & ~CHUNK_FLAGS) >>> 0;
    if (bytes < CHUNK_MIN_BYTES || address + bytes > fence) throw corrupt(address, "no chunk has this header,");
    chunks.push({ address, bytes, used: (head & CHUNK_USED) !== 0 });
    address += bytes;
  }
  return chunks;
}
