// heap.tracemalloc: when it traces, what it counts, and whose code it names.
import { resolve } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BlockAddress, Handle, Heap, TraceFrame, Tracemalloc, TraceSnapshot } from "../src/index.js";
import { openHeap, SHARED, VARIANTS } from "./helpers/heap.js";
import { hereLine } from "./helpers/stacklines.js";

const MIB = 1024 * 1024;

/** Allocates a block and returns its address, and the line that it is allocated in. */
function allocate(heap: Heap, size: number): { block: BlockAddress; line: number } {
  return { block: heap.mem.malloc(size), line: hereLine() };
}

function traceAt(snapshot: TraceSnapshot, block: BlockAddress) {
  return snapshot.traces.find(({ address }) => address === block);
}

/** A frame of this file. */
function here(lineno: number): TraceFrame {
  return expect.objectContaining({ filename: expect.stringMatching(/tests\/tracemalloc\.test\.ts$/), lineno });
}

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  let tracemalloc: Tracemalloc;

  beforeEach(async () => {
    heap = await open();
    ({ tracemalloc } = heap);
  });

  afterEach(() => {
    heap.verify();
  });

  describe("tracing", () => {
    beforeEach(() => {
      tracemalloc.start(1);
    });

    test("takes memory of its own, and less when traces are cleared", () => {
      // TestTracemallocEnabled.test_get_tracemalloc_memory
      const empty = tracemalloc.getTracemallocMemory();
      for (let i = 0; i < 2000; i++) heap.mem.malloc(123);
      expect(tracemalloc.getTracemallocMemory()).toBeGreaterThan(2000 * 12);
      // And from two hundred lines.
      new Function("heap", "\nheap.mem.malloc(1);".repeat(200))(heap);
      tracemalloc.clearTraces();
      expect(tracemalloc.getTracemallocMemory()).toBe(empty);
      tracemalloc.stop();
      expect(tracemalloc.getTracemallocMemory()).toBe(0);
    });

    test("tells who allocated an object", () => {
      // TestTracemallocEnabled.test_get_object_traceback
      const Node = heap.struct("Node", { next: "self", weight: "f64" });
      const Leaf = heap.struct("Leaf", { weight: "f64" });
      const objects: [Handle, number][] = [
        [new Node(), hereLine()],
        [new Leaf(), hereLine()],
        [heap.list([1]), hereLine()],
        [heap.str("x".repeat(100)), hereLine()],
        [heap.str("x".repeat(10_000)), hereLine()],
        [heap.tuple(Array.from({ length: 1000 }, () => null)), hereLine()],
        [heap.dict({ a: 1 }), hereLine()],
        [heap.bytes(new Uint8Array(5000)), hereLine()],
      ];
      for (const [object, line] of objects) {
        expect(tracemalloc.getObjectTraceback(object), object.typeName).toEqual([here(line)]);
      }
    });

    test("knows no object that was there before", () => {
      tracemalloc.stop();
      const before = heap.list();
      tracemalloc.start();
      expect(tracemalloc.getObjectTraceback(before)).toBeNull();
      before.push("text that is new");
      expect(tracemalloc.getObjectTraceback(before)).toBeNull();
    });

    test("of an object where another has died names the new one's line", () => {
      // TestTracemallocEnabled.test_new_reference
      const old = heap.list();
      const { address } = old;
      old.release();
      // Debug mode keeps freed blocks back until these are many bytes.
      heap.mem.free(heap.mem.malloc(16 * MIB));
      const lists: Handle[] = [];
      let line = 0;
      for (let i = 0; i < 500 && lists.at(-1)?.address !== address; i++) {
        lists.push(heap.list());
        line = hereLine() - 1;
      }
      const reused = lists.at(-1) as Handle;
      expect(reused.address).toBe(address);
      expect(tracemalloc.getObjectTraceback(reused)).toEqual([here(line)]);
    });

    test("keeps as many frames as it was told", () => {
      // TestTracemallocEnabled.test_set_traceback_limit
      const deep = (calls: number): Handle => (calls === 0 ? heap.list() : deep(calls - 1));
      tracemalloc.stop();
      for (const limit of [-1, 0, 65_536, 1.5, Number.NaN]) {
        expect(() => tracemalloc.start(limit)).toThrow(
          new RangeError(`tracemalloc.start: frames must be an integer of 1 … 65535, not ${limit}`),
        );
      }
      expect(() => tracemalloc.start("1" as unknown as number)).toThrow(TypeError);
      for (const limit of [10, 1, 40]) {
        tracemalloc.start(limit);
        expect(tracemalloc.getTracebackLimit()).toBe(limit);
        const traceback = tracemalloc.getObjectTraceback(deep(60));
        expect(traceback).toHaveLength(limit);
        expect(traceback?.totalFrames).toBeGreaterThan(60);
        expect(new Set(traceback?.map(String)).size).toBe(1);
        tracemalloc.stop();
      }
    });

    test("has the size and the place of each block", () => {
      // TestTracemallocEnabled.test_get_traces
      const { block, line } = allocate(heap, 12_345);
      expect(traceAt(tracemalloc.takeSnapshot(), block)).toMatchObject({
        domain: 0,
        size: 12_345,
        address: block,
        traceback: [here(line)],
      });
      heap.mem.free(block);
      expect(traceAt(tracemalloc.takeSnapshot(), block)).toBeUndefined();
    });

    test("has equal tracebacks once", () => {
      // TestTracemallocEnabled.test_get_traces_intern_traceback
      tracemalloc.stop();
      tracemalloc.start(4);
      const inner = () => heap.mem.malloc(123);
      const outer = () => inner();
      const blocks = [0, 1].map(() => outer());
      const other = outer();
      const snapshot = tracemalloc.takeSnapshot();
      const [first, second] = blocks.map((block) => traceAt(snapshot, block)?.traceback);
      expect(first).toHaveLength(4);
      expect(second).toBe(first);
      expect(traceAt(snapshot, other)?.traceback).not.toBe(first);
    });

    test("counts bytes of now, and most at a time", () => {
      // TestTracemallocEnabled.test_get_traced_memory
      tracemalloc.clearTraces();
      const { block } = allocate(heap, MIB);
      expect(tracemalloc.getTracedMemory()).toEqual({ current: MIB, peak: MIB });
      heap.mem.free(block);
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: MIB });
      tracemalloc.clearTraces();
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: 0 });
      allocate(heap, MIB);
      expect(tracemalloc.getTracedMemory()).toEqual({ current: MIB, peak: MIB });
      tracemalloc.stop();
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: 0 });
    });

    test("forgets all when it is told, and goes on", () => {
      // TestTracemallocEnabled.test_clear_traces
      const object = heap.list();
      const before = tracemalloc.takeSnapshot();
      expect(tracemalloc.getObjectTraceback(object)).not.toBeNull();
      tracemalloc.clearTraces();
      expect(tracemalloc.getObjectTraceback(object)).toBeNull();
      expect(tracemalloc.takeSnapshot().traces).toEqual([]);
      expect(before.traces.length).toBeGreaterThan(0);
      expect(before.traces.every(({ traceback }) => traceback.length === 1)).toBe(true);
      object.release();
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: 0 });
      const again = heap.list();
      expect(tracemalloc.getObjectTraceback(again)).toHaveLength(1);
    });

    test("has a peak that can be reset", () => {
      // TestTracemallocEnabled.test_reset_peak
      tracemalloc.clearTraces();
      heap.mem.free(heap.mem.malloc(100_000));
      const kept = heap.mem.malloc(700);
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 700, peak: 100_000 });
      tracemalloc.resetPeak();
      expect(tracemalloc.getTracedMemory()).toEqual({ current: 700, peak: 700 });
      heap.mem.malloc(MIB);
      expect(tracemalloc.getTracedMemory().peak).toBe(700 + MIB);
      heap.mem.free(kept);
    });

    test("does nothing when it is started again, and ends when it is stopped once", () => {
      // TestTracemallocEnabled.test_is_tracing
      const { block } = allocate(heap, 50);
      tracemalloc.start(7);
      expect(tracemalloc.getTracebackLimit()).toBe(1);
      expect(traceAt(tracemalloc.takeSnapshot(), block)).toBeDefined();
      expect(() => tracemalloc.start(0)).toThrow(RangeError);
      tracemalloc.stop();
      expect(tracemalloc.isTracing()).toBe(false);
      tracemalloc.stop();
      tracemalloc.start();
      expect(tracemalloc.isTracing()).toBe(true);
      expect(tracemalloc.takeSnapshot().traces).toEqual([]);
    });

    test("makes snapshots that can be written and read, and none when it is off", () => {
      // TestTracemallocEnabled.test_snapshot
      allocate(heap, 123);
      heap.from({ a: [1, "some text", { b: 2.5 }] });
      const snapshot = tracemalloc.takeSnapshot();
      const read = tracemalloc.loadSnapshot(JSON.parse(JSON.stringify(snapshot)));
      expect(read.traces).toEqual(snapshot.traces);
      expect(read.tracebackLimit).toBe(1);
      expect(read.traces[0]?.traceback.totalFrames).toBe(snapshot.traces[0]?.traceback.totalFrames);
      expect(read.compareTo(snapshot, "lineno").filter(({ sizeDiff, countDiff }) => sizeDiff || countDiff)).toEqual([]);
      tracemalloc.stop();
      expect(() => tracemalloc.takeSnapshot()).toThrow(
        expect.objectContaining({ name: "HeapError", code: "NOT_TRACING" }),
      );
      expect(tracemalloc.loadSnapshot(snapshot.toJSON()).traces).toEqual(snapshot.traces);
    });

    test("has no frames of this library", () => {
      // TestTracemallocEnabled.test_no_incomplete_frames
      tracemalloc.stop();
      tracemalloc.start(30);
      const Node = heap.struct("Node", { next: "self" });
      heap.scope((scope) => scope.keep(new Node()));
      heap.from([[["deep"]]]);
      heap.globals.set("a", [1.5, { b: 2.5 }]);
      const files = tracemalloc
        .takeSnapshot()
        .traces.flatMap(({ traceback }) => traceback.map(({ filename }) => filename));
      expect(files.length).toBeGreaterThan(10);
      const own = resolve("src");
      expect(files.filter((name) => name.startsWith(own) || /wasm|<unknown>|^node:/.test(name))).toEqual([]);
    });
  });

  test("is off in the beginning, and then everything is nothing", () => {
    allocate(heap, 100);
    expect(tracemalloc.isTracing()).toBe(false);
    expect(tracemalloc.getTracebackLimit()).toBe(1);
    expect(tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: 0 });
    expect(tracemalloc.getTracemallocMemory()).toBe(0);
    expect(tracemalloc.getObjectTraceback(heap.list())).toBeNull();
    tracemalloc.clearTraces();
    tracemalloc.resetPeak();
    tracemalloc.stop();
  });

  test("a block that was resized has its new size, and the line that resized it", () => {
    tracemalloc.start();
    for (const [size, larger] of [
      [10, 16],
      [10, 300],
      [600, 700],
      [5000, 200_000],
    ] as const) {
      tracemalloc.clearTraces();
      const block = heap.mem.realloc(heap.mem.malloc(size), larger);
      const line = hereLine() - 1;
      const { traces } = tracemalloc.takeSnapshot();
      expect(traces).toEqual([expect.objectContaining({ size: larger, address: block, traceback: [here(line)] })]);
      const smaller = heap.mem.realloc(block, 3);
      expect(tracemalloc.getTracedMemory().current).toBe(3);
      heap.mem.free(smaller);
    }
  });

  test("a handle that is released, or none, is refused", () => {
    tracemalloc.start();
    const object = heap.list();
    object.release();
    expect(() => tracemalloc.getObjectTraceback(object)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    expect(() => tracemalloc.getObjectTraceback(5 as unknown as Handle)).toThrow(TypeError);
  });

  test("what the core is asked for directly is traced as well, in all domains", () => {
    tracemalloc.start();
    const arena = heap.arena();
    const before = tracemalloc.getTracedMemory().current;
    const blocks = [heap.raw.malloc(40), heap.mem.calloc(4, 10), heap.obj.malloc(40)];
    const line = hereLine() - 1;
    arena.malloc(40);
    expect(tracemalloc.getTracedMemory().current).toBe(before + 120);
    const snapshot = tracemalloc.takeSnapshot();
    for (const block of blocks) expect(traceAt(snapshot, block)).toMatchObject({ size: 40, traceback: [here(line)] });
  });

  test("blocks that were allocated before it began are not counted when they are freed", () => {
    const { block } = allocate(heap, 500);
    const object = heap.list(["a text of some length"]);
    tracemalloc.start();
    allocate(heap, 30);
    heap.mem.free(block);
    object.release();
    expect(tracemalloc.getTracedMemory()).toEqual({ current: 30, peak: 30 });
  });

  test("a failed allocation leaves no trace", async () => {
    const small = await open({ initialMemory: 512 * 1024, maximumMemory: 512 * 1024 });
    small.tracemalloc.start();
    expect(() => small.mem.malloc(MIB)).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
    expect(small.tracemalloc.getTracedMemory()).toEqual({ current: 0, peak: 0 });
    const block = small.mem.malloc(1000);
    expect(() => small.mem.realloc(block, MIB)).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
    expect(small.tracemalloc.getTracedMemory()).toEqual({ current: 1000, peak: 1000 });
  });

  test("ends with its heap, without a word", async () => {
    const short = await open();
    short.tracemalloc.start();
    const module = short.tracemalloc;
    short.globals.set("kept", [1.5, "some text", {}]);
    short[Symbol.dispose]();
    expect(() => module.takeSnapshot()).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    module.stop();
    expect(module.isTracing()).toBe(false);
  });

  test("consoles print what there is in a line", () => {
    expect(inspect(tracemalloc)).toBe("Tracemalloc (off)");
    tracemalloc.start(5);
    heap.mem.malloc(3000);
    expect(inspect(tracemalloc)).toBe("Tracemalloc { frames: 5, current: 3000 B, peak: 3000 B }");
    const snapshot = tracemalloc.takeSnapshot();
    expect(inspect(snapshot)).toBe("TraceSnapshot { traces: 1, size: 3000 B }");
    const [statistic] = snapshot.statistics("lineno");
    expect(inspect(statistic)).toMatch(/tracemalloc\.test\.ts:\d+: size=3000 B, count=1, average=3000 B$/);
    expect(inspect(snapshot.traces[0]?.traceback)).toMatch(/^Traceback \[ .*tracemalloc\.test\.ts:\d+ \]$/);
  });
});

test("a heap that threads share is not traced", async () => {
  const heap = await SHARED.open();
  expect(() => heap.tracemalloc.start()).toThrow(expect.objectContaining({ code: "TRACING_SHARED" }));
  expect(heap.tracemalloc.isTracing()).toBe(false);
  expect(heap.tracemalloc.getObjectTraceback(heap.list())).toBeNull();
});

test("heaps are traced each for itself", async () => {
  const [one, other] = [await openHeap(), await openHeap()];
  one.tracemalloc.start();
  other.mem.malloc(100);
  expect(one.tracemalloc.getTracedMemory().current).toBe(0);
  other.tracemalloc.start(3);
  one.mem.malloc(50);
  other.mem.malloc(70);
  expect(one.tracemalloc.getTracedMemory().current).toBe(50);
  expect(other.tracemalloc.getTracedMemory().current).toBe(70);
});
