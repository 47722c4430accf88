// Pools and rings.

import { isPooled, objectOffset } from "../alloc";
import { isDeadFrame, verifyFrame } from "../debug";
import { I_OBJECT, I_POOL_COUNT, I_POOL_FIELDS, I_POOL_LIST, I_RING, I_STAMP } from "../invariants";
import {
  ALIGNMENT,
  DIVISORS,
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
  R_DEBUG,
  RUNTIME,
  SCRATCH,
  SIZE_CLASSES,
  SMALL_MAX_BYTES,
  TAG_CLASS,
  TAG_VIRGIN,
} from "../layout";
import { isDebug } from "../mem";
import { countOf, mayBeDying, typeWordOf } from "../object";
import { TYPE_ID_SHIFT, TYPE_LIST, TYPE_SIZED } from "../objectlayout";
import {
  blockBytes,
  holdsTracked,
  isFull,
  isInUse,
  isStamped,
  linkOf,
  poolOf,
  poolStart,
  quickListOf,
  ringOf,
  tagAt,
} from "../pool";
import { isTypeWord, typeRecord } from "../types";
import { add, fault, isReadable, T_POOLS_WITH_ROOM, total } from "./fault";
import { isMarked } from "./quick";

/** One bit a possible block, 512 bits at SCRATCH: set for the blocks of the pool's own free list. */
function clearSeen(): void {
  memory.fill(SCRATCH, 0, 64);
}

function isSeen(index: u32): bool {
  return ((load<u8>(SCRATCH + (index >> 3)) >> (index & 7)) & 1) != 0;
}

function see(index: u32): void {
  const at = SCRATCH + (index >> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | ((<u32>1) << (index & 7))));
}

/** A pool in use, or an empty one, which keeps its free list for its class; 0 or the id of what is wrong. */
export function verifyPool(pool: usize): u32 {
  const size = load<u32>(pool, POOL_SIZE);
  const virgin = load<u32>(pool, POOL_VIRGIN);
  const inUse = isInUse(pool);
  if (!inUse && size == 0) return 0;
  if (!areFieldsRight(pool, size, virgin)) return fault(I_POOL_FIELDS, pool);
  clearSeen();
  const start = poolStart(pool);
  let free: u32 = 0;
  for (let block: usize = load<u32>(pool, POOL_FREE); block != 0; block = linkOf(block)) {
    const offset = <u32>(block - start);
    if (offset >= virgin || offset % size != 0 || isSeen(offset / size)) return fault(I_POOL_LIST, block);
    if (!isStamped(block)) return fault(I_STAMP, block);
    see(offset / size);
    free++;
  }
  const used = load<u32>(pool, POOL_USED);
  if ((used != 0) != inUse || used + free != virgin / size) return fault(I_POOL_COUNT, pool);
  if (!inUse) return 0;
  if (!isFull(pool)) add(T_POOLS_WITH_ROOM, 1);
  const rule = load<u32>(RUNTIME, R_DEBUG) != 0 ? verifyFrames(start, size, virgin) : 0;
  return rule == 0 && load<u32>(pool, POOL_CLASS) >= SIZE_CLASSES ? verifyObjectBlocks(pool, start) : rule;
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

/** The frames of the pool's allocated blocks. */
function verifyFrames(start: usize, size: u32, virgin: u32): u32 {
  for (let offset: u32 = 0; offset < virgin; offset += size) {
    const block = start + offset;
    if (isSeen(offset / size) || isMarked(block)) continue;
    const rule = verifyFrame(block, size, false);
    if (rule != 0) return rule;
  }
  return 0;
}

/** In an object pool, the blocks that are out are objects of its class. In one of tracked objects, free blocks have no count. */
function verifyObjectBlocks(pool: usize, start: usize): u32 {
  const size = load<u32>(pool, POOL_SIZE);
  const end = start + load<u32>(pool, POOL_VIRGIN);
  const tracked = holdsTracked(tagAt(start));
  const offset = objectOffset(tagAt(start));
  for (let block = start; block != end; block += size) {
    const object = block + offset;
    const isFree = isSeen(<u32>(block - start) / size) || isMarked(block) || isQuarantined(block);
    const isRight = isFree
      ? !tracked || countOf(object) <= 0
      : isOfList(object, quickListOf(load<u32>(pool, POOL_CLASS)));
    if (!isRight) return fault(I_OBJECT, object);
  }
  return 0;
}

function isQuarantined(block: usize): bool {
  return isDebug() && isDeadFrame(block);
}

/** A live object of a type whose instances come from this list, or from any. */
function isOfList(object: usize, list: usize): bool {
  const word = typeWordOf(object);
  if ((countOf(object) <= 0 && !mayBeDying(object)) || !isTypeWord(word)) return false;
  const home: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  return home == list || home == TYPE_SIZED;
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
