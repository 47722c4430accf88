// Workers with random operations on one heap: tests/workers/threads-mix.mjs, which checks as it goes. Here what is left at the end.
import { strict as assert } from "node:assert";
import { Heap } from "../../src/index.js";
import type { SumsOptions } from "./sums.js";
import { Team } from "./team.js";

export interface MixReport {
  operations: number;
  checks: number;
  switches: number;
  verified: number;
  milliseconds: number;
}

const LIMIT = 60;
const WARM_UP = 2000;

/** @throws AssertionError; Error when a worker finds something that cannot be, or nothing happens any more */
export async function runMix(options: SumsOptions): Promise<MixReport> {
  const { workers, operations, seed, interval, debug = false } = options;
  const errors: unknown[] = [];
  const heap = await Heap.create({ shared: true, debug, onUnraisable: ({ error }) => errors.push(error) });
  const Node = heap.gil.run(() => {
    if (interval !== undefined) heap.sys.setSwitchInterval(interval);
    return heap.struct("Node", { id: "u32", left: "ref", right: "ref" });
  });
  const fill = () =>
    heap.scope(() => {
      heap.globals.set("pairs", []);
      heap.globals.set("wheel", heap.deque(Array.from({ length: 150 }, (_, n) => n)));
      heap.globals.set("table", new Map(Array.from({ length: 16 }, (_, n) => [n, n])));
      heap.globals.set("ring", new Map(Array.from({ length: 4 }, (_, n) => [n, null])));
      heap.globals.set("tree", new Node());
    });
  const drop = () => {
    heap.globals.clear();
    heap.gc.collect();
    heap.verify();
    return heap.sys.getAllocatedBlocks();
  };
  const each = (count: number, by: number) =>
    Array.from({ length: by }, (_, n) => ({ seed: seed + n, operations: Math.ceil(count / by), limit: LIMIT }));

  heap.gil.run(fill);
  await new Team(heap, "threads-mix.mjs", each(WARM_UP, 1)).run();
  const blocksBefore = heap.gil.run(drop);

  heap.gil.run(fill);
  const switchesBefore = heap.gil.switches;
  const started = performance.now();
  let verified = 0;
  const team = new Team(heap, "threads-mix.mjs", each(operations, workers));
  const reports = await team.run<{ checks: number; handles: number }>(() => {
    heap.verify();
    verified++;
  });
  const milliseconds = performance.now() - started;
  const switches = heap.gil.switches - switchesBefore;
  assert.deepEqual(
    reports.map(({ handles }) => handles),
    reports.map(() => 0),
    "handles of the workers",
  );
  assert.equal(heap.gil.run(drop), blocksBefore, "blocks in use");
  assert.equal(
    heap.gil.run(() => heap.handleCount),
    0,
    "handles of the main thread",
  );
  assert.deepEqual(errors, [], "errors that nobody could catch");
  heap[Symbol.dispose]();
  const checks = reports.reduce((sum, report) => sum + report.checks, 0);
  return { operations: Math.ceil(operations / workers) * workers, checks, switches, verified, milliseconds };
}
