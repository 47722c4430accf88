// calloc and realloc for an allocator that exports only malloc and free.

import { malloc, release } from "./calls";

export function calloc(count: u32, size: u32): usize {
  const bytes = count * size;
  const address = malloc(bytes);
  if (address != 0) memory.fill(address, 0, bytes);
  return address;
}

/** The old size is not known: copies `size` bytes, or as many as there are up to the end of memory. */
export function realloc(old: usize, size: u32): usize {
  const address = malloc(size);
  if (address == 0) return 0;
  const readable = ((<u64>memory.size()) << 16) - old;
  memory.copy(address, old, <usize>min<u64>(size, readable));
  release(old);
  return address;
}
