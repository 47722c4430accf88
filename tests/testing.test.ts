// arenaria/testing: tests that leave something behind in a heap fail, in vitest and in node:test.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, describe, expect, test } from "vitest";
import { partsOf } from "../src/heap.js";
import { Dict, type Heap, List } from "../src/index.js";
import { LeakError, leakGuard, withoutLeaks } from "../src/leaks/testing.js";
import { openHeap, SHARED, VARIANTS } from "./helpers/heap.js";
import { leaking, sound } from "./leaking/programs.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const heaps: Heap[] = [];
afterEach(() => {
  for (const heap of heaps.splice(0)) heap[Symbol.dispose]();
});

async function opened(options = {}): Promise<Heap> {
  const heap = await openHeap(options);
  heaps.push(heap);
  return heap;
}

/** The error that a body leads to. */
function leakOf(heap: Heap, body: () => unknown): LeakError {
  try {
    withoutLeaks(heap, body);
  } catch (error) {
    if (error instanceof LeakError) return error;
    throw error;
  }
  throw new Error("nothing was left");
}

describe.each([...VARIANTS, SHARED])("withoutLeaks: $name", ({ open }) => {
  test.each(Object.entries(sound))("%s", async (_, body) => {
    const heap = await open();
    heaps.push(heap);
    heap.globals.set("from before", ["a list"]);
    await withoutLeaks(heap, () => body(heap));
    heap.verify();
  });

  test.each(Object.entries(leaking))("%s", async (_, body) => {
    const heap = await open();
    heaps.push(heap);
    heap.list(["from before"]);
    heap.mem.malloc(10);
    await expect((async () => withoutLeaks(heap, () => body(heap)))()).rejects.toThrow(LeakError);
    heap.verify();
  });
});

describe("what is told", () => {
  test("handles, and what they keep alive", async () => {
    const heap = await opened();
    heap.list(["a text from before"]);
    const { report, message, name } = leakOf(heap, () => heap.list(["a text"]));
    expect(report).toMatchObject({
      types: [{ type: "list", handles: 1, objects: 1 }],
      kept: [{ type: "str", objects: 1 }],
      examples: [{ type: "str", path: expect.stringContaining("list") }],
    });
    expect(name).toBe("LeakError");
    expect(message).toMatch(/^Left behind by the test: 1 handle, 2 objects, \d+ bytes\n/);
  });

  test("a new handle of an object from before is a handle, and no object", async () => {
    const heap = await opened();
    const list = heap.list();
    const { report } = leakOf(heap, () => list.clone());
    expect(report).toMatchObject({ types: [{ type: "list", handles: 1, objects: 1 }], kept: [] });
  });

  test("why what names hold is alive", async () => {
    const heap = await opened();
    const { report, message } = leakOf(heap, () => heap.globals.set("cache", { key: ["x".repeat(50)] }));
    expect(report.kept.map(({ type }) => type).sort()).toEqual(["dict", "list", "str", "str"].slice(0, 3));
    expect(message).toContain('globals["cache"]');
    expect(message).toMatch(/why list 0x\w+ is alive\n/);
  });

  test("references and blocks, as far as there are more than before", async () => {
    const heap = await opened();
    const list = heap.list();
    heap.core.incref(list.address);
    const blocks = [heap.mem.malloc(40), heap.mem.malloc(40)];
    const { report } = leakOf(heap, () => {
      heap.core.incref(list.address);
      heap.mem.free(blocks[0] as number);
      for (let n = 0; n < 3; n++) heap.mem.malloc(2000);
    });
    expect(report.references).toMatchObject([{ type: "list", references: 1, objects: 1 }]);
    expect(report.blocks).toMatchObject([{ blocks: 2 }]);
  });

  test("places, while they are traced", async () => {
    const heap = await opened();
    heap.tracemalloc.start();
    const { message } = leakOf(heap, () => heap.list());
    expect(message).toMatch(/1 list, \d+ bytes, allocated at, most recent call first:\n {2}.*testing\.test\.ts:\d+/);
  });

  test("places also of what names hold, without those of the test runner", async () => {
    const heap = await opened();
    heap.globals.set("pages", {});
    heap.tracemalloc.start(30);
    const { report, message } = leakOf(heap, () => {
      const pages = heap.globals.get("pages");
      if (pages instanceof Dict)
        for (let n = 0; n < 3; n++)
          pages.set(
            `page ${n}`,
            heap.scope(() => ["a text", n]),
          );
    });
    expect(report.tracebacks.map(({ what }) => what)).toEqual(["6 str, 3 list"]);
    expect(report.tracebacks[0]?.traceback.some(({ filename }) => filename.includes("/node_modules/"))).toBe(true);
    expect(message.match(/ {2}\S*testing\.test\.ts:\d+/g)?.length).toBeGreaterThan(1);
    expect(message).not.toContain("node_modules");
  });

  test("an arena has its bytes at the place where it was made, too", async () => {
    const heap = await opened();
    heap.tracemalloc.start();
    const { report } = leakOf(heap, () => heap.arena().malloc(100));
    expect(report.tracebacks[0]?.bytes).toBe(report.arenas[0]?.bytes);
  });

  test("containers from before that have more in them, also what is no object", async () => {
    const heap = await opened();
    heap.globals.set("cache", {});
    heap.globals.set("list", [1, 2]);
    heap.globals.set("other", [1, 2, 3]);
    const { report, message } = leakOf(heap, () => {
      const [cache, list, other] = ["cache", "list", "other"].map((name) => heap.globals.get(name));
      if (cache instanceof Dict) for (let n = 0; n < 5000; n++) cache.set(n, n);
      if (list instanceof List && other instanceof List) list.push(other.pop() ?? 0);
      for (const handle of [cache, list, other]) if (handle instanceof Dict || handle instanceof List) handle.release();
    });
    expect(report).toMatchObject({ types: [], kept: [], grown: [{ type: "dict", objects: 1, items: 5000 }] });
    expect(message).toContain("Left behind by the test: 5,000 items");
    expect(leakOf(heap, () => heap.globals.set("n", 1)).report.grown).toEqual([{ type: "dict", objects: 1, items: 1 }]);
    withoutLeaks(heap, () => heap.globals.set("n", 2));
  });

  test("garbage from before hides nothing", async () => {
    const heap = await opened({ gc: { enabled: false } });
    heap.scope(() => {
      const ring = heap.list();
      ring.push(heap.list([ring]));
    });
    const { report } = leakOf(heap, () => heap.globals.set("left", []));
    expect(report.kept).toMatchObject([{ type: "list", objects: 1 }, { type: "str" }]);
  });

  test("what replaces something from before is no leak", async () => {
    const heap = await opened();
    heap.globals.set("list", ["x".repeat(100)]);
    withoutLeaks(heap, () => heap.globals.set("list", ["y".repeat(100)]));
  });
});

describe("withoutLeaks", () => {
  test("returns what the body returns, or a promise of it", async () => {
    const heap = await opened();
    expect(withoutLeaks(heap, () => 5)).toBe(5);
    expect(await withoutLeaks(heap, async () => 6)).toBe(6);
  });

  test("what the body throws comes first", async () => {
    const heap = await opened();
    const error = new Error("the body");
    expect(() =>
      withoutLeaks(heap, () => {
        heap.list();
        throw error;
      }),
    ).toThrow(error);
    await expect(withoutLeaks(heap, () => Promise.reject(error))).rejects.toBe(error);
    expect(partsOf(heap).exit.whenEnding.size).toBe(0);
  });

  test("arguments, and heaps that are gone", async () => {
    const heap = await opened();
    // @ts-expect-error no heap
    expect(() => withoutLeaks({}, () => {})).toThrow(TypeError);
    // @ts-expect-error no function
    expect(() => withoutLeaks(heap, 5)).toThrow(TypeError);
    withoutLeaks(heap, () => heap[Symbol.dispose]());
    expect(() => withoutLeaks(heap, () => {})).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });
});

describe("leakGuard", () => {
  /** Hooks that are called by hand. */
  function runner() {
    const hooks = { before: () => {}, after: () => {} };
    return {
      hooks: {
        beforeEach(body: () => void) {
          hooks.before = body;
        },
        afterEach(body: () => void) {
          hooks.after = body;
        },
      },
      test(body: () => void) {
        hooks.before();
        body();
        hooks.after();
      },
    };
  }

  test("looks at each test apart", async () => {
    const heap = await opened();
    const { hooks, test } = runner();
    leakGuard(heap, hooks);
    test(() => {});
    expect(() => test(() => heap.list())).toThrow(LeakError);
    test(() => heap.list().release());
  });

  test("two tests at the same time are told so, and not taken for leaks", async () => {
    const heap = await opened();
    heap.globals.set("from before", [1]);
    const { hooks, test } = runner();
    let [begin, finish] = [() => {}, () => {}];
    leakGuard(heap, {
      beforeEach(body) {
        begin = body;
        hooks.beforeEach(body);
      },
      afterEach(body) {
        finish = body;
        hooks.afterEach(body);
      },
    });
    begin();
    expect(begin).toThrow(/run at the same time/);
    finish();
    finish();
    test(() => {});
    expect(() => test(() => heap.list())).toThrow(LeakError);
  });

  test("what was told inside a test is not told again", async () => {
    const heap = await opened();
    const { hooks, test } = runner();
    leakGuard(heap, hooks);
    const errors: unknown[] = [];
    const tried = (body: () => void) => {
      try {
        body();
      } catch (error) {
        errors.push(error);
      }
    };
    tried(() =>
      test(() => {
        tried(() => withoutLeaks(heap, () => heap.list()));
      }),
    );
    expect(errors).toEqual([expect.any(LeakError)]);
    expect(() =>
      test(() => {
        tried(() => withoutLeaks(heap, () => heap.list()));
        heap.dict();
      }),
    ).toThrow(/dict/);
  });

  test("a heap that is disposed of is looked at before it goes", async () => {
    const { hooks, test } = runner();
    let heap = await opened();
    leakGuard(() => heap, hooks);
    test(() => {
      heap.list().release();
      heap[Symbol.dispose]();
    });
    test(() => {});
    heap = await opened();
    expect(() =>
      test(() => {
        heap.globals.set("left", [1]);
        heap[Symbol.dispose]();
      }),
    ).toThrow(/globals\["left"\]/);
    const shared = await SHARED.open();
    expect(() =>
      withoutLeaks(shared, () => {
        shared.list();
        shared[Symbol.dispose]();
      }),
    ).toThrow(LeakError);
  });

  test("a heap that was made by the test was empty before", async () => {
    const { hooks, test } = runner();
    let heap: Heap | undefined;
    leakGuard(() => heap, hooks);
    test(() => {});
    const made = await opened();
    made.list();
    expect(() =>
      test(() => {
        heap = made;
      }),
    ).toThrow(/^In the heap, which was made behind the guard: 1 handle/);
    test(() => {});
    const other = await opened();
    test(() => {
      heap = other;
    });
  });

  test("arguments, and heaps that are gone", async () => {
    const heap = await opened();
    const { hooks, test } = runner();
    // @ts-expect-error no heap
    expect(() => leakGuard("heap", hooks)).toThrow(TypeError);
    // @ts-expect-error no hooks
    expect(() => leakGuard(heap, {})).toThrow(/wants the hooks of the test runner/);
    let late: Heap | undefined;
    leakGuard(() => late, hooks);
    expect(() =>
      test(() => {
        late = heap;
        heap[Symbol.dispose]();
      }),
    ).toThrow(/stands before leakGuard/);
    test(() => {});
  });
});

/** Names of tests, and whether they passed. */
type Outcome = { [name: string]: boolean };

const EXPECTED: Outcome = Object.fromEntries([
  ...Object.keys(sound).map((name) => [name, true] as const),
  ...Object.keys(leaking).map((name) => [name, false] as const),
]);

/** Standard output of a program that fails. */
function outputOf(args: readonly string[], cwd: string): string {
  // What runs these tests must not tell those that they are part of it.
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
  try {
    return execFileSync(process.execPath, args, { cwd, env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("in vitest, tests that leave something behind fail, with the report as the message", () => {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const output = outputOf([vitest, "run", "--config", "tests/leaking/vitest.config.ts", "--root", ROOT], ROOT);
  const { testResults } = JSON.parse(output.slice(output.indexOf("{"))) as {
    testResults: {
      assertionResults: { fullName: string; title: string; status: string; failureMessages: string[] }[];
    }[];
  };
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  for (const group of ["guarded", "disposed of first", "by hand"]) {
    const found = results.filter(({ fullName }) => fullName.startsWith(group));
    expect(Object.fromEntries(found.map(({ title, status }) => [title, status === "passed"]))).toEqual(EXPECTED);
    const [message = ""] = found.find(({ title }) => title === "leaks through a name")?.failureMessages ?? [];
    expect(message).toContain("LeakError: Left behind by the test");
    expect(message).toContain('globals["cache"]');
  }
});

test("in node:test, tests that leave something behind fail, with the report as the message", async () => {
  const folder = mkdtempSync(join(tmpdir(), "arenaria-"));
  try {
    const program = join(folder, "leaking.mjs");
    const alias = { "arenaria/testing": join(ROOT, "src/leaks/testing.ts"), arenaria: join(ROOT, "src/index.ts") };
    const entry = join(ROOT, "tests/leaking/node.leaking.ts");
    const target = `node${process.versions.node}`;
    await build({
      entryPoints: [entry],
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      target,
      alias,
    });
    const output = outputOf(["--test-reporter=tap", program], folder);
    const lines = [...output.matchAll(/^ {4}(ok|not ok) \d+ - (.*?)(?: #.*)?$/gm)];
    expect(Object.fromEntries(lines.map(([, ok, name]) => [name, ok === "ok"]))).toEqual(EXPECTED);
    expect(output).toContain("Left behind by the test: 1 handle, 2 objects");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
