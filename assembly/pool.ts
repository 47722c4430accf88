// One pool: its descriptor, its free list, and the ring of pools of its class that have room.

import {
  ALIGNMENT_SHIFT,
  ARENA_MASK,
  BLOCK_LINK,
  BLOCK_STAMP,
  DESCRIPTOR_SHIFT,
  DIVISORS,
  OBJECT_LISTS,
  POOL_BYTES,
  POOL_CLASS,
  POOL_FREE,
  POOL_MASK,
  POOL_NEXT,
  POOL_PREV,
  POOL_SHIFT,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  QUICK_BLOCKS,
  RINGS,
  SIZE_CLASSES,
  TAG_CLASS,
  TAG_SHIFT,
  TAG_VIRGIN,
  UNTRACKED_LISTS,
} from "./layout";
import { heapKey } from "./memory";

const INDEX_MASK: usize = 63;

/** Descriptor of the pool that `address` lies in; the address must be in a pool arena. */
export function poolOf(address: usize): usize {
  const index = (address >> POOL_SHIFT) & INDEX_MASK;
  return (address & ~(<usize>ARENA_MASK)) | (index << DESCRIPTOR_SHIFT);
}

/** Where the tag of the pool that `address` lies in is, less TAG_CLASS. */
export function tagAt(address: usize): usize {
  return (address & ~(<usize>ARENA_MASK)) | ((address >> (POOL_SHIFT - TAG_SHIFT)) & (INDEX_MASK << TAG_SHIFT));
}

/** Descriptor of an arena's pool by index, 1 … 63. */
export function poolAt(arena: usize, index: u32): usize {
  return arena | (index << DESCRIPTOR_SHIFT);
}

/** First byte of the pool with this descriptor. */
export function poolStart(pool: usize): usize {
  const index = (pool >> DESCRIPTOR_SHIFT) & INDEX_MASK;
  return (pool & ~(<usize>ARENA_MASK)) + (index << POOL_SHIFT);
}

/** The tag is that of a pool in use. */
export function isTagged(tag: usize): bool {
  return load<u16>(tag, TAG_VIRGIN) != 0;
}

/** The pool holds blocks, and its tag says which. */
export function isInUse(pool: usize): bool {
  return isTagged(tagAt(poolStart(pool)));
}

/** Writes the tag of a pool in use, after its class or virgin part changed. */
export function setTag(pool: usize): void {
  const tag = tagAt(poolStart(pool));
  store<u16>(tag, <u16>(load<u32>(pool, POOL_CLASS) << 2), TAG_CLASS);
  store<u16>(tag, <u16>load<u32>(pool, POOL_VIRGIN), TAG_VIRGIN);
}

export function clearTag(pool: usize): void {
  store<u32>(tagAt(poolStart(pool)), 0, TAG_CLASS);
}

/** By the tag of its pool, `address` is the start of a block, not of an object, that was handed out once. */
export function isBlockStart(tag: usize, address: usize): bool {
  return isMultiple(tag, address, load<u16>(tag, TAG_CLASS));
}

/** As isBlockStart, but also for the blocks of object pools. */
export function isAnyBlockStart(tag: usize, address: usize): bool {
  return isMultiple(tag, address, load<u16>(tag, TAG_CLASS) & <u16>(OBJECT_LISTS - 1));
}

/** `address` lies at a multiple of the block size of the class at `list`, in the part of its pool that was handed out. */
function isMultiple(tag: usize, address: usize, list: usize): bool {
  const offset = <u32>address & POOL_MASK;
  const divisor = load<u32>(list, DIVISORS);
  return offset * divisor < divisor && offset < load<u16>(tag, TAG_VIRGIN);
}

/** The pool with this tag is in use and holds objects. */
export function holdsObjects(tag: usize): bool {
  return load<u16>(tag, TAG_CLASS) >= <u16>OBJECT_LISTS;
}

/** The pool with this tag is in use and holds objects of tracked types. */
export function holdsTracked(tag: usize): bool {
  return <u32>load<u16>(tag, TAG_CLASS) - <u32>OBJECT_LISTS < <u32>(UNTRACKED_LISTS - OBJECT_LISTS);
}

/** Size class of a request of 1 … 512 bytes: 0 for 8, 63 for 512. */
export function classOf(request: u32): u32 {
  return (request - 1) >> ALIGNMENT_SHIFT;
}

/** Bytes of a block of a class; object classes follow the 64 of blocks and have the same sizes. */
export function blockBytes(sizeClass: u32): u32 {
  return ((sizeClass & (SIZE_CLASSES - 1)) + 1) << ALIGNMENT_SHIFT;
}

/** Offset in QUICK_BLOCKS of the quick list of a class. */
export function quickListOf(sizeClass: u32): usize {
  return sizeClass << 2;
}

export function classOfQuickList(list: usize): u32 {
  return <u32>list >> 2;
}

/** First block of a quick list, 0 if it is empty. */
export function firstQuick(list: usize): usize {
  return load<u32>(list, QUICK_BLOCKS);
}

export function setFirstQuick(list: usize, block: usize): void {
  store<u32>(list, block, QUICK_BLOCKS);
}

/** The quick list of the class of the pool with this tag. */
export function quickListByTag(tag: usize): usize {
  return load<u16>(tag, TAG_CLASS);
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
  if (load<u32>(pool, POOL_SIZE) == 0 || load<u32>(pool, POOL_CLASS) != sizeClass) {
    store<u32>(pool, 0, POOL_VIRGIN);
    store<u32>(pool, sizeClass, POOL_CLASS);
    store<u32>(pool, 0, POOL_FREE);
    store<u32>(pool, blockBytes(sizeClass), POOL_SIZE);
  }
  store<u32>(pool, 0, POOL_USED);
  setTag(pool);
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
