// Integers beyond 31 bits: bigints as digits to the base 2^32, least first, and back. Both ways cut long ones in halves: shifting them
// by one digit after another would take time that grows with the square of their length.

import { INT_DIGITS, INT_SIZE } from "./layout.js";
import type { Views } from "./memory.js";

/** Two digits at once: what is written to the one is read from the other. A bigint that does not fit leaves its lowest two. */
const DIGIT_PAIR = new Uint32Array(2);
const BIG = new BigUint64Array(DIGIT_PAIR.buffer);
/** Up to this many digits, a power of two, are shifted pair by pair. Measured in Node 20. */
const FEW_DIGITS = 32;
const DIGIT_BITS = 32;

/** The digits of a bigint without its sign; the last is not 0. None of 0. */
export function digitsOf(value: bigint): Uint32Array {
  const magnitude = value < 0n ? -value : value;
  if (BigInt.asUintN(64, magnitude) === magnitude) {
    BIG[0] = magnitude;
    return DIGIT_PAIR.slice(0, DIGIT_PAIR[1] !== 0 ? 2 : DIGIT_PAIR[0] !== 0 ? 1 : 0);
  }
  let count = 4;
  while (BigInt.asUintN(count * DIGIT_BITS, magnitude) !== magnitude) count *= 2;
  const digits = new Uint32Array(count);
  writeDigits(digits, 0, count, magnitude);
  while (count > 0 && digits[count - 1] === 0) count--;
  return digits.subarray(0, count);
}

/** Writes the digits of a value that has at most `count`, a power of two, at an index where there are zeros. */
function writeDigits(digits: Uint32Array, start: number, count: number, value: bigint): void {
  if (count > FEW_DIGITS) {
    const half = count / 2;
    writeDigits(digits, start, half, BigInt.asUintN(half * DIGIT_BITS, value));
    writeDigits(digits, start + half, half, value >> BigInt(half * DIGIT_BITS));
    return;
  }
  let rest = value;
  for (let at = start; rest !== 0n; at += 2) {
    BIG[0] = rest;
    digits[at] = DIGIT_PAIR[0] as number;
    digits[at + 1] = DIGIT_PAIR[1] as number;
    rest >>= 64n;
  }
}

/** The int whose header is at an index of a view of words: a number within ±2^53, else a bigint. */
export function readInt({ i32, u32 }: Views, index: number): number | bigint {
  const size = i32[index + INT_SIZE / 4] as number;
  const start = index + INT_DIGITS / 4;
  const count = Math.abs(size);
  if (count <= 2) {
    const low = u32[start] as number;
    const magnitude = count > 1 ? (u32[start + 1] as number) * 2 ** 32 + low : low;
    // A sum that was rounded down to 2^53 has another last digit.
    if (magnitude < 2 ** 53 || (magnitude === 2 ** 53 && low === 0)) return size < 0 ? -magnitude : magnitude;
  }
  const magnitude = readDigits(u32, start, count);
  return size < 0 ? -magnitude : magnitude;
}

function readDigits(u32: Uint32Array, start: number, count: number): bigint {
  if (count > FEW_DIGITS) {
    const half = count >>> 1;
    return (readDigits(u32, start + half, count - half) << BigInt(half * DIGIT_BITS)) | readDigits(u32, start, half);
  }
  let value = 0n;
  for (let at = (count - 1) & ~1; at >= 0; at -= 2) {
    DIGIT_PAIR[0] = u32[start + at] as number;
    DIGIT_PAIR[1] = at + 1 < count ? (u32[start + at + 1] as number) : 0;
    value = (value << 64n) | (BIG[0] as bigint);
  }
  return value;
}
