// A tree in a heap that threads share: two go through it and change it, a third watches, and in the end all of it must add up.

import { Heap, type List } from "arenaria";
import { projectPath } from "../paths.js";
import type { Progress } from "../report/progress.js";
import { gather } from "../threads/crew.js";
import { overlapOf, type Span } from "../threads/held.js";
import { ROOT } from "./image.js";
import { build, defineSyntaxNode, type SyntaxNodeType } from "./records.js";
import { cycleOf, type Tree, type TreeFacts } from "./tree.js";

const THREAD = projectPath("build", "bench", "ast", "thread.js");
/** The name of the list of what was done among the globals: [thread, pass] each. */
export const LOG = "log";
/** Threads that change the tree. */
const MOVERS = 2;
/** Milliseconds between two looks at the heap. */
const PAUSE = 20;
/** The most by which clocks of two processors may differ, in milliseconds. */
const CLOCK_ERROR = 0.01;

export type TreeJob =
  /** Goes through the tree so many times: start and end of every node grow by 1, as they would for a character at the top of the file. */
  | { readonly kind: "move"; readonly passes: number; readonly kinds: number }
  /** Looks at the heap, again after so many milliseconds. */
  | { readonly kind: "watch"; readonly pause: number };

/** What the watching thread sees. */
export interface WatchSample {
  readonly blocks: number;
  readonly passes: number;
  readonly switches: number;
}

export interface TreeAnswer {
  /** The thread's number in the heap's messages. */
  readonly thread: number;
  /** When it had the lock. */
  readonly spans: readonly Span[];
  /** Nodes seen of each kind. */
  readonly tally: readonly number[];
  readonly samples: readonly WatchSample[];
}

/** What came out of a tree with threads. */
export interface CrowdOutcome {
  readonly name: string;
  readonly nodes: number;
  /** Of each thread that changes the tree. */
  readonly passes: number;
  /** Those that change it, and at last the one that watches. Times are milliseconds since all began. */
  readonly threads: readonly TreeAnswer[];
  readonly milliseconds: number;
  /** How often the lock changed hands. */
  readonly switches: number;
  /** Of two threads' turns, in milliseconds. */
  readonly interval: number;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

/** Lets threads loose on a tree, each for so many passes. */
export async function crowdOf(tree: Tree, facts: TreeFacts, passes: number, progress: Progress): Promise<CrowdOutcome> {
  progress.part(`${facts.name}: ${MOVERS} threads that change it, and one that watches`);
  const heap = await Heap.create({ shared: true });
  const { gil } = heap;
  const { SyntaxNode, blocks } = gil.run(() => {
    const defined = defineSyntaxNode(heap);
    // Before blocks are counted, so that the names and their places are none of the tree's.
    forget(heap);
    const before = heap.sys.getAllocatedBlocks();
    heap.scope(() => {
      heap.globals.set(ROOT, build(heap, defined, tree));
      heap.globals.set(LOG, []);
    });
    return { SyntaxNode: defined, blocks: before };
  });
  const move: TreeJob = { kind: "move", passes, kinds: facts.kinds.length };
  const jobs = [...Array.from({ length: MOVERS }, () => move), { kind: "watch", pause: PAUSE } as const];
  const crew = await gather<TreeJob, TreeAnswer>(heap, THREAD, jobs);
  const switches = gil.switches;
  const answers = await crew.work(1);
  const outcome = gil.run(() => {
    const faults = [...faultsOf(answers, tree, facts, passes), ...faultsIn(heap, SyntaxNode, tree, passes, blocks)];
    return { switches: gil.switches - switches, interval: heap.sys.getSwitchInterval() * 1000, faults };
  });
  heap[Symbol.dispose]();
  progress.step();
  const spans = answers.flatMap((answer) => answer.spans);
  const first = Math.min(...spans.map(([from]) => from));
  const since = ([from, until]: Span): Span => [from - first, until - first];
  return {
    name: facts.name,
    nodes: tree.nodes,
    passes,
    threads: answers.map((answer) => ({ ...answer, spans: answer.spans.map(since) })),
    milliseconds: Math.max(...spans.map(([, until]) => until)) - first,
    ...outcome,
  };
}

/** What must not happen and did, a sentence each. */
export function crowdComplaints({ faults }: CrowdOutcome): string[] {
  return faults.map((fault) => `shared by threads: ${fault}`);
}

/** What the threads saw that is not so. */
export function faultsOf(
  answers: readonly Pick<TreeAnswer, "spans" | "tally">[],
  { kind }: Tree,
  { kinds }: TreeFacts,
  passes: number,
): string[] {
  const faults: string[] = [];
  const wanted = new Array<number>(kinds.length).fill(0);
  for (const each of kind) wanted[each] = (wanted[each] as number) + passes;
  for (const [i, { tally }] of answers.entries()) {
    if (tally.length === 0) continue;
    const wrong = tally.findIndex((count, number) => count !== wanted[number]);
    if (wrong === -1) continue;
    faults.push(`thread ${i} saw ${tally[wrong]} nodes of kind ${kinds[wrong]}, which should be ${wanted[wrong]}`);
  }
  const overlap = overlapOf(answers.map(({ spans }) => spans));
  if (overlap > CLOCK_ERROR) faults.push(`two threads had the lock at the same time, for ${overlap} ms`);
  return faults;
}

/** What of the heap is not as it must be. The tree is dropped. */
function faultsIn(heap: Heap, SyntaxNode: SyntaxNodeType, tree: Tree, passes: number, blocks: number): string[] {
  const faults: string[] = [];
  heap.verify();
  const moved = MOVERS * passes;
  const root = heap.scope(() => (heap.globals.get(ROOT) as { readonly address: number }).address);
  const wrong = misplaced(SyntaxNode, root, tree, moved);
  if (wrong > 0) faults.push(`${wrong} nodes are not where ${moved} moves must have brought them`);
  const entries = heap.scope(() => (heap.globals.get(LOG) as List).length);
  if (entries !== moved) faults.push(`${entries} passes were noted, which should be ${moved}`);
  forget(heap);
  const freed = heap.gc.collect();
  if (freed !== cycleOf(tree)) faults.push(`the collection freed ${freed} of ${cycleOf(tree)} records`);
  const left = heap.sys.getAllocatedBlocks() - blocks;
  if (left !== 0) faults.push(`${left} blocks are left when the tree is freed, which should be none`);
  heap.verify();
  return faults;
}

/** Nothing that threads share is held by its name. */
function forget({ globals }: Heap): void {
  globals.set(ROOT, null);
  globals.set(LOG, null);
}

/** Nodes, in the order of the source, that do not lie `moved` characters behind where the parser found them. */
function misplaced(SyntaxNode: SyntaxNodeType, root: number, { nodes, start, end }: Tree, moved: number): number {
  const record = SyntaxNode.cursor();
  let wrong = 0;
  const open = [root];
  for (let i = 0; i < nodes; i++) {
    record.address = open.pop() ?? 0;
    if (record.address === 0) return wrong + nodes - i;
    if (record.start !== (start[i] as number) + moved || record.end !== (end[i] as number) + moved) wrong++;
    const { nextSibling, firstChild } = record;
    if (nextSibling !== 0) open.push(nextSibling);
    if (firstChild !== 0) open.push(firstChild);
  }
  return wrong;
}
