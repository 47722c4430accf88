// Integers: in the reference word if they have 31 bits, else digits to the base 2^32 behind the header (Objects/longobject.c has 2^30).

import { makeSized } from "./create";
import { REQUEST_MAX } from "./layout";
import { fail, memoryEnd } from "./memory";
import { INT_DIGITS, INT_SIZE, INT_WORD, INTEGER_MAX, INTEGER_MIN, INTEGER_TAG } from "./objectlayout";
import { BAD_ADDRESS, BAD_TYPE, NO_MEMORY } from "./status";

/** Most digits of an integer: the object is a block. */
const DIGITS_MAX: u32 = (REQUEST_MAX - <u32>INT_DIGITS) >> 2;
/** Largest integer up to which an f64 has all: 2^53. */
const EXACT_MAX: f64 = 9007199254740992;

/** The word of an integer of 31 bits. */
function tagged(value: i32): u32 {
  return (value << 1) | INTEGER_TAG;
}

function isTaggable(value: i64): bool {
  return value >= INTEGER_MIN && value <= INTEGER_MAX;
}

/** An object of `n` digits; 0: no memory. */
function withDigits(n: u32, negative: bool): usize {
  if (n > DIGITS_MAX) return fail(NO_MEMORY, 0);
  const int = makeSized(INT_WORD, <u32>INT_DIGITS + (n << 2));
  if (int != 0) store<i32>(int, negative ? -(<i32>n) : <i32>n, INT_SIZE);
  return int;
}

/** The word of the integer whose `n` digits lie at `at`, least first, below 0 if `negative` is not 0; 0 on failure. */
export function newInt(at: usize, n: u32, negative: u32): u32 {
  if ((at & 3) != 0 || <u64>at + ((<u64>n) << 2) > memoryEnd()) return <u32>fail(BAD_ADDRESS, at);
  while (n != 0 && load<u32>(at + ((<usize>(n - 1)) << 2)) == 0) n--;
  if (n < 2) {
    const size = n == 0 ? 0 : <i64>load<u32>(at);
    const value = negative != 0 ? -size : size;
    if (isTaggable(value)) return tagged(<i32>value);
  }
  const int = withDigits(n, negative != 0);
  if (int != 0) memory.copy(int + INT_DIGITS, at, (<usize>n) << 2);
  return <u32>int;
}

/** The word of an integer of at most ±2^53; 0 if it cannot be made, or `value` is none (BAD_TYPE). −0 is 0. */
export function newNumber(value: f64): u32 {
  if (!(abs(value) <= EXACT_MAX) || trunc(value) != value) return <u32>fail(BAD_TYPE, 0);
  const integer = <i64>value;
  if (isTaggable(integer)) return tagged(<i32>integer);
  const size: u64 = abs(integer);
  const high = <u32>(size >> 32);
  const int = withDigits(high == 0 ? 1 : 2, integer < 0);
  if (int == 0) return 0;
  store<u32>(int, <u32>size, INT_DIGITS);
  if (high != 0) store<u32>(int, high, INT_DIGITS + 4);
  return <u32>int;
}
