// Several threads on one heap: what they take together, and whether anything of it got lost.

import { Heap, type Instance, type List } from "arenaria";
import { projectPath } from "../paths.js";
import { gather } from "./crew.js";
import {
  COUNTER_FIELDS,
  COUNTERS,
  type Deed,
  LIST,
  PLACES,
  RECORD_FIELDS,
  SHARED,
  type ThreadAnswer,
  type ThreadJob,
} from "./task.js";

const THREAD = projectPath("build", "bench", "threads", "thread.js");
/** Bytes that are there from the start, so that memory does not grow while something is timed. */
const MEMORY = 2 ** 26;

/** What some threads took for a deed together. */
export interface Together {
  readonly milliseconds: number;
  /** How often the lock changed hands. */
  readonly switches: number;
  /** What was not as it should be in the end, a sentence each. */
  readonly faults: readonly string[];
}

/** Shares so many operations out among threads, each of which takes the lock once. */
export async function doTogether(deed: Deed, threads: number, operations: number): Promise<Together> {
  const heap = await sharedHeap();
  const jobs = sharesOf(operations, threads).map((share): ThreadJob => ({ kind: deed, operations: share }));
  const crew = await gather<ThreadJob, ThreadAnswer>(heap, THREAD, jobs);
  const switches = heap.gil.switches;
  const before = performance.now();
  await crew.work();
  const milliseconds = performance.now() - before;
  const faults = heap.gil.run(() => faultsIn(heap, deed, operations));
  const result = { milliseconds, switches: heap.gil.switches - switches, faults };
  heap[Symbol.dispose]();
  return result;
}

/** Milliseconds that a thread waits for the lock while `others` have it in turn, and the interval. */
export async function waitAmong(
  others: number,
  times: number,
): Promise<{ waits: readonly number[]; interval: number }> {
  const heap = await sharedHeap();
  const jobs: ThreadJob[] = Array.from({ length: others }, () => ({ kind: "poll" }));
  const crew = await gather<ThreadJob, ThreadAnswer>(heap, THREAD, [{ kind: "wait", times, seed: 1 }, ...jobs]);
  const answers = await crew.work(others);
  const interval = heap.gil.run(() => heap.sys.getSwitchInterval()) * 1000;
  heap[Symbol.dispose]();
  return { waits: answers.flatMap(({ waits }) => waits), interval };
}

/** As many operations as go into as many shares, none more than one larger than another. */
export function sharesOf(operations: number, threads: number): number[] {
  return Array.from(
    { length: threads },
    (_, i) => Math.floor((operations * (i + 1)) / threads) - Math.floor((operations * i) / threads),
  );
}

/** A heap with the objects that threads share. */
export async function sharedHeap(): Promise<Heap> {
  const heap = await Heap.create({ shared: true, initialMemory: MEMORY });
  heap.gil.run(() =>
    heap.scope(() => {
      const Counter = heap.struct("Counter", COUNTER_FIELDS);
      heap.struct("Record", RECORD_FIELDS);
      heap.globals.set(
        COUNTERS,
        Array.from({ length: SHARED }, () => new Counter()),
      );
      heap.globals.set(LIST, []);
      heap.globals.set(
        PLACES,
        Array.from({ length: SHARED }, () => null),
      );
    }),
  );
  return heap;
}

/** What is not as it must be after so many operations. */
export function faultsIn(heap: Heap, deed: Deed, operations: number): string[] {
  const faults: string[] = [];
  const expect = (what: string, found: number, wanted: number) => {
    if (found !== wanted) faults.push(`${what}: ${found}, which should be ${wanted}`);
  };
  const length = (name: string) => heap.scope(() => (heap.globals.get(name) as List).length);
  expect("operations that were counted", countIn(heap), deed === "increment" ? operations : 0);
  expect("items in the list", length(LIST), deed === "push" ? operations : 0);
  expect("records", recordsIn(heap), deed === "make" ? Math.min(operations, SHARED) : 0);
  try {
    heap.verify();
  } catch (error) {
    faults.push((error as Error).message);
  }
  return faults;
}

function countIn(heap: Heap): number {
  return heap.scope(() => {
    const counters = heap.globals.get(COUNTERS) as List;
    let sum = 0;
    for (const counter of counters) sum += (counter as Instance<typeof COUNTER_FIELDS>).count;
    return sum;
  });
}

/** Records that live, wherever they are. */
function recordsIn(heap: Heap): number {
  const type = heap.inspect().types.find(({ name }) => name === "Record");
  return type?.objects ?? 0;
}
