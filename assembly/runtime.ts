// Start of a heap, once for a memory, whichever instance comes first.

import { tupleHash } from "./hash";
import {
  CHAR_STR_COUNT,
  EMPTY_BYTES,
  EMPTY_STR,
  EMPTY_TUPLE,
  FALSE_OBJECT,
  FRAME_HEAD_BYTES,
  GC,
  HEAP_START,
  NAN_OBJECT,
  R_DEBUG,
  R_KEY,
  R_MAGIC,
  RUNTIME,
  RUNTIME_MAGIC_VALUE,
  TRUE_OBJECT,
} from "./layout";
import { noteMemoryEnd } from "./memory";
import {
  BOOL_WORD,
  BYTES_WORD,
  FLOAT_VALUE,
  FLOAT_WORD,
  G_ENABLED,
  G_LIMIT,
  G_OBJECT_OFFSET,
  G_THRESHOLD,
  GC_BYTES,
  IMMORTAL,
  O_COUNT,
  O_TYPE,
  STR_WORD,
  T_ASCII,
  T_TRACKED,
  TEXT_DATA,
  TEXT_LENGTH,
  TUPLE_HASH,
  TUPLE_WORD,
} from "./objectlayout";
import { createQuickLists } from "./quick";
import { createFirstRegion } from "./region";
import { OK } from "./status";
import { charStr } from "./text";
import { createTypes } from "./types";

/** Thresholds of the generations, as in CPython 3.15. */
const THRESHOLD_0: u32 = 2000;
const THRESHOLD_1: u32 = 10;
const THRESHOLD_2: u32 = 10;

/**
 * Sets up the heap of this memory, and does nothing to a memory that has one. `key` is the heap's secret, `debug` 1 for
 * framed blocks. Returns OK.
 */
export function init(key: u32, debug: u32): u32 {
  if (load<u32>(RUNTIME, R_MAGIC) == RUNTIME_MAGIC_VALUE) return OK;
  memory.fill(0, 0, HEAP_START);
  noteMemoryEnd();
  // The top bit keeps stamps and the addresses they are made from apart from small numbers.
  store<u32>(RUNTIME, key | 0x80000000, R_KEY);
  store<u32>(RUNTIME, debug, R_DEBUG);
  createObjects(debug != 0);
  createQuickLists();
  createFirstRegion();
  store<u32>(RUNTIME, RUNTIME_MAGIC_VALUE, R_MAGIC);
  return OK;
}

/** The collector's record with CPython's thresholds, automatic collection on; types and objects that come with the heap. */
function createObjects(debug: bool): void {
  store<u32>(GC, debug ? FRAME_HEAD_BYTES + GC_BYTES : GC_BYTES, G_OBJECT_OFFSET);
  store<u32>(GC, THRESHOLD_0, G_THRESHOLD);
  store<u32>(GC, THRESHOLD_1, G_THRESHOLD + 4);
  store<u32>(GC, THRESHOLD_2, G_THRESHOLD + 8);
  store<u32>(GC, THRESHOLD_0, G_LIMIT);
  store<u32>(GC, 1, G_ENABLED);
  createTypes();
  createImmortal(FALSE_OBJECT, BOOL_WORD);
  createImmortal(TRUE_OBJECT, BOOL_WORD);
  createImmortal(NAN_OBJECT, FLOAT_WORD);
  store<f64>(NAN_OBJECT, NaN, FLOAT_VALUE);
  createImmortal(EMPTY_TUPLE, TUPLE_WORD & ~T_TRACKED);
  store<u32>(EMPTY_TUPLE, tupleHash(0, 0), TUPLE_HASH);
  createImmortal(EMPTY_BYTES, BYTES_WORD);
  createImmortal(EMPTY_STR, STR_WORD | T_ASCII);
  for (let code: u32 = 0; code < CHAR_STR_COUNT; code++) {
    const str = charStr(code);
    createImmortal(str, code < 128 ? STR_WORD | T_ASCII : STR_WORD);
    store<u32>(str, 1, TEXT_LENGTH);
    store<u8>(str, <u8>code, TEXT_DATA);
  }
}

function createImmortal(object: usize, word: u32): void {
  store<u32>(object, IMMORTAL, O_COUNT);
  store<u32>(object, word, O_TYPE);
}
