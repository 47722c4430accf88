// Bytes objects: made at once, never changed.

import { makeSized } from "./create";
import { EMPTY_BYTES, REQUEST_MAX } from "./layout";
import { fail, memoryEnd } from "./memory";
import { BYTES_WORD, TEXT_DATA, TEXT_HASH, TEXT_LENGTH } from "./objectlayout";
import { BAD_ADDRESS, NO_MEMORY } from "./status";
import { textData } from "./text";

/** A copy of the `length` bytes at `at`; 0 on failure. */
export function newBytes(at: usize, length: u32): usize {
  if (<u64>at + length > memoryEnd()) return fail(BAD_ADDRESS, at);
  const object = roomForBytes(length);
  if (object != 0 && length != 0) memory.copy(textData(object), at, length);
  return object;
}

/** A bytes object whose `length` bytes the caller writes; 0: no memory. The one without bytes is always the same. */
export function roomForBytes(length: u32): usize {
  if (length == 0) return EMPTY_BYTES;
  if (length > REQUEST_MAX - <u32>TEXT_DATA) return fail(NO_MEMORY, 0);
  const object = makeSized(BYTES_WORD, <u32>TEXT_DATA + length);
  if (object == 0) return 0;
  store<u32>(object, length, TEXT_LENGTH);
  store<u32>(object, 0, TEXT_HASH);
  return object;
}
