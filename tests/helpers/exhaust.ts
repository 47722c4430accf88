// A heap without memory to spare.
import type { Heap } from "../../src/index.js";

/** Large blocks, then those of each class. */
const SIZES = [65536, 4096, 1024, ...Array.from({ length: 64 }, (_, i) => 512 - i * 8), 1];

/** Takes all memory there is, in blocks. Returns what gives it back. */
export function exhaust(heap: Heap): () => void {
  const taken: number[] = [];
  for (const size of SIZES) {
    try {
      for (;;) taken.push(heap.mem.malloc(size));
    } catch {
      // None of this size is left.
    }
  }
  return () => {
    for (const address of taken.splice(0)) heap.mem.free(address);
  };
}
