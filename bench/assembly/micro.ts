// Small loops over one pattern each. All touch the blocks they get at both ends.

import { malloc, realloc, release } from "./calls";

function touch(address: usize, size: u32): void {
  store<u8>(address, <u8>size);
  store<u8>(address + size - 1, <u8>size);
}

/** xorshift32 (Marsaglia 2003): the same sizes and slots for everybody. */
function next(random: u32): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  return random ^ (random << 5);
}

/** `count` times: malloc of `size` bytes, free of the same block. Returns how many failed. */
export function pairs(size: u32, count: u32): u32 {
  let failures: u32 = 0;
  for (; count != 0; count--) {
    const address = malloc(size);
    if (address == 0) {
      failures++;
      continue;
    }
    touch(address, size);
    release(address);
  }
  return failures;
}

/** Fills a table of `live` cells with blocks of `least` … `least + span - 1` bytes. Returns the random state. */
export function fill(table: usize, live: u32, least: u32, span: u32, random: u32): u32 {
  for (let cell: u32 = 0; cell < live; cell++) {
    random = next(random);
    const size = least + ((random >> 8) % span);
    const address = malloc(size);
    store<usize>(table + (cell << 2), address);
    if (address != 0) touch(address, size);
  }
  return random;
}

/** `count` times: frees a block of the table picked at random and puts another of random size there. Returns the random state. */
export function replace(table: usize, live: u32, least: u32, span: u32, random: u32, count: u32): u32 {
  for (; count != 0; count--) {
    random = next(random);
    // `live` is a power of two.
    const cell = table + ((random & (live - 1)) << 2);
    const size = least + ((random >> 8) % span);
    const old = load<usize>(cell);
    if (old != 0) release(old);
    const address = malloc(size);
    store<usize>(cell, address);
    if (address != 0) touch(address, size);
  }
  return random;
}

/** Frees all blocks of a table. */
export function clear(table: usize, live: u32): void {
  for (let cell: u32 = 0; cell < live; cell++) {
    const address = load<usize>(table + (cell << 2));
    if (address != 0) release(address);
  }
}

/**
 * Grows `blocks` blocks in turn, each from 16 bytes to `limit` bytes: by half of its size, as vectors do, or by `step`
 * bytes if that is not 0. Frees them. Returns the number of calls of realloc.
 */
export function grow(table: usize, blocks: u32, limit: u32, step: u32): u32 {
  let calls: u32 = 0;
  for (let block: u32 = 0; block < blocks; block++) store<usize>(table + (block << 2), malloc(16));
  for (let size: u32 = 16; size < limit; ) {
    size += step != 0 ? step : size >> 1;
    for (let block: u32 = 0; block < blocks; block++) {
      const cell = table + (block << 2);
      const address = realloc(load<usize>(cell), size);
      calls++;
      if (address == 0) continue;
      store<usize>(cell, address);
      touch(address, size);
    }
  }
  clear(table, blocks);
  return calls;
}
