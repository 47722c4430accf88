// Strs: units of the narrowest width behind the header, made at once and never changed. No two interned strs are equal.

import { isOf, refuseObjectSlow } from "./check";
import { makeSized } from "./create";
import { findInterned, putInterned } from "./intern";
import { EMPTY_STR, REQUEST_MAX, TEXT_SCRATCH, TEXT_SCRATCH_BYTES } from "./layout";
import { fail, memoryEnd } from "./memory";
import { countOf, typeWordOf } from "./object";
import {
  ID_STR,
  O_TYPE,
  STR_WORD,
  T_ASCII,
  T_INTERNED,
  T_WIDE,
  TEXT_DATA,
  TEXT_HASH,
  TEXT_LENGTH,
} from "./objectlayout";
import { keep } from "./refcount";
import { die } from "./release";
import { BAD_ADDRESS, NO_MEMORY, OK } from "./status";
import { bitsOf, charStr, copyBits, isLatin1, isWide, narrow, textBytes, textData, textLength } from "./text";

/** Bits of bytes that ASCII does not have. */
const BEYOND_ASCII: u32 = 0x80808080;

/** A str of the `length` units at `at`, each of `width` bytes: 1 or 2. 0 on failure. */
export function newStr(at: usize, length: u32, width: u32): usize {
  const bytes = (<u64>length) << (width - 1);
  if (width - 1 > 1 || at + bytes > memoryEnd()) return fail(BAD_ADDRESS, at);
  if (width == 2) return newFromWideSlow(at, length);
  if (length < 2) return length == 0 ? EMPTY_STR : charStr(load<u8>(at));
  const str = inline.always(withUnits(STR_WORD, length, length));
  if (str != 0 && (copyBits(textData(str), at, length) & BEYOND_ASCII) == 0) noteAscii(str);
  return str;
}

/** A str of units of two bytes, narrow if they all are. */
function newFromWideSlow(at: usize, length: u32): usize {
  if (!isLatin1(at, length)) {
    const str = withUnits(STR_WORD | T_WIDE, length, (<u64>length) << 1);
    if (str != 0) memory.copy(textData(str), at, length << 1);
    return str;
  }
  if (length < 2) return length == 0 ? EMPTY_STR : charStr(load<u8>(at));
  const str = withUnits(STR_WORD, length, length);
  if (str == 0) return 0;
  narrow(textData(str), at, length);
  if (isAscii(str)) noteAscii(str);
  return str;
}

/** A str whose units are undefined; 0: no memory. */
function withUnits(word: u32, length: u32, bytes: u64): usize {
  if (bytes > REQUEST_MAX - <u32>TEXT_DATA) return fail(NO_MEMORY, 0);
  const str = makeSized(word, <u32>TEXT_DATA + <u32>bytes);
  if (str == 0) return 0;
  store<u32>(str, length, TEXT_LENGTH);
  store<u32>(str, 0, TEXT_HASH);
  return str;
}

/** A narrow str has no unit above 127. */
function isAscii(str: usize): bool {
  return (bitsOf(textData(str), textLength(str)) & BEYOND_ASCII) == 0;
}

function noteAscii(str: usize): void {
  store<u32>(str, typeWordOf(str) | T_ASCII, O_TYPE);
}

/** A str whose `length` units of `width` bytes the caller writes before `finishStr`; 2 only if some unit is above 255. 0: no memory. */
export function roomForStr(length: u32, width: u32): usize {
  if (width - 1 > 1) return fail(BAD_ADDRESS, 0);
  if (length == 0) return EMPTY_STR;
  return withUnits(width == 2 ? STR_WORD | T_WIDE : STR_WORD, length, (<u64>length) << (width - 1));
}

/** Notes what the units that were written to a str of `roomForStr` are; a Status. */
export function finishStr(str: usize): u32 {
  if (isOf(str, ID_STR) != OK) return refuseObjectSlow(str, ID_STR);
  if (!isWide(str) && isAscii(str)) noteAscii(str);
  return OK;
}

// ── interning ───────────────────────────────────────────────────────────────────────────────────────

/** The interned str that equals `str`, which becomes it if there is none, with a reference for the caller; 0 on failure. */
export function intern(str: usize): usize {
  if (isOf(str, ID_STR) != OK) {
    refuseObjectSlow(str, ID_STR);
    return 0;
  }
  if ((typeWordOf(str) & T_INTERNED) != 0) return kept(str);
  const known = canonical(textData(str), textLength(str), textBytes(str));
  if (known != 0) return kept(known);
  if (countOf(str) == i32.MAX_VALUE) return fail(NO_MEMORY, str);
  return add(str) ? kept(str) : 0;
}

/** As `intern`, of the units in TEXT_SCRATCH. */
export function internText(length: u32, width: u32): usize {
  if (width - 1 > 1 || (<u64>length) << (width - 1) > TEXT_SCRATCH_BYTES) return fail(BAD_ADDRESS, TEXT_SCRATCH);
  const narrowed = width == 2 && isLatin1(TEXT_SCRATCH, length);
  if (narrowed) narrow(TEXT_SCRATCH, TEXT_SCRATCH, length);
  const unit = narrowed ? 1 : width;
  const known = canonical(TEXT_SCRATCH, length, length << (unit - 1));
  if (known != 0) return kept(known);
  const str = newStr(TEXT_SCRATCH, length, unit);
  if (str == 0 || add(str)) return str;
  die(str);
  return 0;
}

/** The str with these units that comes with the heap or is interned; 0: there is none. */
function canonical(at: usize, length: u32, bytes: u32): usize {
  if (length == 0) return EMPTY_STR;
  return bytes == 1 ? charStr(load<u8>(at)) : findInterned(at, bytes, bytes != length);
}

/** Makes a str an interned one. False: no memory. */
function add(str: usize): bool {
  if (!putInterned(str)) return false;
  store<u32>(str, typeWordOf(str) | T_INTERNED, O_TYPE);
  return true;
}

/** A str with a reference more; 0: it cannot have more. */
function kept(str: usize): usize {
  if (countOf(str) == i32.MAX_VALUE) return fail(NO_MEMORY, str);
  keep(<u32>str);
  return str;
}
