// A heap in which there is everything that a heap can have in it, and where to find that.
import {
  ARENA_NEXT,
  ARENA_VIRGIN,
  BIN_STEPS,
  BINS,
  BLOCK_LINK,
  CHUNK_NEXT,
  DESCRIPTOR_BYTES,
  POOL_BYTES,
  POOL_FREE,
  POOL_NEXT,
  POOL_USED,
  POOLS_PER_ARENA,
  QUICK_BLOCKS,
  QUICK_CHUNKS,
  R_USABLE_ARENAS,
  RINGS,
  RUNTIME,
} from "../../src/layout.js";
import { type Chunk, chunksOf, type Pool, poolArenas, poolsOf, regions } from "../../src/walk.js";
import type { CoreHeap } from "./core.js";

/** Where there is something to break. */
export interface Places {
  /** Arenas with free pools, most full first; at least three, of which at least two have virgin pools. */
  usable: number[];
  pools: Pool[];
  /** A pool with room and with blocks in its free list, one of at least two on its ring. */
  ringed: number;
  /** Its class. */
  sizeClass: number;
  full: number;
  /** An empty pool on its arena's list. */
  empty: number;
  /** A pool of the arena in which the first usable pool is virgin. */
  virgin: { arena: number; pool: number };
  lent: { first: number; behind: number };
  /** Address of a quick list with at least two blocks. */
  quickBlocks: number;
  /** Address of a quick list with at least two chunks. */
  quickChunks: number;
  /** Chunk headers. */
  used: number;
  free: number;
  afterFree: number;
  afterUsed: number;
  /** Address of the bin of a free chunk, its level and step. */
  bin: { at: number; level: number; step: number };
  fence: number;
}

/** Makes an empty heap into one. */
export function furnish(heap: CoreHeap): void {
  const { mem } = heap;
  const filled = Array.from({ length: 4 * POOLS_PER_ARENA + 30 }, () => fillPool(heap));
  const give = (from: number, count: number) => {
    for (const blocks of filled.slice(from, from + count)) for (const block of blocks) mem.free(block);
  };
  // The first arena stays full, the last has pools that were never used.
  give(POOLS_PER_ARENA + 5, 14);
  give(2 * POOLS_PER_ARENA + 9, 7);
  give(3 * POOLS_PER_ARENA, 25);
  heap.settle();
  // With all space between large blocks taken, the next one is put into empty pools: eight of the second arena.
  const eaten = freeChunks(heap).map(({ bytes }) => heap.raw.malloc(bytes - heap.inner(8)));
  heap.raw.malloc(7 * POOL_BYTES);
  for (const block of eaten) heap.raw.free(block);
  heap.settle();
  const small = Array.from({ length: 400 }, () => mem.malloc(24));
  for (const [i, block] of small.entries()) if (i % 7 === 0) mem.free(block);
  const large = Array.from({ length: 9 }, () => mem.malloc(1000));
  for (const i of [1, 3, 4]) mem.free(large[i] as number);
  heap.settle();
  // Some wait in quick lists. In debug mode they come there through quarantine, where others follow them.
  for (const i of [0, 6, 8]) mem.free(large[i] as number);
  for (const i of [5, 12, 40, 300]) mem.free(small[i] as number);
  if (!heap.debug) return;
  mem.free(mem.malloc(262_144));
  for (const i of [6, 13, 41]) mem.free(small[i] as number);
}

/** All blocks of one pool. */
function fillPool(heap: CoreHeap): number[] {
  return Array.from({ length: 8 }, () => heap.mem.malloc(512 - heap.inner(0)));
}

function freeChunks(heap: CoreHeap): Chunk[] {
  return regions(heap.memory).flatMap((region) => chunksOf(heap.memory, region).filter(({ used }) => !used));
}

export function list(heap: CoreHeap, head: number, next: number): number[] {
  const members: number[] = [];
  for (let at = heap.word(head); at !== 0; at = heap.word(at + next)) members.push(at);
  return members;
}

function ring(heap: CoreHeap, sizeClass: number): number[] {
  const head = RINGS + 8 * sizeClass;
  const members: number[] = [];
  for (let pool = heap.word(head); pool !== head - POOL_NEXT; pool = heap.word(pool + POOL_NEXT)) members.push(pool);
  return members;
}

function longest(heap: CoreHeap, from: number, to: number, next: number): number {
  let best = from;
  for (let at = from; at < to; at += 4) {
    if (list(heap, at, next).length > list(heap, best, next).length) best = at;
  }
  return best;
}

export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

export function placesOf(heap: CoreHeap): Places {
  const arenas = poolArenas(heap.memory);
  const pools = arenas.flatMap((arena) => poolsOf(heap.memory, arena));
  const usable = list(heap, RUNTIME + R_USABLE_ARENAS, ARENA_NEXT);
  const sizeClass = need(
    Array.from({ length: 128 }, (_, i) => i).find((i) => {
      const members = ring(heap, i);
      return members.length > 1 && members.some((pool) => heap.word(pool + POOL_FREE) !== 0);
    }),
    "ring of two",
  );
  const first = need(
    pools.find(({ state, descriptor }) => state === "lent" && heap.word(descriptor + POOL_USED) > 1),
    "lent run",
  ).descriptor;
  const chunks = regions(heap.memory).flatMap((region) => chunksOf(heap.memory, region));
  const next = (chunk: { address: number; bytes: number }) =>
    chunks.find((c) => c.address === chunk.address + chunk.bytes);
  const isSealed = ({ address, used }: { address: number; used: boolean }) =>
    used && (heap.core.usableSize(address + 8) !== 0 || heap.core.rawUsableSize(address + 8) !== 0);
  const free = need(
    chunks.find((c) => !c.used && c.bytes > 64 && next(c) !== undefined),
    "free chunk",
  );
  const used = need(
    chunks.find((c) => isSealed(c) && next(c)?.used),
    "used chunk",
  );
  const level = 31 - Math.clz32(free.bytes) - 5;
  const step = (free.bytes >>> level) & (BIN_STEPS - 1);
  const virgin = need(
    usable.find((arena) => heap.word(arena + ARENA_VIRGIN) <= POOLS_PER_ARENA),
    "virgin pool",
  );
  return {
    usable,
    pools,
    sizeClass,
    ringed: need(
      ring(heap, sizeClass).find((pool) => heap.word(pool + POOL_FREE) !== 0),
      "free list",
    ),
    full: need(
      pools.find(({ state }) => state === "full"),
      "full pool",
    ).descriptor,
    empty: need(
      pools.find(({ state }) => state === "empty"),
      "empty pool",
    ).descriptor,
    virgin: { arena: virgin, pool: virgin + heap.word(virgin + ARENA_VIRGIN) * DESCRIPTOR_BYTES },
    lent: { first, behind: first + DESCRIPTOR_BYTES },
    quickBlocks: longest(heap, QUICK_BLOCKS, QUICK_BLOCKS + 512, BLOCK_LINK),
    quickChunks: longest(heap, QUICK_CHUNKS, QUICK_CHUNKS + 4 * 4097, CHUNK_NEXT),
    used: used.address,
    free: free.address,
    afterFree: free.address + free.bytes,
    afterUsed: used.address + used.bytes,
    bin: { at: BINS + 4 * (level * BIN_STEPS + step), level, step },
    fence: (arenas[0] as number) - 8,
  };
}
