// Graphs of records in a heap of our own.

import { edgesOf, type Graph, shuffle, strideOf } from "./graph.js";
import { linkedGround, tableOf, wordsAt } from "./ours.js";

/** The last thing that a collection should be asked: how long it took, in milliseconds, and how many objects it freed. */
export interface Collection {
  readonly milliseconds: number;
  readonly freed: number;
}

/** A graph that lives. */
export interface WasmGraph {
  /** Drops what is held from outside, and forgets the graph. Off the clock. */
  drop(): void;
}

/** A heap without automatic collection in which graphs are made. */
export class GraphHeap {
  readonly #ground = linkedGround();

  constructor() {
    this.#ground.loops.setAutomatic(0);
  }

  /** Makes a graph of new records. They are young. */
  build(graph: Graph): WasmGraph {
    const { memory, core, loops, referring } = this.#ground;
    const { nodes, shuffled } = graph;
    const stride = strideOf(graph);
    const table = tableOf(this.#ground, nodes);
    const edges = tableOf(this.#ground, nodes * 2);
    loops.fillAtOnce(referring, table, nodes);
    if (shuffled) shuffle(wordsAt(memory, table, nodes));
    wordsAt(memory, edges, nodes * 2).set(edgesOf(graph));
    loops.link(table, edges, nodes);
    core.free(edges);
    loops.dropBetween(table, nodes, stride);
    return {
      drop: () => {
        loops.dropEvery(table, nodes, stride);
        core.free(table);
      },
    };
  }

  /** Collects a generation and all younger ones. */
  collect(generation: number): Collection {
    const before = performance.now();
    const freed = this.#ground.core.collect(generation);
    return { milliseconds: performance.now() - before, freed };
  }

  /** Bytes of linear memory that each of `count` records takes, made one by one with automatic collection as it comes. */
  bytesEach(kind: "referring" | "numeric", count: number): number {
    const { memory, core, loops } = this.#ground;
    const table = tableOf(this.#ground, count);
    const before = memory.buffer.byteLength;
    loops.setAutomatic(1);
    loops.fill(this.#ground[kind], table, count);
    loops.setAutomatic(0);
    const bytes = memory.buffer.byteLength - before;
    loops.clear(table, count);
    core.free(table);
    return bytes / count;
  }
}
