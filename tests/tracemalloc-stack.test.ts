// Whose lines tracebacks name: those of the program, wherever it is called from.
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { BlockAddress, Heap, Traceback, Tracemalloc } from "../src/index.js";
import { evalName, fileOf, sitesOf } from "../src/tracing/enginestack.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { hereLine, linesIn } from "./helpers/stacklines.js";

const errors = Error as { prepareStackTrace?: unknown };
const linesOf = linesIn("tests/tracemalloc-stack.test.ts");

let heap: Heap;
let tracemalloc: Tracemalloc;

beforeEach(async () => {
  heap = await openHeap();
  ({ tracemalloc } = heap);
});

afterEach(() => {
  heap.verify();
});

/** Calls `body` at every eighth level of the lower half of the stack, until it is at its end, which is elsewhere for another `first`. */
function nearTheEnd(first: number, body: () => void): void {
  let depth = 0;
  let called = 0;
  let left = 2 ** 30;
  const deeper = (): void => {
    depth++;
    if (--left <= 0 && left % 8 === 0) {
      body();
      called++;
    }
    deeper();
  };
  expect(deeper).toThrow(RangeError);
  left = Math.floor(depth / 2) + first;
  expect(deeper).toThrow(/call stack|did not come to its end/);
  expect(called).toBeGreaterThan(0);
}

function tracebackOf(block: BlockAddress): Traceback | undefined {
  return tracemalloc.takeSnapshot().traces.find(({ address }) => address === block)?.traceback;
}

describe("the first line is the program's", () => {
  test("from outside to inside, as far as it was told", () => {
    tracemalloc.start(3);
    const lines: number[] = [];
    const inner = () => {
      lines[0] = hereLine() + 1;
      return heap.mem.malloc(10);
    };
    const middle = () => {
      lines[1] = hereLine() + 1;
      return inner();
    };
    lines[2] = hereLine() + 1;
    const block = middle();
    expect(linesOf(tracebackOf(block))).toEqual(lines);
  });

  test("inside a finalizer, with the line that let the object die below it", () => {
    const made: BlockAddress[] = [];
    let inside = 0;
    const Node = heap.struct(
      "Node",
      { next: "self" },
      {
        finalize: () => {
          inside = hereLine() + 1;
          made.push(heap.mem.malloc(10));
        },
      },
    );
    const node = new Node();
    tracemalloc.start(10);
    node.release();
    expect(linesOf(tracebackOf(made[0] as BlockAddress))).toEqual([inside, hereLine() - 1]);
  });

  test("inside a function that an array calls", () => {
    tracemalloc.start(2);
    const blocks = [1, 2].map((size) => heap.mem.malloc(size));
    const line = hereLine() - 1;
    expect(linesOf(tracebackOf(blocks[1] as BlockAddress))).toEqual([line, line]);
  });

  test("inside functions that the heap calls", () => {
    tracemalloc.start(3);
    const lines: number[] = [];
    const inFrame = () => {
      lines[0] = hereLine() + 1;
      return heap.mem.malloc(8);
    };
    const inScope = () => {
      lines[1] = hereLine() + 1;
      return heap.frame("main", inFrame);
    };
    lines[2] = hereLine() + 1;
    const block = heap.scope(inScope);
    expect(linesOf(tracebackOf(block))).toEqual(lines);
  });

  test("inside methods of a class made of a record type", () => {
    const Node = heap.struct("Node", { value: "ref" });
    let line = 0;
    class Holder {
      readonly node = new Node();
      fill(): void {
        line = hereLine() + 1;
        this.node.value = 2 ** 40;
      }
    }
    const holder = new Holder();
    tracemalloc.start(1);
    holder.fill();
    const { traces } = tracemalloc.takeSnapshot();
    expect(traces.length).toBeGreaterThan(0);
    expect(traces.map(({ traceback }) => linesOf(traceback))).toEqual(traces.map(() => [line]));
  });

  test("inside getters and iterators that the heap asks", () => {
    tracemalloc.start(1);
    const lines: number[] = [];
    const made: BlockAddress[] = [];
    const note = (line: number, block: BlockAddress) => {
      lines.push(line);
      made.push(block);
    };
    function* items() {
      note(hereLine(), heap.mem.malloc(8));
      yield 1;
    }
    const plain = {
      get first() {
        note(hereLine(), heap.mem.malloc(8));
        return 2.5;
      },
    };
    heap.list(items());
    heap.from(plain);
    expect(made.map((block) => linesOf(tracebackOf(block)))).toEqual(lines.map((line) => [line]));
  });

  test("in code made of a text, it is the line there, and the file says where that was made", () => {
    tracemalloc.start(2);
    const block = new Function("heap", "\n\nreturn heap.mem.malloc(9)")(heap);
    const line = hereLine() - 1;
    expect(tracebackOf(block)?.map(String)).toEqual([
      expect.stringMatching(new RegExp(`tracemalloc-stack\\.test\\.ts:${line}$`)),
      expect.stringMatching(new RegExp(`^<eval at .*tracemalloc-stack\\.test\\.ts:${line}>:\\d+$`)),
    ]);
    const named = new Function("heap", "return heap.mem.malloc(9)\n//# sourceURL=generated.js")(heap);
    expect(tracebackOf(named)?.at(-1)?.filename).toBe("generated.js");
  });

  test("of a program that waits, those who wait follow", async () => {
    tracemalloc.start(2);
    let block = 0 as BlockAddress;
    const inner = async () => {
      await null;
      block = heap.mem.malloc(5);
    };
    await inner();
    expect(linesOf(tracebackOf(block))).toEqual([hereLine() - 3, hereLine() - 1]);
  });

  test("what the engine has below the program is left out", async () => {
    tracemalloc.start(5);
    let block = 0 as BlockAddress;
    await new Promise<void>((done) => {
      setTimeout(() => {
        block = heap.mem.malloc(64);
        done();
      });
    });
    expect(tracebackOf(block)).toHaveLength(1);
    expect(linesOf(tracebackOf(block))).toEqual([hereLine() - 5]);
  });

  test("where nothing of the program is on the stack, nothing is known", async () => {
    tracemalloc.start(2);
    await new Promise<void>((done) => {
      queueMicrotask(heap.mem.malloc.bind(null, 64));
      setTimeout(done);
    });
    const [trace] = tracemalloc.takeSnapshot().traces;
    expect(trace?.traceback.every(({ filename }) => /^(node:|<unknown>$)/.test(filename))).toBe(true);
  });
});

describe("a deep stack", () => {
  test("is cut to the most recent frames, and its depth is known", () => {
    const deep = (calls: number): BlockAddress => (calls === 0 ? heap.mem.malloc(1) : deep(calls - 1));
    tracemalloc.start(5);
    const [short, long] = [tracebackOf(deep(100)), tracebackOf(deep(2000))];
    expect(short).toHaveLength(5);
    expect(short?.totalFrames).toBeGreaterThan(100);
    expect(short?.totalFrames).toBeLessThan(200);
    expect(long).toHaveLength(5);
  });

  test("of as many frames as there can be", () => {
    const deep = (calls: number): BlockAddress => (calls === 0 ? heap.mem.malloc(1) : deep(calls - 1));
    tracemalloc.start(65_535);
    const traceback = tracebackOf(deep(1000));
    expect(traceback?.length).toBeGreaterThan(1000);
    expect(traceback?.totalFrames).toBe(traceback?.length);
  });

  test.each(VARIANTS)("at its end, allocations go on or the heap says that it cannot: $name", async ({ open }) => {
    const { prepareStackTrace } = errors;
    onTestFinished(() => {
      errors.prepareStackTrace = prepareStackTrace;
    });
    for (let first = 0; first < 8; first++) {
      if (first === 4) delete errors.prepareStackTrace;
      const before = Object.getOwnPropertyDescriptors(Error);
      const own = await open();
      own.tracemalloc.start(4);
      const allocate = () => {
        own.mem.free(own.mem.malloc(24));
        own.list([1.5]);
      };
      nearTheEnd(first, allocate);
      expect(Object.getOwnPropertyDescriptors(Error)).toEqual(before);
      try {
        expect(own.tracemalloc.takeSnapshot().traces.length).toBeGreaterThan(0);
        own.verify();
      } catch (error) {
        expect(error).toMatchObject({ code: "HEAP_UNUSABLE" });
      }
    }
  });
});

describe("texts of stacks", () => {
  test.each([
    [
      "V8",
      "Error: x\n    at f (file:///a/b.js:3:4)\n    at file:///a/c.js:5:6\n    at async g (/d (e)/f.js:7:8)\n    at Array.map (<anonymous>)",
    ],
    [
      "V8 below a piece of source",
      "/a/b.js:3\n  throw at @x;\n  ^\n\nError: x\n    at new F (file:///a/b.js:3:4)\n    at file:///a/c.js:5:6\n    at async /d (e)/f.js:7:8\n    at <anonymous>",
    ],
    ["Firefox", "f@file:///a/b.js:3:4\n@file:///a/c.js:5:6\nasync*g@/d (e)/f.js:7:8\nmap@[native code]\n"],
    ["Safari", "f@file:///a/b.js:3:4\nmodule code@file:///a/c.js:5:6\ng@/d (e)/f.js:7:8\nmap@[native code]"],
  ])("of %s are read", (_, text) => {
    expect(sitesOf(text)).toEqual([
      { filename: "file:///a/b.js", lineno: 3 },
      { filename: "file:///a/c.js", lineno: 5 },
      { filename: "/d (e)/f.js", lineno: 7 },
      null,
    ]);
  });

  test("of code made of texts name where that was", () => {
    expect(sitesOf("Error\n    at eval (eval at run (/a/b.js:3:4), <anonymous>:5:6)")).toEqual([
      { filename: "<eval at /a/b.js:3>", lineno: 5 },
    ]);
    expect(evalName("eval at inner (eval at outer (/a/b.js:3:4), <anonymous>:1:1)")).toBe("<eval at /a/b.js:3>");
    expect(evalName(undefined)).toBe("<eval>");
  });

  test.each([
    ["file:///home/a%20b/c.js", "/home/a b/c.js"],
    ["file:///C:/a/b.js?v=1", "C:/a/b.js?v=1"],
    ["file:///a/100%/b.js", "/a/100%/b.js"],
    ["https://host/a%20b.js", "https://host/a%20b.js"],
    ["/a/b.js", "/a/b.js"],
  ])("name %s as %s", (name, file) => {
    expect(fileOf(name)).toBe(file);
  });

  test("are all there is in engines without call sites", () => {
    const { captureStackTrace } = Error;
    const blocks: BlockAddress[] = [];
    const allocate = () => blocks.push(heap.mem.malloc(10));
    const line = hereLine() - 1;
    try {
      // @ts-expect-error: V8 has it.
      Error.captureStackTrace = undefined;
      tracemalloc.start(2);
      allocate();
      allocate();
    } finally {
      Error.captureStackTrace = captureStackTrace;
    }
    const tracebacks = blocks.map(tracebackOf);
    const called = hereLine() - 6;
    expect(tracebacks.map(linesOf)).toEqual([
      [line, called],
      [line, called + 1],
    ]);
    expect(tracebacks[0]?.totalFrames).toBeGreaterThan(2);
  });
});
