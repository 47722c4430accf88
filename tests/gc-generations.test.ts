// When collections start by themselves, which generation they take, and what becomes of the survivors.
import { describe, expect, test } from "vitest";
import { type Generation, type Heap, MemoryError } from "../src/index.js";
import { defineNode, dropRing, generationSizes, isAlive, makeRing, type Node, trackedCount } from "./helpers/graph.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

/** The generation of each collection from now on, in order. */
function watch(heap: Heap): Generation[] {
  const runs: Generation[] = [];
  heap.gc.callbacks.push((phase, { generation }) => {
    if (phase === "start") runs.push(generation);
  });
  return runs;
}

/** The generation with its collections counted, without a callback. */
function collections(heap: Heap): number[] {
  return heap.gc.getStats().map((stats) => stats.collections);
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("survivors go from generation to generation, and stay in the last", async () => {
    const heap = await open({ gc: { enabled: false } });
    const ring = makeRing(heap, defineNode(heap), 3);
    expect(generationSizes(heap)).toEqual([3, 0, 0]);
    heap.gc.collect(0);
    expect(generationSizes(heap)).toEqual([0, 3, 0]);
    heap.gc.collect(0);
    expect(generationSizes(heap)).toEqual([0, 3, 0]);
    heap.gc.collect(1);
    expect(generationSizes(heap)).toEqual([0, 0, 3]);
    heap.gc.collect(1);
    expect(generationSizes(heap)).toEqual([0, 0, 3]);
    ring.release();
    expect(heap.gc.collect(1)).toBe(0);
    expect(heap.gc.collect(2)).toBe(3);
    expect(generationSizes(heap)).toEqual([0, 0, 0]);
    heap.verify();
  });

  test("a full collection makes everything old at once", async () => {
    const heap = await open({ gc: { enabled: false } });
    using _ = makeRing(heap, defineNode(heap), 3);
    heap.gc.collect();
    expect(generationSizes(heap)).toEqual([0, 0, 3]);
  });

  test("garbage is found by the first collection that takes its generation in", async () => {
    const heap = await open({ gc: { enabled: false } });
    const Node = defineNode(heap);
    const rings = [makeRing(heap, Node, 2), makeRing(heap, Node, 3)] as const;
    heap.gc.collect(0);
    heap.gc.collect(1);
    const middle = makeRing(heap, Node, 5);
    heap.gc.collect(0);
    rings[0].release();
    middle.release();
    dropRing(heap, Node, 7);
    expect([heap.gc.collect(0), heap.gc.collect(1), heap.gc.collect(2)]).toEqual([7, 5, 2]);
    rings[1].release();
    expect(heap.gc.collect(2)).toBe(3);
    heap.verify();
  });

  test("a young object that only an old one refers to lives, and the other way round", async () => {
    const heap = await open({ gc: { enabled: false } });
    const Node = defineNode(heap);
    using old = new Node({ value: 1 });
    heap.gc.collect(1);
    const addresses = heap.scope(() => {
      const young = new Node({ value: 2 });
      old.next = young;
      young.next = old;
      return [young.address];
    });
    expect(heap.gc.collect(0)).toBe(0);
    expect(addresses.every((address) => isAlive(heap, address))).toBe(true);
    expect(heap.sys.getRefCount(old)).toBe(2);
    heap.verify();
  });
});

describe("when a collection is due", () => {
  test("the count must be above the threshold, and the collection comes before the object", async () => {
    const heap = await openHeap({ gc: { threshold: [5, 10, 10] } });
    const Node = defineNode(heap);
    const nodes: Node[] = [];
    for (let i = 0; i < 6; i++) nodes.push(new Node());
    expect(collections(heap)).toEqual([0, 0, 0]);
    expect(heap.gc.getCount()).toEqual([6, 0, 0]);
    nodes.push(new Node());
    expect(collections(heap)).toEqual([1, 0, 0]);
    expect(heap.gc.getCount()).toEqual([1, 1, 0]);
    expect(generationSizes(heap)).toEqual([1, 6, 0]);
  });

  test("objects that die at once make none due", async () => {
    const heap = await openHeap({ gc: { threshold: [5, 10, 10] } });
    const Node = defineNode(heap);
    for (let i = 0; i < 1000; i++) new Node().release();
    expect(collections(heap)).toEqual([0, 0, 0]);
    expect(heap.gc.getCount()).toEqual([0, 0, 0]);
  });

  test("objects of types that are not tracked make none due", async () => {
    const heap = await openHeap({ gc: { threshold: [5, 10, 10] } });
    const Leaf = heap.struct("Leaf", { x: "i32" });
    heap.scope(() => {
      for (let i = 0; i < 100; i++) new Leaf();
    });
    expect(collections(heap)).toEqual([0, 0, 0]);
    expect(heap.gc.getCount()).toEqual([0, 0, 0]);
  });

  test("many objects in one call count as many", async () => {
    const heap = await openHeap({ gc: { threshold: [50, 10, 10] } });
    const Node = defineNode(heap);
    const addresses = Node.allocate(1000);
    expect(heap.gc.getCount()).toEqual([1000, 0, 0]);
    expect(collections(heap)).toEqual([0, 0, 0]);
    new Node().release();
    expect(collections(heap)).toEqual([1, 0, 0]);
    expect(generationSizes(heap)).toEqual([0, 1000, 0]);
    for (const address of addresses) heap.core.decref(address);
    expect(trackedCount(heap)).toBe(0);
    heap.verify();
  });

  test("none while switched off, and the next object starts one when it is switched on again", async () => {
    const heap = await openHeap({ gc: { enabled: false, threshold: [10, 10, 10] } });
    const Node = defineNode(heap);
    for (let i = 0; i < 100; i++) dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([0, 0, 0]);
    heap.gc.enable();
    dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([1, 0, 0]);
    expect(trackedCount(heap)).toBe(1);
  });

  test("none with a first threshold of 0, until there is another", async () => {
    const heap = await openHeap({ gc: { threshold: [0, 10, 10] } });
    const Node = defineNode(heap);
    for (let i = 0; i < 100; i++) dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([0, 0, 0]);
    heap.gc.setThreshold(99);
    dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([1, 0, 0]);
    heap.gc.setThreshold(0);
    for (let i = 0; i < 200; i++) dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([1, 0, 0]);
  });

  test("objects made through heap.core start them too", async () => {
    const heap = await openHeap({ gc: { threshold: [10, 10, 10] } });
    const Node = defineNode(heap);
    for (let i = 0; i < 12; i++) heap.core.newObject(Node.id);
    expect(collections(heap)).toEqual([1, 0, 0]);
  });

  test("automatic collections call callbacks, print nothing, and count their time", async () => {
    const heap = await openHeap({ gc: { threshold: [10, 10, 10] } });
    const Node = defineNode(heap);
    const runs = watch(heap);
    for (let i = 0; i < 12; i++) dropRing(heap, Node, 1);
    expect(runs).toEqual([0]);
    expect(heap.gc.getStats()[0]).toMatchObject({ collections: 1, collected: 11, candidates: 11 });
  });
});

describe("when memory is exhausted", () => {
  const options = { initialMemory: 2 ** 18, maximumMemory: 2 ** 20, gc: { threshold: [2 ** 30, 10, 10] as const } };

  test("everything is collected before an allocation is given up, callbacks and all", async () => {
    const heap = await openHeap(options);
    const Node = defineNode(heap);
    const runs = watch(heap);
    for (let i = 0; i < 100_000; i++) dropRing(heap, Node, 1);
    expect(runs.length).toBeGreaterThan(2);
    expect(new Set(runs)).toEqual(new Set([2]));
    heap.verify();
  });

  test("not while automatic collection is off", async () => {
    const heap = await openHeap({ ...options, gc: { enabled: false } });
    const Node = defineNode(heap);
    expect(() => {
      for (let i = 0; i < 100_000; i++) dropRing(heap, Node, 1);
    }).toThrow(MemoryError);
    expect(collections(heap)).toEqual([0, 0, 0]);
    expect(heap.gc.collect()).toBeGreaterThan(1000);
    heap.verify();
  });
});

describe("which generation", () => {
  /** Makes garbage until there were so many collections, or for a long time. */
  function churn(heap: Heap, runs: Generation[], count: number): Generation[] {
    const Node = defineNode(heap, `Churn${runs.length}`);
    for (let i = 0; runs.length < count && i < 10_000; i++) dropRing(heap, Node, 1);
    return runs.slice();
  }

  test("thresholds (100, 3, 2): every fifth takes generation 1, and after three of those one takes all", async () => {
    const heap = await openHeap({ gc: { threshold: [100, 3, 2] } });
    const runs = watch(heap);
    const period = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2];
    expect(churn(heap, runs, 32)).toEqual([...period, ...period]);
    expect(heap.gc.getStats().map((stats) => stats.collected)).toEqual([2424, 606, 202]);
    heap.verify();
  });

  test("as long as less than a quarter of the long-lived objects is new, none takes all", async () => {
    const heap = await openHeap({ gc: { threshold: [100, 3, 2] } });
    const Node = defineNode(heap);
    using _ = makeRing(heap, Node, 1000);
    heap.gc.collect();
    const runs = watch(heap);
    const five: Generation[] = [0, 0, 0, 0, 1];
    expect(churn(heap, runs, 25)).toEqual([...five, ...five, ...five, ...five, ...five]);
    expect(heap.gc.getCount()).toEqual([expect.any(Number), 0, 5]);
    // 249 survivors of collections of generation 1 are less than a quarter, 250 are not.
    heap.gc.disable();
    using few = makeRing(heap, Node, 249);
    heap.gc.collect(1);
    heap.gc.enable();
    expect(churn(heap, runs, 36).slice(26)).toEqual([...five, ...five]);
    using one = new Node();
    heap.gc.collect(1);
    expect(churn(heap, runs, 38).slice(37)).toEqual([2]);
    expect([few.released, one.released]).toEqual([false, false]);
    heap.verify();
  });

  test("collections on demand count like automatic ones", async () => {
    const heap = await openHeap({ gc: { threshold: [100, 3, 2] } });
    const runs = watch(heap);
    for (let i = 0; i < 4; i++) heap.gc.collect(0);
    expect(heap.gc.getCount()).toEqual([0, 4, 0]);
    expect(churn(heap, runs, 5)).toEqual([0, 0, 0, 0, 1]);
    expect(heap.gc.getCount()).toEqual([1, 0, 1]);
  });

  test("a collection that was due is not, once it ran on demand", async () => {
    const heap = await openHeap({ gc: { threshold: [10, 10, 10] } });
    const Node = defineNode(heap);
    for (let i = 0; i < 11; i++) dropRing(heap, Node, 1);
    expect(heap.gc.collect(0)).toBe(11);
    dropRing(heap, Node, 1);
    expect(collections(heap)).toEqual([1, 0, 0]);
  });
});

describe("freeze", () => {
  test("sets objects of all generations aside, and starts the counts anew", async () => {
    const heap = await openHeap({ gc: { enabled: false } });
    const Node = defineNode(heap);
    const rings = [1, 2, 3].map((length) => {
      const ring = makeRing(heap, Node, length);
      heap.gc.collect(length === 1 ? 1 : 0);
      return ring;
    });
    expect(generationSizes(heap)).toEqual([0, 5, 1]);
    rings.push(makeRing(heap, Node, 4));
    heap.gc.freeze();
    expect(heap.gc.getFreezeCount()).toBe(10);
    expect(heap.gc.getCount()).toEqual([0, 0, 0]);
    expect(generationSizes(heap)).toEqual([0, 0, 0]);
    expect(heap.gc.getObjects()).toEqual([]);
    heap.verify();
    for (const ring of rings) ring.release();
    expect(heap.gc.collect()).toBe(0);
    heap.gc.unfreeze();
    expect(heap.gc.getFreezeCount()).toBe(0);
    expect(generationSizes(heap)).toEqual([0, 0, 10]);
    expect(heap.gc.collect(1)).toBe(0);
    expect(heap.gc.collect(2)).toBe(10);
    heap.verify();
  });

  test("frozen objects die with their last reference, are tracked, and keep others alive", async () => {
    const heap = await openHeap({ gc: { enabled: false } });
    const Node = defineNode(heap);
    const frozen = new Node();
    heap.gc.freeze();
    expect(heap.gc.isTracked(frozen)).toBe(true);
    const ring = makeRing(heap, Node, 3);
    frozen.other = ring;
    ring.release();
    using target = new Node();
    frozen.next = target;
    expect(heap.gc.getReferrers(target)).toEqual([]);
    expect(heap.gc.collect()).toBe(0);
    frozen.release();
    expect(heap.gc.getFreezeCount()).toBe(0);
    expect(heap.gc.collect()).toBe(3);
    heap.verify();
  });

  test("a second freeze adds to the first", async () => {
    const heap = await openHeap({ gc: { enabled: false } });
    const Node = defineNode(heap);
    using _ = makeRing(heap, Node, 2);
    heap.gc.freeze();
    using ring = makeRing(heap, Node, 3);
    heap.gc.freeze();
    expect(heap.gc.getFreezeCount()).toBe(5);
    expect(ring.released).toBe(false);
    heap.verify();
  });
});
