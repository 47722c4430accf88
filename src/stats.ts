// Counts of blocks and bytes, and the table that CPython prints as sys._debugmallocstats().

import type { Engine } from "./engine.js";
import { grouped } from "./grouped.js";
import {
  ALIGNMENT,
  ARENA_BYTES,
  CHUNK_HEADER_BYTES,
  POOL_BYTES,
  R_ARENAS,
  R_ARENAS_ALLOCATED,
  R_ARENAS_HIGH,
  R_PEAK_BYTES,
  RUNTIME,
  SIZE_CLASSES,
  SMALL_MAX_BYTES,
} from "./layout.js";
import { chunksOf, ownBlocks, poolArenas, poolsOf, quarantined, regions } from "./walk.js";

/** Bytes of linear memory, by what they are for. */
export interface MemoryUsage {
  /** Taken from the engine; linear memory never shrinks. */
  readonly reserved: number;
  /** In pool arenas. */
  readonly arenas: number;
  /** In large blocks, headers included. Those in pools that are lent count in `arenas` as well. */
  readonly large: number;
  /** In live blocks and objects: what was asked for, rounded up to what the blocks hold, and in debug mode their frames. */
  readonly live: number;
  /** In blocks that the heap keeps for itself: types, and the collector's arrays. Neither these nor what debug mode keeps back is live. */
  readonly own: number;
  /** Most bytes in arenas and large blocks at a time. An arena counts whole from the start: the last one may reach past the end of memory. */
  readonly peak: number;
}

/**
 * What CPython's sys._debugmallocstats() prints. What the heap keeps for itself counts as allocated; so do, in debug mode,
 * frames, and freed blocks that are kept back.
 */
export interface MallocStats {
  /** Size classes that have a pool. Bytes of a block, pools, blocks in use, blocks that are free in these pools. */
  readonly classes: ReadonlyArray<{
    readonly size: number;
    readonly pools: number;
    readonly used: number;
    readonly available: number;
  }>;
  /** Arenas taken since the start, given back, most at a time, and now; bytes of those. */
  readonly arenas: {
    readonly allocated: number;
    readonly reclaimed: number;
    readonly highWater: number;
    readonly current: number;
    readonly bytes: number;
  };
  /** Every byte of every arena, in one row each. `total` is not their sum but counted apart: the bytes of all arenas. */
  readonly ledger: {
    /** In blocks in use. */
    readonly allocated: number;
    /** In free blocks of pools in use. */
    readonly available: number;
    /** In pools that are empty or were never used. */
    readonly unusedPools: number;
    /** In pools that are lent to large blocks for the time being. */
    readonly lentPools: number;
    /** In the arenas' head pages, which hold the headers of all pools. */
    readonly poolHeaders: number;
    /** At the ends of pools, too short for a block. */
    readonly quantization: number;
    readonly total: number;
  };
  /** Large blocks in use, their bytes with headers, and bytes free between them; those in lent pools too. */
  readonly large: { readonly blocks: number; readonly bytes: number; readonly free: number };
  /** The same as a text table. */
  toString(): string;
}

/** Reads all arenas and chunks. */
export function mallocStats(engine: Engine): MallocStats {
  engine.run((core) => core.drain());
  const { memory } = engine;
  const arenas = poolArenas(memory);
  const classes = Array.from({ length: SIZE_CLASSES }, (_, index) => ({
    size: (index + 1) * ALIGNMENT,
    pools: 0,
    used: 0,
    available: 0,
  }));
  const ledger = {
    allocated: 0,
    available: 0,
    unusedPools: 0,
    lentPools: 0,
    poolHeaders: 0,
    quantization: 0,
    total: 0,
  };
  for (const arena of arenas) {
    ledger.poolHeaders += POOL_BYTES;
    for (const { state, blockSize, used, capacity } of poolsOf(memory, arena)) {
      if (state === "lent") ledger.lentPools += POOL_BYTES;
      if (state === "empty" || state === "virgin") ledger.unusedPools += POOL_BYTES;
      const row = classes[blockSize / ALIGNMENT - 1];
      if (row === undefined) continue;
      row.pools++;
      row.used += used;
      row.available += capacity - used;
      ledger.allocated += used * blockSize;
      ledger.available += (capacity - used) * blockSize;
      ledger.quantization += POOL_BYTES - capacity * blockSize;
    }
  }
  const current = memory.word(RUNTIME + R_ARENAS);
  const allocated = memory.word(RUNTIME + R_ARENAS_ALLOCATED);
  ledger.total = current * ARENA_BYTES;
  const stats = {
    classes: classes.filter(({ pools }) => pools > 0),
    arenas: {
      allocated,
      reclaimed: allocated - current,
      highWater: memory.word(RUNTIME + R_ARENAS_HIGH),
      current,
      bytes: current * ARENA_BYTES,
    },
    ledger,
    large: largeStats(engine),
  };
  return Object.defineProperty(stats, "toString", { value: () => table(stats) });
}

function largeStats({ memory }: Engine): MallocStats["large"] {
  const large = { blocks: 0, bytes: 0, free: 0 };
  for (const region of regions(memory)) {
    for (const { bytes, used } of chunksOf(memory, region)) {
      if (used) {
        large.blocks++;
        large.bytes += bytes;
      } else {
        large.free += bytes;
      }
    }
  }
  return large;
}

/** Blocks in use, large ones included; not those that debug mode keeps back, nor what the heap keeps for itself. */
export function allocatedBlocks(engine: Engine): number {
  const { classes, large } = mallocStats(engine);
  const blocks = classes.reduce((sum, { used }) => sum + used, large.blocks);
  return blocks - quarantined(engine.memory).blocks - ownBlocks(engine.memory).blocks;
}

export function memoryUsage(engine: Engine): MemoryUsage {
  const { arenas, ledger, large } = mallocStats(engine);
  const inUse = ledger.allocated + large.bytes - large.blocks * CHUNK_HEADER_BYTES;
  const own = ownBlocks(engine.memory).bytes;
  return {
    reserved: engine.memory.byteLength,
    arenas: arenas.bytes,
    large: large.bytes,
    live: inUse - quarantined(engine.memory).bytes - own,
    own,
    peak: engine.memory.word(RUNTIME + R_PEAK_BYTES),
  };
}

// ── as text ─────────────────────────────────────────────────────────────────────────────────────────

const COLUMN = 14;

function cells(...values: readonly (string | number)[]): string {
  return values.map((value) => String(typeof value === "number" ? grouped(value) : value).padStart(COLUMN)).join("");
}

function row(label: string, value: number): string {
  return label.padEnd(3 * COLUMN) + cells(value);
}

function table({ classes, arenas, ledger, large }: Omit<MallocStats, "toString">): string {
  return [
    `Blocks of up to ${SMALL_MAX_BYTES} bytes, in ${SIZE_CLASSES} size classes`,
    "",
    cells("class", "block bytes", "pools", "blocks used", "blocks free"),
    ...classes.map(({ size, pools, used, available }) => cells(size / ALIGNMENT - 1, size, pools, used, available)),
    "",
    row("arenas allocated", arenas.allocated),
    row("arenas reclaimed", arenas.reclaimed),
    row("arenas at most", arenas.highWater),
    row("arenas now", arenas.current),
    row(`bytes of arenas (${grouped(arenas.current)} × ${grouped(ARENA_BYTES)})`, arenas.bytes),
    "",
    row("bytes in allocated blocks", ledger.allocated),
    row("bytes in available blocks", ledger.available),
    row("bytes in unused pools", ledger.unusedPools),
    row("bytes in pools lent to large blocks", ledger.lentPools),
    row("bytes of pool headers", ledger.poolHeaders),
    row("bytes lost to quantization", ledger.quantization),
    row("total", ledger.total),
    "",
    row("large blocks", large.blocks),
    row("bytes in large blocks", large.bytes),
    row("bytes free for large blocks", large.free),
  ].join("\n");
}
