// What would be freed with an object: its own bytes, and those of all that only it keeps alive.

import type { ObjectAddress } from "../address.js";
import { dominatedWeights, dominatorsOf } from "./dominators.js";
import { WEAK } from "./links.js";
import type { ObjectGraph } from "./objectgraph.js";
import { isImmortal } from "./population.js";
import { strays } from "./reach.js";

export interface Retained {
  /** By number of the object, see {@link ObjectGraph.numberOf}: bytes that would be freed with it, its own included. */
  readonly sizes: Float64Array;
  /** By number: the number of the object that all ways from roots to it lead through last; −1 if there is none. */
  readonly dominators: Int32Array;
}

/**
 * The retained sizes of all objects. Weak references keep nothing alive. Objects that live as long as the heap weigh nothing, and what waits
 * for the next collection counts as if somebody held it.
 */
export function retainedSizes(graph: ObjectGraph): Retained {
  const addresses = graph.addresses();
  const roots: number[] = [];
  graph.roots((_group, _name, to) => roots.push(graph.numberOf(to)));
  for (const address of strays(graph)) roots.push(graph.numberOf(address));
  const found = dominatorsOf({
    nodes: addresses.length + 1,
    successors(node, visit) {
      if (node === 0) {
        for (const number of roots) visit(number + 1);
        return;
      }
      graph.links(addresses[node - 1] as ObjectAddress, (link, _, to) => {
        if (link < WEAK) visit(graph.numberOf(to) + 1);
      });
    },
  });
  const sizes = dominatedWeights(found, (node) => weightOf(graph, node === 0 ? 0 : (addresses[node - 1] as number)));
  return {
    sizes: sizes.subarray(1),
    // Node 0 is none, so that what it dominates has −1.
    dominators: found.immediate.subarray(1).map((node) => node - 1),
  };
}

/** Bytes of its own that an object counts with. */
export function weightOf(graph: ObjectGraph, address: ObjectAddress): number {
  return isImmortal(address) ? 0 : graph.size(address);
}
