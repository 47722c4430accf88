// The allocator under test. As a rule it is another module, and whoever it is, each call crosses from one wasm module
// to the other. With `--use INSIDE_CORE=1` or `--use INSIDE_TLSF=1` it is compiled into the loop's own module.
//
// A wasm import has to match the type of what is given for it, and allocators differ in whether free returns a
// status. So the loops are compiled twice, with and without `--use FREE_STATUS=1`; the result is dropped either way.

import * as core from "../../assembly/alloc";
import * as outside from "./allocator";

// @ts-expect-error: names the compiler may or may not be given
const IN_CORE = isDefined(INSIDE_CORE);
// @ts-expect-error
const IN_TLSF = isDefined(INSIDE_TLSF);
// @ts-expect-error
const STATUS = isDefined(FREE_STATUS);

export function malloc(size: u32): usize {
  if (IN_CORE) return core.malloc(size);
  if (IN_TLSF) return heap.alloc(size);
  return outside.malloc(size);
}

export function calloc(count: u32, size: u32): usize {
  if (IN_CORE) return core.calloc(count, size);
  return outside.calloc(count, size);
}

export function realloc(address: usize, size: u32): usize {
  if (IN_CORE) return core.realloc(address, size);
  if (IN_TLSF) return heap.realloc(address, size);
  return outside.realloc(address, size);
}

/** Gives `address` back. */
export function release(address: usize): void {
  if (IN_CORE) core.free(address);
  else if (IN_TLSF) heap.free(address);
  else if (STATUS) outside.freeStatus(address);
  else outside.free(address);
}
