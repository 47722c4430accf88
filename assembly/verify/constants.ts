// What is the same in every heap, or follows from something else, in the records that the core has at fixed addresses.

import { hashOfBytes, tupleHash } from "../hash";
import { I_CONSTANT, I_STATE, I_TYPE } from "../invariants";
import {
  CHAR_STR_COUNT,
  DIVISORS,
  EMPTY_BYTES,
  EMPTY_STR,
  EMPTY_TUPLE,
  FALSE_OBJECT,
  FRAME_HEAD_BYTES,
  GC,
  NAN_OBJECT,
  QUICK_BLOCK_LISTS,
  R_ARENAS,
  R_ARENAS_ALLOCATED,
  R_ARENAS_HIGH,
  R_DEBUG,
  R_KEY,
  R_QUICK_END,
  RUNTIME,
  SIZE_CLASSES,
  TRUE_OBJECT,
} from "../layout";
import { memoryEnd, quickEnd } from "../memory";
import {
  AGE_MAX,
  ARRAY_OBJECT_BYTES,
  ARRAY_WORD,
  BOOL_WORD,
  BYTES_WORD,
  DEFAULTDICT_BYTES,
  DEFAULTDICT_WORD,
  DEQUE_BYTES,
  DEQUE_WORD,
  DICT_BYTES,
  DICT_WORD,
  FLOAT_BYTES,
  FLOAT_VALUE,
  FLOAT_WORD,
  FROZENSET_WORD,
  G_AGE,
  G_COLLECTING,
  G_DELAYED,
  G_DELAYED_RUN,
  G_DEPTH,
  G_ENABLED,
  G_FINALIZING,
  G_LIMIT,
  G_OBJECT_OFFSET,
  G_REST,
  G_THRESHOLD,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_TAIL,
  GC_BYTES,
  HEADER_BYTES,
  IMMORTAL,
  INT_WORD,
  KEYEDREF_BYTES,
  KEYEDREF_WORD,
  LIST_BYTES,
  LIST_WORD,
  O_COUNT,
  O_TYPE,
  SET_BYTES,
  SET_WORD,
  STR_WORD,
  T_ASCII,
  T_TRACKED,
  TEXT_DATA,
  TEXT_HASH,
  TEXT_LENGTH,
  TUPLE_HASH,
  TUPLE_LENGTH,
  TUPLE_WORD,
  TYPE_BYTES,
  TYPE_ID_SHIFT,
  TYPE_LIST,
  TYPE_NAME,
  TYPE_NAME_BYTES,
  TYPE_REFS,
  TYPE_SIZE,
  TYPE_SIZED,
  TYPE_WORD,
  WEAKREF_BYTES,
  WEAKREF_WORD,
} from "../objectlayout";
import { blockBytes } from "../pool";
import { charStr } from "../text";
import { blockBytesFor, listFor, typeRecord } from "../types";
import { fault } from "./fault";

/** Divisors, offsets, and the objects that come with the heap. */
export function verifyConstants(): u32 {
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const divisor: u32 = sizeClass < SIZE_CLASSES ? 0xffffffff / blockBytes(sizeClass) + 1 : 0;
    if (load<u32>(sizeClass << 2, DIVISORS) != divisor) return fault(I_CONSTANT, DIVISORS + (sizeClass << 2));
  }
  const debug = load<u32>(RUNTIME, R_DEBUG);
  const offset = debug != 0 ? FRAME_HEAD_BYTES + GC_BYTES : GC_BYTES;
  const quick = quickEnd();
  if (quick != 0 && quick != memoryEnd()) return fault(I_CONSTANT, RUNTIME + R_QUICK_END);
  if (debug > 1 || <i32>load<u32>(RUNTIME, R_KEY) >= 0) return fault(I_CONSTANT, RUNTIME);
  if (load<u32>(GC, G_OBJECT_OFFSET) != offset) return fault(I_CONSTANT, GC + G_OBJECT_OFFSET);
  return verifyImmortals();
}

function verifyImmortals(): u32 {
  const isRight =
    isImmortal(FALSE_OBJECT, BOOL_WORD) &&
    isImmortal(TRUE_OBJECT, BOOL_WORD) &&
    isImmortal(NAN_OBJECT, FLOAT_WORD) &&
    load<u64>(NAN_OBJECT, FLOAT_VALUE) == reinterpret<u64>(<f64>NaN) &&
    isImmortal(EMPTY_TUPLE, TUPLE_WORD & ~T_TRACKED) &&
    load<u32>(EMPTY_TUPLE, TUPLE_LENGTH) == 0 &&
    load<u32>(EMPTY_TUPLE, TUPLE_HASH) == tupleHash(0, 0) &&
    isImmortalText(EMPTY_BYTES, BYTES_WORD, 0) &&
    isImmortalText(EMPTY_STR, STR_WORD | T_ASCII, 0);
  if (!isRight) return fault(I_CONSTANT, FALSE_OBJECT);
  for (let code: u32 = 0; code < CHAR_STR_COUNT; code++) {
    const str = charStr(code);
    const isStr = isImmortalText(str, code < 128 ? STR_WORD | T_ASCII : STR_WORD, 1);
    if (!isStr || load<u64>(str, TEXT_DATA) != <u64>code) return fault(I_CONSTANT, str);
  }
  return 0;
}

function isImmortal(object: usize, word: u32): bool {
  return load<u32>(object, O_COUNT) == IMMORTAL && load<u32>(object, O_TYPE) == word;
}

/** Its hash may be known or not. */
function isImmortalText(object: usize, word: u32, length: u32): bool {
  const hash = load<u32>(object, TEXT_HASH);
  return (
    isImmortal(object, word) &&
    load<u32>(object, TEXT_LENGTH) == length &&
    (hash == 0 || hash == hashOfBytes(object + TEXT_DATA, length))
  );
}

/** Switches, counts and notes that follow from each other. */
export function verifyState(): u32 {
  const first = load<u32>(GC, G_THRESHOLD);
  const enabled = load<u32>(GC, G_ENABLED);
  const limit = enabled != 0 && first != 0 ? first : 0xffffffff;
  if (enabled > 1 || load<u32>(GC, G_LIMIT) != limit) return fault(I_STATE, GC + G_LIMIT);
  if (load<u32>(GC, G_REST) > 1 || load<u32>(GC, G_AGE) > AGE_MAX) return fault(I_STATE, GC);
  const arenas = load<u32>(RUNTIME, R_ARENAS);
  const high = load<u32>(RUNTIME, R_ARENAS_HIGH);
  if (high < arenas || load<u32>(RUNTIME, R_ARENAS_ALLOCATED) < high) return fault(I_STATE, RUNTIME);
  // Collections and deaths come to an end before anybody else can look, unless the host was called.
  const way = load<u32>(GC, G_TRASH) | load<u32>(GC, G_TRASH_TAIL) | load<u32>(GC, G_TRASH_COUNT);
  if (load<u32>(GC, G_COLLECTING) == 0 && way != 0) return fault(I_STATE, GC + G_TRASH);
  const deaths = load<u32>(GC, G_DELAYED) | load<u32>(GC, G_DELAYED_RUN) | load<u32>(GC, G_FINALIZING);
  return load<u32>(GC, G_DEPTH) != 0 || deaths == 0 ? 0 : fault(I_STATE, GC + G_DEPTH);
}

// ── types ───────────────────────────────────────────────────────────────────────────────────────────

/** The types that come with the heap. */
export function verifyOwnTypes(): u32 {
  const isRight =
    isOwn(BOOL_WORD, HEADER_BYTES) &&
    isOwn(FLOAT_WORD, FLOAT_BYTES) &&
    isOwn(INT_WORD, 0) &&
    isOwn(STR_WORD, 0) &&
    isOwn(BYTES_WORD, 0) &&
    isOwn(TUPLE_WORD, 0) &&
    isOwn(LIST_WORD, LIST_BYTES) &&
    isOwn(DICT_WORD, DICT_BYTES) &&
    isOwn(SET_WORD, SET_BYTES) &&
    isOwn(FROZENSET_WORD, SET_BYTES) &&
    isOwn(DEQUE_WORD, DEQUE_BYTES) &&
    isOwn(ARRAY_WORD, ARRAY_OBJECT_BYTES) &&
    isOwn(DEFAULTDICT_WORD, DEFAULTDICT_BYTES) &&
    isOwn(WEAKREF_WORD, WEAKREF_BYTES) &&
    isOwn(KEYEDREF_WORD, KEYEDREF_BYTES);
  return isRight ? 0 : fault(I_TYPE, typeRecord(1));
}

/** `bytes` 0: they differ from object to object. */
function isOwn(word: u32, bytes: u32): bool {
  const record = typeRecord(word >> TYPE_ID_SHIFT);
  const all = blockBytesFor(bytes, word);
  return (
    load<u32>(record, TYPE_WORD) == word &&
    load<u32>(record, TYPE_BYTES) == (bytes == 0 ? 0 : all) &&
    load<u32>(record, TYPE_LIST) == (bytes == 0 ? TYPE_SIZED : listFor(all, word)) &&
    load<u32>(record, TYPE_REFS) == 0 &&
    load<u32>(record, TYPE_SIZE) == bytes &&
    (load<u32>(record, TYPE_NAME) | load<u32>(record, TYPE_NAME_BYTES)) == 0
  );
}
