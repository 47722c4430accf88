// Linear memory: the runtime record, growth, and bytes in bulk. The only caller of memory.grow.

import { grew } from "./env";
import {
  ARENA_SHIFT,
  POOL_SHIFT,
  R_ARENAS,
  R_CHUNK_BYTES,
  R_FAIL_GROWTH,
  R_FAULT_ADDRESS,
  R_KEY,
  R_LENT_POOLS,
  R_MEMORY_END,
  R_PEAK_BYTES,
  R_QUICK_END,
  R_STATUS,
  RUNTIME,
  WASM_PAGE_BYTES,
  WASM_PAGE_SHIFT,
} from "./layout";

/** End of the last byte a heap can own: 4 GiB less one arena, so that no end of anything wraps around. */
export const ADDRESS_LIMIT: u64 = 0xfffc0000;
/** Most bytes that memory grows by without need. */
const GROWTH_MAX: u32 = 1 << 20;

export function heapKey(): u32 {
  return load<u32>(RUNTIME, R_KEY);
}

/** First byte past the committed memory. */
export function memoryEnd(): usize {
  return load<u32>(RUNTIME, R_MEMORY_END);
}

/** End of the blocks that may go out of quick lists without a question; 0 while allocations are traced. */
export function quickEnd(): usize {
  return load<u32>(RUNTIME, R_QUICK_END);
}

/** Notes why a call fails, for the host; returns 0, the address of nothing. */
export function fail(status: u32, address: usize): usize {
  store<u32>(RUNTIME, status, R_STATUS);
  store<u32>(RUNTIME, address, R_FAULT_ADDRESS);
  return 0;
}

/** As `fail`, for calls that return a status. */
export function refuse(status: u32, address: usize): u32 {
  fail(status, address);
  return status;
}

/** Takes note of memory that is already there. */
export function noteMemoryEnd(): void {
  const end = min((<u64>memory.size()) << WASM_PAGE_SHIFT, ADDRESS_LIMIT);
  store<u32>(RUNTIME, <u32>end, R_MEMORY_END);
  store<u32>(RUNTIME, <u32>end, R_QUICK_END);
}

/** Bytes that memory grows by at least: a 64th of itself, between 64 KiB and 1 MiB. */
export function growthStep(): u32 {
  return min(max(<u32>memoryEnd() >> 6, WASM_PAGE_BYTES), GROWTH_MAX);
}

/**
 * Commits memory up to `end` at least; when it has to `grow`, by a step if that does not pass `limit`.
 * False when memory cannot or must not grow that far; nothing has changed then.
 */
export function commit(end: u64, limit: u64, grow: bool): bool {
  const have: u64 = memoryEnd();
  if (end <= have) return true;
  if (!grow || end > ADDRESS_LIMIT) return false;
  const countdown = load<u32>(RUNTIME, R_FAIL_GROWTH);
  if (countdown != 0) {
    store<u32>(RUNTIME, countdown - 1, R_FAIL_GROWTH);
    if (countdown == 1) return false;
  }
  const roomy = min(max(end, have + growthStep()), min(limit, ADDRESS_LIMIT));
  return growTo(roomy) || growTo(end);
}

/** Makes memory at least so long, and takes no more than that: what others grew it by is there for the next time. */
function growTo(end: u64): bool {
  const pages = <i32>((end + (WASM_PAGE_BYTES - 1)) >> WASM_PAGE_SHIFT);
  const before = memory.size();
  const missing = pages - before;
  if (missing > 0 && memory.grow(missing) < 0) return false;
  const bytes = (<u32>pages) << WASM_PAGE_SHIFT;
  store<u32>(RUNTIME, bytes, R_MEMORY_END);
  if (quickEnd() != 0) store<u32>(RUNTIME, bytes, R_QUICK_END);
  if (missing > 0) grew(before);
  return true;
}

/** Keeps the high-water mark of bytes in pool arenas and chunks in use; chunks in lent pools count as their arena's. */
export function notePeak(): void {
  const arenas = (load<u32>(RUNTIME, R_ARENAS) << ARENA_SHIFT) - (load<u32>(RUNTIME, R_LENT_POOLS) << POOL_SHIFT);
  const now = arenas + load<u32>(RUNTIME, R_CHUNK_BYTES);
  if (now > load<u32>(RUNTIME, R_PEAK_BYTES)) store<u32>(RUNTIME, now, R_PEAK_BYTES);
}

/** Zeroes `bytes`, a multiple of 8, at an 8-aligned address. Stores beat memory.fill below about 128 bytes. */
export function zero(at: usize, bytes: usize): void {
  if (bytes > 128) {
    memory.fill(at, 0, bytes);
  } else {
    for (const end = at + bytes; at < end; at += 8) store<u64>(at, 0);
  }
}

/** Copies `bytes`, a multiple of 8, between 8-aligned addresses of two blocks. Loads and stores beat memory.copy below about 128 bytes. */
export function copy(to: usize, from: usize, bytes: usize): void {
  if (bytes > 128) {
    memory.copy(to, from, bytes);
  } else {
    for (const end = to + bytes; to < end; to += 8, from += 8) store<u64>(to, load<u64>(from));
  }
}
