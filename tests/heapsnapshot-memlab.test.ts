// Heap snapshots in memlab, which reads those of V8: it finds as many nodes and edges as we wrote, and computes the same retained sizes.
import type { IHeapSnapshot } from "@memlab/core";
import { describe, expect, test } from "vitest";
import { readSource } from "../bench/ast/parse.js";
import { build, defineSyntaxNode } from "../bench/ast/records.js";
import { treeOf } from "../bench/ast/tree.js";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { isImmortal } from "../src/graph/population.js";
import { retainedSizes } from "../src/graph/retained.js";
import { partsOf } from "../src/heap.js";
import type { Heap } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { ImageProgram, programTypes } from "./helpers/imageprograms.js";
import { loadInMemlab } from "./helpers/memlab.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** Nodes that are no objects have ids below all addresses of objects. */
const FIRST_OBJECT_ID = 0x1000;

/** Compares what memlab knows of a heap with what we do. Returns how many objects and edges between them there are. */
async function compare(heap: Heap): Promise<{ snapshot: IHeapSnapshot; objects: number; edges: number }> {
  const graph = new ObjectGraph(partsOf(heap));
  const { sizes } = retainedSizes(graph);
  const edges = new Map<number, number>();
  let edgeCount = 0;
  let bytes = 0;
  for (const address of graph.addresses()) {
    let own = 0;
    graph.edges(address, () => own++);
    edges.set(address, own);
    edgeCount += own;
    if (!isImmortal(address)) bytes += graph.size(address);
  }
  const snapshot = await loadInMemlab(heap.heapSnapshot());
  let objects = 0;
  let selfSizes = 0;
  const wrong: unknown[] = [];
  snapshot.nodes.forEach((node) => {
    selfSizes += node.self_size;
    if (node.id < FIRST_OBJECT_ID) return;
    objects++;
    const address = node.id - (node.id % 8);
    const number = graph.numberOf(address);
    const isNamedByType = !["string", "number"].includes(node.type) && !["true", "false"].includes(node.name);
    const theirs = [node.edge_count, node.retainedSize, ...(isNamedByType ? [node.name] : [])];
    const ours = [edges.get(address), sizes[number], ...(isNamedByType ? [graph.typeName(address)] : [])];
    // Not an expectation for each of many thousands.
    if (String(ours) !== String(theirs)) wrong.push([node.id, ours, theirs]);
  });
  expect(wrong).toEqual([]);
  expect(objects).toBe(graph.addresses().length);
  expect(selfSizes).toBe(bytes);
  expect(bytes).toBeLessThanOrEqual(heap.sys.memoryUsage().live);
  return { snapshot, objects, edges: edgeCount };
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("random heaps", async () => {
    for (let run = 0; run < 6; run++) {
      using heap = await open({ gc: { threshold: [100, 3, 3] } });
      const random = new Random((TEST_SEED + run) >>> 0);
      const program = new ImageProgram(
        heap,
        programTypes(heap, () => {}),
        random,
        true,
      );
      for (let i = 0; i < 300; i++) program.step();
      try {
        await compare(heap);
      } catch (error) {
        throw new Error(`seed ${(TEST_SEED + run) >>> 0}`, { cause: error });
      }
    }
  }, 60_000);
});

test("a syntax tree", async () => {
  const { tree, facts } = treeOf(readSource("node_modules/acorn/dist/acorn.mjs"));
  using heap = await openHeap();
  const SyntaxNode = defineSyntaxNode(heap);
  const root = build(heap, SyntaxNode, tree);
  const { snapshot, objects, edges } = await compare(heap);
  // Each node but the root has a parent; and each is the first child or the next sibling of another.
  expect([objects, edges]).toEqual([facts.nodes, 2 * (facts.nodes - 1)]);
  // The root of the snapshot, and the node of all handles, with an edge from the one to the other, and on to the root of the tree.
  expect([snapshot.nodes.length, snapshot.edges.length]).toEqual([objects + 2, edges + 2]);
  const top = snapshot.getNodeById(root.address + 1 + ((SyntaxNode.id & 3) << 1));
  expect(top?.name).toBe("SyntaxNode");
  expect(top?.retainedSize).toBe(SyntaxNode.size * facts.nodes);
  expect(top?.referrers.map(({ fromNode }) => fromNode.name)).toContain("(handles)");
  const names = new Set(top?.references.map(({ name_or_index }) => name_or_index));
  expect(names).toEqual(new Set(["firstChild"]));
  root.release();
}, 60_000);
