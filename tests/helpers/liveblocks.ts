// All blocks that are in use, by a walk over the bytes that has nothing of what the core tells a tracer.

import { partsOf } from "../../src/heap.js";
import type { Heap } from "../../src/index.js";
import { CHUNK_HEADER_BYTES, FRAME_BYTES, FRAME_HEAD_BYTES } from "../../src/layout.js";
import { chunksOf, occupancyOf, poolArenas, poolsOf, quarantinedAddresses, regions } from "../../src/walk.js";

/** Address to bytes that it can hold; in debug mode those of the user, without frames. */
export function liveBlocks(heap: Heap): Map<number, number> {
  const { engine } = partsOf(heap);
  engine.core.drain();
  const { memory, debug } = engine;
  const found = new Map<number, number>();
  for (const arena of poolArenas(memory)) {
    for (const pool of poolsOf(memory, arena)) {
      const bits = occupancyOf(memory, pool);
      for (let block = 0; block < pool.capacity; block++) {
        const inUse = ((bits[block >> 3] as number) >> (block & 7)) & 1;
        if (inUse === 1) found.set(pool.address + block * pool.blockSize, pool.blockSize);
      }
    }
  }
  for (const region of regions(memory)) {
    for (const { address, bytes, used } of chunksOf(memory, region)) {
      if (used) found.set(address + CHUNK_HEADER_BYTES, bytes - CHUNK_HEADER_BYTES);
    }
  }
  for (const address of quarantinedAddresses(memory)) found.delete(address);
  if (!debug) return found;
  return new Map(Array.from(found, ([address, bytes]) => [address + FRAME_HEAD_BYTES, bytes - FRAME_BYTES]));
}
