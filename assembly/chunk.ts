// One chunk: a large block with its header, or the space between two. Drawn in layout.ts.

import {
  CHUNK_FLAGS,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_PREV_USED,
  CHUNK_SEAL,
  CHUNK_USED,
} from "./layout";
import { heapKey } from "./memory";

const GOLDEN: u32 = 0x9e3779b1;
const OBJECT_SALT: u32 = 0x5a5a5a5a;

/** Bytes of the chunk that serves a request, header included. */
export function chunkBytesFor(request: u32): u32 {
  return max((request + CHUNK_HEADER_BYTES + 15) & ~15, CHUNK_MIN_BYTES);
}

export function headOf(chunk: usize): u32 {
  return load<u32>(chunk, CHUNK_HEAD);
}

export function sizeOf(chunk: usize): u32 {
  return headOf(chunk) & ~CHUNK_FLAGS;
}

export function isUsed(chunk: usize): bool {
  return (headOf(chunk) & CHUNK_USED) != 0;
}

export function isPrevUsed(chunk: usize): bool {
  return (headOf(chunk) & CHUNK_PREV_USED) != 0;
}

export function nextOf(chunk: usize): usize {
  return chunk + sizeOf(chunk);
}

/** The chunk before this one, which must be free: only free chunks repeat their size at their end. */
export function freeChunkBefore(chunk: usize): usize {
  return chunk - load<u32>(chunk - 4);
}

/** What +4 of a chunk in use must hold. Depends on the secret of the heap, so that no data can pass for a header. */
export function sealFor(chunk: usize, head: u32): u32 {
  return (<u32>chunk * GOLDEN) ^ (head & ~CHUNK_PREV_USED) ^ heapKey();
}

export function isSealed(chunk: usize): bool {
  const head = headOf(chunk);
  return (head & CHUNK_USED) != 0 && load<u32>(chunk, CHUNK_SEAL) == sealFor(chunk, head);
}

/** A chunk that was freed, be it in a quick list, in a bin, or melted into the one before it. */
export function isSealBroken(chunk: usize): bool {
  return load<u32>(chunk, CHUNK_SEAL) == ~sealFor(chunk, headOf(chunk));
}

/** Seals a chunk in use as that of an object, which `free` and `realloc` refuse; or as that of a block again. */
export function sealObject(chunk: usize, isObject: bool): void {
  const seal = sealFor(chunk, headOf(chunk));
  store<u32>(chunk, isObject ? objectSeal(seal) : seal, CHUNK_SEAL);
}

export function isObjectSealed(chunk: usize): bool {
  const head = headOf(chunk);
  return (head & CHUNK_USED) != 0 && load<u32>(chunk, CHUNK_SEAL) == objectSeal(sealFor(chunk, head));
}

/** Neither the seal nor its inverse. */
function objectSeal(seal: u32): u32 {
  return seal ^ OBJECT_SALT;
}

export function writeUsed(chunk: usize, size: u32, flags: u32): void {
  const head = size | flags | CHUNK_USED;
  store<u32>(chunk, head, CHUNK_HEAD);
  store<u32>(chunk, sealFor(chunk, head), CHUNK_SEAL);
}

/** Writes a free chunk's head and foot; the chunk before a free one is always in use, as free neighbours are joined. */
export function writeFree(chunk: usize, size: u32): void {
  const head = size | CHUNK_PREV_USED;
  store<u32>(chunk, head, CHUNK_HEAD);
  store<u32>(chunk, ~sealFor(chunk, head), CHUNK_SEAL);
  store<u32>(chunk + size - 4, size);
}

export function markPrevUsed(chunk: usize): void {
  store<u32>(chunk, headOf(chunk) | CHUNK_PREV_USED, CHUNK_HEAD);
}

export function markPrevFree(chunk: usize): void {
  store<u32>(chunk, headOf(chunk) & ~CHUNK_PREV_USED, CHUNK_HEAD);
}

/** The fence at the end of a region: a chunk in use, of no size, that nobody frees. */
export function writeFence(at: usize, prevUsed: bool): void {
  writeUsed(at, 0, prevUsed ? CHUNK_PREV_USED : 0);
}
