// One pool: its descriptor, its free list, and the ring of pools of its class that have room.

import {
  ALIGNMENT_SHIFT,
  ARENA_MASK,
  BLOCK_LINK,
  BLOCK_STAMP,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_SHIFT,
  POOL_BYTES,
  POOL_DIVISOR,
  POOL_FREE,
  POOL_MASK,
  POOL_NEXT,
  POOL_PREV,
  POOL_QUICK,
  POOL_SHIFT,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  QUICK_BLOCKS,
  RINGS,
  SIZE_CLASSES,
} from "./layout";
import { heapKey } from "./memory";

/** Descriptor of the pool that `address` lies in; the address must be in a pool arena. */
export function poolOf(address: usize): usize {
  return (address & ~(<usize>ARENA_MASK)) | ((address >> (POOL_SHIFT - DESCRIPTOR_SHIFT)) & (63 << DESCRIPTOR_SHIFT));
}

/** First byte of the pool with this descriptor. */
export function poolStart(pool: usize): usize {
  return (pool & ~(<usize>ARENA_MASK)) | ((pool & (63 << DESCRIPTOR_SHIFT)) << (POOL_SHIFT - DESCRIPTOR_SHIFT));
}

/** Size class of a request of 1 … 512 bytes: 0 for 8, 63 for 512. */
export function classOf(request: u32): u32 {
  return (request - 1) >> ALIGNMENT_SHIFT;
}

/** Bytes of a block of a class; object classes follow the 64 of blocks and have the same sizes. */
export function blockBytes(sizeClass: u32): u32 {
  return ((sizeClass & (SIZE_CLASSES - 1)) + 1) << ALIGNMENT_SHIFT;
}

/** Address of the quick list of a class. */
export function quickListOf(sizeClass: u32): usize {
  return QUICK_BLOCKS + (sizeClass << 2);
}

export function classOfQuickList(list: usize): u32 {
  return <u32>(list - QUICK_BLOCKS) >> 2;
}

/** The head of a class's ring, as a descriptor of which only NEXT and PREV exist (after CPython's usedpools). */
export function ringOf(sizeClass: u32): usize {
  return RINGS + (sizeClass << 3) - POOL_NEXT;
}

/** What a free block carries at +4. */
export function stampFor(block: usize): u32 {
  return <u32>block ^ heapKey();
}

export function stamp(block: usize): void {
  store<u32>(block, stampFor(block), BLOCK_STAMP);
}

export function isStamped(block: usize): bool {
  return load<u32>(block, BLOCK_STAMP) == stampFor(block);
}

export function linkOf(block: usize): usize {
  return load<u32>(block, BLOCK_LINK);
}

export function setLink(block: usize, next: usize): void {
  store<u32>(block, next, BLOCK_LINK);
}

/** Every block is out: none free, none virgin. */
export function isFull(pool: usize): bool {
  return load<u32>(pool, POOL_FREE) == 0 && load<u32>(pool, POOL_VIRGIN) + load<u32>(pool, POOL_SIZE) > POOL_BYTES;
}

/** Prepares an empty pool for a class. A pool that had the class before keeps its free list and virgin part. */
export function formatPool(pool: usize, sizeClass: u32): void {
  const size = blockBytes(sizeClass);
  const list = quickListOf(sizeClass);
  if (load<u32>(pool, POOL_SIZE) != size || load<u32>(pool, POOL_QUICK) != <u32>list) {
    store<u32>(pool, 0, POOL_VIRGIN);
    store<u32>(pool, list, POOL_QUICK);
    store<u32>(pool, 0, POOL_FREE);
    store<u32>(pool, size, POOL_SIZE);
  }
  store<u32>(pool, 0, POOL_USED);
  store<u32>(pool, 0xffffffff / size + 1, POOL_DIVISOR);
}

/** Puts a pool at the front of a ring. */
export function linkPool(pool: usize, ring: usize): void {
  const next: usize = load<u32>(ring, POOL_NEXT);
  store<u32>(pool, next, POOL_NEXT);
  store<u32>(pool, ring, POOL_PREV);
  store<u32>(next, pool, POOL_PREV);
  store<u32>(ring, pool, POOL_NEXT);
}

export function unlinkPool(pool: usize): void {
  const next: usize = load<u32>(pool, POOL_NEXT);
  const prev: usize = load<u32>(pool, POOL_PREV);
  store<u32>(prev, next, POOL_NEXT);
  store<u32>(next, prev, POOL_PREV);
}

/** True if `block` is in the pool's own free list. Stops at a link that leaves the pool. */
export function isInFreeList(pool: usize, block: usize): bool {
  const start = poolStart(pool);
  let free: usize = load<u32>(pool, POOL_FREE);
  for (let left: u32 = POOL_BYTES >> ALIGNMENT_SHIFT; free != 0 && free - start <= POOL_MASK && left != 0; left--) {
    if (free == block) return true;
    free = linkOf(free);
  }
  return false;
}

/** Descriptors of an arena's 63 pools, by index 1 … 63. */
export function poolAt(arena: usize, index: u32): usize {
  return arena + index * DESCRIPTOR_BYTES;
}
