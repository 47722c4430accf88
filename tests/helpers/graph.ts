// Objects that refer to each other, for tests of the collector, and what a plain search says about who is reachable.
import type { Heap } from "../../src/index.js";
import type { Random } from "./random.js";

/** A type whose instances can be in any cycle: `next` is one of them, `other` is anything. */
export function defineNode(heap: Heap, name = "Node") {
  return heap.struct(name, { value: "i32", next: "self", other: "ref" });
}

export type NodeType = ReturnType<typeof defineNode>;
export type Node = InstanceType<NodeType>;

/** A ring of nodes that nobody holds; their addresses. */
export function dropRing(heap: Heap, Node: NodeType, length: number): number[] {
  return heap.scope(() => {
    const nodes = Array.from({ length }, (_, value) => new Node({ value }));
    for (const [index, node] of nodes.entries()) node.next = nodes[(index + 1) % length] as Node;
    return nodes.map(({ address }) => address);
  });
}

/** A ring of nodes, held by its first. */
export function makeRing(heap: Heap, Node: NodeType, length: number): Node {
  return heap.scope(() => {
    const first = new Node({ value: 0 });
    let last = first;
    for (let value = 1; value < length; value++) {
      const node = new Node({ value });
      last.next = node;
      last = node;
    }
    last.next = first;
    return first;
  });
}

/** There is a live object at the address. */
export function isAlive(heap: Heap, address: number): boolean {
  return heap.core.refcount(address) !== 0;
}

/** How many tracked objects each generation has, without a handle of any. */
export function generationSizes(heap: Heap): [number, number, number] {
  const { core } = heap;
  return [core.objects(0, 0, 0), core.objects(1, 0, 0), core.objects(2, 0, 0)];
}

/** Tracked objects, frozen ones too. */
export function trackedCount(heap: Heap): number {
  return generationSizes(heap).reduce((sum, size) => sum + size, heap.gc.getFreezeCount());
}

export function addressesOf(handles: readonly { readonly address: number }[]): number[] {
  return handles.map(({ address }) => address);
}

// ── random graphs ───────────────────────────────────────────────────────────────────────────────────

/** Nodes by index, who refers to whom, and who is held from outside. */
export interface Graph {
  readonly next: readonly (number | null)[];
  readonly other: readonly (number | null)[];
  readonly held: ReadonlySet<number>;
}

export function randomGraph(random: Random, size: number): Graph {
  const edges = () => Array.from({ length: size }, () => (random.chance(60) ? random.below(size) : null));
  const held = new Set(Array.from({ length: random.below(1 + size / 4) }, () => random.below(size)));
  return { next: edges(), other: edges(), held };
}

/** Indexes that a search from the held ones comes to. */
export function reachable({ next, other, held }: Graph): Set<number> {
  const found = new Set(held);
  for (const index of found) {
    for (const to of [next[index], other[index]]) if (to != null) found.add(to);
  }
  return found;
}
