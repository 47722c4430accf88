// Arenas, pools and chunks, read from the bytes of memory by the layout alone. It shares no code with the core's own
// walkers, on purpose: where the two disagree, one of them is wrong. Drain the core first, so that no freed block is on its
// way between a quick list and its pool.

import { hex } from "./address.js";
import { CorruptionError } from "./errors.js";
import {
  ALIGNMENT,
  ARENA_BYTES,
  ARENA_VIRGIN,
  BLOCK_LINK,
  blocksPerPool,
  CHUNK_FLAGS,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_USED,
  descriptorOf,
  FILL_DEAD,
  FRAME_HEAD_BYTES,
  G_FROZEN,
  G_INTERNED,
  G_LARGE,
  G_LARGE_COUNT,
  G_OBJECT_OFFSET,
  G_OLD,
  G_TYPE_COUNT,
  G_TYPES,
  G_WEAK,
  G_YOUNG,
  G_YOUNG_END,
  G_YOUNG_START,
  GC,
  GC_BYTES,
  HEAP_START,
  ID_FIRST,
  LENT_BEHIND,
  O_COUNT,
  O_TYPE,
  OWN_TYPES,
  POOL_BYTES,
  POOL_CLASS,
  POOL_FREE,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  POOLS_PER_ARENA,
  R_DEBUG,
  R_MEMORY_END,
  R_QUARANTINE_BYTES,
  R_QUARANTINE_HEAD,
  RUNTIME,
  SIZE_CLASSES,
  SLOT_CHUNKS,
  SLOT_COUNT,
  SLOT_POOLS,
  SLOTS,
  TYPE_NAME,
  TYPE_SHIFT,
  tagOf,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";
import { capacityAt } from "./report.js";

/**
 * used: some blocks out. full: all blocks out. empty: none any more. virgin: never handed out, and perhaps past the end of
 * memory. lent: part of a region of large blocks for the time being.
 */
export type PoolState = "used" | "full" | "empty" | "virgin" | "lent";

/** One pool as its descriptor has it. */
export interface Pool {
  /** Its first byte. */
  readonly address: number;
  /** Address of its descriptor, in the arena's head page. */
  readonly descriptor: number;
  readonly state: PoolState;
  /** Bytes a block; 0 for a pool that has no blocks. */
  readonly blockSize: number;
  readonly holds: "objects" | "blocks";
  /** Blocks out of the pool. */
  readonly used: number;
  /** Blocks there can be; 0 for a pool that has no blocks. */
  readonly capacity: number;
}

/** A run of slots without a pool arena, or of pools that are lent, divided into chunks from `address + 8` to `end - 8`. */
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

/** Classes of pools from this one on hold objects that no collector knows. */
const TRACKED_END = 2 * SIZE_CLASSES;
/** The type word of an object that debug mode keeps back. */
const DEAD_WORD = FILL_DEAD * 0x01010101;

function corrupt(address: number, what: string): CorruptionError {
  return new CorruptionError("invariant", address, `${what} at ${hex(address)}: the records were overwritten`, {});
}

/** Addresses of the pool arenas, lowest first. */
export function poolArenas(memory: HeapMemory): number[] {
  const owners = memory.view(SLOTS, SLOT_COUNT);
  const arenas: number[] = [];
  for (let slot = owners.indexOf(SLOT_POOLS); slot >= 0; slot = owners.indexOf(SLOT_POOLS, slot + 1)) {
    arenas.push(slot * ARENA_BYTES);
  }
  return arenas;
}

/** The 63 pools of an arena, lowest first. Only descriptors are read: pools that are virgin may lie past the end of memory. */
export function poolsOf(memory: HeapMemory, arena: number): Pool[] {
  const firstVirgin = memory.word(arena + ARENA_VIRGIN);
  const pools: Pool[] = [];
  for (let index = 1; index <= POOLS_PER_ARENA; index++) {
    const address = arena + index * POOL_BYTES;
    const descriptor = descriptorOf(arena, index);
    if (index >= firstVirgin || memory.word(tagOf(arena, index)) === 0) {
      const state = index >= firstVirgin ? "virgin" : memory.word(descriptor + POOL_USED) === 0 ? "empty" : "lent";
      pools.push({ address, descriptor, state, blockSize: 0, holds: "blocks", used: 0, capacity: 0 });
      continue;
    }
    const blockSize = memory.word(descriptor + POOL_SIZE);
    const used = memory.word(descriptor + POOL_USED);
    const capacity = blocksPerPool(blockSize);
    if (!(used <= capacity) || blockSize === 0) throw corrupt(descriptor, "no pool has this descriptor,");
    const holds = memory.word(descriptor + POOL_CLASS) < SIZE_CLASSES ? "blocks" : "objects";
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
    free = memory.word(free + BLOCK_LINK);
  }
  return bits;
}

function flip(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) ^ (1 << (index & 7));
}

/** The live objects of a pool of objects. */
export function objectsOf(memory: HeapMemory, pool: Pool): number[] {
  const { address, descriptor, blockSize, capacity } = pool;
  const bits = occupancyOf(memory, pool);
  const tracked = memory.word(descriptor + POOL_CLASS) < TRACKED_END;
  const offset = memory.word(GC + G_OBJECT_OFFSET) - (tracked ? 0 : GC_BYTES);
  const objects: number[] = [];
  for (let block = 0; block < capacity; block++) {
    const object = address + block * blockSize + offset;
    if ((((bits[block >> 3] ?? 0) >> (block & 7)) & 1) === 0 || isDead(memory, object)) continue;
    objects.push(object);
  }
  return objects;
}

/** The block is not free, but what was in it has died: debug mode keeps it back, or found its frame damaged. */
function isDead(memory: HeapMemory, object: number): boolean {
  return memory.word(object + O_TYPE) === DEAD_WORD || memory.word(object + O_COUNT) === 0;
}

/** Tracked objects that are too large for pools. */
export function largeTracked(memory: HeapMemory): Set<number> {
  const array = memory.word(GC + G_LARGE);
  const count = memory.word(GC + G_LARGE_COUNT);
  if (array + 4 * count > memory.byteLength) throw corrupt(GC, "no array of large objects is described by the record");
  return new Set(memory.words.subarray(array >>> 2, (array >>> 2) + count));
}

/** Regions of chunks: those between the arenas, then those of pools that are lent; lowest first in each. */
export function regions(memory: HeapMemory): Region[] {
  return [...regionsOfSlots(memory), ...poolArenas(memory).flatMap((arena) => regionsOfPools(memory, arena))];
}

function regionsOfPools(memory: HeapMemory, arena: number): Region[] {
  const found: Region[] = [];
  const firstVirgin = memory.word(arena + ARENA_VIRGIN);
  for (let index = 1; index < firstVirgin && index <= POOLS_PER_ARENA; index++) {
    if (memory.word(tagOf(arena, index)) !== 0) continue;
    const run = memory.word(descriptorOf(arena, index) + POOL_USED);
    if (run === 0 || run === LENT_BEHIND) continue;
    if (run > POOLS_PER_ARENA) throw corrupt(descriptorOf(arena, index), "no run of lent pools has this descriptor,");
    const address = arena + index * POOL_BYTES;
    found.push({ address, end: address + run * POOL_BYTES });
  }
  return found;
}

function regionsOfSlots(memory: HeapMemory): Region[] {
  const memoryEnd = memory.word(RUNTIME + R_MEMORY_END);
  const owners = memory.view(SLOTS, Math.min(Math.ceil(memoryEnd / ARENA_BYTES), SLOT_COUNT));
  const found: Region[] = [];
  for (let slot = 0; slot < owners.length; slot++) {
    if (owners[slot] !== SLOT_CHUNKS) continue;
    const address = slot === 0 ? HEAP_START : slot * ARENA_BYTES;
    while (owners[slot] === SLOT_CHUNKS) slot++;
    found.push({ address, end: Math.min(slot * ARENA_BYTES, memoryEnd) });
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

/** Blocks that were freed in debug mode and are kept back for a while, and their bytes with frames. */
export function quarantined(memory: HeapMemory): { blocks: number; bytes: number } {
  return { blocks: quarantinedAddresses(memory).length, bytes: memory.word(RUNTIME + R_QUARANTINE_BYTES) };
}

/** Their addresses, heads of frames included. */
export function quarantinedAddresses(memory: HeapMemory): number[] {
  const most = memory.word(RUNTIME + R_QUARANTINE_BYTES) / ALIGNMENT;
  const addresses: number[] = [];
  for (let at = memory.word(RUNTIME + R_QUARANTINE_HEAD); at !== 0; at = memory.word(at)) {
    if (addresses.push(at) > most || at % ALIGNMENT !== 0 || at < HEAP_START || at >= memory.byteLength) {
      throw corrupt(at, "the list of freed blocks that are kept back leads to what is none");
    }
  }
  return addresses;
}

/** Tracked objects of each generation, and those that are frozen. */
export function generationsOf(memory: HeapMemory): { generations: [number, number, number]; frozen: number } {
  const young = memory.word(GC + G_YOUNG);
  const start = memory.word(GC + G_YOUNG_START);
  const end = memory.word(GC + G_YOUNG_END);
  if (start > end || young + 4 * end > memory.byteLength)
    throw corrupt(GC, "no young array is described by the record");
  const generations: [number, number, number] = [0, 0, memory.word(GC + G_OLD)];
  for (let index = 0; index < end; index++) {
    if (memory.word(young + 4 * index) !== 0) generations[index < start ? 1 : 0]++;
  }
  return { generations, frozen: memory.word(GC + G_FROZEN) };
}

/**
 * Blocks that the heap keeps for itself: the type table, what it says of each type, the collector's arrays, the tables of interned strs
 * and of weakly referenced objects. Their bytes are those that the blocks hold, in debug mode with frames.
 */
export function ownBlocks(memory: HeapMemory): { blocks: number; bytes: number } {
  const frame = memory.word(RUNTIME + R_DEBUG) === 0 ? 0 : FRAME_HEAD_BYTES;
  const own = ownAddresses(memory);
  return { blocks: own.length, bytes: own.reduce((sum, address) => sum + capacityAt(memory, address - frame), 0) };
}

/** Their addresses, behind the heads of their frames. */
export function ownAddresses(memory: HeapMemory): number[] {
  const table = memory.word(GC + G_TYPES);
  const types = memory.word(GC + G_TYPE_COUNT);
  const addresses = [G_YOUNG, G_LARGE, G_INTERNED, G_WEAK].map((array) => memory.word(GC + array));
  if (table !== OWN_TYPES) addresses.push(table);
  for (let id = ID_FIRST; id <= types; id++) addresses.push(memory.word(table + (id << TYPE_SHIFT) + TYPE_NAME));
  return addresses.filter((address) => address !== 0);
}
