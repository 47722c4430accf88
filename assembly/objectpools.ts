// The walk over pools of tracked objects in address order: how the collector finds all but the large ones.

import { largeAt, largeCount, largeIndexOf } from "./generations";
import {
  ARENA_MASK,
  ARENA_SHIFT,
  GC,
  POOL_BYTES,
  POOL_MASK,
  POOL_SIZE,
  POOL_VIRGIN,
  SLOT_POOLS,
  SLOTS,
} from "./layout";
import { memoryEnd } from "./memory";
import { countOf } from "./object";
import { G_OBJECT_OFFSET, GC_BYTES } from "./objectlayout";
import { holdsObjects, holdsTracked, poolOf, tagAt } from "./pool";

/** First byte of the next pool of tracked objects behind `pool`, which is one, or 0 for the first; 0 if there is none. */
export function nextObjectPool(pool: usize): usize {
  return inline.always(nextPool(pool, true));
}

/** The same for pools of other objects. */
export function nextUntrackedPool(pool: usize): usize {
  return nextPool(pool, false);
}

function nextPool(pool: usize, tracked: bool): usize {
  let at = pool == 0 ? nextArena(0) : pool;
  while (at != 0) {
    at += POOL_BYTES;
    if ((at & ARENA_MASK) == 0) at = nextArena(at);
    else if (tracked ? holdsTracked(tagAt(at)) : holdsObjects(tagAt(at)) && !holdsTracked(tagAt(at))) break;
  }
  return at;
}

/** The first pool arena from `address` on; 0 if there is none. */
function nextArena(address: usize): usize {
  const slots = <u32>((memoryEnd() - 1) >> ARENA_SHIFT) + 1;
  for (let slot = <u32>(address >> ARENA_SHIFT); slot < slots; slot++)
    if (load<u8>(SLOTS + slot) == SLOT_POOLS) return (<usize>slot) << ARENA_SHIFT;
  return 0;
}

function trackedOffset(): usize {
  return load<u32>(GC, G_OBJECT_OFFSET);
}

/** Where the first object of a pool is, or would be. */
export function firstObject(pool: usize): usize {
  return pool + trackedOffset();
}

/** Past the last block of a pool that was ever handed out, on the scale of `firstObject`. */
export function endOfObjects(pool: usize): usize {
  return pool + trackedOffset() + load<u32>(poolOf(pool), POOL_VIRGIN);
}

/** Where the first object of a pool of untracked objects is. */
export function firstUntracked(pool: usize): usize {
  return pool + trackedOffset() - GC_BYTES;
}

/** Past the last block of such a pool that was ever handed out, on the scale of `firstUntracked`. */
export function endOfUntracked(pool: usize): usize {
  return firstUntracked(pool) + load<u32>(poolOf(pool), POOL_VIRGIN);
}

/** Bytes from one object of a pool to the next. */
export function objectStep(pool: usize): u32 {
  return load<u32>(poolOf(pool), POOL_SIZE);
}

/** The block at this place of an object pool holds a live object: free ones have a count of 0, or below in debug mode. */
function isLive(object: usize): bool {
  return countOf(object) > 0;
}

/**
 * The tracked object behind `object`, or the first if that is 0; 0 after the last. Those in pools come first, in address order,
 * then large ones. For those who look at all objects and need not hurry.
 */
export function nextObject(object: usize): usize {
  if (object != 0 && !isInPool(object)) return largeAfter(largeIndexOf(object) + 1);
  let pool: usize = 0;
  let at: usize = 0;
  if (object != 0) {
    pool = object & ~(<usize>POOL_MASK);
    at = object + objectStep(pool);
  }
  for (;;) {
    if (pool != 0) {
      for (const end = endOfObjects(pool); at < end; at += objectStep(pool)) if (isLive(at)) return at;
    }
    pool = nextObjectPool(pool);
    if (pool == 0) break;
    at = firstObject(pool);
  }
  return largeAfter(0);
}

function largeAfter(index: u32): usize {
  for (; index < largeCount(); index++) {
    const object = largeAt(index);
    if (isLive(object)) return object;
  }
  return 0;
}

function isInPool(object: usize): bool {
  return load<u8>(object >> ARENA_SHIFT, SLOTS) == SLOT_POOLS && holdsTracked(tagAt(object));
}
