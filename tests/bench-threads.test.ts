// The benchmarks of threads: that a run notices what got lost, what threads note of the lock, and what is judged.

import { spawnSync } from "node:child_process";
import { type GIL, Heap, type List } from "arenaria";
import { describe, expect, test } from "vitest";
import { faultsOf } from "../bench/ast/crowd.js";
import type { Tree, TreeFacts } from "../bench/ast/tree.js";
import { projectPath } from "../bench/paths.js";
import { aloneTable, togetherTable, waitTable } from "../bench/report/threads.js";
import { aloneRow, failuresOf, togetherRows, waitRow } from "../bench/suites/threads.js";
import { workIn } from "../bench/threads/alone.js";
import { Held, overlapOf } from "../bench/threads/held.js";
import type { AloneTask } from "../bench/threads/task.js";
import { faultsIn, sharedHeap, sharesOf } from "../bench/threads/together.js";

const KINDS = [
  "run",
  "atomic",
  "acquire",
  "checkpoint",
  "get",
  "set",
  "get reference",
  "push",
  "new",
  "cursor",
] as const;

describe.each([true, false])("one thread, shared: %s", (shared) => {
  test.each(KINDS)("%s leaves nothing in a heap, and the lock free", async (kind: AloneTask["kind"]) => {
    const heap = await Heap.create({ shared });
    const work = workIn(heap, kind);
    const blocks = () => {
      work.prepare?.();
      work.run();
      expect(heap.gil.held).toBe(false);
      work.prepare?.();
      return heap.gil.run(() => heap.sys.getAllocatedBlocks());
    };
    const once = blocks();
    expect(blocks()).toBe(once);
    heap.gil.run(() => heap.verify());
  });
});

describe("what a run notices", () => {
  test("operations that were not counted, items and records that are missing", async () => {
    const heap = await sharedHeap();
    heap.gil.run(() => {
      expect(faultsIn(heap, "push", 0)).toEqual([]);
      expect(faultsIn(heap, "increment", 3)).toEqual(["operations that were counted: 0, which should be 3"]);
      expect(faultsIn(heap, "make", 100)).toEqual(["records: 0, which should be 64"]);
      (heap.globals.get("list") as List).push(1);
      expect(faultsIn(heap, "push", 2)).toEqual(["items in the list: 1, which should be 2"]);
      expect(faultsIn(heap, "push", 1)).toEqual([]);
    });
  });

  test("nodes that a thread did not see, and two that had the lock at once", () => {
    const tree = { kind: Int32Array.of(0, 1, 1) } as unknown as Tree;
    const facts = { kinds: ["A", "B"] } as unknown as TreeFacts;
    const watcher = { spans: [[3, 4]] as const, tally: [] };
    const mover = (tally: number[]) => ({ spans: [[0, 1]] as const, tally });
    expect(faultsOf([mover([2, 4]), watcher], tree, facts, 2)).toEqual([]);
    expect(faultsOf([mover([2, 3]), watcher], tree, facts, 2)).toEqual([
      "thread 0 saw 3 nodes of kind B, which should be 4",
    ]);
    expect(faultsOf([watcher, watcher], tree, facts, 2)).toEqual([
      "two threads had the lock at the same time, for 1 ms",
    ]);
  });

  test("shares of the operations are all of them", () => {
    expect(sharesOf(10, 4)).toEqual([2, 3, 2, 3]);
    expect(sharesOf(10_000_000, 1)).toEqual([10_000_000]);
  });
});

describe("when a thread had the lock", () => {
  test("ends before a checkpoint that gave it away and begins after it, and others do not end it", () => {
    const gil = { switches: 5, run: (body: () => void) => body(), checkpoint: () => {} };
    const held = new Held(gil as unknown as GIL);
    held.run(() => {
      held.checkpoint();
      expect(held.spans).toEqual([]);
      gil.checkpoint = () => {
        gil.switches += 2;
        const until = performance.now() + 5;
        while (performance.now() < until);
      };
      held.checkpoint();
      expect(held.spans).toHaveLength(1);
      held.checkpoint();
    });
    const [first, second, third] = held.spans as [[number, number], [number, number], [number, number]];
    expect(held.spans).toHaveLength(3);
    for (const [before, after] of [
      [first, second],
      [second, third],
    ] as const) {
      expect(after[0] - before[1]).toBeGreaterThanOrEqual(4.9);
    }
  });

  test("overlaps are found wherever they are", () => {
    expect(overlapOf([[[0, 1]], [[1, 2]], [[3, 4]]])).toBe(0);
    expect(overlapOf([[[0, 10]], [[20, 21]], [[2, 3]]])).toBe(8);
    expect(overlapOf([[], []])).toBe(-Infinity);
  });
});

describe("figures", () => {
  const run = (milliseconds: number, ...faults: string[]) => ({ milliseconds, switches: milliseconds, faults });
  const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
    [head, ...lines].map((cells) => cells.join(" | ")).join("\n");
  const judgement = ({ met }: { readonly met: boolean | null }) => [String(met)];

  test("of one thread are medians, and the ratio that of each round", () => {
    const row = aloneRow("get", [10, 40, 20], [1, 2, 4]);
    expect(row).toEqual({ case: "get", shared: 20, plain: 2, overPlain: 10, samples: 3 });
    expect(aloneTable([row], table)).toContain("get | 20.0 | 2.00 | 10.0");
  });

  test("of several are over those of one, and what got lost is a failure", () => {
    const rounds = new Map([
      [1, [run(10), run(20), run(30)]],
      [2, [run(20), run(80), run(30, "items: 1, which should be 2")]],
    ]);
    const rows = togetherRows("push", 1e6, rounds);
    expect(rows.map(({ threads, nanoseconds, overOne, met }) => [threads, nanoseconds, overOne, met])).toEqual([
      [1, 20, null, true],
      [2, 30, 2, false],
    ]);
    expect(failuresOf(rows, [])).toEqual(["push, 2 threads: items: 1, which should be 2"]);
    expect(togetherTable(rows, table, judgement)).toMatch(
      /\npush \| 2 \| .* \| 30\.0 \| 30\.0 \| 2\.00 \| 30 \| false$/,
    );
  });

  test("of waits are in intervals: the middle one, and the last but those 5 % that took longest", () => {
    const waits = Array.from({ length: 20 }, (_, i) => i + 1);
    const row = waitRow(3, waits, 5);
    expect(row).toMatchObject({ median: 2.1, most95: 3.8, met: false, waits: 20 });
    expect(waitRow(1, waits.slice(0, 18), 5)).toMatchObject({ median: 1.9, met: true });
    expect(failuresOf([], [row])).toEqual([
      "a thread waits 2.10 switch intervals in the median for a lock that 3 others have in turn, which should be 2 at most",
    ]);
    expect(waitTable([row], table, judgement)).toContain("3 | 20 | 5.00 | 2.10 | 3.80 | false");
  });
});

test("the suite runs, and nothing gets lost", () => {
  const program = projectPath("build", "bench", "run.js");
  const { stdout, stderr } = spawnSync(process.execPath, [program, "--smoke", "threads"], { encoding: "utf8" });
  expect(stderr.match(/Error.*/)?.[0]).toBe(undefined);
  // Three waits are no median: whether they were short is not asked.
  expect(stderr).not.toMatch(/which should be (?!2 at most)/);
  for (const words of ["gil.checkpoint", "push to one list", "intervals in the median"])
    expect(stdout).toContain(words);
}, 300_000);
