// The heap as plain data, for those who draw it or look for something in it.

import { show } from "./arguments.js";
import type { Engine } from "./engine.js";
import { R_MEMORY_END, RUNTIME } from "./layout.js";
import type { HeapMemory } from "./memory.js";
import { requireNames } from "./options.js";
import {
  chunksOf,
  generationsOf,
  occupancyOf,
  type Pool,
  type PoolState,
  poolArenas,
  poolsOf,
  regions,
} from "./walk.js";

/** A pool: 4 KiB of blocks of one size. */
export interface PoolMap {
  readonly address: number;
  readonly state: PoolState;
  /** Bytes per block; 0 for a pool of no class. */
  readonly blockSize: number;
  readonly holds: "objects" | "blocks";
  /** Blocks in use. */
  readonly used: number;
  /** Blocks there can be; 0 for a pool of no class. */
  readonly capacity: number;
  /** Only with `blocks: true`: one bit per block, lowest bit first, 1 = in use. */
  readonly occupancy?: Uint8Array;
}

/** An arena: 256 KiB, a head page that describes the pools, then 63 pools. */
export interface ArenaMap {
  readonly address: number;
  /** Pools that are empty or virgin. */
  readonly freePools: number;
  readonly pools: readonly PoolMap[];
}

/** A large block, header included, or the free space between two. */
export interface LargeMap {
  readonly address: number;
  readonly bytes: number;
  readonly used: boolean;
}

/** All of the heap, in address order. Addresses and sizes are bytes. */
export interface HeapMap {
  /** End of the memory that is committed. */
  readonly memoryEnd: number;
  readonly arenas: readonly ArenaMap[];
  /** What large blocks lie in, without a gap from `address + 8` to 8 before the end: all between the arenas, and pools that are lent. */
  readonly regions: readonly { readonly address: number; readonly bytes: number }[];
  readonly large: readonly LargeMap[];
  /** Objects the collector knows, by generation. */
  readonly generations: readonly [number, number, number];
  /** Objects it leaves alone until `gc.unfreeze()`. */
  readonly frozen: number;
}

function poolMap(memory: HeapMemory, pool: Pool, blocks: boolean): PoolMap {
  const { descriptor: _, ...map } = pool;
  return blocks ? { ...map, occupancy: occupancyOf(memory, pool) } : map;
}

/**
 * Reads the whole heap.
 *
 * @throws TypeError for options that are none; CorruptionError when the records make no sense
 */
export function inspect(engine: Engine, options: { readonly blocks?: boolean }): HeapMap {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`heap.inspect: options must be an object, not ${show(options)}`);
  }
  requireNames("heap.inspect", "option", options, ["blocks"]);
  const { blocks = false } = options;
  if (typeof blocks !== "boolean") {
    throw new TypeError(`heap.inspect: blocks must be true or false, not ${show(blocks)}`);
  }
  engine.run((core) => core.drain());
  const { memory } = engine;
  const arenas = poolArenas(memory).map((address): ArenaMap => {
    const pools = poolsOf(memory, address);
    const freePools = pools.filter(({ state }) => state === "empty" || state === "virgin").length;
    return { address, freePools, pools: pools.map((pool) => poolMap(memory, pool, blocks)) };
  });
  const between = regions(memory).sort((a, b) => a.address - b.address);
  return {
    memoryEnd: memory.word(RUNTIME + R_MEMORY_END),
    arenas,
    regions: between.map(({ address, end }) => ({ address, bytes: end - address })),
    large: between.flatMap((region) => chunksOf(memory, region)),
    ...generationsOf(memory),
  };
}
