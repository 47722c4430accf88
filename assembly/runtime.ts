// Start of a heap, once for a memory, whichever instance comes first.

import { R_DEBUG, R_KEY, R_MAGIC, RUNTIME, RUNTIME_MAGIC_VALUE, WASM_PAGE_BYTES } from "./layout";
import { commit, noteMemoryEnd } from "./memory";
import { createQuickLists } from "./quick";
import { createFirstRegion } from "./region";
import { NO_MEMORY, OK } from "./status";

/**
 * Sets up the heap of this memory. Does nothing to a memory that has one. `key` is the heap's secret, `debug` 1 for framed
 * blocks. Needs one page of memory.
 */
export function init(key: u32, debug: u32): u32 {
  if (load<u32>(RUNTIME, R_MAGIC) == RUNTIME_MAGIC_VALUE) return OK;
  noteMemoryEnd();
  if (!commit(WASM_PAGE_BYTES, WASM_PAGE_BYTES, true)) return NO_MEMORY;
  // The top bits keep links, stamps and the addresses they hide apart from small numbers.
  store<u32>(RUNTIME, key | 0x80000000, R_KEY);
  store<u32>(RUNTIME, debug, R_DEBUG);
  createQuickLists();
  createFirstRegion();
  store<u32>(RUNTIME, RUNTIME_MAGIC_VALUE, R_MAGIC);
  return OK;
}
