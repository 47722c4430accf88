// The benchmarks of values: that everybody does the same work, that it leaves nothing behind, and that tables say what was measured.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Heap } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pyodidePartner } from "../bench/objects/partner.js";
import { projectPath } from "../bench/paths.js";
import { blocksTable, bytesTable } from "../bench/report/sizes.js";
import { type SizeRow, sizeRows } from "../bench/suites/sizes.js";
import { type Containers, containerWork, sink } from "../bench/values/containers.js";
import { recordsText } from "../bench/values/documents.js";
import { containersOf, ourWork } from "../bench/values/ourwork.js";
import { CONTAINERS, plainWork } from "../bench/values/plainwork.js";
import { bytesOf, KINDS, type Kind } from "../bench/values/sizes.js";
import { integerKeys, keySource, textsOf, type ValueTask } from "../bench/values/task.js";

let directory = "";
let file = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "bench-values-"));
  file = join(directory, "records.json");
  writeFileSync(file, recordsText(20));
});
afterAll(() => rmSync(directory, { recursive: true }));

const KEYS = ["integers", "hot strings", "new strings"] as const;
const CONTAINER_TASKS: readonly ValueTask[] = [
  { kind: "list push", size: 100 },
  { kind: "list read", size: 100 },
  { kind: "queue", size: 100 },
  ...(["dict get", "dict set", "dict fill", "set has", "set fill"] as const).flatMap((kind) =>
    KEYS.map((keys): ValueTask => ({ kind, keys, size: 100 })),
  ),
];

describe("keys, texts and documents", () => {
  test("integers are each there once, in no order", () => {
    const keys = integerKeys(1000);
    const sorted = [...keys].sort((a, b) => a - b);
    expect(sorted).toEqual(Array.from({ length: 1000 }, (_, i) => i * 7));
    expect(keys).not.toEqual(sorted);
  });

  test("strings have eight characters; hot ones are the same list each time, new ones another of the same", () => {
    for (const kind of ["hot strings", "new strings"] as const) {
      const source = keySource(kind, 500);
      const [first, second] = [source(), source()];
      expect(new Set(first).size).toBe(500);
      for (const key of first) expect(key).toHaveLength(8);
      expect(second).toEqual(first);
      expect(second === first).toBe(kind === "hot strings");
    }
  });

  test("texts have their length and their characters", () => {
    const [ascii, latin, wide] = (["ASCII", "Latin-1", "UTF-16"] as const).map((alphabet) => textsOf(alphabet, 20));
    expect(new Set(ascii).size).toBe(16);
    for (const text of ascii ?? []) expect(text).toMatch(/^[a-z]{20}$/);
    for (const text of latin ?? []) expect(text).toMatch(/^[\u0080-\u00ff]{20}$/);
    for (const text of wide ?? []) expect(text).toMatch(/^[\u0100-\uffff]{20}$/);
  });

  test("the document of 1 MB is one, and the same each time", () => {
    const text = recordsText(4000);
    expect(Buffer.byteLength(text) / 1e6).toBeCloseTo(1, 0);
    expect(recordsText(4000)).toBe(text);
    expect(JSON.parse(text)).toHaveLength(4000);
  });
});

describe("work on containers", () => {
  function sumOf(containers: Containers, task: ValueTask): number {
    const work = containerWork(containers, task);
    if (work === null) throw new Error(`there is no work of the kind ${task.kind}`);
    sink.sum = 0;
    work.prepare?.();
    work.run();
    expect(work.operations).toBeGreaterThan(0);
    return sink.sum;
  }

  test.each(CONTAINER_TASKS)(
    "$kind comes to the same in a heap and in JavaScript, and leaves nothing",
    async (task) => {
      const heap = await Heap.create();
      const wanted = sumOf(CONTAINERS, task);
      const found = heap.scope(() => sumOf(containersOf(heap), task));
      expect(found).toBe(wanted);
      if (task.kind.endsWith("get") || task.kind.endsWith("has") || task.kind.endsWith("read"))
        expect(wanted).not.toBe(0);
      const blocks = () => heap.sys.getAllocatedBlocks();
      const work = containerWork(containersOf(heap), task);
      work?.prepare?.();
      work?.run();
      const once = blocks();
      for (let i = 0; i < 3; i++) {
        work?.prepare?.();
        work?.run();
      }
      expect(blocks()).toBe(once);
      heap.verify();
    },
  );

  test("what is no container is nothing to do", () => {
    expect(containerWork(CONTAINERS, { kind: "parse", file })).toBe(null);
  });
});

test("everybody does every task that there is for them", async () => {
  const tasks: readonly ValueTask[] = [
    ...CONTAINER_TASKS,
    ...(["parse", "from", "back", "drop"] as const).map((kind): ValueTask => ({ kind, file })),
    ...(["text in", "text out"] as const).map((kind): ValueTask => ({ kind, alphabet: "UTF-16", length: 9 })),
  ];
  const python = pyodidePartner("values.py", file);
  const able: Record<string, string[]> = { plain: [], python: [] };
  for (const task of tasks) {
    const ours = await ourWork(task);
    ours?.prepare?.();
    expect(() => ours?.run()).not.toThrow();
    const plain = plainWork(task);
    plain?.run();
    if (plain === null) able.plain?.push(task.kind);
    if (!(await python.ask<boolean>("begin", task))) able.python?.push(task.kind);
    else expect(await python.ask<number>("sample", 0.01)).toBeTypeOf("number");
  }
  python.end();
  expect(able).toEqual({ plain: ["drop"], python: ["from", "back", "text in", "text out"] });
}, 60_000);

describe("bytes of values", () => {
  test("the blocks are as large as what is told, and at most rounded up, of what owns nothing else", async () => {
    const heap = await Heap.create();
    for (const kind of KINDS) {
      for (const way of kind.ways) {
        const { told, blocks } = bytesOf(heap, kind, way, kind.lengths.at(-1) === 1 ? 1 : 40);
        // Plain objects have keys of their own here, made with them.
        if (kind.type === "dict" && kind.contents === "str keys" && way === "literal") continue;
        expect([kind.type, kind.contents, way, blocks >= told && blocks < told + told / 8 + 32]).toEqual([
          kind.type,
          kind.contents,
          way,
          true,
        ]);
      }
    }
    expect(heap.gc.collect()).toBe(0);
  });

  test("a value that is larger than CPython's and should not be is a failure, and shown", async () => {
    const prepare: Kind["prepare"] = (heap, _, n) => () => heap.list(new Array(n + 1).fill(0));
    const kind: Kind = {
      type: "list",
      contents: "small ints",
      ways: ["sequence"],
      lengths: [0, 1, 4],
      judged: true,
      prepare,
    };
    const { python, measured, rows, failures } = await sizeRows({ smoke: true }, [kind, { ...kind, judged: false }]);
    expect(python).toMatch(/^3\./);
    expect(measured).toBe(6);
    expect(rows.map(({ length, above }) => [length, above])).toEqual([
      [0, true],
      [1, false],
      [4, true],
      [0, false],
      [1, false],
    ]);
    expect(failures).toEqual([
      "a list (small ints, sequence) of 0 takes 32 bytes, CPython's 28",
      "a list (small ints, sequence) of 4 takes 48 bytes, CPython's 44",
    ]);
  }, 60_000);

  const row = (change: Partial<SizeRow>): SizeRow => ({
    type: "list",
    contents: "small ints",
    made: "literal",
    length: 5,
    ours: 48,
    blocks: 56,
    python: 52,
    above: false,
    ...change,
  });

  test("ways with the same sizes are one line, and what is too large stands out", () => {
    const rows = [
      row({}),
      row({ made: "sequence" }),
      row({ made: "one by one", ours: 2060, python: 60, above: true }),
      row({ type: "float", contents: "", length: 1, ours: 16, python: 16 }),
      row({ type: "int", contents: "bits", length: 64, ours: 20, python: 24 }),
    ];
    const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
      [head, ...lines].map((cells) => cells.join(" | ")).join("\n");
    const lines = bytesTable(rows, table).split("\n");
    expect(lines).toContain("list, small ints: literal, sequence |  |  |  |  | 48 / 52 |  |  |  |  | ");
    expect(lines).toContain("list, small ints: one by one |  |  |  |  | **2 060 / 60** |  |  |  |  | ");
    expect(lines).toContain("float |  | 16 / 16 |  |  |  |  |  |  |  | ");
    expect(lines.find((line) => line.startsWith("int, bits"))).toContain(" | 20 / 24 | ");
    expect(blocksTable(rows, table)).toContain("list, small ints |  |  |  |  | 56 | ");
  });
});

test("the suites run, and no value is larger than CPython's that should not be", () => {
  const program = projectPath("build", "bench", "run.js");
  const options = ["--smoke", "values", "sizes"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], { encoding: "utf8" });
  expect(stderr).not.toMatch(/ bytes, CPython's /);
  expect(status).toBe(0);
  for (const words of ["dict get, integers, 10", "records of 1 MB: from JSON text", "ASCII but one UCS-2"]) {
    expect(stdout).toContain(words);
  }
}, 300_000);
