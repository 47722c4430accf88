// Slots and regions: who owns which 256 KiB of the address space, and how a slot passes between chunks and pools.
//
// Regions of chunks own all committed memory that is not a pool arena. A pool arena takes the lowest slot that lies in a
// free chunk, else the slot after the end of memory; an arena that empties becomes a free chunk again.

import { addToBin, binAt, removeFromBin, stepsAt } from "./bins";
import {
  freeChunkBefore,
  headOf,
  isPrevUsed,
  isUsed,
  markPrevFree,
  markPrevUsed,
  nextOf,
  sizeOf,
  writeFence,
  writeFree,
} from "./chunk";
import {
  ARENA_BYTES,
  ARENA_MASK,
  ARENA_SHIFT,
  BIN_FIRST_SHIFT,
  BIN_LEVELS,
  CHUNK_FLAGS,
  CHUNK_MIN_BYTES,
  CHUNK_NEXT,
  HEAP_START,
  POOL_BYTES,
  SLOT_CHUNKS,
  SLOT_POOLS,
  SLOTS,
} from "./layout";
import { ADDRESS_LIMIT, commit, memoryEnd } from "./memory";

/** Bytes of a region's two ends: 8 before its first chunk, 8 of fence. */
export const EDGE_BYTES: u32 = 8;

export function slotOf(address: usize): u32 {
  return <u32>(address >> ARENA_SHIFT);
}

export function slotKind(slot: u32): u32 {
  return load<u8>(SLOTS + slot);
}

export function isChunkSlot(address: usize): bool {
  return load<u8>(address >> ARENA_SHIFT, SLOTS) == SLOT_CHUNKS;
}

/** Start of the region that begins in `slot`. */
export function regionStart(slot: u32): usize {
  return slot == 0 ? HEAP_START : (<usize>slot) << ARENA_SHIFT;
}

/** The region behind the runtime, over all memory there is at the start. */
export function createFirstRegion(): void {
  claimSlots(HEAP_START, memoryEnd());
  openRegion(HEAP_START, memoryEnd());
}

/** Makes [start, end) a region of its own, one free chunk. */
export function openRegion(start: usize, end: usize): void {
  writeFence(end - EDGE_BYTES, true);
  releaseRange(start + EDGE_BYTES, end - EDGE_BYTES, true);
}

function claimSlots(start: usize, end: usize): void {
  memory.fill(SLOTS + (start >> ARENA_SHIFT), <u8>SLOT_CHUNKS, ((end - 1) >> ARENA_SHIFT) - (start >> ARENA_SHIFT) + 1);
}

/**
 * Makes [start, end) a free chunk, joined with free neighbours, and bins it. `end` is the next chunk's header (or a fence).
 * Returns where the free chunk begins.
 */
export function releaseRange(start: usize, end: usize, prevUsed: bool): usize {
  if (!isUsed(end)) {
    const size = sizeOf(end);
    removeFromBin(end, size);
    end += size;
  }
  if (!prevUsed) {
    start = freeChunkBefore(start);
    removeFromBin(start, sizeOf(start));
  }
  const size = <u32>(end - start);
  writeFree(start, size);
  markPrevFree(end);
  addToBin(start, size);
  return start;
}

/** Extends the last region, or opens one, so that its last chunk is free and has at least `size` bytes. False: no memory. */
export function extendLastRegion(size: u32, grow: bool): bool {
  const end = memoryEnd();
  if (isChunkSlot(end - 1)) {
    const fence = end - EDGE_BYTES;
    const free: u32 = isPrevUsed(fence) ? 0 : load<u32>(fence - 4);
    if (free >= size) return true;
    if (!commit(<u64>end + (size - free), ADDRESS_LIMIT, grow)) return false;
    appendToLastRegion(end);
    return true;
  }
  const start: u64 = (<u64>end + ARENA_MASK) & ~(<u64>ARENA_MASK);
  if (!commit(start + size + 2 * EDGE_BYTES, ADDRESS_LIMIT, grow)) return false;
  claimSlots(<usize>start, memoryEnd());
  openRegion(<usize>start, memoryEnd());
  return true;
}

/** The last region ended at `end`; it now reaches to the end of memory. */
function appendToLastRegion(end: usize): void {
  const fence = end - EDGE_BYTES;
  const prevUsed = isPrevUsed(fence);
  claimSlots(end, memoryEnd());
  writeFence(memoryEnd() - EDGE_BYTES, true);
  releaseRange(fence, memoryEnd() - EDGE_BYTES, prevUsed);
}

// ── slots of pool arenas ────────────────────────────────────────────────────────────────────────────

/** A slot for a pool arena: its address, its first two pages committed; 0 when there is no memory. */
export function claimSlot(grow: bool): usize {
  let arena = lowestFreeSlot();
  if (arena == 0) {
    const end = memoryEnd();
    const start: u64 = (<u64>end + ARENA_MASK) & ~(<u64>ARENA_MASK);
    if (!commit(start + 2 * POOL_BYTES, start + ARENA_BYTES, grow)) return 0;
    arena = <usize>start;
    if (start != end && isChunkSlot(end - 1)) closeRegionAt(end, arena);
  }
  store<u8>(SLOTS + (arena >> ARENA_SHIFT), <u8>SLOT_POOLS);
  return arena;
}

/** The last region ended at `end`, within a slot, and now ends with the slot. */
function closeRegionAt(end: usize, slotEnd: usize): void {
  const fence = end - EDGE_BYTES;
  const prevUsed = isPrevUsed(fence);
  writeFence(slotEnd - EDGE_BYTES, true);
  releaseRange(fence, slotEnd - EDGE_BYTES, prevUsed);
}

/** Takes the lowest slot that lies in a free chunk out of its region; 0 if there is none. */
function lowestFreeSlot(): usize {
  let lowest: usize = 0;
  let from: usize = 0;
  for (let level: u32 = ARENA_SHIFT - 1 - BIN_FIRST_SHIFT; level < BIN_LEVELS; level++) {
    for (let steps = load<u32>(stepsAt(level)); steps != 0; steps &= steps - 1) {
      for (let chunk: usize = load<u32>(binAt(level, ctz(steps))); chunk != 0; chunk = load<u32>(chunk, CHUNK_NEXT)) {
        const slot = slotWithin(chunk);
        if (slot != 0 && (lowest == 0 || slot < lowest)) {
          lowest = slot;
          from = chunk;
        }
      }
    }
  }
  const fence = memoryEnd() - EDGE_BYTES;
  if (lowest == 0 && isChunkSlot(fence) && !isPrevUsed(fence)) {
    from = freeChunkBefore(fence);
    lowest = slotWithin(from);
  }
  if (lowest != 0) cutSlot(lowest, from);
  return lowest;
}

/**
 * First slot that can be cut out of a free chunk, leaving proper chunks or nothing on both sides; 0 if none can.
 * The last slot of memory counts as whole where memory ends in it.
 */
function slotWithin(chunk: usize): usize {
  const end = nextOf(chunk);
  let slot = chunk & ~(<usize>ARENA_MASK);
  if (chunk != slot + EDGE_BYTES || isChunkSlot(slot - 1)) {
    slot += ARENA_BYTES;
    const left = slot - EDGE_BYTES - chunk;
    if (left != 0 && left < CHUNK_MIN_BYTES) slot += ARENA_BYTES;
  }
  if (slot >= end) return 0;
  const after: u64 = <u64>slot + (ARENA_BYTES + EDGE_BYTES);
  if (end == after || <u64>end >= after + CHUNK_MIN_BYTES) return slot;
  const reaches = min(<u64>slot + ARENA_BYTES, <u64>memoryEnd());
  return isFence(end) && <u64>end + EDGE_BYTES == reaches ? slot : 0;
}

function cutSlot(slot: usize, chunk: usize): void {
  const end = nextOf(chunk);
  removeFromBin(chunk, <u32>(end - chunk));
  if (chunk < slot) {
    const fence = slot - EDGE_BYTES;
    writeFence(fence, true);
    if (chunk != fence) releaseRange(chunk, fence, true);
  }
  const after: u64 = <u64>slot + (ARENA_BYTES + EDGE_BYTES);
  if (end == after) markPrevUsed(end);
  else if (end > after) releaseRange(<usize>after, end, true);
}

/** Gives the slot of a pool arena back: it becomes a free chunk, joined with the regions on both sides. */
export function releaseSlot(arena: usize): void {
  const end = min(arena + ARENA_BYTES, memoryEnd());
  const joinsLeft = isChunkSlot(arena - 1);
  const joinsRight = end < memoryEnd() && isChunkSlot(end);
  store<u8>(SLOTS + (arena >> ARENA_SHIFT), <u8>SLOT_CHUNKS);
  const start = joinsLeft ? arena - EDGE_BYTES : arena + EDGE_BYTES;
  const prevUsed = !joinsLeft || isPrevUsed(start);
  if (!joinsRight) writeFence(end - EDGE_BYTES, true);
  releaseRange(start, joinsRight ? end + EDGE_BYTES : end - EDGE_BYTES, prevUsed);
}

/** True for the fence of a region; `chunk` must be a chunk's start. */
export function isFence(chunk: usize): bool {
  return (headOf(chunk) & ~CHUNK_FLAGS) == 0;
}
