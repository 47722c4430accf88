// The totals of a heap, summed up from its maps: what sys.debugMallocStats() and sys.memoryUsage() say, without an object a pool.

import {
  ALIGNMENT,
  ARENA_BYTES,
  CHUNK_HEADER_BYTES,
  CHUNK_NEXT,
  CHUNK_SIZE_SHIFT,
  POOL_BYTES,
  QUICK_CHUNK_MAX,
  QUICK_CHUNKS,
  R_ARENAS,
  R_ARENAS_ALLOCATED,
  R_ARENAS_HIGH,
  R_CHUNK_BYTES,
  R_CHUNKS,
  R_PEAK_BYTES,
  RUNTIME,
  SIZE_CLASSES,
} from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import { generationsOf, ownBlocks, quarantined } from "../../walk.js";
import type { LargeMap } from "./largemap.js";
import { PAGE_EMPTY, PAGE_FULL, PAGE_HEAD, PAGE_LENT, PAGE_USED, PAGE_VIRGIN } from "./pages.js";
import { type PoolMap, SLOT_PAGES_SHIFT } from "./poolmap.js";
import type { CollectorNumbers, Numbers } from "./session.js";

/** What the maps of a drained heap add up to. */
export function mallocNumbers(memory: HeapMemory, map: PoolMap, large: LargeMap): Numbers["malloc"] {
  const classes = Array.from({ length: SIZE_CLASSES }, (_, index) => ({
    size: (index + 1) * ALIGNMENT,
    pools: 0,
    used: 0,
    available: 0,
  }));
  const pages = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  const { state, sizeClass, used, capacity } = map;
  const end = map.slots << SLOT_PAGES_SHIFT;
  for (let page = 0; page < end; page++) {
    const is = state[page] as number;
    pages[is] = (pages[is] as number) + 1;
    if (is !== PAGE_USED && is !== PAGE_FULL) continue;
    const row = classes[sizeClass[page] as number] as (typeof classes)[number];
    row.pools++;
    row.used += used[page] as number;
    row.available += (capacity[page] as number) - (used[page] as number);
  }
  const bytesIn = (...states: number[]) => states.reduce((sum, is) => sum + (pages[is] as number), 0) * POOL_BYTES;
  const allocated = classes.reduce((sum, row) => sum + row.used * row.size, 0);
  const available = classes.reduce((sum, row) => sum + row.available * row.size, 0);
  const current = memory.word(RUNTIME + R_ARENAS);
  const taken = memory.word(RUNTIME + R_ARENAS_ALLOCATED);
  return {
    classes: classes.filter(({ pools }) => pools > 0),
    arenas: {
      allocated: taken,
      reclaimed: taken - current,
      highWater: memory.word(RUNTIME + R_ARENAS_HIGH),
      current,
      bytes: current * ARENA_BYTES,
    },
    ledger: {
      allocated,
      available,
      unusedPools: bytesIn(PAGE_EMPTY, PAGE_VIRGIN),
      lentPools: bytesIn(PAGE_LENT),
      poolHeaders: bytesIn(PAGE_HEAD),
      quantization: bytesIn(PAGE_USED, PAGE_FULL) - allocated - available,
      total: current * ARENA_BYTES,
    },
    large: { blocks: large.blocks, bytes: large.usedBytes, free: large.freeBytes },
  };
}

/** As `sys.getAllocatedBlocks()`. */
export function blockNumbers(memory: HeapMemory, malloc: Numbers["malloc"]): number {
  const blocks = malloc.classes.reduce((sum, { used }) => sum + used, malloc.large.blocks);
  return blocks - quarantined(memory).blocks - ownBlocks(memory).blocks;
}

export function usageNumbers(memory: HeapMemory, malloc: Numbers["malloc"], large: LargeMap): Numbers["usage"] {
  const own = ownBlocks(memory).bytes;
  return {
    reserved: memory.byteLength,
    arenas: malloc.arenas.bytes,
    large: large.usedBytes,
    live: malloc.ledger.allocated + payloadOf(large) - quarantined(memory).bytes - own,
    own,
    peak: memory.word(RUNTIME + R_PEAK_BYTES),
  };
}

/**
 * Bytes of live blocks by the map of pools and the heap's own counts, without a walk over large blocks. What debug mode keeps back counts as live,
 * what the heap keeps for itself does not.
 */
export function liveBytes(memory: HeapMemory, map: PoolMap): number {
  const waiting = waitingChunks(memory);
  const chunks = memory.word(RUNTIME + R_CHUNKS) - waiting.chunks;
  const bytes = memory.word(RUNTIME + R_CHUNK_BYTES) - waiting.bytes;
  return map.allocated + bytes - chunks * CHUNK_HEADER_BYTES - ownBlocks(memory).bytes;
}

/** Large blocks that were freed and wait in quick lists, which the heap counts as in use. */
function waitingChunks(memory: HeapMemory): { chunks: number; bytes: number } {
  const { words } = memory;
  const most = memory.word(RUNTIME + R_CHUNKS);
  const lists = QUICK_CHUNKS >>> 2;
  let [chunks, bytes] = [0, 0];
  for (let list = 0; list <= QUICK_CHUNK_MAX >>> CHUNK_SIZE_SHIFT; list++) {
    let chunk = words[lists + list] as number;
    while (chunk !== 0 && chunks < most) {
      chunks++;
      bytes += list << CHUNK_SIZE_SHIFT;
      chunk = words[(chunk + CHUNK_NEXT) >>> 2] ?? 0;
    }
  }
  return { chunks, bytes };
}

/** Bytes of large blocks without their headers. */
function payloadOf({ usedBytes, blocks }: LargeMap): number {
  return usedBytes - blocks * CHUNK_HEADER_BYTES;
}

export function collectorNumbers({ engine, gc }: Parts): CollectorNumbers {
  const { generations, frozen } = generationsOf(engine.memory);
  return {
    enabled: gc.isEnabled(),
    count: gc.getCount(),
    threshold: gc.getThreshold(),
    objects: generations,
    frozen,
    stats: gc.getStats(),
  };
}
