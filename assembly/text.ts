// What a str or bytes holds: units, how wide they are, and where they lie. And bytes of texts in bulk.

import { CHAR_STR_BYTES, CHAR_STRS } from "./layout";
import { typeWordOf } from "./object";
import { T_WIDE, TEXT_DATA, TEXT_LENGTH } from "./objectlayout";

/** Bits of units that latin-1 does not have. */
const BEYOND_LATIN1: u32 = 0xff00ff00;

/** The units of a str take two bytes. Never of bytes. */
export function isWide(text: usize): bool {
  return (typeWordOf(text) & T_WIDE) != 0;
}

/** Units. */
export function textLength(text: usize): u32 {
  return load<u32>(text, TEXT_LENGTH);
}

/** Bytes of the units. */
export function textBytes(text: usize): u32 {
  return textLength(text) << (<u32>isWide(text));
}

/** Address of the first unit. */
export function textData(text: usize): usize {
  return text + TEXT_DATA;
}

/** The str of one character below 256. */
export function charStr(code: u32): usize {
  return CHAR_STRS + <usize>code * CHAR_STR_BYTES;
}

/** Two texts are the same, at addresses that are multiples of 8: the last 8 bytes are read as a whole. */
export function sameBytes(at: usize, other: usize, bytes: u32): bool {
  const end = at + (bytes & ~7);
  for (; at < end; at += 8, other += 8) if (load<u64>(at) != load<u64>(other)) return false;
  const rest = bytes & 7;
  return rest == 0 || (load<u64>(at) ^ load<u64>(other)) << (64 - ((<u64>rest) << 3)) == 0;
}

/** All bits that are set in some unit of `bytes` bytes, which come four at a time. */
export function bitsOf(at: usize, bytes: u32): u32 {
  let bits: u64 = 0;
  const end = at + bytes;
  if (bytes < 8) {
    if ((bytes & 4) != 0) bits = load<u32>(at);
    if ((bytes & 2) != 0) bits |= load<u16>(end - (bytes & 3));
    if ((bytes & 1) != 0) bits |= load<u8>(end - 1);
    return <u32>bits;
  }
  for (const last = end - 8; at < last; at += 8) bits |= load<u64>(at);
  return folded(bits | load<u64>(end - 8));
}

/** Copies `bytes` from one block to another, and returns what `bitsOf` says of them. */
export function copyBits(to: usize, from: usize, bytes: u32): u32 {
  let bits: u64 = 0;
  if (bytes < 8) {
    if ((bytes & 4) != 0) {
      bits = load<u32>(from);
      store<u32>(to, <u32>bits);
    }
    if ((bytes & 2) != 0) {
      const unit = load<u16>(from + (bytes & 4));
      store<u16>(to + (bytes & 4), unit);
      bits |= unit;
    }
    if ((bytes & 1) != 0) {
      const unit = load<u8>(from + bytes - 1);
      store<u8>(to + bytes - 1, unit);
      bits |= unit;
    }
    return <u32>bits;
  }
  const last = from + bytes - 8;
  const lastTo = to + bytes - 8;
  for (; from < last; from += 8, to += 8) {
    const units = load<u64>(from);
    store<u64>(to, units);
    bits |= units;
  }
  const units = load<u64>(last);
  store<u64>(lastTo, units);
  return folded(bits | units);
}

function folded(bits: u64): u32 {
  return <u32>(bits | (bits >> 32));
}

/** All of `length` units of two bytes are below 256. */
export function isLatin1(at: usize, length: u32): bool {
  return (bitsOf(at, length << 1) & BEYOND_LATIN1) == 0;
}

/** Copies `length` units of two bytes, all below 256, as units of one byte; `to` may be `from`. */
export function narrow(to: usize, from: usize, length: u32): void {
  const end = to + length;
  for (; to + 4 <= end; to += 4, from += 8) {
    const units = load<u64>(from);
    const pairs = units | (units >> 8);
    store<u32>(to, <u32>(pairs & 0xffff) | (<u32>(pairs >> 16) & 0xffff0000));
  }
  for (; to < end; to++, from += 2) store<u8>(to, load<u8>(from));
}
