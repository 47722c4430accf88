import { Heap } from "arenaria";
import type { Trace } from "#traces/format.js";
import type { Profile } from "#traces/profile.js";
import { HEAP_LEAST_BYTES } from "../allocators/contestants.js";
import { Driver } from "../replay/driver.js";
import { bytes, decimal, integer } from "../report/format.js";
import { drawHeap } from "./heap.js";

/** The heap of this project as it is when a trace has the most bytes live, drawn. */
export async function drawPeak(trace: Trace, profile: Profile): Promise<string> {
  const heap = await Heap.create({ initialMemory: HEAP_LEAST_BYTES });
  const allocator = { name: "ours", memory: heap.memory, functions: heap.core, footprint: () => null };
  new Driver(allocator, trace.slots).run(trace, profile.peakOperation);
  const map = heap.inspect();
  const blocks = heap.sys.getAllocatedBlocks();
  heap[Symbol.dispose]();
  const { peakBytes, peakBlocks, peakOperation } = profile;
  if (blocks !== peakBlocks) throw new Error(`${trace.name}: ${blocks} blocks in the heap, ${peakBlocks} in the trace`);
  return drawHeap(map, `${trace.name}: the heap at its peak`, [
    `After ${integer(peakOperation)} of ${integer(trace.operations)} operations: ${bytes(peakBytes)} live in ` +
      `${integer(peakBlocks)} blocks, ${bytes(map.memoryEnd)} of linear memory, ` +
      `${decimal(map.memoryEnd / peakBytes)} times what is live.`,
  ]);
}
