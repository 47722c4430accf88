// Dominators against their definition: what cannot be reached any more when a node is taken out, that node dominates.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dominatedWeights, dominatorsOf, type FlowGraph } from "../src/graph/dominators.js";
import { Random, TEST_SEED } from "./helpers/random.js";

type Edges = readonly (readonly number[])[];

function flowOf(edges: Edges): FlowGraph {
  return { nodes: edges.length, successors: (node, visit) => edges[node]?.forEach(visit) };
}

/** The nodes that can be reached without a way through one of them. */
function reachable(edges: Edges, without: number): Set<number> {
  const reached = new Set<number>();
  const open = without === 0 ? [] : [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === without || reached.has(node)) continue;
    reached.add(node);
    open.push(...(edges[node] as number[]));
  }
  return reached;
}

/** By node: what it dominates, itself included. In time that grows with the square of the graph. */
function dominatedBy(edges: Edges): Set<number>[] {
  const all = reachable(edges, -1);
  return edges.map((_, node) => {
    const left = reachable(edges, node);
    return new Set([...all].filter((other) => all.has(node) && !left.has(other)));
  });
}

/** A graph with chains, cycles, diamonds, edges back and forth, and parts that nothing leads to. */
function randomEdges(random: Random): number[][] {
  const count = random.between(1, 40);
  const edges = Array.from({ length: count }, (): number[] => []);
  const any = () => random.below(count);
  for (let node = 1; node < count; node++) {
    if (random.chance(80)) edges[random.chance(50) ? node - 1 : random.below(node)]?.push(node);
  }
  for (let more = random.below(random.pick([3, count, count * 3])); more > 0; more--) edges[any()]?.push(any());
  return edges;
}

describe("dominators", () => {
  test("random graphs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        const edges = randomEdges(new Random(seed));
        const found = dominatorsOf(flowOf(edges));
        const expected = dominatedBy(edges);
        const reached = reachable(edges, -1);
        expect(new Set(found.order)).toEqual(reached);
        const weights = edges.map((_, node) => (node * 7) % 11);
        const sums = dominatedWeights(found, (node) => weights[node] as number);
        for (const [node, dominated] of expected.entries()) {
          const sum = [...dominated].reduce((all, other) => all + (weights[other] as number), 0);
          expect(sums[node]).toBe(sum);
          const dominators = [...expected.keys()].filter((other) => other !== node && expected[other]?.has(node));
          // The nearest one is dominated by all others.
          const nearest = dominators.find((one) => dominators.every((other) => expected[other]?.has(one)));
          expect(found.immediate[node]).toBe(nearest ?? -1);
        }
      }),
      { numRuns: 300, seed: TEST_SEED | 0 },
    );
  });

  test.each([
    ["the start alone", [[]], [-1]],
    ["a chain", [[1], [2], []], [-1, 0, 1]],
    ["a diamond", [[1, 2], [3], [3], []], [-1, 0, 0, 0]],
    ["a cycle with one way in", [[1], [2], [3], [1]], [-1, 0, 1, 2]],
    ["a cycle with two ways in", [[1, 2], [2], [1]], [-1, 0, 0]],
    ["edges to itself, and twice the same", [[0, 1, 1], [1, 2, 2], [2]], [-1, 0, 1]],
    ["what nothing leads to", [[1], [], [1, 3], [2]], [-1, 0, -1, -1]],
    // Lengauer and Tarjan's own example is of this sort: semidominators that are no dominators.
    ["a semidominator that is none", [[1, 4], [2], [3, 5], [], [2], [3]], [-1, 0, 0, 2, 0, 2]],
  ] as const)("%s", (_, edges, expected) => {
    expect([...dominatorsOf(flowOf(edges)).immediate]).toEqual(expected);
  });

  test("a list of a million in both directions: no recursion, and no time that grows with its square", () => {
    const nodes = 1_000_000;
    const found = dominatorsOf({
      nodes,
      successors(node, visit) {
        if (node > 0) visit(node - 1);
        if (node + 1 < nodes) visit(node + 1);
      },
    });
    expect(found.immediate.every((dominator, node) => dominator === node - 1)).toBe(true);
    const sums = dominatedWeights(found, () => 1);
    expect([sums[0], sums[1], sums[nodes - 1]]).toEqual([nodes, nodes - 1, 1]);
  });

  test("a chain whose end leads back to all of it: ways up that were gone are not gone again", () => {
    const nodes = 300_000;
    const found = dominatorsOf({
      nodes,
      successors(node, visit) {
        if (node + 1 < nodes) visit(node + 1);
        else for (let to = 0; to < nodes; to++) visit(to);
      },
    });
    expect(found.immediate.every((dominator, node) => dominator === node - 1)).toBe(true);
  });
});
