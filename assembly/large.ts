// Large blocks: allocation, release and resizing of chunks. CPython leaves these to the system's malloc; here there is none.

import { findChunk, removeFromBin } from "./bins";
import {
  chunkBytesFor,
  freeChunkBefore,
  headOf,
  isObjectSealed,
  isSealBroken,
  isSealed,
  isUsed,
  markPrevUsed,
  nextOf,
  sealFor,
  sizeOf,
  writeUsed,
} from "./chunk";
import {
  CHUNK_FLAGS,
  CHUNK_GROWN,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_NEXT,
  CHUNK_PREV_USED,
  CHUNK_RAW,
  CHUNK_SEAL,
  CHUNK_SIZE_SHIFT,
  CHUNK_USED,
  HEAP_START,
  QUICK_CHUNK_MAX,
  QUICK_CHUNKS,
  R_CHUNK_BYTES,
  R_CHUNKS,
  REQUEST_MAX,
  RUNTIME,
} from "./layout";
import { isLent, lendPools, returnIfWhole } from "./lend";
import { fail, memoryEnd, notePeak, quickEnd, refuse } from "./memory";
import { LARGE_OFFSET } from "./objectlayout";
import { EDGE_BYTES, extendLastRegion, isChunkSlot, releaseRange } from "./region";
import { ALREADY_FREE, BAD_ADDRESS, BAD_DOMAIN, CORRUPT, IS_OBJECT, NO_MEMORY, OK } from "./status";
import { untraced } from "./tracing";

/** What a block that was resized may have more than it needs. */
const SLACK_BYTES: u32 = 128;

/** Keeps the number and bytes of chunks that are in use or in quick lists. */
function count(chunks: i32, bytes: i32): void {
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_CHUNKS) + chunks, R_CHUNKS);
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_CHUNK_BYTES) + bytes, R_CHUNK_BYTES);
  notePeak();
}

// ── quick lists: freed chunks that still count as used, so that nothing is joined and split again for nothing ──

/** Offset in QUICK_CHUNKS of the list for chunks of `size` bytes. */
function quickListFor(size: u32): usize {
  return size >> (CHUNK_SIZE_SHIFT - 2);
}

/** Instead of a block: the one that was to go out was written to after its free. No block has this address. */
export const DAMAGED: usize = 1;

/** A block of the mem and obj domains from a quick list; 0 if there is none; DAMAGED, and the list is given up. */
export function takeQuick(request: u32): usize {
  if (request > QUICK_CHUNK_MAX - CHUNK_HEADER_BYTES) return 0;
  const list = quickListFor(chunkBytesFor(request));
  const chunk: usize = load<u32>(list, QUICK_CHUNKS);
  if (chunk == 0) return 0;
  if (chunk >= memoryEnd()) return giveUp(list, chunk);
  const broken = load<u32>(chunk, CHUNK_SEAL);
  if (broken != ~sealFor(chunk, headOf(chunk))) return giveUp(list, chunk);
  store<u32>(list, load<u32>(chunk, CHUNK_NEXT), QUICK_CHUNKS);
  store<u32>(chunk, ~broken, CHUNK_SEAL);
  return chunk + CHUNK_HEADER_BYTES;
}

/** The first chunk of a quick list was written to after its free: nobody can tell where its link leads. */
function giveUp(list: usize, chunk: usize): usize {
  store<u32>(list, 0, QUICK_CHUNKS);
  fail(CORRUPT, chunk + CHUNK_HEADER_BYTES);
  return DAMAGED;
}

/**
 * Frees a block of the mem and obj domains into a quick list; false if it is none, or too large, or allocations are traced, and nothing has
 * changed.
 */
export function putQuick(address: usize): bool {
  if ((address & 15) != 0 || address >= quickEnd()) return false;
  const chunk = address - CHUNK_HEADER_BYTES;
  const head = headOf(chunk);
  const seal = sealFor(chunk, head);
  const size = head & ~CHUNK_FLAGS;
  if (load<u32>(chunk, CHUNK_SEAL) != seal || (head & (CHUNK_USED | CHUNK_RAW | CHUNK_GROWN)) != CHUNK_USED)
    return false;
  if (size - CHUNK_MIN_BYTES > QUICK_CHUNK_MAX - CHUNK_MIN_BYTES) return false;
  const list = quickListFor(size);
  store<u32>(chunk, ~seal, CHUNK_SEAL);
  store<u32>(chunk, load<u32>(list, QUICK_CHUNKS), CHUNK_NEXT);
  store<u32>(list, chunk, QUICK_CHUNKS);
  return true;
}

/** Joins the chunks of all quick lists with their free neighbours. */
export function drainChunks(): void {
  for (let list: usize = 0; list <= quickListFor(QUICK_CHUNK_MAX); list += 8) {
    if (load<u64>(list, QUICK_CHUNKS) == 0) continue;
    drainQuickList(list);
    drainQuickList(list + 4);
  }
}

function drainQuickList(list: usize): void {
  let chunk: usize = load<u32>(list, QUICK_CHUNKS);
  store<u32>(list, 0, QUICK_CHUNKS);
  while (chunk != 0) {
    if (!isWaiting(list, chunk)) {
      // It was written to after its free. Nobody can tell what came behind it: those chunks stay out for good.
      fail(CORRUPT, chunk);
      return;
    }
    const next: usize = load<u32>(chunk, CHUNK_NEXT);
    join(chunk);
    chunk = next;
  }
}

/** A freed chunk of the size that `list` is for. */
export function isWaiting(list: usize, chunk: usize): bool {
  if ((chunk & 15) != CHUNK_HEADER_BYTES || chunk >= memoryEnd() || !(isChunkSlot(chunk) || isLent(chunk)))
    return false;
  return isUsed(chunk) && isSealBroken(chunk) && quickListFor(sizeOf(chunk)) == list;
}

/** Makes a chunk a free one. Its seal is broken for good, also where it melts into the chunk before it. */
function join(chunk: usize): void {
  const head = headOf(chunk);
  const size = head & ~CHUNK_FLAGS;
  store<u32>(chunk, ~sealFor(chunk, head), CHUNK_SEAL);
  count(-1, -(<i32>size));
  returnIfWhole(releaseRange(chunk, chunk + size, (head & CHUNK_PREV_USED) != 0));
}

// ── blocks ──────────────────────────────────────────────────────────────────────────────────────────

/**
 * A large block of at least `request` bytes for the domain whose flag is `domain` (0 or CHUNK_RAW).
 * 0: nothing fits, unless memory may `grow`; or no memory at all.
 */
export function allocateLarge(request: u32, domain: u32, grow: bool): usize {
  if (request > REQUEST_MAX) return fail(NO_MEMORY, 0);
  const size = chunkBytesFor(request);
  let chunk = findChunk(size);
  if (chunk == 0) {
    if (grow && lendPools(size)) chunk = findChunk(size);
    else if (extendLastRegion(size, grow)) chunk = freeChunkBefore(memoryEnd() - EDGE_BYTES);
    else return fail(NO_MEMORY, 0);
  }
  const have = sizeOf(chunk);
  removeFromBin(chunk, have);
  take(chunk, have, size, CHUNK_PREV_USED | domain);
  count(1, sizeOf(chunk));
  return chunk + CHUNK_HEADER_BYTES;
}

/** Turns the `have` bytes at `chunk`, in no bin, into a chunk in use of `size` bytes and a free rest, if that can be one. */
function take(chunk: usize, have: u32, size: u32, flags: u32): void {
  const end = chunk + have;
  if (have - size >= CHUNK_MIN_BYTES) {
    writeUsed(chunk, size, flags);
    releaseRange(chunk + size, end, true);
  } else {
    writeUsed(chunk, have, flags);
    markPrevUsed(end);
  }
}

/** OK if `address` is a large block of the domain. */
export function checkLarge(address: usize, domain: u32): u32 {
  const chunk = address - CHUNK_HEADER_BYTES;
  if (
    (address & 15) != 0 ||
    address >= memoryEnd() ||
    address < HEAP_START + 2 * CHUNK_HEADER_BYTES ||
    !(isChunkSlot(address) || isLent(address))
  )
    return BAD_ADDRESS;
  if (isSealed(chunk) && sizeOf(chunk) != 0) return (headOf(chunk) & CHUNK_RAW) == domain ? OK : BAD_DOMAIN;
  if (isObjectSealed(chunk) || isObjectSealed(chunk - LARGE_OFFSET)) return IS_OBJECT;
  return isSealBroken(chunk) ? ALREADY_FREE : BAD_ADDRESS;
}

/** Frees a large block of the domain; returns a Status. */
export function freeLarge(address: usize, domain: u32): u32 {
  const status = checkLarge(address, domain);
  if (status != OK) return refuse(status, address);
  untraced(address);
  if (!putQuick(address)) join(address - CHUNK_HEADER_BYTES);
  return OK;
}

/** Bytes that a large block can hold. */
export function largeCapacity(address: usize): u32 {
  return sizeOf(address - CHUNK_HEADER_BYTES) - CHUNK_HEADER_BYTES;
}

/** Resizes a block that `checkLarge` accepts, in place where it can, else by moving; 0: no memory, the block is as it was. */
export function resizeLarge(address: usize, request: u32, grow: bool): usize {
  if (request > REQUEST_MAX) return fail(NO_MEMORY, address);
  const chunk = address - CHUNK_HEADER_BYTES;
  const size = chunkBytesFor(request);
  const before = sizeOf(chunk);
  if (size <= before) {
    if (before - size >= SLACK_BYTES) trim(chunk, before, size);
    return address;
  }
  if (growInPlace(chunk, before, size, grow)) {
    // A block that grew will grow again: it keeps a little of what comes after it.
    trim(chunk, before, min(size + SLACK_BYTES, sizeOf(chunk)));
    return address;
  }
  const moved = allocateLarge(request, headOf(chunk) & CHUNK_RAW, grow);
  if (moved == 0) return 0;
  memory.copy(moved, address, before - CHUNK_HEADER_BYTES);
  if (!putQuick(address)) join(chunk);
  return moved;
}

/** Gives what a chunk that had `before` bytes has beyond `size` back, if that can be a chunk. */
function trim(chunk: usize, before: u32, size: u32): void {
  const have = sizeOf(chunk);
  if (have - size >= CHUNK_MIN_BYTES) take(chunk, have, size, headOf(chunk) & CHUNK_FLAGS);
  count(0, sizeOf(chunk) - before);
}

/** Takes in the free chunk behind, or new memory when the chunk is the last. True if it has `size` bytes then. */
function growInPlace(chunk: usize, have: u32, size: u32, grow: bool): bool {
  const next = chunk + have;
  if (isLast(next) && !extendLastRegion(size - have, grow)) return false;
  if (isUsed(next)) return false;
  const room = sizeOf(next);
  if (have + room < size) {
    if (!isLast(next + room) || !extendLastRegion(size - have, grow)) return false;
  }
  const all = sizeOf(next);
  removeFromBin(next, all);
  writeUsed(chunk, have + all, (headOf(chunk) & CHUNK_FLAGS) | CHUNK_GROWN);
  markPrevUsed(nextOf(chunk));
  return true;
}

/** True for the fence of the last region, if that ends with memory. */
function isLast(chunk: usize): bool {
  return chunk + EDGE_BYTES == memoryEnd() && isChunkSlot(chunk);
}
