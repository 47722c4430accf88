// Integers beyond 31 bits: bigints as digits to the base 2^32, least first, and back.

import { INT_DIGITS, INT_SIZE } from "./layout.js";
import type { Views } from "./memory.js";

/** Two digits at once: what is written to the one is read from the other. */
const DIGIT_PAIR = new Uint32Array(2);
const BIG = new BigUint64Array(DIGIT_PAIR.buffer);
/** Hexadecimal characters of a digit. */
const HEX_DIGITS = 8;
/** Up to this many digits, pairs are shifted into place; beyond, time would grow with the square. Measured in Node 20. */
const FEW_DIGITS = 16;

/** The digits of a bigint without its sign; the last is not 0. None of 0. */
export function digitsOf(value: bigint): Uint32Array {
  const magnitude = value < 0n ? -value : value;
  if (BigInt.asUintN(64, magnitude) !== magnitude) return digitsOfText(magnitude.toString(16));
  BIG[0] = magnitude;
  return DIGIT_PAIR.slice(0, DIGIT_PAIR[1] !== 0 ? 2 : DIGIT_PAIR[0] !== 0 ? 1 : 0);
}

/** A bigint of any size becomes hexadecimal in linear time, and becomes nothing else in less. */
function digitsOfText(text: string): Uint32Array {
  const digits = new Uint32Array(Math.ceil(text.length / HEX_DIGITS));
  for (let i = 0, end = text.length; i < digits.length; i++, end -= HEX_DIGITS) {
    digits[i] = Number.parseInt(text.slice(Math.max(0, end - HEX_DIGITS), end), 16);
  }
  return digits;
}

/** The int whose header is at an index of a view of words: a number within ±2^53, else a bigint. */
export function readInt({ i32, u32 }: Views, index: number): number | bigint {
  const size = i32[index + INT_SIZE / 4] as number;
  const start = index + INT_DIGITS / 4;
  const count = Math.abs(size);
  const low = u32[start] as number;
  const high = count > 1 ? (u32[start + 1] as number) : 0;
  if (count <= 2) {
    const magnitude = high * 2 ** 32 + low;
    // One that has been rounded down to 2^53 is odd.
    if (magnitude < 2 ** 53 || (magnitude === 2 ** 53 && low === 0)) return size < 0 ? -magnitude : magnitude;
  }
  const magnitude = count > FEW_DIGITS ? fromText(u32, start, count) : fromPairs(u32, start, count);
  return size < 0 ? -magnitude : magnitude;
}

function fromPairs(u32: Uint32Array, start: number, count: number): bigint {
  let value = 0n;
  for (let at = (count - 1) & ~1; at >= 0; at -= 2) {
    DIGIT_PAIR[0] = u32[start + at] as number;
    DIGIT_PAIR[1] = at + 1 < count ? (u32[start + at + 1] as number) : 0;
    value = (value << 64n) | (BIG[0] as bigint);
  }
  return value;
}

function fromText(u32: Uint32Array, start: number, count: number): bigint {
  const pieces: string[] = ["0x"];
  for (let at = start + count - 1; at >= start; at--) {
    pieces.push((u32[at] as number).toString(16).padStart(HEX_DIGITS, "0"));
  }
  return BigInt(pieces.join(""));
}
