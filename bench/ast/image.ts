// A tree that is saved and loaded: as an image of its heap, and as plain objects by the engine.

import { deserialize, serialize } from "node:v8";
import { Heap, type Instance } from "arenaria";
import { OURS, PLAIN } from "../objects/holders.js";
import type { Rounds } from "../replay/timing.js";
import type { Progress } from "../report/progress.js";
import { median } from "../statistics.js";
import { timed } from "../stopwatch.js";
import { differenceOf } from "./check.js";
import type { Source } from "./parse.js";
import { build, defineSyntaxNode, type FIELDS } from "./records.js";
import { cycleOf, NONE, type Tree, type TreeFacts } from "./tree.js";

/** The name of the root among the globals of a heap. */
export const ROOT = "tree";

/** What saving and loading takes, medians in milliseconds. */
export interface SavedFigures {
  readonly holder: string;
  readonly bytes: number;
  readonly save: number;
  readonly load: number;
}

/** What came out of saving and loading a tree. */
export interface TreeImageOutcome {
  readonly nodes: number;
  readonly results: readonly SavedFigures[];
  /** Milliseconds that `structuredClone` takes, which makes the same tree again at once. */
  readonly clone: number;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

/** Steps of progress that `measureTreeImage` makes. */
export function stepsOfTreeImage({ warmUp, counted }: Rounds): number {
  return 1 + warmUp + counted;
}

/** Saves and loads a tree both ways, round by round, and makes sure that what was loaded is the parser's tree. Also gives the image. */
export async function measureTreeImage(
  source: Source,
  tree: Tree,
  facts: TreeFacts,
  { warmUp, counted }: Rounds,
  progress: Progress,
): Promise<{ outcome: TreeImageOutcome; image: Uint8Array }> {
  progress.part(`${facts.name}: saved and loaded`);
  const heap = await Heap.create();
  const SyntaxNode = defineSyntaxNode(heap);
  heap.scope(() => heap.globals.set(ROOT, build(heap, SyntaxNode, tree)));
  heap.gc.collect();
  const image = heap.snapshot();
  const faults = await faultsOf(image, source, tree, facts);
  const plain = plainTree(tree);
  const serialized = serialize(plain);
  progress.step();
  const times = { save: [], load: [], serialize: [], deserialize: [], clone: [] } as Record<string, number[]>;
  const time = (part: string, body: () => unknown) => timed(times[part] as number[], body);
  for (let round = 0; round < warmUp + counted; round++) {
    time("save", () => heap.snapshot());
    const before = performance.now();
    await Heap.restore(image);
    times.load?.push(performance.now() - before);
    time("serialize", () => serialize(plain));
    time("deserialize", () => deserialize(serialized));
    time("clone", () => structuredClone(plain));
    progress.step();
  }
  heap[Symbol.dispose]();
  const medianOf = (part: string) => median((times[part] ?? []).slice(warmUp));
  const outcome = {
    nodes: tree.nodes,
    results: [
      { holder: OURS, bytes: image.length, save: medianOf("save"), load: medianOf("load") },
      { holder: PLAIN, bytes: serialized.length, save: medianOf("serialize"), load: medianOf("deserialize") },
    ],
    clone: medianOf("clone"),
    faults,
  };
  return { outcome, image };
}

/** What must not happen and did, a sentence each. */
export function treeImageComplaints({ faults }: TreeImageOutcome): string[] {
  return faults.map((fault) => `saved and loaded: ${fault}`);
}

/** Whether an image is one of the parser's tree, of which nothing stays once it is dropped. */
async function faultsOf(image: Uint8Array, { program }: Source, tree: Tree, { kinds }: TreeFacts): Promise<string[]> {
  const faults: string[] = [];
  const heap = await Heap.restore(image);
  const SyntaxNode = defineSyntaxNode(heap);
  heap.verify();
  const root = heap.scope(() => (heap.globals.get(ROOT) as Instance<typeof FIELDS>).address);
  const { difference } = differenceOf(SyntaxNode, root, program, kinds);
  if (difference !== null) faults.push(`the tree that was loaded is not the parser's: ${difference}`);
  heap.globals.delete(ROOT);
  const freed = heap.gc.collect();
  if (freed !== cycleOf(tree))
    faults.push(`the collection freed ${freed} of ${cycleOf(tree)} records that were loaded`);
  heap.verify();
  heap[Symbol.dispose]();
  return faults;
}

/** A node with its children in an array, as the engine's serializer wants it: a chain of siblings is too deep for its stack. */
interface PlainNode {
  readonly kind: number;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly parent: PlainNode | null;
  readonly children: PlainNode[];
}

function plainTree({ nodes, kind, start, end, flags, parent }: Tree): PlainNode {
  const made: PlainNode[] = [];
  for (let i = 0; i < nodes; i++) {
    const above = parent[i] === NONE ? null : (made[parent[i] as number] as PlainNode);
    const node: PlainNode = {
      kind: kind[i] as number,
      start: start[i] as number,
      end: end[i] as number,
      flags: flags[i] as number,
      parent: above,
      children: [],
    };
    above?.children.push(node);
    made.push(node);
  }
  return made[0] as PlainNode;
}
