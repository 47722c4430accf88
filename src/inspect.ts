// The heap as plain data, for those who draw it or look for something in it.

import { show } from "./arguments.js";
import {
  CHUNK_HEADER_BYTES,
  FRAME_HEAD_BYTES,
  LARGE_OFFSET,
  O_TYPE,
  R_MEMORY_END,
  RUNTIME,
  TYPE_ID_SHIFT,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";
import type { Objects } from "./objects.js";
import { requireNames } from "./options.js";
import { OK } from "./status.js";
import {
  type Chunk,
  chunksOf,
  generationsOf,
  largeTracked,
  objectsOf,
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

/** How many objects of a type there are. */
export interface TypeMap {
  readonly name: string;
  readonly id: number;
  readonly objects: number;
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
  /**
   * Live objects by type, whether the collector knows them or not, in the order in which the types were defined. Types without any
   * are left out.
   */
  readonly types: readonly TypeMap[];
}

/** Counts the objects in these pools and chunks. */
function typesOf(objects: Objects, pools: readonly Pool[], chunks: readonly Chunk[]): TypeMap[] {
  const { memory } = objects.engine;
  const types = new Map<number, { name: string; id: number; objects: number }>();
  function count(address: number): void {
    const id = memory.word(address + O_TYPE) >>> TYPE_ID_SHIFT;
    const type = types.get(id);
    if (type !== undefined) type.objects++;
    else types.set(id, { name: objects.typeNameAt(address), id, objects: 1 });
  }
  for (const pool of pools) if (pool.holds === "objects") for (const object of objectsOf(memory, pool)) count(object);
  for (const object of largeObjects(objects, chunks)) count(object);
  return [...types.values()].sort((a, b) => a.id - b.id);
}

/** Objects with a chunk of their own. Only the core can tell those that the collector does not know from other blocks. */
function largeObjects({ engine }: Objects, chunks: readonly Chunk[]): number[] {
  const tracked = largeTracked(engine.memory);
  const inChunk = CHUNK_HEADER_BYTES + (engine.debug ? FRAME_HEAD_BYTES : 0);
  return [
    ...tracked,
    ...chunks
      .filter(({ used, address }) => used && !tracked.has(address + inChunk + LARGE_OFFSET))
      .map(({ address }) => address + inChunk)
      .filter((address) => engine.run((core) => core.checkObject(address, 0)) === OK),
  ];
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
export function inspect(objects: Objects, options: { readonly blocks?: boolean }): HeapMap {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`heap.inspect: options must be an object, not ${show(options)}`);
  }
  requireNames("heap.inspect", "option", options, ["blocks"]);
  const { blocks = false } = options;
  if (typeof blocks !== "boolean") {
    throw new TypeError(`heap.inspect: blocks must be true or false, not ${show(blocks)}`);
  }
  const { engine } = objects;
  engine.run((core) => core.drain());
  const { memory } = engine;
  const allPools: Pool[] = [];
  const arenas = poolArenas(memory).map((address): ArenaMap => {
    const pools = poolsOf(memory, address);
    allPools.push(...pools);
    const freePools = pools.filter(({ state }) => state === "empty" || state === "virgin").length;
    return { address, freePools, pools: pools.map((pool) => poolMap(memory, pool, blocks)) };
  });
  const between = regions(memory).sort((a, b) => a.address - b.address);
  const large = between.flatMap((region) => chunksOf(memory, region));
  return {
    memoryEnd: memory.word(RUNTIME + R_MEMORY_END),
    arenas,
    regions: between.map(({ address, end }) => ({ address, bytes: end - address })),
    large,
    ...generationsOf(memory),
    types: typesOf(objects, allPools, large),
  };
}
