// node --expose-gc child.js STATE
// A process that allocates in one heap, and traces as STATE says.

import { Heap } from "arenaria";
import { answer, collectJavaScript } from "../objects/answer.js";
import { sample, type Work } from "../objects/work.js";
import { type Bulk, DEPTH, framesOf, type State, type TaskName } from "./task.js";

/** Operations of one call of a loop. */
const CALLS = 500;

/** A small document: 21 blocks. */
const DOCUMENT = {
  name: "a text that is not short",
  tags: ["one", "two", "three"],
  at: { x: 1.5, y: 2.5, inner: { more: [1, 2, 3] } },
};

const state = process.argv[2] as State;
const heap = await Heap.create({ gc: { enabled: false } });
const Node = heap.struct("Node", { next: "self", value: "f64" });

/** What is done once. */
function operationOf(task: TaskName): { readonly prepare?: () => void; readonly run: () => void } {
  switch (task) {
    case "malloc and free":
      return { run: () => heap.mem.free(heap.mem.malloc(64)) };
    case "new record":
      return { run: () => new Node().release() };
    case "list push": {
      let list = heap.list();
      const prepare = () => {
        list.release();
        list = heap.list();
      };
      return { prepare, run: () => list.push(1.5) };
    }
    case "heap.from":
      return { run: () => heap.from(DOCUMENT).release() };
  }
}

/** Below as many calls as a program may have. */
function below(calls: number, body: () => void): void {
  if (calls === 0) body();
  else below(calls - 1, body);
}

const works = new Map<TaskName, Work>();

/** The same each time: of functions that were made twice from one place the engine knows less, and makes slower code. */
function workOf(task: TaskName): Work {
  const known = works.get(task);
  if (known !== undefined) return known;
  const { run, ...rest } = operationOf(task);
  const loop = () => {
    for (let i = 0; i < CALLS; i++) run();
  };
  const work = { ...rest, operations: CALLS, run: () => below(DEPTH, loop) };
  works.set(task, work);
  return work;
}

/** Everybody does the same before, traced or not: what an engine has seen of functions decides how quick they are later. */
function begin(): void {
  if (state !== "never") heap.tracemalloc.start(framesOf(state) || 25);
  for (const task of ["malloc and free", "new record", "heap.from"] as const) workOf(task).run();
  if (state === "stopped") heap.tracemalloc.stop();
}

function elapsed<T>(body: () => T): [milliseconds: number, result: T] {
  const before = performance.now();
  const result = body();
  return [performance.now() - before, result];
}

/** Blocks of one line, all alive. */
function bulk(traces: number): Bulk {
  heap.tracemalloc.clearTraces();
  const blocks: number[] = [];
  below(DEPTH, () => {
    for (let i = 0; i < traces; i++) blocks.push(heap.mem.malloc(16));
  });
  const bytes = heap.tracemalloc.getTracemallocMemory() / traces;
  collectJavaScript();
  const [snapshot, taken] = elapsed(() => heap.tracemalloc.takeSnapshot());
  const [statistics, lines] = elapsed(() => taken.statistics("lineno"));
  if (lines[0]?.count !== traces) throw new Error(`${traces} blocks were allocated, and ${lines[0]?.count} are traced`);
  const [json, text] = elapsed(() => JSON.stringify(taken));
  for (const block of blocks) heap.mem.free(block);
  return { traces, bytes, snapshot, statistics, json, jsonBytes: text.length / traces };
}

begin();

await answer({
  /** Nanoseconds an operation. */
  sample: (task: TaskName, milliseconds: number) => {
    const work = workOf(task);
    collectJavaScript();
    return sample(work, milliseconds);
  },
  bulk,
});
