// What runs in every kind of page and worker.
import { AddressError, Heap } from "arenaria";

export interface Findings {
  /** Whether a block kept its bytes while memory grew. */
  kept: boolean;
  grown: boolean;
  /** Name of the error that a second free gives. */
  secondFree: string;
  /** What records read as, and how many a collection freed. */
  records: readonly (number | boolean)[];
  collected: number;
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
  const { records, collected } = useRecords(heap);
  heap.verify();
  return {
    kept,
    records,
    collected,
    grown: heap.memory.buffer.byteLength > bytesBefore,
    secondFree,
    left: heap.sys.getAllocatedBlocks(),
  };
}

/** A ring of records that only the collector can free, and one that a dropped reference frees. */
function useRecords(heap: Heap): Pick<Findings, "records" | "collected"> {
  const Item = heap.struct("Item", { id: "u16", weight: "f64", next: "self", tag: "ref" });
  const records = heap.scope(() => {
    const first = new Item({ id: 1, weight: 0.5, tag: true });
    const second = new Item({ id: 2, next: first, tag: -3 });
    first.next = second;
    new Item({ next: first });
    return [second.id, second.next?.weight ?? 0, second.next?.tag === true, second.tag === -3];
  });
  return { records, collected: heap.gc.collect() };
}
