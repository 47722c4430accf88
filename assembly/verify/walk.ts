// The walk over objects that no collection looks at: those in pools, then large ones, which nothing lists.

import { isObjectSealed, nextOf, sizeOf } from "../chunk";
import { isDeadFrame } from "../debug";
import { largeAt, largeCount, largeIndexOf } from "../generations";
import {
  ARENA_MASK,
  ARENA_SHIFT,
  CHUNK_HEADER_BYTES,
  FRAME_HEAD_BYTES,
  HEAP_START,
  POOL_BYTES,
  POOL_MASK,
  SLOT_CHUNKS,
  SLOT_POOLS,
  SLOTS,
} from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { memoryEnd } from "../memory";
import { countOf, mayBeDying } from "../object";
import { LARGE_OFFSET } from "../objectlayout";
import { endOfUntracked, firstUntracked, nextUntrackedPool, objectStep } from "../objectpools";
import { isStamped } from "../pool";
import { EDGE_BYTES } from "../region";

/** Counts at or below this are immortal, or lead to the next dying object; the verifier takes others below 0 for a moment. */
export const IMMORTAL_MAX: i32 = -0x40000000;

/** The untracked object behind `object`, or the first if that is 0; 0 after the last. All pools and regions must have been verified. */
export function nextUntracked(object: usize): usize {
  if (object != 0 && load<u8>(SLOTS + (object >> ARENA_SHIFT)) == SLOT_POOLS && !isLent(object))
    return inPools(object & ~(<usize>POOL_MASK), object + objectStep(object));
  if (object == 0) return inPools(0, 0);
  return inRegions(nextChunk(object - offset()));
}

function inPools(pool: usize, at: usize): usize {
  for (;;) {
    if (pool != 0) {
      for (const end = endOfUntracked(pool); at < end; at += objectStep(pool)) if (isLive(at)) return at;
    }
    pool = nextUntrackedPool(pool);
    if (pool == 0) break;
    at = firstUntracked(pool);
  }
  return inRegions(chunkFrom(0));
}

/** The place of an object in a pool of untracked ones has one, whatever its count says. Dying objects are passed over. */
function isLive(object: usize): bool {
  const block = isDebug() ? object - FRAME_HEAD_BYTES : object;
  if (isStamped(block) || (isDebug() && isDeadFrame(block))) return false;
  return !mayBeDying(object) || countOf(object) > IMMORTAL_MAX;
}

/** From the start of a chunk to the object in it. */
function offset(): usize {
  return isDebug() ? <usize>(CHUNK_HEADER_BYTES + FRAME_HEAD_BYTES) : <usize>CHUNK_HEADER_BYTES;
}

function inRegions(chunk: usize): usize {
  for (; chunk != 0; chunk = nextChunk(chunk)) {
    const object = chunk + offset();
    if (isObjectSealed(chunk) && !isListed(object + LARGE_OFFSET)) return object;
  }
  return 0;
}

/** The array of large tracked objects has it. */
function isListed(object: usize): bool {
  const index = largeIndexOf(object);
  return index < largeCount() && largeAt(index) == object;
}

function nextChunk(chunk: usize): usize {
  const next = nextOf(chunk);
  return sizeOf(next) != 0 ? next : chunkFrom(next + EDGE_BYTES);
}

/** The first chunk of the first region that begins at a multiple of POOL_BYTES, or behind; 0 if there is none. */
function chunkFrom(at: usize): usize {
  while (at < memoryEnd()) {
    if (load<u8>(SLOTS + (at >> ARENA_SHIFT)) == SLOT_CHUNKS) return max(at, HEAP_START) + EDGE_BYTES;
    if ((at & ARENA_MASK) != 0 && isLent(at)) return at + EDGE_BYTES;
    at += POOL_BYTES;
  }
  return 0;
}
