// Scenarios of CPython's Lib/test/test_gc.py, with its exact numbers, named as there. Where Python has a list, dict or function
// that refers to itself, there is a record here with a field that does.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CollectionInfo, CorruptionError, type Generation, type Handle, type Heap } from "../src/index.js";
import { addressesOf, defineNode, dropRing, isAlive, type NodeType, trackedCount } from "./helpers/graph.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

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

  describe("cycles", () => {
    test("test_list: a record that refers to itself through a field of its own type", () => {
      const node = new Node();
      node.next = node;
      expect(heap.gc.collect()).toBe(0);
      node.release();
      expect(heap.gc.collect()).toBe(1);
    });

    test("test_dict: a record that refers to itself through a field of any type", () => {
      const node = new Node();
      node.other = node;
      node.release();
      expect(heap.gc.collect()).toBe(1);
    });

    test("test_tuple: two records of two types that refer to each other", () => {
      const Pair = heap.struct("Pair", { first: Node, second: "ref" });
      const node = new Node();
      const pair = new Pair({ first: node });
      node.other = pair;
      node.release();
      expect(heap.gc.collect()).toBe(0);
      pair.release();
      expect(heap.gc.collect()).toBe(2);
    });

    test("test_class, test_instance: a record with an attribute that is the record", () => {
      const Instance = heap.struct("Instance", { id: "u32", attribute: "ref" });
      const instance = new Instance({ id: 7 });
      instance.attribute = instance;
      expect(heap.gc.collect()).toBe(0);
      instance.release();
      expect(heap.gc.collect()).toBe(1);
      expect(heap.gc.collect()).toBe(0);
    });

    test("test_newinstance: instances of types with fields of each other's, and in the end nothing", () => {
      const A = heap.struct("A", { attribute: "self" });
      const B = heap.struct("B", { base: A, items: "ref" });
      const C = heap.struct("C", { b: B, a: A, attribute: "ref" });
      const a = new A();
      a.attribute = a;
      a.release();
      expect(heap.gc.collect()).toBe(1);
      heap.scope(() => {
        const base = new A();
        const b = new B({ base });
        const c = new C({ b, a: base });
        c.attribute = c;
        b.items = c;
        base.attribute = base;
      });
      expect(heap.gc.collect()).toBe(3);
      expect(heap.gc.collect()).toBe(0);
      expect(trackedCount(heap)).toBe(0);
    });

    test("test_method: a record whose method record refers back to it", () => {
      const Method = heap.struct("Method", { self: "ref", code: "u32" });
      const A = heap.struct("A", { init: Method });
      heap.scope(() => {
        const a = new A();
        a.init = new Method({ self: a, code: 1 });
      });
      expect(heap.gc.collect()).toBe(2);
    });

    test("test_function: a function and its namespace", () => {
      const Namespace = heap.struct("Namespace", { f: "ref" });
      const Callable = heap.struct("Callable", { globals: Namespace });
      heap.scope(() => {
        const globals = new Namespace();
        globals.f = new Callable({ globals });
      });
      expect(heap.gc.collect()).toBe(2);
    });

    test("test_trashcan, without finalizers: deep chains die one inside the other, with collections between them", () => {
      for (let round = 1; round <= 34; round++) {
        heap.scope(() => {
          let top: Handle = new Node();
          for (let depth = 0; depth < 150; depth++) top = new Node({ value: depth, other: top });
        });
        if (round % 17 === 0) expect(heap.gc.collect()).toBe(0);
      }
      expect(trackedCount(heap)).toBe(0);
    });
  });

  describe("no code of the program runs during a collection", () => {
    /** Counts the calls of every accessor that instances of a type have, of its own and inherited, from now on. */
    function countAccesses(type: { prototype: object }): () => number {
      let calls = 0;
      for (let owner: object | null = type.prototype; owner !== null && owner !== Object.prototype; ) {
        for (const [name, { get, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
          if (get === undefined || !configurable) continue;
          Object.defineProperty(owner, name, {
            configurable: true,
            get() {
              calls++;
              return get.call(this);
            },
          });
        }
        owner = Object.getPrototypeOf(owner);
      }
      return () => calls;
    }

    test("test_boom, test_boom2: accessors that would break the cycle are not called", () => {
      heap.scope(() => {
        const a = new Node();
        a.next = new Node({ next: a });
      });
      const calls = countAccesses(Node as unknown as { prototype: object });
      expect(heap.gc.collect()).toBe(2);
      expect(calls()).toBe(0);
      expect(heap.gc.garbage.length).toBe(0);
    });
  });

  describe("counts and generations", () => {
    test("test_get_count", () => {
      heap.gc.collect();
      expect(heap.gc.getCount()).toEqual([0, 0, 0]);
      using _ = new Node();
      expect(heap.gc.getCount()).toEqual([1, 0, 0]);
    });

    test("test_collect_generations", () => {
      heap.gc.collect();
      using _ = new Node();
      heap.gc.collect(0);
      expect(heap.gc.getCount()).toEqual([0, 1, 0]);
      heap.gc.collect(1);
      expect(heap.gc.getCount()).toEqual([0, 0, 1]);
      heap.gc.collect(2);
      expect(heap.gc.getCount()).toEqual([0, 0, 0]);
    });

    test("test_get_stats", () => {
      for (const stats of heap.gc.getStats()) {
        expect(stats).toEqual({ collections: 0, collected: 0, uncollectable: 0, candidates: 0, duration: 0 });
      }
      heap.gc.collect(0);
      expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([1, 0, 0]);
      heap.gc.collect(2);
      expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([1, 0, 1]);
      dropRing(heap, Node, 5);
      heap.gc.collect(1);
      const [young, middle, old] = heap.gc.getStats();
      expect(middle).toMatchObject({ collections: 1, collected: 5, uncollectable: 0, candidates: 5 });
      expect([young.collected, old.collected]).toEqual([0, 0]);
    });

    test("test_heap_size", () => {
      const before = trackedCount(heap);
      const node = new Node();
      expect(trackedCount(heap)).toBe(before + 1);
      node.release();
      expect(trackedCount(heap)).toBe(before);
    });
  });

  describe("lists", () => {
    const listed = (handles: Handle[], handle: Handle) => handles.some((other) => other.is(handle));

    test("test_get_objects: a fresh cycle is listed", () => {
      heap.gc.collect();
      using node = new Node();
      node.next = node;
      expect(listed(heap.gc.getObjects(), node)).toBe(true);
    });

    test("test_get_objects_generations: first in 0, then 1, then 2, and it stays there", () => {
      heap.gc.collect();
      using node = new Node();
      node.next = node;
      const where = () => ([0, 1, 2] as const).filter((generation) => listed(heap.gc.getObjects(generation), node));
      expect(where()).toEqual([0]);
      heap.gc.collect(0);
      expect(where()).toEqual([1]);
      heap.gc.collect(1);
      expect(where()).toEqual([2]);
      heap.gc.collect(2);
      expect(where()).toEqual([2]);
    });

    test("test_get_objects_arguments", () => {
      using _ = new Node();
      expect(heap.gc.getObjects()).toHaveLength(heap.gc.getObjects(undefined).length);
      for (const generation of [1000, -1000, 1.234]) {
        expect(() => heap.gc.getObjects(generation as Generation)).toThrow(RangeError);
      }
      for (const generation of ["1", null, 1n]) {
        expect(() => heap.gc.getObjects(generation as unknown as Generation)).toThrow(TypeError);
      }
    });

    test("test_get_objects_during_gc: what is found unreachable is in no list any more", () => {
      using live = new Node();
      const [first = 0] = heap.scope(() => {
        const node = new Node({ other: live });
        node.next = new Node({ next: node, other: live });
        return [node.address];
      });
      heap.scope(() => expect(heap.gc.getReferrers(live)).toHaveLength(2));
      expect(heap.core.beginCollection(2)).toBe(2);
      heap.scope(() => expect(addressesOf(heap.gc.getObjects())).toEqual([live.address]));
      expect(heap.gc.getReferrers(live)).toEqual([]);
      heap.core.endCollection(0);
      expect(isAlive(heap, first)).toBe(false);
      expect(heap.sys.getRefCount(live)).toBe(1);
    });

    test("test_get_referents", () => {
      const Triple = heap.struct("Triple", { a: "ref", b: "ref", c: "ref" });
      using list = new Triple({ a: 1, b: 3, c: 5 });
      expect(heap.gc.getReferents(list)).toEqual([1, 3, 5]);
      using pair = new Triple({ a: 1, c: 2 });
      using dict = new Triple({ b: 3, c: 4 });
      using tuple = new Triple({ a: 0, b: 0, c: 0 });
      expect(heap.gc.getReferents(pair, dict, tuple)).toEqual([1, 2, 3, 4, 0, 0, 0]);
      expect(heap.gc.getReferents(1, true, null)).toEqual([]);
    });

    test("test_is_tracked", () => {
      const Leaf = heap.struct("Leaf", { x: "f64", y: "f64" });
      const Empty = heap.struct("Empty", {}, { gc: true });
      for (const atom of [1, 2.5, true, null]) expect(heap.gc.isTracked(atom)).toBe(false);
      using leaf = new Leaf();
      using empty = new Empty();
      using node = new Node();
      expect([leaf, empty, node].map((object) => heap.gc.isTracked(object))).toEqual([false, true, true]);
    });

    test("test_is_finalized, as far as there are no finalizers", () => {
      expect(heap.gc.isFinalized(3)).toBe(false);
      using node = new Node();
      expect(heap.gc.isFinalized(node)).toBe(false);
      heap.gc.collect();
      expect(heap.gc.isFinalized(node)).toBe(false);
    });
  });

  describe("freeze", () => {
    test("test_freeze", () => {
      using _ = new Node();
      heap.gc.freeze();
      expect(heap.gc.getFreezeCount()).toBe(1);
      heap.gc.unfreeze();
      expect(heap.gc.getFreezeCount()).toBe(0);
    });

    test("test_traverse_frozen_objects", () => {
      using x = new Node();
      heap.gc.freeze();
      const y = new Node({ other: x });
      y.next = y;
      y.release();
      expect(heap.gc.collect()).toBe(1);
      heap.verify();
      expect(heap.sys.getRefCount(x)).toBe(1);
      heap.gc.unfreeze();
    });
  });

  describe("debugging", () => {
    test("test_saveall", () => {
      heap.gc.collect();
      expect(heap.gc.garbage.length).toBe(0);
      const node = new Node({ value: 42 });
      node.next = node;
      const { address } = node;
      heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
      node.release();
      expect(heap.gc.collect()).toBe(1);
      heap.gc.setDebug(0);
      expect(heap.gc.garbage.length).toBe(1);
      const saved = heap.gc.garbage.pop() as typeof node;
      expect([saved.address, saved.value]).toEqual([address, 42]);
      saved.release();
      expect(heap.gc.collect()).toBe(1);
    });
  });

  describe("GCCallbackTests", () => {
    let visits: [who: number, phase: "start" | "stop", info: CollectionInfo][];

    beforeEach(() => {
      visits = [];
      for (const who of [1, 2]) heap.gc.callbacks.push((phase, info) => visits.push([who, phase, info]));
    });

    test("test_collect: each is called once at start and once at stop, with all keys", () => {
      heap.gc.collect();
      expect(visits.map(([who, phase]) => [who, phase])).toEqual([
        [1, "start"],
        [2, "start"],
        [1, "stop"],
        [2, "stop"],
      ]);
      for (const [, , info] of visits) {
        expect(Object.keys(info).sort()).toEqual([
          "candidates",
          "collected",
          "duration",
          "generation",
          "uncollectable",
        ]);
      }
    });

    test("test_collect_generation", () => {
      heap.gc.collect(2);
      expect(visits.map(([, , { generation }]) => generation)).toEqual([2, 2, 2, 2]);
    });

    test("test_collect_garbage, without what cannot be freed: the numbers at stop", () => {
      dropRing(heap, Node, 2);
      heap.gc.collect();
      const [, , info] = visits.at(-1) ?? [];
      expect(info).toMatchObject({ candidates: 2, collected: 2, uncollectable: 0 });
    });
  });

  test("test_refcount_errors: a count that is too low is reported, and what was dropped too often stays", () => {
    const a = new Node();
    const b = new Node({ next: a, other: a });
    a.next = b;
    const { address } = a;
    heap.core.decref(address);
    a.release();
    b.release();
    const error = (() => {
      try {
        heap.gc.collect();
        return null;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(CorruptionError);
    expect(error).toMatchObject({ code: "INVARIANT", rule: "invariant", invariant: "reference-count", address });
    expect((error as Error).message).toMatch(/^gc\.collect\(2\): .*0x[0-9a-f]{8}.* Node .*count, 1,/);
    expect(isAlive(heap, address)).toBe(true);
    heap.core.incref(address);
  });
});

describe("automatic collection", () => {
  test("test_indirect_calls_with_gc_disabled: 10,000 objects, and no collection", async () => {
    const heap = await openHeap();
    const Node = defineNode(heap);
    heap.gc.disable();
    for (let i = 0; i < 10_000; i++) dropRing(heap, Node, 1);
    expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([0, 0, 0]);
    expect(trackedCount(heap)).toBe(10_000);
    heap.gc.enable();
    dropRing(heap, Node, 1);
    expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([1, 0, 0]);
    expect(trackedCount(heap)).toBe(1);
    heap.verify();
  });

  test("test_threshold_zero: none in 50,000", async () => {
    const heap = await openHeap();
    const Node = defineNode(heap);
    heap.gc.setThreshold(0);
    for (let i = 0; i < 50_000; i++) dropRing(heap, Node, 1);
    expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([0, 0, 0]);
    expect(heap.gc.getCount()).toEqual([50_000, 0, 0]);
    expect(heap.gc.collect()).toBe(50_000);
    heap.verify();
  });

  test("test_incremental_gc_handles_fast_cycle_creation: 20,000 rings of 20 leave a bounded number of objects", async () => {
    const heap = await openHeap();
    const LinkedList = heap.struct("LinkedList", { next: "self", previous: "self", surprise: "ref" });
    type List = InstanceType<typeof LinkedList>;
    function makeList(depth: number): List {
      return heap.scope(() => {
        let head = new LinkedList();
        for (let i = 0; i < depth; i++) {
          const next = head;
          head = new LinkedList({ next, previous: next.previous });
          next.previous = head;
        }
        return head;
      });
    }
    using head = makeList(1000);
    const atFirst = trackedCount(heap);
    for (let round = 0; round < 1000; round++) {
      heap.scope(() => {
        for (let i = 0; i < 20; i++) makeList(20).surprise = head;
      });
      expect(trackedCount(heap) - atFirst, `round ${round}`).toBeLessThan(27_000);
    }
    heap.gc.collect();
    expect(trackedCount(heap)).toBe(atFirst);
    heap.verify();
  });
});
