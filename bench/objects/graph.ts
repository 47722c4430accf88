// Graphs for the collector, as lists of edges: the same for everybody.

import { SEED } from "./work.js";

/** No node, in a list of edges. */
export const NONE = 0xffffffff;

/** How nodes are linked, and which of them are held from outside while the graph lives. */
export const SHAPES = {
  /** Two nodes that refer to each other; one of each pair is held. */
  pairs: { every: 2 },
  /** Rings of 20; one node of each is held. */
  rings: { every: 20 },
  /** Two references each, to nodes picked at random; all nodes are held. */
  random: { every: 1 },
  /** One ring through all nodes, and a second reference each to one picked at random; only the first node is held. */
  giant: { every: Number.POSITIVE_INFINITY },
} as const;

export type Shape = keyof typeof SHAPES;

/** Which graph. `shuffled`: its nodes lie on the objects in random order, not in that in which these were made. */
export interface Graph {
  readonly shape: Shape;
  readonly nodes: number;
  readonly shuffled: boolean;
}

/** Every how manyth node is held, counted from the first. */
export function strideOf({ shape, nodes }: Graph): number {
  return Math.min(SHAPES[shape].every, nodes);
}

/** Two numbers a node: of the nodes its references go to, or NONE. */
export function edgesOf({ shape, nodes }: Graph): Uint32Array {
  const edges = new Uint32Array(nodes * 2).fill(NONE);
  const pick = picker();
  for (let node = 0; node < nodes; node++) {
    if (shape === "random") edges[node * 2] = pick(nodes);
    else edges[node * 2] = nextInRing(node, shape === "giant" ? nodes : SHAPES[shape].every, nodes);
    if (shape === "random" || shape === "giant") edges[node * 2 + 1] = pick(nodes);
  }
  return edges;
}

/** The node after this one where each `length` of them are a ring. What is left over at the end is a shorter one. */
function nextInRing(node: number, length: number, nodes: number): number {
  const first = node - (node % length);
  return node + 1 < Math.min(first + length, nodes) ? node + 1 : first;
}

/** Puts the elements of a list in random order. */
export function shuffle(list: Uint32Array): void {
  const pick = picker();
  for (let last = list.length - 1; last > 0; last--) {
    const other = pick(last + 1);
    const moved = list[last] as number;
    list[last] = list[other] as number;
    list[other] = moved;
  }
}

/** Numbers below what it is asked for: xorshift32 (Marsaglia 2003), the same in each run. */
export function picker(): (below: number) => number {
  let random = SEED;
  return (below) => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return (random >>> 0) % below;
  };
}
