// Start of a heap, once for a memory, whichever instance comes first.

import { HEAP_START, R_DEBUG, R_KEY, R_MAGIC, RUNTIME, RUNTIME_MAGIC_VALUE } from "./layout";
import { noteMemoryEnd } from "./memory";
import { createQuickLists } from "./quick";
import { createFirstRegion } from "./region";
import { OK } from "./status";

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
  createQuickLists();
  createFirstRegion();
  store<u32>(RUNTIME, RUNTIME_MAGIC_VALUE, R_MAGIC);
  return OK;
}
