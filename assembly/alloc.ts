// malloc, calloc, realloc and free of the mem and obj domains: blocks of up to 512 bytes from pools, larger ones from chunks.
// Each function is its fast path; the one function it falls into is the way to everything else.

import { UNCHECKED } from "./config";
import { checkLarge, DAMAGED, freeLarge, largeCapacity, putQuick, takeQuick } from "./large";
import {
  ARENA_SHIFT,
  BLOCK_STAMP,
  GC,
  OBJECT_LISTS,
  POOL_MASK,
  POOL_SIZE,
  POOL_VIRGIN,
  REQUEST_MAX,
  SLOT_POOLS,
  SLOTS,
  SMALL_MAX_BYTES,
} from "./layout";
import { isLent } from "./lend";
import { copy, fail, quickEnd, refuse, zero } from "./memory";
import { G_OBJECT_OFFSET, GC_BYTES, TYPE_BYTES } from "./objectlayout";
import {
  blockBytes,
  classOf,
  classOfQuickList,
  firstQuick,
  holdsObjects,
  holdsTracked,
  isAnyBlockStart,
  isBlockStart,
  isInFreeList,
  isInUse,
  isStamped,
  isTagged,
  linkOf,
  poolOf,
  quickListByTag,
  quickListOf,
  setFirstQuick,
  setLink,
  stamp,
  stampFor,
  tagAt,
} from "./pool";
import { isBlockOf, isInQuickList, refill } from "./quick";
import { drain, drainIfDue, mallocLarge, reallocLarge } from "./reclaim";
import { isChunkSlot } from "./region";
import { ALREADY_FREE, BAD_ADDRESS, CORRUPT, IS_OBJECT, NO_MEMORY, OK } from "./status";
import { isTracing, retraced, settleTraces, takeDamaged, traced } from "./tracing";

/** A block of at least `size` bytes, 8-aligned, contents undefined; 0 when there is no memory. `malloc(0)` is a block too. */
export function malloc(size: u32): usize {
  if (size - 1 >= SMALL_MAX_BYTES) return mallocOtherSlow(size);
  return inline.always(takeBlock(quickListOf(classOf(size)), size));
}

/** A block of the class of a quick list; 0 when there is no memory. For those who trace, `bytes` of it, or the record of a type. */
export function takeBlock(list: usize, bytes: usize): usize {
  const block = firstQuick(list);
  if (block == 0) return takeBlockSlow(list, bytes);
  if (!UNCHECKED && (block >= quickEnd() || !isStamped(block))) return takeBlockSlow(list, bytes);
  setFirstQuick(list, linkOf(block));
  if (!UNCHECKED) store<u32>(block, 0, BLOCK_STAMP);
  return block;
}

function takeBlockSlow(list: usize, bytes: usize): usize {
  if (isTracing()) return takeTraced(list, bytes);
  return firstQuick(list) == 0 ? refilled(list) : damaged(list);
}

function takeTraced(list: usize, bytes: usize): usize {
  settleTraces();
  const block = takeDamaged();
  if (block != 0) return fail(CORRUPT, block);
  return traced(refilled(list), bytes > SMALL_MAX_BYTES ? load<u32>(bytes, TYPE_BYTES) : <u32>bytes);
}

/** A block for a quick list that is empty. */
function refilled(list: usize): usize {
  let block = refill(list, false);
  if (block == 0 && drainIfDue()) block = refill(list, false);
  if (block == 0) block = refill(list, true);
  if (block != 0) return block;
  // A pool takes an arena, and there is no aligned 256 KiB to be had. A chunk serves a small block too, but no object.
  if (list < OBJECT_LISTS) return mallocLarge(blockBytes(classOfQuickList(list)), 0);
  drain();
  block = refill(list, false);
  return block != 0 ? block : fail(NO_MEMORY, 0);
}

/**
 * The first block of a quick list was written to after it was freed. It stays out for good, and what is behind it too unless
 * its link still leads to a free block of the class.
 */
function damaged(list: usize): usize {
  const block = firstQuick(list);
  const next = isBlockOf(list, block) ? linkOf(block) : 0;
  setFirstQuick(list, next != 0 && isBlockOf(list, next) && isStamped(next) ? next : 0);
  return fail(CORRUPT, block);
}

function mallocOtherSlow(size: u32): usize {
  if (size == 0) return malloc(1);
  const block = takeQuick(size);
  if (block == 0) return traced(mallocLarge(size, 0), size);
  return block == DAMAGED ? 0 : block;
}

/** A zeroed block of `count * size` bytes; 0 when the product overflows or there is no memory. */
export function calloc(count: u32, size: u32): usize {
  const bytes = <u64>count * <u64>size;
  if (bytes > REQUEST_MAX) return fail(NO_MEMORY, 0);
  const block = malloc(<u32>bytes);
  if (block != 0) zero(block, (<u32>bytes + 7) & ~7);
  return block;
}

/**
 * Gives a block back; returns a Status. Refuses, and changes nothing, if `address` is no block of these domains:
 * not in a pool or region (SLOTS), not at a block's start, never handed out (tag), or free already (stamp).
 */
export function free(address: usize): u32 {
  if (load<u8>(address >> ARENA_SHIFT, SLOTS) != SLOT_POOLS) return freeOtherSlow(address);
  const tag = tagAt(address);
  const freed = stampFor(address);
  if (UNCHECKED ? !isTagged(tag) : !isBlockStart(tag, address) || load<u32>(address, BLOCK_STAMP) == freed) {
    return freeSuspectSlow(address);
  }
  const list = quickListByTag(tag);
  setLink(address, firstQuick(list));
  setFirstQuick(list, address);
  if (!UNCHECKED) store<u32>(address, freed, BLOCK_STAMP);
  return OK;
}

/** Puts a block into the quick list of its class. */
export function giveBlock(list: usize, block: usize): void {
  setLink(block, firstQuick(list));
  setFirstQuick(list, block);
  if (!UNCHECKED) stamp(block);
}

function freeOtherSlow(address: usize): u32 {
  if (address == 0) return OK;
  return isChunkSlot(address) && putQuick(address) ? OK : freeLarge(address, 0);
}

/** The slow half of `free`'s check: either no block, or one whose contents happen to look like the stamp. */
function freeSuspectSlow(address: usize): u32 {
  if (isLent(address)) return freeLarge(address, 0);
  const status = examine(address);
  if (status != OK) return refuse(status, address);
  store<u32>(address, 0, BLOCK_STAMP);
  return free(address);
}

/** Exact: OK if `address`, in a pool arena, is an allocated block. */
function examine(address: usize): u32 {
  const pool = poolOf(address);
  const tag = tagAt(address);
  if (!isInUse(pool)) return isStampedWithin(pool, address) ? ALREADY_FREE : BAD_ADDRESS;
  if (holdsObjects(tag)) return isObjectBlock(tag, address) ? IS_OBJECT : BAD_ADDRESS;
  if (!isBlockStart(tag, address)) return BAD_ADDRESS;
  if (!isStamped(address)) return OK;
  return isInQuickList(quickListByTag(tag), address) || isInFreeList(pool, address) ? ALREADY_FREE : OK;
}

/** Bytes between the start of a block and its object, in the object pool with this tag. */
export function objectOffset(tag: usize): usize {
  const offset: usize = load<u32>(GC, G_OBJECT_OFFSET);
  return holdsTracked(tag) ? offset : offset - GC_BYTES;
}

/** The start of a block in an object pool, or of the object in it. */
function isObjectBlock(tag: usize, address: usize): bool {
  return isAnyBlockStart(tag, address) || isAnyBlockStart(tag, address - objectOffset(tag));
}

/** For a pool given back to its arena: a block's start that was freed, as far as its bytes still tell. */
function isStampedWithin(pool: usize, address: usize): bool {
  const size = load<u32>(pool, POOL_SIZE);
  const offset = <u32>address & POOL_MASK;
  return size != 0 && offset % size == 0 && offset < load<u32>(pool, POOL_VIRGIN) && isStamped(address);
}

/** OK if `address` is an allocated block of these domains. */
export function check(address: usize): u32 {
  return isPooled(address) ? examine(address) : checkLarge(address, 0);
}

/** The address lies in a pool, not in a region of chunks. */
export function isPooled(address: usize): bool {
  return load<u8>(address >> ARENA_SHIFT, SLOTS) == SLOT_POOLS && !isLent(address);
}

/** Bytes that a block `check` accepts can hold; also for one in an object pool. */
export function capacityOf(address: usize): u32 {
  return isPooled(address) ? load<u32>(poolOf(address), POOL_SIZE) : largeCapacity(address);
}

/** Bytes that the block can hold, at least what was asked for; 0 if `address` is no allocated block. */
export function usableSize(address: usize): u32 {
  const status = check(address);
  return status == OK ? capacityOf(address) : <u32>fail(status, address);
}

/**
 * Resizes a block, keeping its contents up to the smaller size; may move it. 0 when there is no memory or `address` is no
 * block: nothing has changed then. A pool block stays where it is unless it shrinks to three quarters or less, as in
 * CPython; a large block stays large.
 */
export function realloc(address: usize, size: u32): usize {
  if (load<u8>(address >> ARENA_SHIFT, SLOTS) != SLOT_POOLS) return reallocOtherSlow(address, size);
  const tag = tagAt(address);
  if (!isBlockStart(tag, address) || isStamped(address)) return reallocOtherSlow(address, size);
  return resizePooled(address, blockBytes(classOfQuickList(quickListByTag(tag))), max(size, 1));
}

/** Null, a large block, one whose contents look like the stamp, or no block. */
function reallocOtherSlow(address: usize, size: u32): usize {
  if (address == 0) return malloc(size);
  const status = check(address);
  if (status != OK) return fail(status, address);
  const request = max(size, 1);
  if (!isPooled(address)) return retraced(address, reallocLarge(address, request), request);
  return resizePooled(address, load<u32>(poolOf(address), POOL_SIZE), request);
}

/** Resizes a block that has `have` bytes. */
function resizePooled(address: usize, have: u32, request: u32): usize {
  if (request <= have && (4 * request > 3 * have || classOf(request) == classOf(have))) return traced(address, request);
  const moved = malloc(request);
  if (moved == 0) return 0;
  copy(moved, address, min(have, (request + 7) & ~7));
  free(address);
  return moved;
}
