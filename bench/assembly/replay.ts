// Replays operation words of a recorded trace. Words and tables lie in blocks of the allocator itself, so that
// nothing but it decides where anything is.

import { calloc, malloc, realloc, release } from "./calls";

const FREE: u32 = 1;
const REALLOC: u32 = 2;
const CALLOC: u32 = 3;
const OP: u32 = 3;

/** Writes the first and the last byte of a block, as the program that asked for it would have used it. */
function touch(address: usize, size: u32): void {
  if (size == 0) return;
  store<u8>(address, <u8>size);
  store<u8>(address + size - 1, <u8>size);
}

/**
 * Replays the words from `word` to `end`. `table` holds the address of each slot's block, 4 bytes a slot.
 * Returns how many calls failed. A realloc that fails leaves its slot as it was, malloc and calloc leave 0. A size of 0
 * cannot fail: what then comes back is taken, be it 0.
 */
export function replay(word: usize, end: usize, table: usize): u32 {
  let failures: u32 = 0;
  while (word < end) {
    const head = load<u32>(word);
    const op = head & OP;
    // The word is slot << 2 | op, and a cell of the table is 4 bytes.
    const cell = table + (head & ~OP);
    if (op == FREE) {
      word += 4;
      const address = load<usize>(cell);
      if (address != 0) release(address);
      continue;
    }
    const size = load<u32>(word, 4);
    word += 8;
    let address: usize;
    if (op == REALLOC) {
      address = load<usize>(cell);
      address = address != 0 ? realloc(address, size) : malloc(size);
      if (address == 0 && size != 0) {
        failures++;
        continue;
      }
    } else {
      address = op == CALLOC ? calloc(1, size) : malloc(size);
      if (address == 0 && size != 0) failures++;
    }
    store<usize>(cell, address);
    if (address != 0) touch(address, size);
  }
  return failures;
}
