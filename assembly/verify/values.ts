// Objects of various lengths: texts, integers, tuples.

import { sizeOf } from "../chunk";
import { hashOfBytes } from "../hash";
import { I_HASH, I_LENGTH, I_TEXT } from "../invariants";
import { ARENA_SHIFT, CHUNK_HEADER_BYTES, FRAME_BYTES, FRAME_HEAD_BYTES, GC, POOL_SIZE, SLOT_POOLS } from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { isTracked, typeWordOf } from "../object";
import {
  G_OBJECT_OFFSET,
  GC_BYTES,
  ID_INT,
  ID_STR,
  ID_TUPLE,
  INT_DIGITS,
  INT_SIZE,
  LARGE_OFFSET,
  T_ASCII,
  T_INTERNED,
  T_WIDE,
  TEXT_DATA,
  TEXT_HASH,
  TUPLE_LENGTH,
} from "../objectlayout";
import { ownBytes } from "../parts";
import { poolOf } from "../pool";
import { slotKind } from "../region";
import { bitsOf, textBytes, textData, textLength } from "../text";
import { add, fault, T_INTERNED_STRS, T_KEYED } from "./fault";
import { frameBytes } from "./headers";

/** More than this no length can be: what it counts would not fit into memory. */
export const LENGTH_MAX: u32 = 0x7fffffff;
/** Bits of units that ASCII does not have, and of those that latin-1 does not. */
const BEYOND_ASCII: u32 = 0x80808080;
const BEYOND_LATIN1: u32 = 0xff00ff00;

/** An object of a type whose instances differ in size. */
export function verifySized(object: usize, id: u32): u32 {
  if (id == ID_TUPLE) {
    add(T_KEYED, 1);
    return fits(object, load<u32>(object, TUPLE_LENGTH), 2) ? 0 : fault(I_LENGTH, object);
  }
  if (id == ID_INT) return isIntRight(object) ? 0 : fault(I_LENGTH, object);
  const wide = (typeWordOf(object) & T_WIDE) != 0;
  if (!fits(object, textLength(object), wide ? 1 : 0)) return fault(I_LENGTH, object);
  if (id == ID_STR && !areFlagsRight(object, typeWordOf(object))) return fault(I_TEXT, object);
  const hash = load<u32>(object, TEXT_HASH);
  return hash == 0 || hash == hashOfBytes(textData(object), textBytes(object)) ? 0 : fault(I_HASH, object);
}

/** So many items of 1 << `shift` bytes fit the block of the object. */
function fits(object: usize, length: u32, shift: u32): bool {
  return length <= (LENGTH_MAX >> shift) - <u32>TEXT_DATA && ((ownBytes(object) + 7) & ~7) <= roomFor(object);
}

/** Bytes from an object to the end of its block, or to what debug mode has there. */
function roomFor(object: usize): u32 {
  const tail: u32 = isDebug() ? FRAME_BYTES - FRAME_HEAD_BYTES : 0;
  if (slotKind(<u32>(object >> ARENA_SHIFT)) == SLOT_POOLS && !isLent(object)) {
    const offset = load<u32>(GC, G_OBJECT_OFFSET) - (isTracked(object) ? 0 : GC_BYTES);
    return load<u32>(poolOf(object), POOL_SIZE) - offset - tail;
  }
  const offset = frameBytes() + (isTracked(object) ? LARGE_OFFSET : 0);
  return sizeOf(object - offset - CHUNK_HEADER_BYTES) - CHUNK_HEADER_BYTES - <u32>offset - tail;
}

/** There are digits, and the last is not 0. */
function isIntRight(int: usize): bool {
  const digits: u32 = abs(load<i32>(int, INT_SIZE));
  if (digits == 0 || !fits(int, digits, 2)) return false;
  return load<u32>(int + ((<usize>(digits - 1)) << 2), INT_DIGITS) != 0;
}

/** Units are no wider than they have to be, and all are ASCII if the str says so. */
function areFlagsRight(str: usize, word: u32): bool {
  if ((word & T_INTERNED) != 0) add(T_INTERNED_STRS, 1);
  const bits = bitsOf(textData(str), textBytes(str));
  if ((word & T_WIDE) != 0) return (word & T_ASCII) == 0 && (bits & BEYOND_LATIN1) != 0;
  return ((word & T_ASCII) != 0) == ((bits & BEYOND_ASCII) == 0);
}
