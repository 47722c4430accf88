// The raw domain: every block is a chunk, whatever its size; its blocks cannot be freed through the other domains.

import { check, isPooled } from "./alloc";
import { checkLarge, freeLarge, largeCapacity } from "./large";
import { CHUNK_RAW, REQUEST_MAX } from "./layout";
import { fail, refuse, zero } from "./memory";
import { mallocLarge, reallocLarge } from "./reclaim";
import { BAD_DOMAIN, NO_MEMORY, OK } from "./status";
import { retraced, traced } from "./tracing";

/** A block of at least `size` bytes, 16-aligned; 0 when there is no memory. */
export function rawMalloc(size: u32): usize {
  const request = max(size, 1);
  return traced(mallocLarge(request, CHUNK_RAW), request);
}

export function rawCalloc(count: u32, size: u32): usize {
  const bytes = <u64>count * <u64>size;
  if (bytes > REQUEST_MAX) return fail(NO_MEMORY, 0);
  const block = rawMalloc(<u32>bytes);
  if (block != 0) zero(block, (<u32>bytes + 7) & ~7);
  return block;
}

/** OK if `address` is an allocated block of the raw domain. */
export function rawCheck(address: usize): u32 {
  if (!isPooled(address)) return checkLarge(address, CHUNK_RAW);
  const status = check(address);
  return status == OK ? BAD_DOMAIN : status;
}

export function rawRealloc(address: usize, size: u32): usize {
  if (address == 0) return rawMalloc(size);
  const status = rawCheck(address);
  if (status != OK) return fail(status, address);
  const request = max(size, 1);
  return retraced(address, reallocLarge(address, request), request);
}

export function rawFree(address: usize): u32 {
  if (address == 0) return OK;
  const status = rawCheck(address);
  return status == OK ? freeLarge(address, CHUNK_RAW) : refuse(status, address);
}

export function rawUsableSize(address: usize): u32 {
  const status = rawCheck(address);
  return status == OK ? largeCapacity(address) : <u32>fail(status, address);
}
