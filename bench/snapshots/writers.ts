// Snapshots of a graph: of a heap's objects, piece by piece, and of the same as plain objects, by the engine.

import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";
import { type Handle, Heap } from "arenaria";
import { buildInHeap, buildPlain } from "../images/graphs.js";
import { collectJavaScript } from "../objects/answer.js";
import { beginPeak, peak } from "./peak.js";
import type { SnapshotTask, SnapshotTimes } from "./task.js";

/** The name among the globals under which buildInHeap puts the graph. */
const ROOT = "root";
/** Bytes at the start of a snapshot that say how many nodes and edges it has. */
const HEAD_BYTES = 4096;

/** A record of the tree, see buildInHeap. */
interface TreeRecord extends Handle {
  readonly left: TreeRecord | null;
}

/** What has a graph, and writes it to a file. */
export interface Writer {
  write(file: string): void;
  /** Milliseconds to find out why an object is alive; null if nobody can tell. */
  why(): number | null;
}

export async function openOurs(task: SnapshotTask): Promise<Writer> {
  const heap = await Heap.create();
  buildInHeap(heap, task);
  return {
    write(file) {
      const out = openSync(file, "w");
      try {
        for (const piece of heap.heapSnapshot()) writeSync(out, piece);
      } finally {
        closeSync(out);
      }
    },
    why: () => heap.scope(() => timeOfWhy(heap, task)),
  };
}

/** Milliseconds to find out why the leaf of the tree is alive that is the furthest from its root; null for what is no tree. */
function timeOfWhy(heap: Heap, task: SnapshotTask): number | null {
  if (task.kind !== "records") return null;
  let record = heap.globals.get(ROOT) as TreeRecord;
  for (let below = record.left; below !== null; below = record.left) {
    // Its handle would be a root itself.
    record.release();
    record = below;
  }
  const before = performance.now();
  const path = heap.whyAlive(record);
  const after = performance.now();
  if (path === null || path.steps.length !== 1 + Math.floor(Math.log2(task.size))) {
    throw new Error(`the path to the leaf is ${path}`);
  }
  return after - before;
}

export function openPlain(task: SnapshotTask): Writer {
  const graph = buildPlain(task);
  return {
    write(file) {
      writeHeapSnapshot(file);
      if (graph.records === 0) throw new Error("there is no graph");
    },
    why: () => null,
  };
}

/** Writes a snapshot, and says what that took. */
export function timesOf(writer: Writer): SnapshotTimes {
  const file = join(tmpdir(), `arenaria-${process.pid}.heapsnapshot`);
  try {
    const why = writer.why();
    collectJavaScript();
    const before = beginPeak();
    const start = performance.now();
    writer.write(file);
    const milliseconds = performance.now() - start;
    const memory = before === null ? null : Math.max(0, peak() - before);
    return { milliseconds, memory, ...countsIn(file), bytes: statSync(file).size, why };
  } finally {
    rmSync(file, { force: true });
  }
}

function countsIn(file: string): { nodes: number; edges: number } {
  const head = Buffer.alloc(HEAD_BYTES);
  const input = openSync(file, "r");
  readSync(input, head);
  closeSync(input);
  const text = head.toString("latin1");
  const count = (name: string): number => {
    const found = new RegExp(`"${name}":(\\d+)`).exec(text);
    if (found === null) throw new Error(`the snapshot does not begin with its ${name}`);
    return Number(found[1]);
  };
  return { nodes: count("node_count"), edges: count("edge_count") };
}
