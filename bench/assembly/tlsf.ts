// AssemblyScript's own allocator (TLSF, `--runtime minimal`) with C's four functions on top.

export function malloc(size: u32): usize {
  return heap.alloc(size);
}

export function calloc(count: u32, size: u32): usize {
  const bytes = count * size;
  const address = heap.alloc(bytes);
  memory.fill(address, 0, bytes);
  return address;
}

export function realloc(address: usize, size: u32): usize {
  return heap.realloc(address, size);
}

export function free(address: usize): void {
  heap.free(address);
}
