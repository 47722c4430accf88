// The walk over chunks, and over large untracked objects, which nothing lists. All regions must have been verified.

import { isObjectSealed, nextOf, sizeOf } from "../chunk";
import { ARENA_MASK, ARENA_SHIFT, CHUNK_HEADER_BYTES, HEAP_START, POOL_BYTES, SLOT_CHUNKS, SLOTS } from "../layout";
import { isLent } from "../lend";
import { memoryEnd } from "../memory";
import { countOf, mayBeDying } from "../object";
import { LARGE_OFFSET } from "../objectlayout";
import { EDGE_BYTES } from "../region";
import { frameBytes, IMMORTAL_MAX, isListed } from "./headers";

/** The large untracked object behind `object`, or the first if that is 0; 0 after the last. */
export function nextLargeLeaf(object: usize): usize {
  let chunk = object == 0 ? firstChunk() : nextChunk(object - frameBytes() - CHUNK_HEADER_BYTES);
  for (; chunk != 0; chunk = nextChunk(chunk)) {
    const leaf = chunk + CHUNK_HEADER_BYTES + frameBytes();
    if (isObjectSealed(chunk) && !isListed(leaf + LARGE_OFFSET) && !isDying(leaf)) return leaf;
  }
  return 0;
}

function isDying(object: usize): bool {
  return mayBeDying(object) && countOf(object) <= IMMORTAL_MAX;
}

export function firstChunk(): usize {
  return firstChunkFrom(0);
}

/** The chunk behind this one, of whatever region; 0 after the last. */
export function nextChunk(chunk: usize): usize {
  const next = nextOf(chunk);
  return sizeOf(next) != 0 ? next : firstChunkFrom(next + EDGE_BYTES);
}

/** The first chunk of the first region that begins at a multiple of POOL_BYTES, or behind; 0 if there is none. */
function firstChunkFrom(at: usize): usize {
  while (at < memoryEnd()) {
    if (load<u8>(SLOTS + (at >> ARENA_SHIFT)) == SLOT_CHUNKS) return max(at, HEAP_START) + EDGE_BYTES;
    if ((at & ARENA_MASK) != 0 && isLent(at)) return at + EDGE_BYTES;
    at += POOL_BYTES;
  }
  return 0;
}
