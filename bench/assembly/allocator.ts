// The allocator under test, as imports: whoever it is, each call crosses from one wasm module to another.
//
// A wasm import has to match the type of what is given for it, and allocators differ in whether free returns a
// status. So the module is compiled twice, with and without `--use FREE_STATUS=1`; the result is dropped either way.

export declare function malloc(size: u32): usize;
export declare function calloc(count: u32, size: u32): usize;
export declare function realloc(address: usize, size: u32): usize;
declare function free(address: usize): void;
declare function freeStatus(address: usize): u32;

/** Gives `address` back to the allocator under test. */
export function release(address: usize): void {
  if (isDefined(FREE_STATUS)) freeStatus(address);
  else free(address);
}
