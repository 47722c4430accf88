// The benchmarks of weak references: that everybody does every task, that a run notices what went wrong and leaves nothing behind, and
// that an operation which is not flat is a failure.

import { spawnSync } from "node:child_process";
import { Heap } from "arenaria";
import { describe, expect, test } from "vitest";
import { pyodidePartner } from "../bench/objects/partner.js";
import type { Work } from "../bench/objects/work.js";
import { projectPath } from "../bench/paths.js";
import { weakTable } from "../bench/report/weak.js";
import { failuresOf, rowsOf, type Samples } from "../bench/suites/weak.js";
import { sink } from "../bench/values/containers.js";
import { deathWork, FIELDS } from "../bench/weak/deaths.js";
import { type Entries, insertWork, lookupWork, over } from "../bench/weak/entries.js";
import { ourWork, workIn } from "../bench/weak/ourwork.js";
import { plainWork } from "../bench/weak/plainwork.js";
import type { WeakTask } from "../bench/weak/task.js";

const SIZE = 50;
const COLLECTIONS = ["values", "keys", "set"] as const;
const COLLECTION_TASKS: readonly WeakTask[] = COLLECTIONS.flatMap((collection) => [
  ...(["insert", "lookup"] as const).map((kind): WeakTask => ({ kind, collection, size: SIZE })),
  ...(["singly", "together", "collected"] as const).map(
    (end): WeakTask => ({ kind: "entries die", collection, end, size: SIZE }),
  ),
]);
const REFERENCE_TASKS: readonly WeakTask[] = [
  ...(["make", "again", "make with callback", "deref", "read field", "write field"] as const).map(
    (kind): WeakTask => ({ kind }),
  ),
  ...(["together", "collected"] as const).flatMap((end) =>
    (["nothing", "reference", "callback", "finalizer", "finalize"] as const).map(
      (rite): WeakTask => ({ kind: "objects die", rite, end, size: SIZE }),
    ),
  ),
];
const TASKS = [...COLLECTION_TASKS, ...REFERENCE_TASKS];
const nameOf = (task: WeakTask) => Object.values(task).join(", ");

function runOnce(work: Work | null): void {
  work?.prepare?.();
  work?.run();
}

describe("tasks", () => {
  test.each(TASKS.map((task) => [nameOf(task), task] as const))("%s leaves nothing in a heap", async (_, task) => {
    const heap = await Heap.create();
    const work = workIn(heap, task);
    runOnce(work);
    runOnce(work);
    const blocks = () => {
      heap.gc.collect();
      return heap.sys.getAllocatedBlocks();
    };
    const twice = blocks();
    for (let i = 0; i < 3; i++) runOnce(work);
    expect(blocks()).toBe(twice);
    heap.verify();
  });

  test("reads find as many in a heap as in JavaScript", async () => {
    for (const task of TASKS) {
      const plain = plainWork(task);
      if (plain === null || task.kind === "insert") continue;
      const sums = [plain, await ourWork(task)].map((work) => {
        sink.sum = 0;
        runOnce(work);
        return sink.sum;
      });
      expect([nameOf(task), sums[0]]).toEqual([nameOf(task), sums[1]]);
      expect(sums[0]).toBe(plain.operations);
    }
  });

  test("CPython does all, JavaScript what does not need to know when an object dies", async () => {
    const python = pyodidePartner("weak.py");
    const unable: Record<string, string[]> = { plain: [], python: [] };
    for (const task of TASKS) {
      const plain = plainWork(task);
      if (plain === null) unable.plain?.push(task.kind);
      runOnce(plain);
      if (!(await python.ask<boolean>("begin", task))) unable.python?.push(task.kind);
      else expect(await python.ask<number>("sample", 0.01)).toBeTypeOf("number");
    }
    python.end();
    expect(new Set(unable.plain)).toEqual(new Set(["entries die", "again", "make with callback", "objects die"]));
    expect(unable.python).toEqual([]);
  }, 120_000);
});

describe("what a run notices", () => {
  const none: Entries = { add: () => {}, find: () => 0, done: () => {} };

  test("an entry that is not found, an operation that comes to nothing", () => {
    expect(() => lookupWork(() => none, 3).run()).toThrow("0 entries of 3 were found");
    expect(() => over([1, 2], (thing) => thing - 1).run()).toThrow("1 operations of 2 came to something");
  });

  test("each collection gets all entries and is done with before the next", () => {
    const log: string[] = [];
    const open = () => {
      log.push("open");
      return { ...none, add: (i: number) => void log.push(`add ${i}`), done: () => void log.push("done") };
    };
    const work = insertWork(open, 2);
    runOnce(work);
    runOnce(work);
    expect(log).toEqual(["open", "add 0", "add 1", "done", "open", "add 0", "add 1"]);
  });

  test.each(["singly", "together", "collected"] as const)(
    "objects that die %s are dead when it is checked",
    async (end) => {
      const heap = await Heap.create();
      const Node = heap.struct("Node", FIELDS);
      const left: number[] = [];
      const count = () => heap.gc.getObjects().filter((object) => Node.isInstance(object)).length;
      const check = () => void left.push(heap.scope(count));
      const arrange = () => void left.push(heap.scope(count));
      runOnce(deathWork(heap, Node, SIZE, end, { arrange, check, clear: () => {} }));
      expect(left).toEqual([SIZE, 0]);
    },
  );
});

describe("figures", () => {
  const samples = (size: number, ours: number[]): Samples => ({
    task: { kind: "insert", collection: "set", size },
    ours,
    plain: [2, 2, 2],
    python: [],
  });

  test("growth is the median of the rounds' ratios, of the most entries to a thousand", () => {
    const few = [1, 10, 100];
    const rows = rowsOf("insert", [samples(100, few), samples(1000, few), samples(100_000, [3, 30, 400])]);
    expect(rows.map(({ size, growth, met }) => [size, growth, met])).toEqual([
      [100, null, null],
      [1000, null, null],
      [100_000, 3, true],
    ]);
    expect(rows[0]).toMatchObject({ ours: 10, plain: 2, python: null, overPlain: 5, overPython: null, samples: 3 });
    expect(failuresOf(rows)).toEqual([]);
  });

  test("above three it is a failure", () => {
    const rows = rowsOf("WeakSet, insert", [samples(1000, [10, 10]), samples(100_000, [31, 31])]);
    expect(rows[1]?.met).toBe(false);
    expect(failuresOf(rows)).toEqual([
      "WeakSet, insert: with 100 000 entries an operation takes 3.10 times as long as with 1 000",
    ]);
  });

  test("nothing is judged without a thousand entries", () => {
    expect(rowsOf("insert", [samples(10, [1]), samples(20, [9])]).map(({ met }) => met)).toEqual([null, null]);
  });

  test("the table has a row for each operation and a column for each size", () => {
    const rows = rowsOf("insert", [samples(1000, [10]), samples(100_000, [25])]);
    const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
      [head, ...lines].map((cells) => cells.join(" | ")).join("\n");
    expect(weakTable(rows, table, ({ met }) => [String(met)])).toBe(
      "operation | 1 000 | 100 000 | growth | limit | \ninsert | 10.0 / 2.00 / – | 25.0 / 2.00 / – | 2.50 | true",
    );
  });
});

test("the suite runs", () => {
  const program = projectPath("build", "bench", "run.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--smoke", "weak"], { encoding: "utf8" });
  expect([status, stderr.match(/Error.*/)?.[0]]).toEqual([0, undefined]);
  for (const words of ["WeakValueDictionary, deaths one by one", "deref", "death by count, nothing else"]) {
    expect(stdout).toContain(words);
  }
}, 300_000);
