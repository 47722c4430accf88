// gc.setDebug: CPython's lines on console.error, and gc.garbage.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Handle, type Heap, List } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import {
  addressesOf,
  defineNode,
  dropRing,
  generationSizes,
  isAlive,
  makeRing,
  type NodeType,
  trackedCount,
} from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  let Node: NodeType;
  let lines: string[];

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    Node = defineNode(heap);
    lines = [];
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
  });

  afterEach(() => {
    vi.restoreAllMocks();
    heap.verify();
  });

  const hex = (address: number) => `0x${address.toString(16).padStart(8, "0")}`;

  test("without flags, nothing is printed", () => {
    dropRing(heap, Node, 2);
    heap.gc.collect();
    expect(lines).toEqual([]);
    expect(heap.gc.getDebug()).toBe(0);
  });

  test("test_gc_debug_stats: four lines a collection, and none with 0", () => {
    using _ = makeRing(heap, Node, 2);
    heap.gc.freeze();
    using old = makeRing(heap, Node, 3);
    heap.gc.collect(1);
    using middle = makeRing(heap, Node, 4);
    heap.gc.collect(0);
    dropRing(heap, Node, 5);
    heap.gc.setDebug(heap.gc.DEBUG_STATS);
    heap.gc.collect();
    expect(lines).toEqual([
      "gc: collecting generation 2...",
      "gc: objects in each generation: 5 4 3",
      "gc: objects in permanent generation: 2",
      expect.stringMatching(/^gc: done, 5 unreachable, 0 uncollectable, \d+\.\d{4}s elapsed$/),
    ]);
    heap.gc.setDebug(0);
    heap.gc.collect();
    expect(lines).toHaveLength(4);
    expect([old.released, middle.released]).toEqual([false, false]);
  });

  test("collectable objects are named with their types, and freed", () => {
    const Pair = heap.struct("Pair", { first: "ref", second: "ref" });
    const [node = 0, pair = 0] = heap.scope(() => {
      const first = new Node();
      const second = new Pair({ first });
      first.other = second;
      return addressesOf([first, second]);
    });
    heap.gc.setDebug(heap.gc.DEBUG_COLLECTABLE);
    expect(heap.gc.collect()).toBe(2);
    expect(lines.sort()).toEqual([`gc: collectable <Node ${hex(node)}>`, `gc: collectable <Pair ${hex(pair)}>`]);
    expect(trackedCount(heap)).toBe(0);
    expect(heap.gc.garbage.length).toBe(0);
  });

  test("what is printed when console.error uses the heap is sound", () => {
    vi.spyOn(console, "error").mockImplementation(() => {
      heap.verify();
      using _ = new Node();
      expect(heap.gc.collect()).toBe(0);
    });
    dropRing(heap, Node, 3);
    heap.gc.setDebug(heap.gc.DEBUG_STATS | heap.gc.DEBUG_COLLECTABLE);
    expect(heap.gc.collect()).toBe(3);
    expect(console.error).toHaveBeenCalledTimes(7);
  });

  test("a console.error that throws ends nothing but the printing", () => {
    vi.spyOn(console, "error").mockImplementation(() => {
      throw new Error("no console");
    });
    const ring = dropRing(heap, Node, 3);
    heap.gc.setDebug(heap.gc.DEBUG_COLLECTABLE);
    expect(() => heap.gc.collect()).toThrow("no console");
    expect(ring.some((address) => isAlive(heap, address))).toBe(false);
    heap.gc.setDebug(0);
    dropRing(heap, Node, 2);
    expect(heap.gc.collect()).toBe(2);
  });

  test("flags: their numbers, which can be set, and what cannot", () => {
    const { gc } = heap;
    expect([gc.DEBUG_STATS, gc.DEBUG_COLLECTABLE, gc.DEBUG_UNCOLLECTABLE, gc.DEBUG_SAVEALL, gc.DEBUG_LEAK]).toEqual([
      1, 2, 4, 32, 38,
    ]);
    gc.setDebug(gc.DEBUG_LEAK | gc.DEBUG_STATS);
    expect(gc.getDebug()).toBe(39);
    for (const flags of [8, 64, -1, 1.5, Number.NaN, 2 ** 32]) expect(() => gc.setDebug(flags)).toThrow(RangeError);
    for (const flags of ["1", null, undefined, 1n]) {
      expect(() => gc.setDebug(flags as unknown as number)).toThrow(TypeError);
    }
    expect(gc.getDebug()).toBe(39);
  });

  describe("DEBUG_SAVEALL", () => {
    beforeEach(() => heap.gc.setDebug(heap.gc.DEBUG_SAVEALL));

    const kept = () => heap.gc.garbage.toArray() as Handle[];

    test("keeps trash with all it refers to, and says how much it found", () => {
      const Leaf = heap.struct("Leaf", { x: "i32" });
      const ring = heap.scope(() => {
        const node = new Node({ value: 1 });
        node.next = new Node({ value: 2, next: node, other: new Leaf({ x: 3 }) });
        return addressesOf([node, node.next as InstanceType<NodeType>]);
      });
      expect(heap.gc.collect()).toBe(2);
      expect(heap.gc.garbage.length).toBe(2);
      expect(heap.gc.getStats()[2]).toMatchObject({ collected: 2, uncollectable: 0 });
      using list = heap.gc.garbage.at(0) as InstanceType<NodeType>;
      expect(addressesOf(kept()).sort()).toEqual(ring.sort());
      const leaves = [list, list.next].map((node) => node?.other).filter((other) => other != null);
      expect(leaves.map((leaf) => (leaf as InstanceType<typeof Leaf>).x)).toEqual([3]);
    });

    test("kept objects are old, live, and no trash again", () => {
      const ring = dropRing(heap, Node, 3);
      expect(heap.gc.collect(0)).toBe(3);
      // The list itself is young.
      expect(generationSizes(heap)).toEqual([1, 0, 3]);
      expect(heap.gc.collect()).toBe(0);
      expect(heap.gc.garbage.length).toBe(3);
      expect(ring.map((address) => heap.core.refcount(address))).toEqual([2, 2, 2]);
    });

    test("cleared garbage is freed by the next collection, or at once if it is in no cycle any more", () => {
      const ring = dropRing(heap, Node, 3);
      heap.gc.collect();
      heap.gc.setDebug(0);
      heap.gc.garbage.clear();
      expect(heap.gc.garbage.length).toBe(0);
      expect(ring.every((address) => isAlive(heap, address))).toBe(true);
      expect(heap.gc.collect()).toBe(3);

      heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
      dropRing(heap, Node, 3);
      heap.gc.collect();
      heap.scope(() => {
        for (const node of heap.gc.garbage) (node as InstanceType<NodeType>).next = null;
      });
      heap.gc.garbage.clear();
      expect(trackedCount(heap)).toBe(1);
    });

    test("handles of what is in it own a reference each, pop gives the list's away", () => {
      dropRing(heap, Node, 2);
      heap.gc.collect();
      const { garbage } = heap.gc;
      const handles = heap.handleCount;
      const last = garbage.at(-1) as Handle;
      expect(heap.handleCount).toBe(handles + 1);
      expect(heap.sys.getRefCount(last)).toBe(3);
      const popped = garbage.pop() as Handle;
      expect(popped.is(last)).toBe(true);
      expect(heap.sys.getRefCount(popped)).toBe(3);
      popped.release();
      last.release();
      // One of the ring, one of the list.
      expect(heap.scope(() => kept().map((handle) => heap.sys.getRefCount(handle) - 1))).toEqual([2]);
      expect(heap.handleCount).toBe(handles);
      (garbage.pop() as Handle).release();
      expect(garbage.pop()).toBeUndefined();
      heap.gc.setDebug(0);
      expect(heap.gc.collect()).toBe(2);
    });

    test("the list is the heap's own: one handle, that is not counted, and that nobody can release", () => {
      const handles = heap.handleCount;
      const { garbage } = heap.gc;
      expect(garbage).toBeInstanceOf(List);
      expect(heap.scope(() => heap.gc.garbage)).toBe(garbage);
      expect(heap.handleCount).toBe(handles);
      expect(heap.sys.getRefCount(garbage)).toBe(1);
      garbage.release();
      garbage[Symbol.dispose]();
      expect([garbage.released, garbage.length, heap.handleCount]).toEqual([false, 0, handles]);
      using other = garbage.clone();
      expect([other.is(garbage), heap.sys.getRefCount(garbage), heap.handleCount]).toEqual([true, 2, handles + 1]);
      dropRing(heap, Node, 3);
      expect(heap.gc.collect()).toBe(3);
      expect(other.length).toBe(3);
      expect(heap.scope(() => heap.gc.getReferrers(other.at(0) as Handle).some((holder) => holder.is(other)))).toBe(
        true,
      );
    });

    test("a program may put in what it likes", () => {
      const { garbage } = heap.gc;
      garbage.push("kept", 1.5, [1]);
      dropRing(heap, Node, 1);
      expect(heap.gc.collect()).toBe(1);
      expect(heap.toJS(garbage)).toEqual(["kept", 1.5, [1], expect.objectContaining({ value: 0 })]);
    });

    test("what there is no memory for waits, and comes into the list when somebody looks", async () => {
      const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
      small.gc.setDebug(small.gc.DEBUG_SAVEALL);
      const ring = dropRing(small, defineNode(small), 3000);
      const giveBack = exhaust(small);
      expect(small.gc.collect()).toBe(3000);
      expect(() => small.gc.garbage).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
      small.verify();
      giveBack();
      expect(small.gc.garbage.length).toBe(3000);
      expect(ring.map((address) => small.core.refcount(address))).toEqual(ring.map(() => 2));
      small.verify();
    });

    test("garbage found inside a scope outlives it", () => {
      heap.scope(() => {
        dropRing(heap, Node, 2);
        heap.gc.collect();
      });
      expect(heap.gc.garbage.length).toBe(2);
      expect(trackedCount(heap)).toBe(3);
    });

    test("automatic collections keep trash too", () => {
      heap.gc.enable();
      heap.gc.setThreshold(10);
      for (let i = 0; i < 12; i++) dropRing(heap, Node, 1);
      expect(heap.gc.garbage.length).toBe(11);
    });
  });
});
