// Pools and rings.

import { isPooled } from "../alloc";
import { I_OBJECT, I_POOL_COUNT, I_POOL_FIELDS, I_POOL_LIST, I_RING, I_STAMP } from "../invariants";
import {
  ALIGNMENT,
  DIVISORS,
  GC,
  POOL_BYTES,
  POOL_CLASS,
  POOL_FREE,
  POOL_MASK,
  POOL_NEXT,
  POOL_PREV,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  QUICK_BLOCK_LISTS,
  SIZE_CLASSES,
  SMALL_MAX_BYTES,
  TAG_CLASS,
  TAG_VIRGIN,
} from "../layout";
import { isDebug } from "../mem";
import { countOf } from "../object";
import { G_OBJECT_OFFSET } from "../objectlayout";
import { blockBytes, isFull, isInUse, isStamped, linkOf, poolOf, poolStart, quickListOf, ringOf, tagAt } from "../pool";
import { clearSeen, findMarked, isSeen, see, verifyFrames, verifyTracked, verifyUntracked } from "./blocks";
import { add, fault, isReadable, T_POOLS_WITH_ROOM, total } from "./fault";
import { takeBit } from "./own";

/** A pool in use, or an empty one, which keeps its free list for its class; 0 or the id of what is wrong. */
export function verifyPool(pool: usize): u32 {
  const size = load<u32>(pool, POOL_SIZE);
  const virgin = load<u32>(pool, POOL_VIRGIN);
  const inUse = isInUse(pool);
  if (!inUse && size == 0) return 0;
  if (!areFieldsRight(pool, size, virgin)) return fault(I_POOL_FIELDS, pool);
  clearSeen();
  const sizeClass = load<u32>(pool, POOL_CLASS);
  const tracked = inUse && sizeClass - SIZE_CLASSES < SIZE_CLASSES;
  const start = poolStart(pool);
  const offsetOfTracked: usize = load<u32>(GC, G_OBJECT_OFFSET);
  let free: u32 = 0;
  for (let block: usize = load<u32>(pool, POOL_FREE); block != 0; block = linkOf(block)) {
    const offset = <u32>(block - start);
    if (offset >= virgin || offset % size != 0 || isSeen(offset / size)) return fault(I_POOL_LIST, block);
    if (!isStamped(block)) return fault(I_STAMP, block);
    if (tracked && countOf(block + offsetOfTracked) > 0) return fault(I_OBJECT, block + offsetOfTracked);
    see(offset / size);
    if (inUse && sizeClass < SIZE_CLASSES) takeBit(block);
    free++;
  }
  const used = load<u32>(pool, POOL_USED);
  if ((used != 0) != inUse || used + free != virgin / size) return fault(I_POOL_COUNT, pool);
  if (!inUse) return 0;
  if (!isFull(pool)) add(T_POOLS_WITH_ROOM, 1);
  const rule = isDebug() ? verifyFrames(start, size, virgin) : 0;
  if (rule != 0) return rule;
  const list = quickListOf(sizeClass);
  if (tracked) return verifyTracked(start, size, virgin, list);
  if (sizeClass >= SIZE_CLASSES) return verifyUntracked(start, size, virgin, list, free);
  findMarked(start, size, virgin);
  return 0;
}

function areFieldsRight(pool: usize, size: u32, virgin: u32): bool {
  if (size == 0 || size > SMALL_MAX_BYTES || size % ALIGNMENT != 0) return false;
  if (virgin > POOL_BYTES || virgin % size != 0) return false;
  const sizeClass = load<u32>(pool, POOL_CLASS);
  if (sizeClass >= QUICK_BLOCK_LISTS || blockBytes(sizeClass) != size) return false;
  if (load<u32>(sizeClass << 2, DIVISORS) != (sizeClass < SIZE_CLASSES ? 0xffffffff / size + 1 : 0)) return false;
  const tag = tagAt(poolStart(pool));
  if (load<u16>(tag, TAG_VIRGIN) == 0) return load<u16>(tag, TAG_CLASS) == 0;
  return load<u16>(tag, TAG_CLASS) == sizeClass << 2 && load<u16>(tag, TAG_VIRGIN) == virgin;
}

/** Rings hold exactly the pools that have room. Run it after all pools were verified. */
export function verifyRings(): u32 {
  let pools: u32 = 0;
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const ring = ringOf(sizeClass);
    let before = ring;
    let pool: usize = load<u32>(ring, POOL_NEXT);
    for (; pool != ring; pool = load<u32>(pool, POOL_NEXT)) {
      if (!isRingMember(pool, sizeClass, before) || ++pools > total(T_POOLS_WITH_ROOM)) return fault(I_RING, pool);
      before = pool;
    }
    if (load<u32>(ring, POOL_PREV) != <u32>before) return fault(I_RING, ring);
  }
  return pools == total(T_POOLS_WITH_ROOM) ? 0 : fault(I_RING, 0);
}

function isRingMember(pool: usize, sizeClass: u32, before: usize): bool {
  if (!isReadable(pool)) return false;
  const start = poolStart(pool);
  if (!isReadable(start) || !isPooled(start) || poolOf(start) != pool || (pool & POOL_MASK) == 0) return false;
  return (
    load<u32>(pool, POOL_CLASS) == sizeClass &&
    isInUse(pool) &&
    load<u32>(pool, POOL_PREV) == <u32>before &&
    !isFull(pool)
  );
}
