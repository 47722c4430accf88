// Weak dictionaries in tests: nodes to put into them, and what is seen of them.
import { expect } from "vitest";
import type { Heap, Instance } from "../../src/index.js";

export const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
export const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });
export const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });

/** What must be as before when a call was refused, or everything it made was given back. */
export function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

export const FIELDS = { id: "u32", next: "self", extra: "ref" } as const;
export type Node = Instance<typeof FIELDS>;

/** `count` objects with ids from 0 on; the type has the first three, so that they can be taken out. */
export function nodesOf(heap: Heap, count = 3): [Node, Node, Node, ...Node[]] {
  const Node = heap.struct("Node", FIELDS);
  return Array.from({ length: count }, (_, id) => new Node({ id })) as ReturnType<typeof nodesOf>;
}

/** Of whatever is iterated: ids of handles, and all else as it is; no handle is left. */
export function seen(heap: Heap, values: () => Iterable<unknown>): unknown[] {
  return heap.scope(() => [...values()].map(shown));
}

export function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === "object" && value !== null ? (value as { id: number }).id : value;
}
