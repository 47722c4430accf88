// A tree as records of a heap, in two ways to build it: cursors on records allocated together, and a handle each.

import { Heap, type Instance, type StructType } from "arenaria";
import type { Holder } from "./lifecycle.js";
import { NONE, type Tree } from "./tree.js";

export const FIELDS = {
  parent: "self",
  firstChild: "self",
  nextSibling: "self",
  start: "u32",
  end: "u32",
  kind: "u16",
  flags: "u16",
} as const;

/** The type of the records. */
export type SyntaxNodeType = StructType<typeof FIELDS>;
type SyntaxNode = Instance<typeof FIELDS>;

/** Defines the type of the records of a tree. */
export function defineSyntaxNode(heap: Heap): SyntaxNodeType {
  return heap.struct("SyntaxNode", FIELDS);
}

/** Builds a tree and gives its root; the other records are held by the tree alone. */
export function build(heap: Heap, SyntaxNode: SyntaxNodeType, tree: Tree): SyntaxNode {
  const { nodes, kind, start, end, flags, parent, firstChild, next } = tree;
  const addresses = SyntaxNode.allocate(nodes);
  const address = (node: number) => addresses[node] as number;
  const record = SyntaxNode.cursor();
  for (let i = 0; i < nodes; i++) {
    record.address = address(i);
    record.kind = kind[i] as number;
    record.start = start[i] as number;
    record.end = end[i] as number;
    record.flags = flags[i] as number;
    if (parent[i] !== NONE) record.parent = address(parent[i] as number);
    if (firstChild[i] !== NONE) record.firstChild = address(firstChild[i] as number);
    if (next[i] !== NONE) record.nextSibling = address(next[i] as number);
  }
  const root = SyntaxNode.at(address(0));
  const { core } = heap;
  for (let i = 0; i < nodes; i++) core.decref(address(i));
  return root;
}

/** As `build`, with a handle for each record. */
export function buildWithHandles(heap: Heap, SyntaxNode: SyntaxNodeType, tree: Tree): SyntaxNode {
  const { nodes, kind, start, end, flags, parent, previous } = tree;
  return heap.scope(() => {
    const records: SyntaxNode[] = [];
    for (let i = 0; i < nodes; i++) {
      const above = records[parent[i] as number] ?? null;
      const record = new SyntaxNode({
        kind: kind[i] as number,
        start: start[i] as number,
        end: end[i] as number,
        flags: flags[i] as number,
        parent: above,
      });
      records.push(record);
      const before = previous[i] as number;
      if (before !== NONE) (records[before] as SyntaxNode).nextSibling = record;
      else if (above !== null) above.firstChild = record;
    }
    return records[0] as SyntaxNode;
  });
}

/** Visits every record from `root` on, in order. */
export function walk(SyntaxNode: SyntaxNodeType, root: number): number {
  const record = SyntaxNode.cursor();
  let sum = 0;
  for (let at = root; at !== 0; ) {
    record.address = at;
    sum += record.end - record.start + record.kind;
    at = record.firstChild;
    while (at === 0) {
      at = record.nextSibling;
      if (at !== 0) break;
      const parent = record.parent;
      if (parent === 0) return sum;
      record.address = parent;
    }
  }
  return sum;
}

/** A holder in a heap of its own. */
export async function createRecordHolder(): Promise<Holder> {
  const heap = await Heap.create();
  const SyntaxNode = defineSyntaxNode(heap);
  const blocks = heap.sys.getAllocatedBlocks();
  let root: SyntaxNode | null = null;
  let fresh: SyntaxNode | null = null;
  const collecting = (body: () => SyntaxNode) => {
    heap.gc.enable();
    root = body();
    heap.gc.disable();
  };
  return {
    build: (tree) => collecting(() => build(heap, SyntaxNode, tree)),
    buildOtherwise: (tree) => collecting(() => buildWithHandles(heap, SyntaxNode, tree)),
    walk: () => walk(SyntaxNode, root?.address ?? 0),
    makeFresh: (count) => {
      fresh = heap.scope(() => {
        let last: SyntaxNode | null = null;
        for (let i = 0; i < count; i++) {
          last = new SyntaxNode({ start: i, end: i, parent: root, nextSibling: last });
        }
        return last;
      });
    },
    dropFresh: () => {
      fresh?.release();
      fresh = null;
    },
    drop: () => {
      root?.release();
      root = null;
    },
    collectYoung: () => {
      heap.gc.collect(0);
    },
    collectFull: () => heap.gc.collect(),
    bytes: () => {
      const { arenas, large } = heap.sys.memoryUsage();
      return arenas + large;
    },
    left: () => heap.sys.getAllocatedBlocks() - blocks,
  };
}
