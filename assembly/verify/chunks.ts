// Regions, bins and quick lists of chunks.

import { binAt, binOf, stepsAt } from "../bins";
import { headOf, isObjectSealed, isPrevUsed, isSealBroken, isSealed, isUsed, sealFor, sizeOf } from "../chunk";
import { verifyFrame } from "../debug";
import { I_BIN, I_CHUNK_CHAIN, I_CHUNK_COUNT, I_CHUNK_NEIGHBOUR, I_CHUNK_SEAL, I_QUICK_CHUNK } from "../invariants";
import { isWaiting } from "../large";
import {
  BIN_LEVELS,
  BIN_STEPS,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_NEXT,
  CHUNK_PREV,
  CHUNK_RAW,
  CHUNK_SEAL,
  CHUNK_SIZE_SHIFT,
  QUICK_CHUNK_MAX,
  QUICK_CHUNKS,
  R_BIN_LEVELS,
  R_CHUNK_BYTES,
  R_CHUNKS,
  RUNTIME,
} from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { EDGE_BYTES, isChunkSlot } from "../region";
import {
  add,
  fault,
  isReadable,
  T_BINNED,
  T_CHUNK_BYTES,
  T_CHUNKS,
  T_FREE_CHUNKS,
  T_LISTED_CHUNKS,
  T_QUICK_CHUNKS,
  T_UNLISTED,
  total,
} from "./fault";
import { verifyLarge } from "./headers";

/** The chunks of the region [start, end); 0 or the id of what is wrong. */
export function verifyRegion(start: usize, end: usize): u32 {
  const fence = end - EDGE_BYTES;
  let chunk = start + EDGE_BYTES;
  let prevUsed: bool = true;
  while (chunk != fence) {
    const size = sizeOf(chunk);
    if (size < CHUNK_MIN_BYTES || size > <u32>(fence - chunk)) return fault(I_CHUNK_CHAIN, chunk);
    if (isPrevUsed(chunk) != prevUsed || (!prevUsed && !isUsed(chunk))) return fault(I_CHUNK_NEIGHBOUR, chunk);
    const rule = isUsed(chunk) ? verifyUsed(chunk, size) : verifyFree(chunk, size);
    if (rule != 0) return rule;
    prevUsed = isUsed(chunk);
    chunk += size;
  }
  if (sizeOf(fence) != 0 || !isSealed(fence)) return fault(I_CHUNK_CHAIN, fence);
  return isPrevUsed(fence) == prevUsed ? 0 : fault(I_CHUNK_NEIGHBOUR, fence);
}

function verifyUsed(chunk: usize, size: u32): u32 {
  add(T_CHUNKS, 1);
  add(T_CHUNK_BYTES, size);
  // A chunk in a quick list counts as used.
  if (isListed(chunk)) {
    add(T_QUICK_CHUNKS, 1);
    return 0;
  }
  if (isSealBroken(chunk)) return fault(I_QUICK_CHUNK, chunk);
  if (!isSealed(chunk) && !isObjectSealed(chunk)) return fault(I_CHUNK_SEAL, chunk + CHUNK_HEADER_BYTES);
  const isRaw = (headOf(chunk) & CHUNK_RAW) != 0;
  const rule = isDebug() ? verifyFrame(chunk + CHUNK_HEADER_BYTES, size - CHUNK_HEADER_BYTES, isRaw) : 0;
  return rule == 0 && isObjectSealed(chunk) ? verifyLarge(chunk, size) : rule;
}

function verifyFree(chunk: usize, size: u32): u32 {
  add(T_FREE_CHUNKS, 1);
  if (!isListed(chunk))
    return isSealBroken(chunk) ? fault(I_BIN, chunk) : fault(I_CHUNK_SEAL, chunk + CHUNK_HEADER_BYTES);
  return load<u32>(chunk + size - 4) == size ? 0 : fault(I_CHUNK_CHAIN, chunk);
}

// ── bins and quick lists: while regions are verified, the chunks in them carry another seal, so that they are found to be all there are ──

/** A place where a chunk can lie. */
function isPlace(chunk: usize): bool {
  return isReadable(chunk) && (isChunkSlot(chunk) || isLent(chunk));
}

/** By what the seal of a chunk that is in a list differs from that of one that was freed. */
const LISTED: u32 = 0x33333333;

function isListed(chunk: usize): bool {
  if (total(T_UNLISTED) != 0) return isSealBroken(chunk);
  return load<u32>(chunk, CHUNK_SEAL) == (~sealFor(chunk, headOf(chunk)) ^ LISTED);
}

function mark(chunk: usize): void {
  store<u32>(chunk, load<u32>(chunk, CHUNK_SEAL) ^ LISTED, CHUNK_SEAL);
}

/** Marks the chunks of all lists; 0 or the id of what is wrong. What was marked so far stays marked. */
export function markChunks(): u32 {
  const rule = markBins();
  return rule == 0 ? markQuickChunks() : rule;
}

function markBins(): u32 {
  let levels: u32 = 0;
  for (let level: u32 = 0; level < BIN_LEVELS; level++) {
    let steps: u32 = 0;
    for (let step: u32 = 0; step < BIN_STEPS; step++) {
      const bin = binAt(level, step);
      let before: usize = 0;
      for (let chunk: usize = load<u32>(bin); chunk != 0; chunk = load<u32>(chunk, CHUNK_NEXT)) {
        if (!isPlace(chunk) || isUsed(chunk) || !isSealBroken(chunk) || binOf(sizeOf(chunk)) != bin)
          return fault(I_BIN, chunk);
        if (load<u32>(chunk, CHUNK_PREV) != <u32>before) return fault(I_BIN, chunk);
        mark(chunk);
        add(T_BINNED, 1);
        before = chunk;
      }
      if (before != 0) steps |= 1 << step;
    }
    if (load<u32>(stepsAt(level)) != steps) return fault(I_BIN, stepsAt(level));
    if (steps != 0) levels |= 1 << level;
  }
  return load<u32>(RUNTIME, R_BIN_LEVELS) == levels ? 0 : fault(I_BIN, 0);
}

function markQuickChunks(): u32 {
  for (let size: u32 = 0; size <= QUICK_CHUNK_MAX; size += 1 << CHUNK_SIZE_SHIFT) {
    const list: usize = size >> (CHUNK_SIZE_SHIFT - 2);
    for (let chunk: usize = load<u32>(list, QUICK_CHUNKS); chunk != 0; chunk = load<u32>(chunk, CHUNK_NEXT)) {
      if (!isPlace(chunk) || !isWaiting(list, chunk)) return fault(I_QUICK_CHUNK, chunk);
      mark(chunk);
      add(T_LISTED_CHUNKS, 1);
    }
  }
  return 0;
}

/** Puts the seals back, as far as they were changed. */
export function unmarkChunks(): void {
  for (let bin = binAt(0, 0); bin != binAt(BIN_LEVELS, 0); bin += 4) unmarkList(bin);
  for (let list = QUICK_CHUNKS; list <= QUICK_CHUNKS + (QUICK_CHUNK_MAX >> (CHUNK_SIZE_SHIFT - 2)); list += 4)
    unmarkList(list);
}

function unmarkList(list: usize): void {
  for (
    let chunk: usize = load<u32>(list);
    chunk != 0 && isPlace(chunk) && isListed(chunk);
    chunk = load<u32>(chunk, CHUNK_NEXT)
  )
    mark(chunk);
}

/** There were as many chunks in lists as there are such chunks. */
export function verifyLists(): u32 {
  if (total(T_FREE_CHUNKS) != total(T_BINNED)) return fault(I_BIN, 0);
  return total(T_QUICK_CHUNKS) == total(T_LISTED_CHUNKS) ? 0 : fault(I_QUICK_CHUNK, 0);
}

export function verifyCounts(): u32 {
  const counts =
    load<u32>(RUNTIME, R_CHUNKS) == total(T_CHUNKS) && load<u32>(RUNTIME, R_CHUNK_BYTES) == total(T_CHUNK_BYTES);
  return counts ? 0 : fault(I_CHUNK_COUNT, 0);
}
