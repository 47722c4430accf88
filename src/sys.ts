// What Python has in its module sys about memory.

import type { Engine } from "./engine.js";
import { allocatedBlocks, type MallocStats, type MemoryUsage, mallocStats, memoryUsage } from "./stats.js";

export interface Sys {
  /** Blocks in use in all domains. Walks all pools and large blocks. */
  getAllocatedBlocks(): number;
  /** Bytes of linear memory, by what they are for. Walks all pools and large blocks. */
  memoryUsage(): MemoryUsage;
  /** CPython's sys._debugmallocstats(): per size class, arenas, and a ledger with every byte of every arena in one row. */
  debugMallocStats(): MallocStats;
}

export function createSys(engine: Engine): Sys {
  return {
    getAllocatedBlocks: () => allocatedBlocks(engine),
    memoryUsage: () => memoryUsage(engine),
    debugMallocStats: () => mallocStats(engine),
  };
}
