// Quick lists of blocks, in front of the pools. Pools change between full and used on every few calls when a program
// replaces blocks at random, and a burst of calls fills and empties whole pools; quick lists take that in.
// A block in a quick list counts as used in its pool.

import { returnPool, takePool } from "./arena";
import { UNCHECKED } from "./config";
import { untrack } from "./env";
import {
  ALIGNMENT_SHIFT,
  ARENA_SHIFT,
  BLOCK_STAMP,
  DIVISORS,
  GC,
  POOL_BYTES,
  POOL_FREE,
  POOL_NEXT,
  POOL_PREV,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  QUICK_BLOCK_LISTS,
  R_DAMAGED,
  R_DEBUG,
  R_REFILLS,
  RUNTIME,
  SIZE_CLASSES,
  SLOT_POOLS,
  SLOTS,
} from "./layout";
import { fail, memoryEnd, quickEnd } from "./memory";
import { G_OBJECT_OFFSET, O_COUNT } from "./objectlayout";
import {
  blockBytes,
  classOfQuickList,
  firstQuick,
  formatPool,
  holdsTracked,
  isAnyBlockStart,
  isFull,
  isStamped,
  linkOf,
  linkPool,
  poolOf,
  poolStart,
  quickListByTag,
  quickListOf,
  ringOf,
  setFirstQuick,
  setLink,
  setTag,
  stamp,
  tagAt,
  unlinkPool,
} from "./pool";
import { CORRUPT } from "./status";

/** Virgin blocks handed out at a time. */
const CARVE: u32 = 16;

/** Writes the divisors of all classes of blocks. */
export function writeDivisors(): void {
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++)
    store<u32>(sizeClass << 2, sizeClass < SIZE_CLASSES ? 0xffffffff / blockBytes(sizeClass) + 1 : 0, DIVISORS);
}

export function createQuickLists(): void {
  writeDivisors();
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const ring = ringOf(sizeClass);
    store<u32>(ring, ring, POOL_NEXT);
    store<u32>(ring, ring, POOL_PREV);
  }
}

/** Allocations are traced, and block by block: in debug mode, those are traced that lie inside the frames. */
export function isTraced(): bool {
  return quickEnd() == 0 && load<u32>(RUNTIME, R_DEBUG) == 0;
}

/**
 * A block for an empty quick list, which takes over what else the pool has free, or some of its virgin blocks; unless allocations are
 * traced. 0: there is no pool to be had, unless memory may `grow`; or no memory at all.
 */
export function refill(list: usize, grow: bool): usize {
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_REFILLS) + 1, R_REFILLS);
  const sizeClass = classOfQuickList(list);
  const ring = ringOf(sizeClass);
  let pool: usize = load<u32>(ring, POOL_NEXT);
  if (pool == ring) {
    pool = takePool(grow);
    if (pool == 0) return 0;
    formatPool(pool, sizeClass);
    linkPool(pool, ring);
  }
  const alone = quickEnd() == 0;
  let block: usize = load<u32>(pool, POOL_FREE);
  if (block == 0) {
    block = carve(pool, alone ? 1 : CARVE);
  } else if (alone) {
    store<u32>(pool, linkOf(block), POOL_FREE);
    store<u32>(pool, load<u32>(pool, POOL_USED) + 1, POOL_USED);
    setLink(block, 0);
  } else {
    // The free list becomes the quick list: every block that was ever carved is out now.
    store<u32>(pool, 0, POOL_FREE);
    store<u32>(pool, load<u32>(pool, POOL_VIRGIN) / load<u32>(pool, POOL_SIZE), POOL_USED);
  }
  if (isFull(pool)) unlinkPool(pool);
  setFirstQuick(list, linkOf(block));
  store<u32>(block, 0, BLOCK_STAMP);
  return block;
}

/** Takes up to so many virgin blocks out of a pool, as a list in ascending order. */
function carve(pool: usize, most: u32): usize {
  const size = load<u32>(pool, POOL_SIZE);
  const virgin = load<u32>(pool, POOL_VIRGIN);
  const count = min(most, (POOL_BYTES - virgin) / size);
  store<u32>(pool, virgin + count * size, POOL_VIRGIN);
  store<u32>(pool, load<u32>(pool, POOL_USED) + count, POOL_USED);
  setTag(pool);
  const ofTracked = holdsTracked(tagAt(poolStart(pool)));
  let next: usize = 0;
  let block = poolStart(pool) + virgin + count * size;
  for (let left = count; left != 0; left--) {
    block -= size;
    setLink(block, next);
    if (!UNCHECKED) stamp(block);
    if (ofTracked) store<u32>(block + load<u32>(GC, G_OBJECT_OFFSET), 0, O_COUNT);
    next = block;
  }
  return block;
}

/** Returns the blocks of all quick lists to their pools, and empty pools to their arenas. While allocations are traced, tells of each. */
export function drainBlocks(): void {
  const traced = isTraced();
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const list = quickListOf(sizeClass);
    const ring = ringOf(sizeClass);
    let block = firstQuick(list);
    setFirstQuick(list, 0);
    while (block != 0) {
      if (!isBlockOf(list, block) || (!UNCHECKED && !isStamped(block))) {
        // It was written to after its free. Nobody can tell what came behind it: those blocks stay out for good.
        fail(CORRUPT, block);
        if (traced) store<u32>(RUNTIME, block, R_DAMAGED);
        break;
      }
      const next = linkOf(block);
      if (traced) untrack(block);
      giveBack(block, ring);
      block = next;
    }
  }
}

function giveBack(block: usize, ring: usize): void {
  const pool = poolOf(block);
  if (isFull(pool)) linkPool(pool, ring);
  setLink(block, load<u32>(pool, POOL_FREE));
  store<u32>(pool, block, POOL_FREE);
  const used = load<u32>(pool, POOL_USED) - 1;
  store<u32>(pool, used, POOL_USED);
  if (used == 0) {
    unlinkPool(pool);
    returnPool(pool);
  }
}

/** A block of the class of `list` that was handed out once; whether it is stamped is for the caller to see. */
export function isBlockOf(list: usize, block: usize): bool {
  if ((block & 7) != 0 || block >= memoryEnd() || load<u8>(block >> ARENA_SHIFT, SLOTS) != SLOT_POOLS) return false;
  return isAnyBlockStart(tagAt(block), block) && quickListByTag(tagAt(block)) == list;
}

/** Walks the list, as far as it is one. */
export function isInQuickList(list: usize, block: usize): bool {
  let at = firstQuick(list);
  for (let left = memoryEnd() >> ALIGNMENT_SHIFT; at != 0 && left != 0 && isBlockOf(list, at); left--) {
    if (at == block) return true;
    at = linkOf(at);
  }
  return false;
}
