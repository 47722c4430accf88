// What runs in every kind of page and worker.
import { AddressError, Heap } from "arenaria";

export interface Findings {
  /** Whether a block kept its bytes while memory grew. */
  kept: boolean;
  grown: boolean;
  /** Name of the error that a second free gives. */
  secondFree: string;
  /** Blocks that are left when all are freed. */
  left: number;
}

/** Uses a heap from its creation to its last free. */
export async function useHeap(): Promise<Findings> {
  const heap = await Heap.create({ initialMemory: 1 << 20 });
  const bytesBefore = heap.memory.buffer.byteLength;
  const small = heap.mem.malloc(24);
  heap.mem.bytes(small).fill(7);
  const large = heap.raw.malloc(4 << 20);
  const kept = heap.mem.bytes(small).every((byte) => byte === 7);
  heap.verify();
  heap.raw.free(large);
  heap.mem.free(small);
  let secondFree = "none";
  try {
    heap.mem.free(small);
  } catch (error) {
    secondFree = error instanceof AddressError ? error.name : String(error);
  }
  heap.verify();
  return {
    kept,
    grown: heap.memory.buffer.byteLength > bytesBefore,
    secondFree,
    left: heap.sys.getAllocatedBlocks(),
  };
}
