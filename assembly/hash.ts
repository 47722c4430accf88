// Hashes of keys, 32 bits, as Python has them: numbers that are equal have the same, whatever their type (Python/pyhash.c); texts are
// hashed with a key that each heap has for itself, so that nobody can prepare keys that collide.

import { refuseWordSlow, statusOfWord } from "./check";
import { HASH_KEY, R_STATUS, RUNTIME, TRUE_OBJECT } from "./layout";
import { refuse } from "./memory";
import { countOf, isInteger, typeIdOf } from "./object";
import {
  FLOAT_VALUE,
  ID_BOOL,
  ID_BYTES,
  ID_FIRST,
  ID_FLOAT,
  ID_FROZENSET,
  ID_INT,
  ID_KEYEDREF,
  ID_STR,
  ID_TUPLE,
  ID_WEAKREF,
  INT_DIGITS,
  INT_SIZE,
  SET_HASH,
  TEXT_HASH,
  TUPLE_HASH,
  W_HASH,
  W_REFERENT,
} from "./objectlayout";
import { OK, UNHASHABLE } from "./status";
import { textBytes, textData } from "./text";

/** Numbers are hashed modulo this prime, 2^31 − 1 (sys.hash_info.modulus). */
const MODULUS: u32 = 0x7fffffff;
/** log2(MODULUS + 1). */
const MODULUS_BITS: u32 = 31;
/** sys.hash_info.inf; of NaN too, as there is one object of it. */
const HASH_INFINITY: u32 = 314159;
/** hash(None) */
const HASH_NULL: u32 = 0xfca86420;
/** What a hash becomes whose value means that there is none. */
const HASH_INSTEAD: u32 = 1;

/** The word may be a key. Structs may, by identity; a tuple may if all its items may. */
export function isHashable(word: u32): bool {
  if (isInteger(word) || word == 0) return true;
  const id = typeIdOf(word);
  if (id == ID_TUPLE) return load<u32>(word, TUPLE_HASH) != 0;
  if (id == ID_WEAKREF || id == ID_KEYEDREF) return isWeakRefHashable(word);
  return id < ID_TUPLE || id == ID_FROZENSET || id >= ID_FIRST;
}

/** A weak reference has the hash of its referent, and keeps it. */
function isWeakRefHashable(ref: usize): bool {
  if (load<u32>(ref, W_HASH) != 0) return true;
  const referent = load<u32>(ref, W_REFERENT);
  return referent != 0 && countOf(referent) > 0 && isHashable(referent);
}

/** Hash of a word, which may well be 0: lastStatus() tells whether there is one. */
export function hashOf(word: u32): u32 {
  store<u32>(RUNTIME, OK, R_STATUS);
  if (statusOfKey(word) != OK) return 0;
  return hashOfKey(word);
}

/** OK if the word is one and may be a key; a status, which is noted, if not. */
export function statusOfKey(word: u32): u32 {
  if (isInteger(word)) return OK;
  if (inline.always(statusOfWord(word)) != OK) return refuseWordSlow(word);
  return isHashable(word) ? OK : refuse(UNHASHABLE, word);
}

/** Hash of a word that may be a key. */
export function hashOfKey(word: u32): u32 {
  return isInteger(word) ? hashOfInteger(word) : hashOfObject(word);
}

/** Hash of an integer's word: its value. */
export function hashOfInteger(word: u32): u32 {
  return notMinusOne(<i32>word >> 1);
}

/** Hash of a hashable object, or of null. */
export function hashOfObject(object: usize): u32 {
  const id = typeIdOf(object);
  if (id == ID_STR || id == ID_BYTES) {
    const hash = load<u32>(object, TEXT_HASH);
    return hash != 0 ? hash : hashOfTextSlow(object);
  }
  return hashOfOtherSlow(object, id);
}

/** Hashes a str or bytes for the first time. */
function hashOfTextSlow(text: usize): u32 {
  const hash = hashOfBytes(textData(text), textBytes(text));
  store<u32>(text, hash, TEXT_HASH);
  return hash;
}

function hashOfOtherSlow(object: usize, id: u32): u32 {
  if (id == ID_TUPLE) return load<u32>(object, TUPLE_HASH);
  if (id == ID_FLOAT) return hashOfFloat(load<f64>(object, FLOAT_VALUE));
  if (id == ID_INT) return hashOfInt(object);
  if (id == ID_BOOL) return object == TRUE_OBJECT ? 1 : 0;
  if (id == ID_FROZENSET) return load<u32>(object, SET_HASH);
  if (id == ID_WEAKREF || id == ID_KEYEDREF) return hashOfWeakRef(object);
  // By identity: the low three bits of all addresses are 0.
  return object == 0 ? HASH_NULL : rotr<u32>(<u32>object, 3);
}

function hashOfWeakRef(ref: usize): u32 {
  const known = load<u32>(ref, W_HASH);
  if (known != 0) return known;
  const hash = hashOfObject(load<u32>(ref, W_REFERENT));
  store<u32>(ref, hash != 0 ? hash : HASH_INSTEAD, W_HASH);
  return load<u32>(ref, W_HASH);
}

// ── numbers ─────────────────────────────────────────────────────────────────────────────────────────

/** −1 stands for an error in CPython, and is no hash. */
function notMinusOne(hash: i32): u32 {
  return hash == -1 ? <u32>-2 : hash;
}

function withSign(hash: u32, negative: bool): u32 {
  return notMinusOne(negative ? 0 - <i32>hash : <i32>hash);
}

/** n modulo MODULUS, for n below 2^62. */
function reduce(n: u64): u32 {
  const once = (n & MODULUS) + (n >> MODULUS_BITS);
  const twice = (<u32>once & MODULUS) + <u32>(once >> MODULUS_BITS);
  return twice >= MODULUS ? twice - MODULUS : twice;
}

/** value = ± mantissa × 2^exponent, and 2^31 is 1 modulo MODULUS. */
function hashOfFloat(value: f64): u32 {
  const bits = reinterpret<u64>(value);
  const negative = <i64>bits < 0;
  const biased = <u32>(bits >> 52) & 0x7ff;
  if (biased == 0x7ff) return withSign(HASH_INFINITY, negative);
  const fraction = bits & 0xfffffffffffff;
  const mantissa = reduce(biased == 0 ? fraction : fraction | 0x10000000000000);
  // 1085 = 35 × 31 is more than any exponent below 0.
  const turn = (max(biased, 1) + (1085 - 1075)) % MODULUS_BITS;
  return withSign(reduce((<u64>mantissa) << turn), negative);
}

/** Of an int object: its digits, the last first; 2^32 is 2 modulo MODULUS. */
function hashOfInt(int: usize): u32 {
  const size = load<i32>(int, INT_SIZE);
  const digits = int + INT_DIGITS;
  let hash: u32 = 0;
  for (let i: u32 = abs(size); i != 0; ) {
    i--;
    hash = reduce(((<u64>hash) << 1) + load<u32>(digits + ((<usize>i) << 2)));
  }
  return withSign(hash, size < 0);
}

// ── texts ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of `bytes` bytes at an address that is a multiple
 * of 8, folded to 32 bits; never 0. The last 8 bytes are read as a whole, also if not all of them are part of it.
 */
export function hashOfBytes(at: usize, bytes: u32): u32 {
  const key0 = load<u64>(HASH_KEY);
  const key1 = load<u64>(HASH_KEY, 8);
  // "somepseudorandomlygeneratedbytes"
  let v0: u64 = key0 ^ (((<u64>0x736f6d65) << 32) | 0x70736575);
  let v1: u64 = key1 ^ (((<u64>0x646f7261) << 32) | 0x6e646f6d);
  let v2: u64 = key0 ^ (((<u64>0x6c796765) << 32) | 0x6e657261);
  let v3: u64 = key1 ^ (((<u64>0x74656462) << 32) | 0x79746573);
  const end = at + (bytes & ~7);
  while (true) {
    const taken = at == end ? restOf(end, bytes) : load<u64>(at);
    v3 ^= taken;
    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 = rotl<u64>(v2, 32);
    v0 ^= taken;
    if (at == end) break;
    at += 8;
  }
  v2 ^= 0xff;
  for (let i = 0; i < 3; i++) {
    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 = rotl<u64>(v2, 32);
  }
  const hash = v0 ^ v1 ^ v2 ^ v3;
  return orInstead(<u32>(hash ^ (hash >> 32)));
}

/** The bytes behind the last 8, and the length in the topmost byte. */
function restOf(end: usize, bytes: u32): u64 {
  const left = bytes & 7;
  const rest: u64 = left == 0 ? 0 : load<u64>(end) & (((<u64>1) << (left << 3)) - 1);
  return rest | ((<u64>bytes) << 56);
}

// ── hashes of several ───────────────────────────────────────────────────────────────────────────────

/** A hash for a field of an object in which 0 means that there is none. */
export function orInstead(hash: u32): u32 {
  return hash == 0 ? HASH_INSTEAD : hash;
}

/** Hash of a tuple of the `n` words at `at`: xxHash as in CPython's Objects/tupleobject.c; 0 if one of them has none. */
export function tupleHash(at: usize, n: u32): u32 {
  let hash: u32 = 374761393;
  for (let i: u32 = 0; i < n; i++) {
    const word = load<u32>(at + ((<usize>i) << 2));
    if (!isHashable(word)) return 0;
    hash = rotl<u32>(hash + hashOfKey(word) * 2246822519, 13) * 2654435761;
  }
  hash += n ^ (374761393 ^ 3527539);
  return orInstead(hash == 0xffffffff ? 1546275796 : hash);
}

/** What the hash of one element adds, by xor, to that of a frozenset (Objects/setobject.c). */
export function shareInSet(hash: u32): u32 {
  return (hash ^ 89869747 ^ (hash << 16)) * 3644798167;
}

/** Hash of a frozenset of `n` elements, whose shares are joined. */
export function hashOfSet(shares: u32, n: u32): u32 {
  let hash = shares ^ ((n + 1) * 1927868237);
  hash ^= (hash >> 11) ^ (hash >> 25);
  return orInstead(hash * 69069 + 907133923);
}
