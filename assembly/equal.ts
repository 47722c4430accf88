// Which words are the same key, as Python's == has it for keys, and where in a table a key is. Only tuples in tuples and frozensets in
// frozensets make it recursive, to a depth that is given.

import { refuseWordSlow, statusOfWord } from "./check";
import { hashOfInteger, hashOfObject, statusOfKey } from "./hash";
import { TRUE_OBJECT } from "./layout";
import { refuse } from "./memory";
import { countOf, isInteger, typeIdOf } from "./object";
import {
  ABSENT,
  DICT_COUNT,
  DICT_TABLE,
  FLOAT_VALUE,
  ID_BOOL,
  ID_BYTES,
  ID_FLOAT,
  ID_FROZENSET,
  ID_INT,
  ID_STR,
  ID_TUPLE,
  INT_DIGITS,
  INT_SIZE,
  REFUSED,
  SET_ENTRY_SHIFT,
  SET_HASH,
  TABLE_INDEX,
  TABLE_LOG2,
  TEXT_HASH,
  TUPLE_HASH,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
} from "./objectlayout";
import { OK, TOO_DEEP } from "./status";
import { EMPTY, endOfEntries, firstEntry, PERTURB_SHIFT, slotAt, widthOf } from "./table";
import { isWide, sameBytes, textBytes, textData, textLength } from "./text";
import { entriesOf } from "./visit";
import { isWeakRef, referentOf } from "./weaklist";

/** Tuples and frozensets inside each other that are compared (Python: sys.getrecursionlimit()). */
const DEPTH_MAX: u32 = 1000;

/** 1 if two words are equal as keys, 0 if not, REFUSED if they are no words or nested too deeply. */
export function equals(a: u32, b: u32): u32 {
  if (statusOfWord(a) != OK) {
    refuseWordSlow(a);
    return REFUSED;
  }
  if (statusOfWord(b) != OK) {
    refuseWordSlow(b);
    return REFUSED;
  }
  return same(a, b, 0);
}

/** As `equals`, of words that are known to be right. */
function same(a: u32, b: u32, depth: u32): u32 {
  if (a == b) return 1;
  if (isInteger(a)) return isInteger(b) ? 0 : u32(isSameNumber(b, a));
  if (isInteger(b)) return u32(isSameNumber(a, b));
  const id = typeIdOf(a);
  if (isNumber(id)) return u32(isNumber(typeIdOf(b)) && isSameNumber(a, b));
  if (isWeakRef(id)) return isWeakRef(typeIdOf(b)) ? sameReferents(<u32>referentOf(a), <u32>referentOf(b), depth) : 0;
  if (typeIdOf(b) != id) return 0;
  if (id == ID_STR || id == ID_BYTES) return u32(isSameText(a, b));
  if (id != ID_TUPLE && id != ID_FROZENSET) return 0;
  if (!maySame(a, b, id)) return 0;
  if (depth == DEPTH_MAX) {
    refuse(TOO_DEEP, a);
    return REFUSED;
  }
  return id == ID_TUPLE ? sameTupleSlow(a, b, depth + 1) : sameSetSlow(a, b, depth + 1);
}

/** Weak references are alike if their referents are, as long as both live. */
function sameReferents(a: u32, b: u32, depth: u32): u32 {
  return a == 0 || b == 0 || countOf(a) <= 0 || countOf(b) <= 0 ? 0 : same(a, b, depth);
}

function isSameText(a: usize, b: usize): bool {
  const hashA = load<u32>(a, TEXT_HASH);
  const hashB = load<u32>(b, TEXT_HASH);
  if (hashA != hashB && hashA != 0 && hashB != 0) return false;
  if (textLength(a) != textLength(b) || isWide(a) != isWide(b)) return false;
  return sameBytes(textData(a), textData(b), textBytes(a));
}

// ── numbers ─────────────────────────────────────────────────────────────────────────────────────────

function isNumber(id: u32): bool {
  return id - ID_BOOL <= ID_INT - ID_BOOL;
}

/** An object and another word, of which this one is a number, are the same number. */
function isSameNumber(object: u32, number: u32): bool {
  const id = typeIdOf(object);
  const other = isInteger(number) ? ID_BOOL : typeIdOf(number);
  if (id == ID_FLOAT) return isFloatOf(load<f64>(object, FLOAT_VALUE), number, other);
  if (other == ID_FLOAT) return isNumber(id) && isFloatOf(load<f64>(number, FLOAT_VALUE), object, id);
  // An int object is none of the integers that words have place for.
  if (id == ID_INT) return other == ID_INT && isSameInt(object, number);
  return id == ID_BOOL && other == ID_BOOL && smallValue(object) == smallValue(number);
}

/** Value of an integer's word, or of a bool. */
function smallValue(word: u32): i32 {
  return isInteger(word) ? <i32>word >> 1 : i32(word == <u32>TRUE_OBJECT);
}

function isSameInt(a: usize, b: usize): bool {
  const size = load<i32>(a, INT_SIZE);
  if (load<i32>(b, INT_SIZE) != size) return false;
  const bytes = (<u32>abs(size)) << 2;
  for (let at: usize = 0; at != bytes; at += 4) {
    if (load<u32>(a + at, INT_DIGITS) != load<u32>(b + at, INT_DIGITS)) return false;
  }
  return true;
}

/** A float has the value of a number, whose type id is given: ID_BOOL also for an integer's word. */
function isFloatOf(value: f64, number: u32, id: u32): bool {
  if (id == ID_BOOL) return value == <f64>smallValue(number);
  if (id == ID_FLOAT) return value == load<f64>(number, FLOAT_VALUE);
  return isFloatOfInt(value, number);
}

/** Exactly: no int becomes a float, which might round it. */
function isFloatOfInt(value: f64, int: usize): bool {
  const size = load<i32>(int, INT_SIZE);
  if (trunc(value) != value || value < 0 != size < 0) return false;
  const bits = reinterpret<u64>(value);
  let mantissa = (bits & 0xfffffffffffff) | 0x10000000000000;
  // value = mantissa × 2^exponent, and int objects begin at 2^30.
  let exponent = (<i32>(bits >> 52) & 0x7ff) - 1075;
  if (exponent == 0x7ff - 1075) return false;
  if (exponent < 0) {
    if (exponent < -52) return false;
    mantissa >>= -exponent;
    exponent = 0;
  }
  const digits: i32 = abs(size);
  if (digits != (exponent + 95 - <i32>clz(mantissa)) >> 5) return false;
  for (let i = 0; i < digits; i++) {
    if (load<u32>(int + ((<usize>i) << 2), INT_DIGITS) != digitOf(mantissa, exponent - (i << 5))) return false;
  }
  return true;
}

/** Low 32 bits of mantissa × 2^exponent, an exponent above −53. */
function digitOf(mantissa: u64, exponent: i32): u32 {
  if (exponent >= 0) return exponent < 32 ? <u32>(mantissa << exponent) : 0;
  return <u32>(mantissa >> -exponent);
}

// ── containers ──────────────────────────────────────────────────────────────────────────────────────

/** Two tuples, or two frozensets, are alike as far as their sizes and hashes tell. */
function maySame(a: usize, b: usize, id: u32): bool {
  if (id == ID_TUPLE) {
    return (
      load<u32>(a, TUPLE_LENGTH) == load<u32>(b, TUPLE_LENGTH) && load<u32>(a, TUPLE_HASH) == load<u32>(b, TUPLE_HASH)
    );
  }
  return load<u32>(a, DICT_COUNT) == load<u32>(b, DICT_COUNT) && load<u32>(a, SET_HASH) == load<u32>(b, SET_HASH);
}

function sameTupleSlow(a: usize, b: usize, depth: u32): u32 {
  const end = a + (load<u32>(a, TUPLE_LENGTH) << 2);
  for (; a != end; a += 4, b += 4) {
    const result = same(load<u32>(a, TUPLE_ITEMS), load<u32>(b, TUPLE_ITEMS), depth);
    if (result != 1) return result;
  }
  return 1;
}

/** All elements of a are in b, which has as many. */
function sameSetSlow(a: usize, b: usize, depth: u32): u32 {
  const table: usize = load<u32>(a, DICT_TABLE);
  if (table == 0) return 1;
  const end = endOfEntries(table, SET_ENTRY_SHIFT);
  for (let entry = entriesOf(table); entry != end; entry += (<usize>1) << SET_ENTRY_SHIFT) {
    const key = load<u32>(entry);
    if (key == ABSENT) continue;
    const found = isInteger(key) ? findInteger(b, SET_ENTRY_SHIFT, key) : findObject(b, SET_ENTRY_SHIFT, key, depth);
    if (found == 0) return 0;
    if (found == REFUSED) return REFUSED;
  }
  return 1;
}

// ── in a table ──────────────────────────────────────────────────────────────────────────────────────

/** The entry of a dict or set whose key equals `key`; 0: there is none; REFUSED: `key` cannot be one, or it is too deep. */
export function findKey(object: usize, shift: u32, key: u32): usize {
  if (isInteger(key)) return inline.always(findInteger(object, shift, key));
  if (inline.always(statusOfKey(key)) != OK) return REFUSED;
  return findObject(object, shift, key, 0);
}

/** As findKey, of an integer's word. In dicts of integers it looks at no object. */
export function findInteger(object: usize, shift: u32, key: u32): usize {
  const table: usize = load<u32>(object, DICT_TABLE);
  if (table == 0) return 0;
  const log2 = load<u32>(table, TABLE_LOG2);
  const width = widthOf(log2);
  const mask = ((<u32>1) << log2) - 1;
  const entries = firstEntry(table, log2, width);
  const hash = hashOfInteger(key);
  let perturb = hash;
  let i = hash & mask;
  while (true) {
    const n = slotAt(table + TABLE_INDEX, i, width);
    if (n >= 0) {
      const entry = entries + ((<usize>n) << shift);
      const other = load<u32>(entry);
      if (other == key || (!isInteger(other) && isSameNumber(other, key))) return entry;
    } else if (n == EMPTY) {
      return 0;
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
}

/** As findKey, of null or a hashable object. */
function findObject(object: usize, shift: u32, key: u32, depth: u32): usize {
  const table: usize = load<u32>(object, DICT_TABLE);
  if (table == 0) return 0;
  const log2 = load<u32>(table, TABLE_LOG2);
  const width = widthOf(log2);
  const mask = ((<u32>1) << log2) - 1;
  const entries = firstEntry(table, log2, width);
  const hash = inline.always(hashOfObject(key));
  let perturb = hash;
  let i = hash & mask;
  while (true) {
    const n = slotAt(table + TABLE_INDEX, i, width);
    if (n >= 0) {
      const entry = entries + ((<usize>n) << shift);
      const other = load<u32>(entry);
      if (other == key) return entry;
      const result = same(key, other, depth);
      if (result != 0) return result == 1 ? entry : REFUSED;
    } else if (n == EMPTY) {
      return 0;
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
}
