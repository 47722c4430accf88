// What is in a heap: its numbers, its collector, its types.

import type { ObjectAddress } from "../address.js";
import { ObjectGraph } from "../graph/objectgraph.js";
import { isImmortal } from "../graph/population.js";
import { type Heap, partsOf } from "../heap.js";
import type { MallocStats, MemoryUsage } from "../stats.js";

/** The objects of one type. */
export interface TypeCount {
  readonly name: string;
  readonly objects: number;
  /** As sys.getSizeOf has them. */
  readonly bytes: number;
}

/** A generation of the collector, and what collecting it has done so far. */
export interface GenerationCount {
  readonly objects: number;
  readonly count: number;
  readonly threshold: number;
  readonly collections: number;
  readonly candidates: number;
  readonly collected: number;
  readonly uncollectable: number;
  /** Seconds. */
  readonly duration: number;
}

/** All that the commands say of a heap. */
export interface Census {
  readonly memory: MemoryUsage;
  readonly malloc: MallocStats;
  /** Blocks and objects in use. */
  readonly blocks: number;
  readonly generations: readonly GenerationCount[];
  /** Objects that the collector leaves alone. */
  readonly frozen: number;
  readonly objects: number;
  /** The most bytes first. */
  readonly types: readonly TypeCount[];
}

export function censusOf(heap: Heap): Census {
  const { generations, frozen } = heap.inspect();
  const counts = heap.gc.getCount();
  const thresholds = heap.gc.getThreshold();
  const types = typesOf(heap);
  return {
    memory: heap.sys.memoryUsage(),
    malloc: heap.sys.debugMallocStats(),
    blocks: heap.sys.getAllocatedBlocks(),
    generations: heap.gc.getStats().map((stats, generation) => ({
      objects: generations[generation] ?? 0,
      count: counts[generation] ?? 0,
      threshold: thresholds[generation] ?? 0,
      ...stats,
    })),
    frozen,
    objects: types.reduce((sum, { objects }) => sum + objects, 0),
    types,
  };
}

/** The types of the live objects, but for those that live as long as the heap (true, `""` …), the most bytes first. */
export function typesOf(heap: Heap): TypeCount[] {
  const graph = new ObjectGraph(partsOf(heap));
  const counts = new Map<number, { name: string; objects: number; bytes: number }>();
  for (const address of graph.addresses() as Iterable<ObjectAddress>) {
    if (isImmortal(address)) continue;
    const id = graph.typeId(address);
    let type = counts.get(id);
    if (type === undefined) {
      type = { name: graph.typeName(address), objects: 0, bytes: 0 };
      counts.set(id, type);
    }
    type.objects++;
    type.bytes += graph.size(address);
  }
  return [...counts.values()].sort((a, b) => b.bytes - a.bytes || b.objects - a.objects || (a.name < b.name ? -1 : 1));
}
