// A tree as plain JavaScript objects: what a program has that uses no heap but the engine's.

import type { Holder } from "./lifecycle.js";
import { NONE, type Tree } from "./tree.js";

class PlainNode {
  firstChild: PlainNode | null = null;
  nextSibling: PlainNode | null = null;

  constructor(
    readonly kind: number,
    readonly start: number,
    readonly end: number,
    readonly flags: number,
    readonly parent: PlainNode | null,
  ) {}
}

/** A holder in V8's own heap. Wants `--expose-gc`. */
export function createPlainHolder(): Holder {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("plain objects are timed with node --expose-gc only");
  let root: PlainNode | null = null;
  let fresh: PlainNode | null = null;
  return {
    build: (tree) => {
      root = build(tree);
    },
    walk: () => (root === null ? 0 : walk(root)),
    makeFresh: (count) => {
      for (let i = 0; i < count; i++) {
        const record = new PlainNode(0, i, i, 0, root);
        record.nextSibling = fresh;
        fresh = record;
      }
    },
    dropFresh: () => {
      fresh = null;
    },
    drop: () => {
      root = null;
    },
    collectYoung: () => {
      gc({ type: "minor" });
    },
    collectFull: () => {
      gc();
      return null;
    },
    bytes: () => process.memoryUsage().heapUsed,
    left: () => null,
  };
}

function build({ nodes, kind, start, end, flags, parent, previous }: Tree): PlainNode {
  const records = new Array<PlainNode>(nodes);
  for (let i = 0; i < nodes; i++) {
    const above = records[parent[i] as number] ?? null;
    const record = new PlainNode(kind[i] as number, start[i] as number, end[i] as number, flags[i] as number, above);
    records[i] = record;
    const before = previous[i] as number;
    if (before !== NONE) (records[before] as PlainNode).nextSibling = record;
    else if (above !== null) above.firstChild = record;
  }
  return records[0] as PlainNode;
}

function walk(root: PlainNode): number {
  let sum = 0;
  let at: PlainNode | null = root;
  while (at !== null) {
    sum += at.end - at.start + at.kind;
    let next: PlainNode | null = at.firstChild;
    while (next === null && at !== null) {
      next = at.nextSibling;
      at = at.parent;
    }
    at = next;
  }
  return sum;
}
