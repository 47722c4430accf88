// Who holds what: the names and handles of a heap, and what they alone keep alive.

import type { ObjectAddress } from "../address.js";
import { ObjectGraph } from "../graph/objectgraph.js";
import { retainedSizes } from "../graph/retained.js";
import type { RootGroup } from "../graph/roots.js";
import { type Heap, partsOf } from "../heap.js";

/** Objects of one type that are held from outside in the same way. */
export interface Held {
  /** `globals["cache"]`, `handles`. */
  readonly holder: string;
  readonly objects: number;
  readonly type: string;
  /** If it is one object: that in one line. */
  readonly object: string | null;
  /** Bytes that would be freed with them, their own included. */
  readonly retained: number;
}

/** Roots whose own names are what counts. */
const NAMESPACES: ReadonlySet<RootGroup> = new Set<RootGroup>(["globals", "frames"]);

/** What is held, the most bytes first. */
export function heldIn(heap: Heap): Held[] {
  const graph = new ObjectGraph(partsOf(heap));
  const { sizes } = retainedSizes(graph);
  // By holder and type. An object that has two handles counts once.
  const found = new Map<string, { holder: string; type: string; addresses: Set<ObjectAddress> }>();
  const add = (holder: string, address: ObjectAddress) => {
    const type = graph.typeName(address);
    const key = JSON.stringify([holder, type]);
    const group = found.get(key);
    if (group === undefined) found.set(key, { holder, type, addresses: new Set([address]) });
    else group.addresses.add(address);
  };
  graph.roots((group, name, to) => {
    if (!NAMESPACES.has(group)) add(group, to);
    else {
      graph.edges(to, (kind, key, value) => {
        if (kind !== "internal") add(`${name}[${JSON.stringify(key)}]`, value);
      });
    }
  });
  const held = [...found.values()].map(({ holder, type, addresses }): Held => {
    const [first = 0] = addresses;
    // None of them keeps another one alive: each is held for itself.
    const retained = [...addresses].reduce((sum, address) => sum + (sizes[graph.numberOf(address)] ?? 0), 0);
    const object = addresses.size === 1 ? graph.label(first) : null;
    return { holder, objects: addresses.size, type, object, retained };
  });
  return held.sort((a, b) => b.retained - a.retained || b.objects - a.objects || (a.holder < b.holder ? -1 : 1));
}
