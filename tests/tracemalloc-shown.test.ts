// Tracebacks in programs that have set how they see stacks, have frozen Error, or were compiled.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BlockAddress, Heap, Traceback, Tracemalloc } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";
import { hereLine, linesIn } from "./helpers/stacklines.js";

const errors = Error as {
  stackTraceLimit?: number | undefined;
  prepareStackTrace?: unknown;
  captureStackTrace?: unknown;
};
const linesOf = linesIn("tests/tracemalloc-shown.test.ts");

let heap: Heap;
let tracemalloc: Tracemalloc;

beforeEach(async () => {
  heap = await openHeap();
  ({ tracemalloc } = heap);
});

afterEach(() => {
  heap.verify();
});

function tracebackOf(block: BlockAddress): Traceback | undefined {
  return tracemalloc.takeSnapshot().traces.find(({ address }) => address === block)?.traceback;
}

describe("what the program has set to see stacks", () => {
  const { stackTraceLimit } = errors;
  const { prepareStackTrace } = errors;

  afterEach(() => {
    errors.stackTraceLimit = stackTraceLimit;
    errors.prepareStackTrace = prepareStackTrace;
  });

  test("is as before after an allocation", () => {
    const own = () => "mine";
    errors.prepareStackTrace = own;
    errors.stackTraceLimit = 3;
    tracemalloc.start(5);
    heap.mem.malloc(10);
    heap.list([1, 2.5]);
    expect(errors.prepareStackTrace).toBe(own);
    expect(errors.stackTraceLimit).toBe(3);
    expect(new Error("x").stack).toBe("mine");
  });

  test.each([
    [["prepareStackTrace"]],
    [["stackTraceLimit"]],
    [["stackTraceLimit", "prepareStackTrace"]],
    // Stacks are read as texts then.
    [["stackTraceLimit", "captureStackTrace"]],
  ] as const)("is still missing if it was: %j", (missing) => {
    const { captureStackTrace } = errors;
    for (const name of missing) delete errors[name];
    const before = Reflect.ownKeys(Error);
    tracemalloc.start(5);
    const block = heap.mem.malloc(10);
    const after = Reflect.ownKeys(Error);
    Object.assign(errors, { captureStackTrace });
    errors.stackTraceLimit = stackTraceLimit;
    expect(after).toEqual(before);
    expect(tracebackOf(block)?.at(-1)?.filename).toMatch(/tracemalloc-shown\.test\.ts$/);
  });

  test.each([
    ["clears traces: the block is of unknown origin", () => tracemalloc.clearTraces(), [[10, "<unknown>:0"]]],
    [
      "stops and starts: the block is not traced",
      () => {
        tracemalloc.stop();
        tracemalloc.start(1);
      },
      [],
    ],
  ])("may be a function that %s", (_, during, expected) => {
    tracemalloc.start(1);
    for (const size of [1, 2]) heap.mem.malloc(size);
    heap.mem.malloc(3);
    let calls = 0;
    errors.prepareStackTrace = () => {
      if (calls++ === 0) during();
      return "";
    };
    const block = heap.mem.malloc(10);
    errors.prepareStackTrace = prepareStackTrace;
    expect(calls).toBeGreaterThan(0);
    const { traces } = tracemalloc.takeSnapshot();
    expect(traces.map(({ size, traceback }) => [size, traceback.join()])).toEqual(expected);
    expect(tracebackOf(heap.mem.malloc(10))).toHaveLength(1);
    heap.mem.free(block);
  });

  test.each([0, 1, Number.POSITIVE_INFINITY])("does not matter if it is a limit of %d", (limit) => {
    errors.stackTraceLimit = limit;
    tracemalloc.start(1);
    const block = heap.mem.malloc(10);
    errors.stackTraceLimit = stackTraceLimit;
    expect(linesOf(tracebackOf(block))).toEqual([hereLine() - 2]);
  });

  test("may be nothing, as in browsers: a traceback has the places of the code that runs", () => {
    errors.prepareStackTrace = undefined;
    tracemalloc.start(2);
    const allocate = () => heap.mem.malloc(10);
    const blocks = [allocate(), allocate()];
    const apart = heap.mem.malloc(10);
    expect(errors.prepareStackTrace).toBeUndefined();
    errors.prepareStackTrace = prepareStackTrace;
    const [first, second, third] = [...blocks, apart].map(tracebackOf);
    expect(first?.map(({ filename }) => filename)).toEqual(
      [0, 1].map(() => expect.stringMatching(/tracemalloc-shown\.test\.ts$/)),
    );
    expect(second).toBe(first);
    expect(third?.at(-1)?.filename).toBe(first?.[0]?.filename);
    expect(third?.at(-1)?.lineno).toBe((first?.at(-1)?.lineno as number) + 2);
  });

  test("says which places a traceback has", () => {
    errors.prepareStackTrace = (_: unknown, sites: readonly { getLineNumber(): number }[]) =>
      ["Error", ...sites.map((site) => `    at call (/original/program.ts:${site.getLineNumber() + 1000}:1)`)].join(
        "\n",
      );
    tracemalloc.start(1);
    const blocks = [0, 1].map(() => heap.mem.malloc(10));
    errors.prepareStackTrace = prepareStackTrace;
    const [first, second] = blocks.map((block) => tracebackOf(block));
    expect(first).toEqual([{ filename: "/original/program.ts", lineno: expect.any(Number) }]);
    expect(first?.[0]?.lineno).toBeGreaterThan(1000);
    expect(second).toBe(first);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["returns something else", () => 5],
    ["leaves calls out", () => "Error\n    at call (/original/program.ts:1:1)"],
  ])("does not matter if it %s", (_, prepare) => {
    errors.prepareStackTrace = prepare;
    tracemalloc.start(1);
    const block = heap.mem.malloc(10);
    errors.prepareStackTrace = prepareStackTrace;
    expect(tracebackOf(block)?.[0]?.filename).toMatch(/tracemalloc-shown\.test\.ts$/);
  });
});

test("a program that has frozen Error sees what there is", () => {
  const program = `import { Heap } from "./dist/src/index.js";
Error.stackTraceLimit = 50;
Object.freeze(Error);
const heap = await Heap.create();
heap.tracemalloc.start(3);
heap.list([1.5]);
heap.mem.malloc(10);
const { traces } = heap.tracemalloc.takeSnapshot();
console.log(traces.map(({ traceback }) => traceback.at(-1).lineno).join(" "));
`;
  const lines = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(new Set(lines.trim().split(" "))).toEqual(new Set(["6", "7"]));
});

describe("a compiled program, where the engine follows source maps", () => {
  const SOURCE = `import { Heap } from "arenaria";
interface Unused { a: number }

type Alias = Unused | null;
async function main(): Promise<void> {
  const heap = await Heap.create();
  heap.tracemalloc.start(2);
  const inner = (size: number) => heap.mem.malloc(size); // line 8
  const both = [inner(1), inner(2)]; // line 9
  heap.from({ a: [1.5] }); // line 10
  const { traces } = heap.tracemalloc.takeSnapshot();
  console.log(traces.map(({ traceback }) => traceback.join(" ")).join("\\n"));
}
await main();
`;

  /** Frames of each trace when the program is compiled like that. */
  function run(bundle: boolean, ...flags: string[]): string[] {
    const folder = mkdtempSync(join(tmpdir(), "arenaria-"));
    try {
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(resolve("."), join(folder, "node_modules/arenaria"));
      writeFileSync(join(folder, "program.ts"), SOURCE);
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      buildSync({
        absWorkingDir: folder,
        entryPoints: ["program.ts"],
        outdir: "out",
        format: "esm",
        platform: "node",
        minify: true,
        sourcemap: true,
        preserveSymlinks: true,
        bundle,
      });
      const path = join(folder, "out/program.js");
      const text = execFileSync(process.execPath, [...flags, path], { encoding: "utf8" });
      return text
        .trim()
        .split("\n")
        .map((line) => line.replaceAll(folder, ""));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("has the lines of its source", () => {
    const lines = run(false, "--enable-source-maps");
    expect(lines).toContain("/program.ts:9 /program.ts:8");
    expect(lines.filter((line) => line.endsWith("/program.ts:10")).length).toBeGreaterThan(1);
  });

  test("has those of what runs if it does not", () => {
    expect(new Set(run(false))).toEqual(
      new Set(["/out/program.js:1 /out/program.js:1", expect.stringMatching(/program\.js:\d+$/)]),
    );
  });

  test("has no frames of this library in a bundle", () => {
    const lines = run(true, "--enable-source-maps");
    expect(lines).toContain("/program.ts:9 /program.ts:8");
    expect(lines.filter((line) => line.includes("arenaria") || line.includes("/src/"))).toEqual([]);
  });
});
