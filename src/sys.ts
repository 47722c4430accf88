// What Python has in its module sys about memory.

import type { Engine } from "./engine.js";
import { Handle } from "./handle.js";
import { HEADER_BYTES, O_COUNT } from "./layout.js";
import type { Objects, Value } from "./objects.js";
import { allocatedBlocks, type MallocStats, type MemoryUsage, mallocStats, memoryUsage } from "./stats.js";

export interface Sys {
  /**
   * References to an object, the handle's own included.
   *
   * @throws TypeError not a handle; HandleError released, or of another heap
   */
  getRefCount(object: Handle): number;
  /**
   * Bytes of an object with its headers, before they are rounded up to those of a block; not what it refers to. 0 for null and
   * integers, which are no objects. The block of a tracked object that takes more than 512 bytes has 8 more, for its index among
   * the large ones, and a block in debug mode has a frame of 12.
   *
   * @throws HandleError released, or of another heap; TypeError what is no value of a heap
   */
  getSizeOf(value: Value): number;
  /** Blocks and objects in use in all domains, but for what the heap keeps for itself (types, the collector's arrays). Walks all pools and large blocks. */
  getAllocatedBlocks(): number;
  /** Bytes of linear memory, by what they are for. Walks all pools and large blocks. */
  memoryUsage(): MemoryUsage;
  /**
   * CPython's sys._debugmallocstats(): per size class, arenas, and a ledger with every byte of every arena in one row. What the
   * heap keeps for itself counts as in use here.
   */
  debugMallocStats(): MallocStats;
}

export function createSys(engine: Engine, objects: Objects): Sys {
  return Object.freeze<Sys>({
    getRefCount(object) {
      const address = objects.addressOf(object, "sys.getRefCount");
      return engine.memory.word(address + O_COUNT);
    },
    getSizeOf(value) {
      if (value instanceof Handle) return objects.sizeAt(objects.addressOf(value, "sys.getSizeOf"));
      objects.wordOf(value, "sys.getSizeOf");
      return typeof value === "boolean" ? HEADER_BYTES : 0;
    },
    getAllocatedBlocks: () => allocatedBlocks(engine),
    memoryUsage: () => memoryUsage(engine),
    debugMallocStats: () => mallocStats(engine),
  });
}
