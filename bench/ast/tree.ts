// A syntax tree as a table of numbers: what all that hold it are built from, and how it gets to other processes.

import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Node } from "acorn";
import { childrenOf, flagsOf, type Source } from "./parse.js";

/** No node: the parent of the root, the sibling of a last child. */
export const NONE = -1;

/** Columns of the table, in the order of the file. */
const COLUMNS = ["kind", "start", "end", "flags", "parent", "previous"] as const;

/**
 * The nodes of a tree, parents before children and siblings in order: number 0 is the root. Positions are in UTF-16 units
 * of the source. `previous` is the sibling before a node, `next` the one after it; nodes are named by their number.
 */
export interface Tree {
  readonly nodes: number;
  readonly kind: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly flags: Int32Array;
  readonly parent: Int32Array;
  readonly previous: Int32Array;
  readonly firstChild: Int32Array;
  readonly next: Int32Array;
}

/** What there is to say about a tree besides its nodes. */
export interface TreeFacts {
  /** Name of the file it is of, without its directory. */
  readonly name: string;
  readonly bytes: number;
  readonly parseTime: number;
  readonly nodes: number;
  /** Nodes on the longest way from the root. */
  readonly depth: number;
  /** Names of the kinds of nodes: the column `kind` has indices into it. */
  readonly kinds: readonly string[];
}

/** The table of a parsed file. */
export function treeOf({ file, bytes, program, parseTime }: Source): { tree: Tree; facts: TreeFacts } {
  const columns = COLUMNS.map((): number[] => []);
  const kinds = new Map<string, number>();
  let nodes = 0;
  let deepest = 0;
  // Nodes whose numbers are not known yet, last first. The number of the sibling before is: it and all below are done.
  const open: { node: Node; parent: number; depth: number }[] = [{ node: program, parent: NONE, depth: 1 }];
  const lastChild: number[] = [];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { node, parent, depth } = entry;
    if (!kinds.has(node.type)) kinds.set(node.type, kinds.size);
    const kind = kinds.get(node.type) as number;
    const previous = lastChild[parent] ?? NONE;
    const row = [kind, node.start, node.end, flagsOf(node), parent, previous];
    for (let i = 0; i < row.length; i++) columns[i]?.push(row[i] as number);
    if (parent !== NONE) lastChild[parent] = nodes;
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) {
      open.push({ node: children[i] as Node, parent: nodes, depth: depth + 1 });
    }
    deepest = Math.max(deepest, depth);
    nodes++;
  }
  const facts = { name: basename(file), bytes, parseTime, nodes, depth: deepest, kinds: [...kinds.keys()] };
  return { tree: fromColumns(columns.map((column) => Int32Array.from(column))), facts };
}

function fromColumns(columns: readonly Int32Array[]): Tree {
  const [kind, start, end, flags, parent, previous] = columns as [
    ...[Int32Array, Int32Array, Int32Array],
    ...[Int32Array, Int32Array, Int32Array],
  ];
  const nodes = kind.length;
  const firstChild = new Int32Array(nodes).fill(NONE);
  const next = new Int32Array(nodes).fill(NONE);
  for (let i = 1; i < nodes; i++) {
    if (previous[i] === NONE) firstChild[parent[i] as number] = i;
    else next[previous[i] as number] = i;
  }
  return { nodes, kind, start, end, flags, parent, previous, firstChild, next };
}

/** Writes a tree for other processes: its columns one after the other, 32 bits a number, in the machine's order of bytes. */
export function writeTree(tree: Tree, file: string): void {
  const numbers = new Int32Array(COLUMNS.length * tree.nodes);
  for (const [i, name] of COLUMNS.entries()) numbers.set(tree[name], i * tree.nodes);
  writeFileSync(file, new Uint8Array(numbers.buffer));
}

/** Reads what `writeTree` wrote. */
export function readTree(file: string): Tree {
  const bytes = readFileSync(file);
  const numbers = new Int32Array(new Uint8Array(bytes).buffer);
  const nodes = numbers.length / COLUMNS.length;
  return fromColumns(COLUMNS.map((_, i) => numbers.slice(i * nodes, (i + 1) * nodes)));
}

/** Nodes that a collection has to free once the root is dropped: all. A root alone is in no cycle, and dies at once. */
export function cycleOf({ nodes }: Tree): number {
  return nodes > 1 ? nodes : 0;
}

/** What a walk over all of a tree must come to: see `Holder.walk`. */
export function walkSum({ nodes, start, end, kind }: Tree): number {
  let sum = 0;
  for (let i = 0; i < nodes; i++) sum += (end[i] as number) - (start[i] as number) + (kind[i] as number);
  return sum;
}
