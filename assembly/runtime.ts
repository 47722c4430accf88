// Start of a heap, once for a memory, whichever instance comes first.

import {
  FALSE_OBJECT,
  FRAME_HEAD_BYTES,
  GC,
  HEAP_START,
  R_DEBUG,
  R_KEY,
  R_MAGIC,
  RUNTIME,
  RUNTIME_MAGIC_VALUE,
  TRUE_OBJECT,
} from "./layout";
import { noteMemoryEnd } from "./memory";
import {
  G_ENABLED,
  G_LIMIT,
  G_OBJECT_OFFSET,
  G_THRESHOLD,
  G_TYPE_COUNT,
  GC_BYTES,
  IMMORTAL,
  O_COUNT,
  O_TYPE,
  TYPE_BOOL,
  TYPE_ID_SHIFT,
} from "./objectlayout";
import { createQuickLists } from "./quick";
import { createFirstRegion } from "./region";
import { OK } from "./status";

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

/** The collector's record with CPython's thresholds, automatic collection on, and the two objects there always are. */
function createObjects(debug: bool): void {
  store<u32>(GC, debug ? FRAME_HEAD_BYTES + GC_BYTES : GC_BYTES, G_OBJECT_OFFSET);
  store<u32>(GC, THRESHOLD_0, G_THRESHOLD);
  store<u32>(GC, THRESHOLD_1, G_THRESHOLD + 4);
  store<u32>(GC, THRESHOLD_2, G_THRESHOLD + 8);
  store<u32>(GC, THRESHOLD_0, G_LIMIT);
  store<u32>(GC, 1, G_ENABLED);
  store<u32>(GC, TYPE_BOOL, G_TYPE_COUNT);
  createImmortal(FALSE_OBJECT, TYPE_BOOL);
  createImmortal(TRUE_OBJECT, TYPE_BOOL);
}

function createImmortal(object: usize, type: u32): void {
  store<u32>(object, IMMORTAL, O_COUNT);
  store<u32>(object, type << TYPE_ID_SHIFT, O_TYPE);
}
