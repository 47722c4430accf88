// heap.gc: options, switches, thresholds, lists of objects, and what is refused.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CollectionInfo,
  type Generation,
  type Handle,
  HandleError,
  Heap,
  type HeapOptions,
} from "../src/index.js";
import { addressesOf, defineNode, dropRing, makeRing, type NodeType } from "./helpers/graph.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

/** What the call throws. */
function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("options", () => {
  test("without options collection is on, with CPython's thresholds", async () => {
    const heap = await openHeap();
    expect(heap.gc.isEnabled()).toBe(true);
    expect(heap.gc.getThreshold()).toEqual([2000, 10, 10]);
    for (const gc of [{}, { enabled: undefined, threshold: undefined }]) {
      const other = await openHeap({ gc } as HeapOptions);
      expect([other.gc.isEnabled(), other.gc.getThreshold()]).toEqual([true, [2000, 10, 10]]);
    }
  });

  test("enabled and threshold are taken over", async () => {
    const heap = await openHeap({ gc: { enabled: false, threshold: [0, 2 ** 31 - 1, 7] } });
    expect(heap.gc.isEnabled()).toBe(false);
    expect(heap.gc.getThreshold()).toEqual([0, 2 ** 31 - 1, 7]);
  });

  test.each([
    [{ gc: null }, TypeError, "gc must be an object, not null"],
    [{ gc: true }, TypeError, "gc must be an object, not true"],
    [{ gc: { thresholds: [1, 2, 3] } }, TypeError, 'no gc option "thresholds"; there are enabled, threshold'],
    [{ gc: { enabled: 1 } }, TypeError, "gc.enabled must be true or false, not 1"],
    [{ gc: { threshold: 700 } }, TypeError, "gc.threshold must be an array of three numbers, not 700"],
    [{ gc: { threshold: [700, 10] } }, TypeError, "gc.threshold must be an array of three numbers"],
    [{ gc: { threshold: [700, "10", 10] } }, TypeError, 'gc.threshold[1] must be a number, not "10"'],
    [{ gc: { threshold: [-1, 10, 10] } }, RangeError, "gc.threshold[0] must be an integer of 0 … 2147483647, not -1"],
    [{ gc: { threshold: [1, 1, 2 ** 31] } }, RangeError, "gc.threshold[2] must be an integer"],
    [{ onUnraisable: "log" }, TypeError, 'onUnraisable must be a function, not "log"'],
  ])("%o is refused", async (options, kind, words) => {
    const error = await Heap.create(options as unknown as HeapOptions).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(`Heap.create: `);
    expect(error.message).toContain(words);
  });
});

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  let Node: NodeType;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    Node = defineNode(heap);
  });

  afterEach(() => {
    heap.verify();
  });

  test("gc is the same object each time", () => {
    expect(heap.gc).toBe(heap.gc);
    expect(heap.gc.callbacks).toBe(heap.gc.callbacks);
    expect(heap.gc.callbacks).toEqual([]);
  });

  test("enable and disable say what isEnabled reads", () => {
    heap.gc.enable();
    expect(heap.gc.isEnabled()).toBe(true);
    heap.gc.disable();
    expect(heap.gc.isEnabled()).toBe(false);
  });

  test("thresholds that are not given stay", () => {
    heap.gc.setThreshold(700);
    expect(heap.gc.getThreshold()).toEqual([700, 10, 10]);
    heap.gc.setThreshold(1200, 25);
    expect(heap.gc.getThreshold()).toEqual([1200, 25, 10]);
    heap.gc.setThreshold(0, undefined, 3);
    expect(heap.gc.getThreshold()).toEqual([0, 25, 3]);
  });

  test("thresholds that cannot be change nothing", () => {
    const { gc } = heap;
    for (const values of [[-1], [1.5], [Number.NaN], [2 ** 31], [1, -1], [1, 1, Number.POSITIVE_INFINITY]]) {
      expect(() => gc.setThreshold(...(values as [number]))).toThrow(RangeError);
    }
    for (const values of [[], ["1"], [null], [1, "2"], [1, 2, 3n]]) {
      expect(() => gc.setThreshold(...(values as [number]))).toThrow(TypeError);
    }
    expect(thrownBy(() => gc.setThreshold(5, 6, -7)).message).toBe(
      "gc.setThreshold: threshold2 must be an integer of 0 … 2147483647, not -7",
    );
    expect(gc.getThreshold()).toEqual([2000, 10, 10]);
  });

  test("a generation that is none is refused", () => {
    for (const generation of [-1, 3, 0.5, Number.NaN]) {
      expect(() => heap.gc.collect(generation as Generation)).toThrow(RangeError);
    }
    for (const generation of ["0", null, 1n, true]) {
      expect(() => heap.gc.collect(generation as unknown as Generation)).toThrow(TypeError);
    }
    expect(thrownBy(() => heap.gc.collect(3 as Generation)).message).toBe(
      "gc.collect: generation must be 0, 1 or 2, not 3",
    );
    expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([0, 0, 0]);
  });

  test("stats add up, the time too", () => {
    for (let length = 1; length <= 3; length++) {
      dropRing(heap, Node, length);
      heap.gc.collect(0);
    }
    const [young] = heap.gc.getStats();
    expect(young).toMatchObject({ collections: 3, collected: 6, uncollectable: 0, candidates: 6 });
    expect(young.duration).toBeGreaterThan(0);
    expect(young.duration).toBeLessThan(60);
  });

  test("lists of more objects than fit at first, and of none", () => {
    expect(heap.gc.getObjects()).toEqual([]);
    const blocks = heap.sys.getAllocatedBlocks();
    heap.scope(() => {
      using ring = makeRing(heap, Node, 1000);
      expect(heap.gc.getObjects(0)).toHaveLength(1000);
      expect(heap.gc.getObjects(1)).toEqual([]);
      expect(new Set(addressesOf(heap.gc.getObjects())).size).toBe(1000);
      expect(heap.sys.getRefCount(ring)).toBe(4);
    });
    heap.gc.collect();
    expect(heap.sys.getAllocatedBlocks()).toBeLessThanOrEqual(blocks + 2);
  });

  test("all objects are those of all generations", () => {
    using a = new Node();
    heap.gc.collect();
    using b = new Node();
    heap.gc.collect(0);
    using c = new Node();
    const each = ([0, 1, 2] as const).map((generation) => addressesOf(heap.gc.getObjects(generation)));
    expect(each).toEqual([[c.address], [b.address], [a.address]]);
    expect(addressesOf(heap.gc.getObjects()).sort()).toEqual(addressesOf([a, b, c]).sort());
  });

  test("listed objects have their types", () => {
    const Pair = heap.struct("Pair", { first: "ref" });
    using _ = new Pair({ first: 5 });
    const [pair] = heap.gc.getObjects();
    expect(pair?.typeName).toBe("Pair");
    expect(pair).toBeInstanceOf(Pair);
    expect((pair as InstanceType<typeof Pair>).first).toBe(5);
  });

  test("referrers: each once, of any generation, whatever they refer to besides", () => {
    using target = new Node({ value: 1 });
    using other = new Node({ value: 2 });
    using old = new Node({ other: target });
    heap.gc.collect();
    using middle = new Node({ next: target, other });
    heap.gc.collect(0);
    using twice = new Node({ next: target, other: target });
    using self = new Node();
    self.next = self;
    const referrers = (...objects: Handle[]) => addressesOf(heap.gc.getReferrers(...objects)).sort();
    expect(referrers(target)).toEqual(addressesOf([old, middle, twice]).sort());
    expect(referrers(other)).toEqual([middle.address]);
    expect(referrers(target, other)).toEqual(addressesOf([old, middle, twice]).sort());
    expect(referrers(other, target)).toEqual(addressesOf([old, middle, twice]).sort());
    expect(referrers(self)).toEqual([self.address]);
    expect(referrers(old)).toEqual([]);
    expect(referrers()).toEqual([]);
    const blocks = heap.sys.getAllocatedBlocks();
    for (let i = 0; i < 10; i++) heap.scope(() => heap.gc.getReferrers(self));
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
  });

  test("referents: in the order of the fields, as values", () => {
    const All = heap.struct("All", { a: "ref", b: "self", c: Node, d: "ref", n: "f64" });
    using node = new Node();
    using inner = new All();
    using all = new All({ a: -7, b: inner, c: node, d: node, n: 3 });
    const found = heap.gc.getReferents(all, inner);
    expect(found[0]).toBe(-7);
    expect(addressesOf(found.slice(1) as Handle[])).toEqual(addressesOf([inner, node, node]));
    using bits = new All({ a: true, d: false });
    expect(heap.gc.getReferents(bits, bits)).toEqual([true, false, true, false]);
  });

  test("handles that are none, released or of another heap are refused", async () => {
    const foreign = new (defineNode(await open()))();
    const released = new Node();
    released.release();
    for (const call of ["getReferrers", "getReferents", "isTracked", "isFinalized"] as const) {
      const { gc } = heap;
      expect(thrownBy(() => gc[call](released))).toMatchObject({ code: "HANDLE_RELEASED" });
      expect(thrownBy(() => gc[call](foreign))).toMatchObject({ code: "HANDLE_FOREIGN" });
      expect(() => gc[call](foreign)).toThrow(HandleError);
      expect(() => gc[call](foreign)).toThrow(`gc.${call}`);
    }
    for (const value of [1, null, "a", {}, { address: 8 }]) {
      expect(() => heap.gc.getReferrers(value as unknown as Handle)).toThrow(TypeError);
    }
  });

  test("after the heap is gone, everything is refused", async () => {
    const other = await open();
    const { gc } = other;
    other[Symbol.dispose]();
    const calls: (() => unknown)[] = [
      () => gc.enable(),
      () => gc.disable(),
      () => gc.isEnabled(),
      () => gc.collect(),
      () => gc.getCount(),
      () => gc.getThreshold(),
      () => gc.setThreshold(1),
      () => gc.getStats(),
      () => gc.getObjects(),
      () => gc.getObjects(1),
      () => gc.freeze(),
      () => gc.unfreeze(),
      () => gc.getFreezeCount(),
      () => gc.garbage.clear(),
    ];
    for (const call of calls) expect(thrownBy(call), String(call)).toMatchObject({ code: "HEAP_DISPOSED" });
  });
});

describe("where errors of callbacks go", () => {
  const thrown = new Error("in a callback");
  const message = "Exception ignored while calling GC callback";

  /** Collects once with a callback that throws at the start. */
  async function collectWith(options: HeapOptions): Promise<void> {
    const heap = await openHeap(options);
    heap.gc.callbacks.push(function noisy(phase) {
      if (phase === "start") throw thrown;
    });
    heap.gc.collect();
    heap.verify();
  }

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  test("to onUnraisable", async () => {
    const onUnraisable = vi.fn();
    await collectWith({ onUnraisable });
    expect(onUnraisable.mock.calls).toEqual([[{ error: thrown, message, object: "gc.callbacks[0] (noisy)" }]]);
  });

  test("without one, to the engine's reportError, with what threw", async () => {
    const reportError = vi.fn();
    vi.stubGlobal("reportError", reportError);
    await collectWith({});
    const [[reported] = []] = reportError.mock.calls;
    expect(reported).toBeInstanceOf(Error);
    expect(reported).toMatchObject({ message: `${message}: gc.callbacks[0] (noisy)`, cause: thrown });
    expect(reportError).toHaveBeenCalledTimes(1);
  });

  test("where there is none, to console.error", async () => {
    vi.stubGlobal("reportError", undefined);
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await collectWith({});
    expect(error.mock.calls).toEqual([[`${message}: gc.callbacks[0] (noisy)`, thrown]]);
  });

  test("an onUnraisable that throws is told of as well, and the collection goes on", async () => {
    vi.stubGlobal("reportError", undefined);
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const again = new Error("in onUnraisable");
    await collectWith({
      onUnraisable() {
        throw again;
      },
    });
    expect(error.mock.calls).toEqual([
      [`${message}: gc.callbacks[0] (noisy)`, thrown],
      ["Exception ignored in: onUnraisable", again],
    ]);
  });
});

test("durations are seconds, and add up", async () => {
  const heap = await openHeap();
  const infos: CollectionInfo[] = [];
  heap.gc.callbacks.push((_, info) => infos.push(info));
  const now = vi.spyOn(performance, "now");
  try {
    for (const time of [1000, 1250, 5000, 5500]) now.mockReturnValueOnce(time);
    heap.gc.collect();
    heap.gc.collect();
  } finally {
    now.mockRestore();
  }
  expect(infos.map(({ duration }) => duration)).toEqual([0, 0.25, 0, 0.5]);
  expect(heap.gc.getStats()[2].duration).toBe(0.75);
});

test("a host without performance has its collections timed all the same", async () => {
  const heap = await openHeap();
  vi.stubGlobal("performance", undefined);
  try {
    heap.gc.collect();
    expect(heap.gc.getStats()[2].duration).toBeGreaterThanOrEqual(0);
  } finally {
    vi.unstubAllGlobals();
  }
});
