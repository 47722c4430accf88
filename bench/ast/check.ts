// Whether the tree in a heap is the parser's tree, node by node, and whether nothing of it stays.

import type { Node } from "acorn";
import { Heap } from "arenaria";
import { childrenOf, flagsOf, type Source } from "./parse.js";
import { build, defineSyntaxNode, type SyntaxNodeType } from "./records.js";
import { cycleOf, type Tree, type TreeFacts } from "./tree.js";

/** What a tree in a heap of its own came to. */
export interface Check {
  /** Nodes that were compared with the parser's. */
  readonly compared: number;
  /** Objects that the collection freed once the root was dropped. */
  readonly freed: number;
  /** Blocks more in use than before the tree. */
  readonly left: number;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

/** Builds a tree, compares it with the parser's, collects around it, compares it again, and drops it. */
export async function check(source: Source, tree: Tree, facts: TreeFacts): Promise<Check> {
  const heap = await Heap.create();
  try {
    return checkIn(heap, source, tree, facts);
  } catch (error) {
    return { compared: 0, freed: 0, left: 0, faults: [`the heap broke down: ${(error as Error).message}`] };
  } finally {
    heap[Symbol.dispose]();
  }
}

function checkIn(heap: Heap, { program }: Source, tree: Tree, { kinds }: TreeFacts): Check {
  const SyntaxNode = defineSyntaxNode(heap);
  const before = heap.sys.getAllocatedBlocks();
  const faults: string[] = [];
  const root = build(heap, SyntaxNode, tree);
  const compare = (when: string) => {
    const { compared, difference } = differenceOf(SyntaxNode, root.address, program, kinds);
    if (difference !== null) faults.push(`the tree in the heap is not the parser's ${when}: ${difference}`);
    return compared;
  };
  compare("once it is built");
  const early = heap.gc.collect();
  if (early !== 0) faults.push(`a collection freed ${early} records of a tree that was in use`);
  const compared = compare("after a collection");
  heap.verify();
  root.release();
  const freed = heap.gc.collect();
  if (freed !== cycleOf(tree)) faults.push(`the collection freed ${freed} of ${cycleOf(tree)} records`);
  heap.verify();
  const left = heap.sys.getAllocatedBlocks() - before;
  if (left !== 0) faults.push(`${left} blocks are left when the tree is freed, which should be none`);
  return { compared, freed, left, faults };
}

/** Goes down both trees together until something differs. */
export function differenceOf(
  SyntaxNode: SyntaxNodeType,
  root: number,
  program: Node,
  kinds: readonly string[],
): { compared: number; difference: string | null } {
  const record = SyntaxNode.cursor();
  const open: { node: Node; address: number; parent: number }[] = [{ node: program, address: root, parent: 0 }];
  let compared = 0;
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { node, address, parent } = entry;
    record.address = address;
    const wanted = [node.type, node.start, node.end, flagsOf(node), parent];
    const found = [kinds[record.kind], record.start, record.end, record.flags, record.parent];
    const place = `${node.type} at ${node.start}`;
    const wrong = wanted.findIndex((value, i) => value !== found[i]);
    if (wrong !== -1) {
      const what = ["kind", "start", "end", "flags", "parent"][wrong];
      return { compared, difference: `${place}: ${what} is ${found[wrong]} and should be ${wanted[wrong]}` };
    }
    const children = childrenOf(node);
    let child = record.firstChild;
    for (const expected of children) {
      if (child === 0) return { compared, difference: `${place}: there is no record of a child` };
      open.push({ node: expected, address: child, parent: address });
      record.address = child;
      child = record.nextSibling;
    }
    if (child !== 0) return { compared, difference: `${place}: there is a record too many below it` };
    compared++;
  }
  return { compared, difference: null };
}
