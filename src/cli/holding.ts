// Who holds what: the names and handles of a heap, and what each alone keeps alive.

import type { ObjectAddress } from "../address.js";
import { ObjectGraph } from "../graph/objectgraph.js";
import { retainedSizes } from "../graph/retained.js";
import type { RootGroup } from "../graph/roots.js";
import { type Heap, partsOf } from "../heap.js";

/** An object that is held from outside, and by whom. */
export interface Held {
  /** `globals["cache"]`, `handle`. */
  readonly holder: string;
  readonly address: ObjectAddress;
  /** The object in one line. */
  readonly object: string;
  /** Bytes that nothing else keeps alive. */
  readonly retained: number;
}

/** Roots whose own names are what counts. */
const NAMESPACES: ReadonlySet<RootGroup> = new Set<RootGroup>(["globals", "frames"]);

/** What is held, the most bytes first. */
export function heldIn(heap: Heap): Held[] {
  const graph = new ObjectGraph(partsOf(heap));
  const { sizes } = retainedSizes(graph);
  const found: Held[] = [];
  const add = (holder: string, address: ObjectAddress) => {
    const retained = sizes[graph.numberOf(address)] ?? 0;
    found.push({ holder, address, object: graph.label(address), retained });
  };
  graph.roots((group, name, to) => {
    if (!NAMESPACES.has(group)) add(name, to);
    else {
      graph.edges(to, (kind, key, value) => {
        if (kind !== "internal") add(`${name}[${JSON.stringify(key)}]`, value);
      });
    }
  });
  return found.sort((a, b) => b.retained - a.retained || a.address - b.address);
}
