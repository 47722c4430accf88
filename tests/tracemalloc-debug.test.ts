// Errors of debug mode while allocations are traced: who allocated the block, and who freed it.
import { beforeEach, describe, expect, test } from "vitest";
import { CorruptionError, type Heap } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { hereLine } from "./helpers/stacklines.js";

/** What the error of `body` says of the block's history, with files without their folders. */
function historyIn(body: () => void): string[] {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptionError);
    const { message, report } = error as CorruptionError;
    expect(message.endsWith(report)).toBe(true);
    const lines = report.split("\n");
    const from = lines.findIndex((line) => line.includes("allocated at"));
    return from < 0 ? [] : lines.slice(from).map((line) => line.replace(/^(\s*).*\/tests\//, "$1"));
  }
  throw new Error("nothing was thrown");
}

describe.each(VARIANTS.filter(({ debug }) => debug))("$name", ({ open }) => {
  let heap: Heap;

  beforeEach(async () => {
    heap = await open();
  });

  test("a block that was overrun names the line that allocated it", () => {
    heap.tracemalloc.start();
    const block = heap.mem.malloc(10);
    const line = hereLine() - 1;
    heap.mem.malloc(10);
    new Uint8Array(heap.memory.buffer)[block + 10] = 1;
    expect(historyIn(() => heap.mem.free(block))).toEqual(["  allocated at:", `    tracemalloc-debug.test.ts:${line}`]);
  });

  test("all frames that were kept are shown, the most recent first", () => {
    heap.tracemalloc.start(2);
    const allocate = () => heap.mem.malloc(10);
    const block = allocate();
    const line = hereLine() - 1;
    new Uint8Array(heap.memory.buffer)[block - 1] = 1;
    expect(historyIn(() => heap.mem.free(block))).toEqual([
      "  allocated at, most recent call first:",
      `    tracemalloc-debug.test.ts:${line - 1}`,
      `    tracemalloc-debug.test.ts:${line}`,
    ]);
  });

  test("a block that was written to after its free names who allocated and who freed it", () => {
    heap.tracemalloc.start();
    const block = heap.mem.malloc(40);
    heap.mem.free(block);
    const line = hereLine() - 1;
    new Uint8Array(heap.memory.buffer)[block + 20] = 1;
    expect(historyIn(() => heap.verify())).toEqual([
      "  allocated at:",
      `    tracemalloc-debug.test.ts:${line - 1}`,
      "  freed at:",
      `    tracemalloc-debug.test.ts:${line}`,
    ]);
  });

  test("a block whose traces were cleared while it was freed says nothing", () => {
    const errors = Error as { prepareStackTrace?: unknown };
    const { prepareStackTrace } = errors;
    heap.tracemalloc.start();
    for (const size of [1, 2]) heap.mem.malloc(size);
    const block = heap.mem.malloc(40);
    errors.prepareStackTrace = () => heap.tracemalloc.clearTraces();
    heap.mem.free(block);
    errors.prepareStackTrace = prepareStackTrace;
    new Uint8Array(heap.memory.buffer)[block + 20] = 1;
    expect(historyIn(() => heap.verify())).toEqual([]);
  });

  test("a block that is freed again names who freed it first", () => {
    heap.tracemalloc.start();
    const block = heap.raw.malloc(5000);
    heap.raw.free(block);
    const line = hereLine() - 1;
    expect(historyIn(() => heap.raw.free(block)).slice(-2)).toEqual([
      "  freed at:",
      `    tracemalloc-debug.test.ts:${line}`,
    ]);
  });

  test("a block that was resized names the line that did it, and a block of another domain its own", () => {
    heap.tracemalloc.start();
    const block = heap.mem.realloc(heap.mem.malloc(10), 300);
    const line = hereLine() - 1;
    expect(historyIn(() => heap.raw.free(block)).at(-1)).toBe(`    tracemalloc-debug.test.ts:${line}`);
  });

  test("an address that is in use again has the history of what is there now", () => {
    heap.tracemalloc.start();
    const first = heap.mem.malloc(600);
    heap.mem.free(first);
    // Debug mode keeps freed blocks back until these are many bytes.
    heap.mem.free(heap.mem.malloc(16 * 1024 * 1024));
    const blocks = Array.from({ length: 200 }, () => heap.mem.malloc(600));
    const line = hereLine() - 1;
    expect(blocks).toContain(first);
    new Uint8Array(heap.memory.buffer)[first + 600] = 1;
    expect(historyIn(() => heap.mem.free(first))).toEqual(["  allocated at:", `    tracemalloc-debug.test.ts:${line}`]);
  });

  test("what was not traced says nothing", () => {
    const block = heap.mem.malloc(10);
    heap.tracemalloc.start();
    const cleared = heap.mem.malloc(10);
    const bytes = new Uint8Array(heap.memory.buffer);
    bytes[block + 10] = 1;
    bytes[cleared + 10] = 1;
    expect(historyIn(() => heap.mem.free(block))).toEqual([]);
    heap.tracemalloc.clearTraces();
    expect(historyIn(() => heap.mem.free(cleared))).toEqual([]);
    const last = heap.mem.malloc(10);
    bytes[last + 10] = 1;
    expect(historyIn(() => heap.mem.free(last))).toHaveLength(2);
    heap.tracemalloc.stop();
    expect(historyIn(() => heap.mem.free(last))).toEqual([]);
  });
});
