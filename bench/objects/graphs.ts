// node --expose-gc graphs.js
// A process with a heap of records in it, and nothing else.

import { answer } from "./answer.js";
import type { Graph } from "./graph.js";
import { type Collection, GraphHeap, type WasmGraph } from "./wasmgraph.js";

const heap = new GraphHeap();
let old: WasmGraph | null = null;

/** Times full collections of a graph that lives, and the one that frees it. */
function lifeOf(graph: Graph, lives: number): { live: number[]; dead: Collection } {
  const built = heap.build(graph);
  heap.collect(2);
  const live = Array.from({ length: lives }, () => heap.collect(2).milliseconds);
  built.drop();
  return { live, dead: heap.collect(2) };
}

/** Times young collections of pairs that live, or of pairs that are garbage; milliseconds. */
function young(nodes: number, dead: boolean, times: number): number[] {
  return Array.from({ length: times }, () => {
    const built = heap.build({ shape: "pairs", nodes, shuffled: false });
    if (dead) built.drop();
    const { milliseconds } = heap.collect(0);
    if (!dead) built.drop();
    // Those that lived are in generation 1 now.
    heap.collect(1);
    return milliseconds;
  });
}

await answer({
  graph: lifeOf,
  young,
  /** Makes an old generation of that many records, in pairs. */
  old: (nodes: number) => {
    old?.drop();
    heap.collect(2);
    old = nodes === 0 ? null : heap.build({ shape: "pairs", nodes, shuffled: false });
    heap.collect(2);
  },
  bytes: (kind: "referring" | "numeric", count: number) => new GraphHeap().bytesEach(kind, count),
});
