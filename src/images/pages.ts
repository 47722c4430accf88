// Which pages of linear memory an image has to have. The core must have tidied up before.

import { CHUNK_HEADER_BYTES, POOL_BYTES, POOLS_PER_ARENA, R_MEMORY_END, RUNTIME, tagOf } from "../layout.js";
import type { HeapMemory } from "../memory.js";
import { chunksOf, poolArenas, regions } from "../walk.js";
import { IMAGE_PAGE_BYTES, RUNTIME_END, type Run } from "./format.js";

/** What is read of a free chunk: its header with the two links, and its size, which stands at its end too. */
const FREE_HEAD_BYTES = CHUNK_HEADER_BYTES + 8;
const FREE_TAIL_BYTES = 4;

/**
 * Runs of pages behind the runtime that hold anything: descriptors of arenas, pools in use, chunks in use and the ends of free ones.
 *
 * @throws CorruptionError when the records make no sense
 */
export function usedRuns(memory: HeapMemory): Run[] {
  const used = new Uint8Array(memory.word(RUNTIME + R_MEMORY_END) / IMAGE_PAGE_BYTES);
  const mark = (address: number, bytes: number): void => {
    used.fill(1, Math.floor(address / IMAGE_PAGE_BYTES), Math.ceil((address + bytes) / IMAGE_PAGE_BYTES));
  };
  for (const arena of poolArenas(memory)) {
    mark(arena, POOL_BYTES);
    // Only tags are read: there are many pools, and those in use have one.
    for (let index = 1; index <= POOLS_PER_ARENA; index++) {
      if (memory.word(tagOf(arena, index)) !== 0) used[(arena + index * POOL_BYTES) / IMAGE_PAGE_BYTES] = 1;
    }
  }
  for (const region of regions(memory)) {
    mark(region.address, CHUNK_HEADER_BYTES);
    mark(region.end - CHUNK_HEADER_BYTES, CHUNK_HEADER_BYTES);
    for (const chunk of chunksOf(memory, region)) {
      if (chunk.used) mark(chunk.address, chunk.bytes);
      else {
        mark(chunk.address, FREE_HEAD_BYTES);
        mark(chunk.address + chunk.bytes - FREE_TAIL_BYTES, FREE_TAIL_BYTES);
      }
    }
  }
  return runsOf(used);
}

function runsOf(used: Uint8Array): Run[] {
  const runs: Run[] = [];
  let start = used.indexOf(1, RUNTIME_END / IMAGE_PAGE_BYTES);
  while (start >= 0) {
    const next = used.indexOf(0, start);
    const end = next < 0 ? used.length : next;
    runs.push({ address: start * IMAGE_PAGE_BYTES, bytes: (end - start) * IMAGE_PAGE_BYTES });
    start = used.indexOf(1, end);
  }
  return runs;
}
