// The walk over object pools in address order: how the collector finds every tracked object that is not large.

import { objectOffset } from "./alloc";
import { ARENA_MASK, ARENA_SHIFT, POOL_BYTES, POOL_SIZE, POOL_VIRGIN, SLOT_POOLS, SLOTS } from "./layout";
import { memoryEnd } from "./memory";
import { countOf } from "./object";
import { holdsObjects, poolOf, tagAt } from "./pool";

/** First byte of the next object pool in use behind `pool`, which is one, or 0 for the first; 0 if there is none. */
export function nextObjectPool(pool: usize): usize {
  let at = pool == 0 ? nextArena(0) : pool;
  while (at != 0) {
    at += POOL_BYTES;
    if ((at & ARENA_MASK) == 0) at = nextArena(at);
    else if (holdsObjects(tagAt(at))) break;
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

/** Where the first object of a pool is, or would be. */
export function firstObject(pool: usize): usize {
  return pool + objectOffset();
}

/** Past the last block of a pool that was ever handed out, on the scale of `firstObject`. */
export function endOfObjects(pool: usize): usize {
  return pool + objectOffset() + load<u32>(poolOf(pool), POOL_VIRGIN);
}

/** Bytes from one object of a pool to the next. */
export function objectStep(pool: usize): u32 {
  return load<u32>(poolOf(pool), POOL_SIZE);
}

/** The block at this place of an object pool holds a live object: free ones have a count of 0, or below in debug mode. */
export function isLive(object: usize): bool {
  return countOf(object) > 0;
}
