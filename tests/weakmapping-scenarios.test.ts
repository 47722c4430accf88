// What CPython's tests of weak dictionaries (Lib/test/test_weakref.py, MappingTestCase) and weak sets (Lib/test/test_weakset.py) pin
// down about all three alike; the rest is in weakdict-scenarios.test.ts. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, Instance, StructType } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

const FIELDS = { arg: "u32", cycle: "self", other: "ref" } as const;
type Thing = Instance<typeof FIELDS>;

/** What the three weak containers have in common; the number of an object is its key or value. */
interface Weak {
  readonly size: number;
  add(object: Thing): void;
  has(object: Thing): boolean;
  delete(object: Thing): boolean;
  clear(): void;
  /** A new one made of what goes through this one. */
  copy(): Weak;
  /** All ways to go through it; each gives one item an object. The first is the usual one. */
  iterators: readonly (readonly [name: string, () => Iterator<unknown>])[];
  release(): void;
}

function weakValues(heap: Heap, entries: Iterable<readonly [number, Thing]>): Weak {
  const dict = new heap.weakref.WeakValueDictionary<number, Thing>(entries);
  return {
    get size() {
      return dict.size;
    },
    add: (object) => void dict.set(object.arg, object),
    has: ({ arg }) => dict.has(arg),
    delete: ({ arg }) => dict.delete(arg),
    clear: () => dict.clear(),
    copy: () => heap.scope(() => weakValues(heap, dict)),
    iterators: [
      ["the iterator", () => dict[Symbol.iterator]()],
      ["keys", () => dict.keys()],
      ["values", () => dict.values()],
      ["entries", () => dict.entries()],
    ],
    release: () => dict.release(),
  };
}

function weakKeys(heap: Heap, entries: Iterable<readonly [Thing, number]>): Weak {
  const dict = new heap.weakref.WeakKeyDictionary<Thing, number>(entries);
  return {
    get size() {
      return dict.size;
    },
    add: (object) => void dict.set(object, object.arg),
    has: (object) => dict.has(object),
    delete: (object) => dict.delete(object),
    clear: () => dict.clear(),
    copy: () => heap.scope(() => weakKeys(heap, dict)),
    iterators: [
      ["the iterator", () => dict[Symbol.iterator]()],
      ["keys", () => dict.keys()],
      ["values", () => dict.values()],
      ["entries", () => dict.entries()],
    ],
    release: () => dict.release(),
  };
}

function weakSet(heap: Heap, objects: Iterable<Thing>): Weak {
  const set = new heap.weakref.WeakSet<Thing>(objects);
  return {
    get size() {
      return set.size;
    },
    add: (object) => void set.add(object),
    has: (object) => set.has(object),
    delete: (object) => set.delete(object),
    clear: () => set.clear(),
    copy: () => heap.scope(() => weakSet(heap, set)),
    iterators: [
      ["the iterator", () => set[Symbol.iterator]()],
      ["values", () => set.values()],
    ],
    release: () => set.release(),
  };
}

const KINDS: readonly (readonly [name: string, make: (heap: Heap, objects?: readonly Thing[]) => Weak])[] = [
  [
    "WeakValueDictionary",
    (heap, objects = []) =>
      weakValues(
        heap,
        objects.map((object) => [object.arg, object]),
      ),
  ],
  [
    "WeakKeyDictionary",
    (heap, objects = []) =>
      weakKeys(
        heap,
        objects.map((object) => [object, object.arg]),
      ),
  ],
  ["WeakSet", (heap, objects = []) => weakSet(heap, objects)],
];

const COUNT = 10;

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;
  let Thing: StructType<typeof FIELDS>;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
    Thing = heap.struct("Thing", FIELDS);
  });

  afterEach(() => scene.close());

  const makeThings = () => Array.from({ length: COUNT }, (_, arg) => new Thing({ arg }));

  /** One that refers to itself, so that only a collection frees it. */
  function makeLoop(arg: number): Thing {
    const thing = new Thing({ arg });
    thing.cycle = thing;
    return thing;
  }

  function releaseAll(objects: Handle[]): void {
    for (const object of objects.splice(0)) object.release();
  }

  /** How many items an iterator has still, without their handles. */
  function rest(iterator: Iterator<unknown>): number {
    return heap.scope(() => {
      let items = 0;
      while (!iterator.next().done) items++;
      return items;
    });
  }

  const iterate = (weak: Weak) => (weak.iterators[0] as Weak["iterators"][number])[1]();

  const takeOne = (iterator: Iterator<unknown>) => heap.scope(() => expect(iterator.next().done).toBe(false));

  describe.each(KINDS)("%s", (_, make) => {
    test("has what was put in as long as it lives, and does not keep it", () => {
      // MappingTestCase.test_weak_values, MappingTestCase.test_weak_keys, TestWeakSet.test_len, TestWeakSet.test_contains
      const objects = makeThings();
      const weak = make(heap);
      for (const object of objects) weak.add(object);
      expect(weak.size).toBe(COUNT);
      for (const object of objects) {
        expect([heap.weakref.getWeakRefCount(object), heap.sys.getRefCount(object)]).toEqual([1, 1]);
        expect(weak.has(object)).toBe(true);
        expect([heap.weakref.getWeakRefCount(object), heap.sys.getRefCount(object)]).toEqual([1, 1]);
      }
      objects.shift()?.release();
      expect(weak.size).toBe(COUNT - 1);
      releaseAll(objects);
      expect(weak.size).toBe(0);
      using dead = new Thing({ arg: 1 });
      expect([weak.has(dead), weak.delete(dead)]).toEqual([false, false]);
      heap.scope(() => weak.add(new Thing({ arg: 2 })));
      expect(weak.size).toBe(0);
      weak.release();
    });

    test("is made of what is in another container", () => {
      // MappingTestCase.test_make_weak_valued_dict_from_dict, MappingTestCase.test_make_weak_keyed_dict_from_dict,
      // MappingTestCase.test_make_weak_valued_dict_from_weak_valued_dict, TestWeakSet.test_new_or_init, TestWeakSet.test_init,
      // MappingTestCase.test_make_weak_keyed_dict_from_weak_keyed_dict, TestWeakSet.test_constructor_identity, TestWeakSet.test_copy
      const objects = makeThings();
      const weak = make(heap, objects);
      const copy = weak.copy();
      expect([weak.size, copy.size]).toEqual([COUNT, COUNT]);
      for (const object of objects) {
        expect([weak.has(object), copy.has(object), heap.weakref.getWeakRefCount(object)]).toEqual([true, true, 2]);
      }
      weak.delete(objects[0] as Thing);
      expect([weak.size, copy.size]).toEqual([COUNT - 1, COUNT]);
      releaseAll(objects);
      expect([weak.size, copy.size]).toEqual([0, 0]);
      weak.release();
      copy.release();
    });

    test("all ways to go through it find all of it, in the order in which it came", () => {
      // MappingTestCase.test_weak_keyed_iters, MappingTestCase.test_weak_valued_iters
      const objects = makeThings();
      const weak = make(heap, objects);
      const numberOf = (item: unknown): number => {
        if (typeof item === "number") return item;
        if (Array.isArray(item)) return numberOf(item[0]);
        return (item as Thing).arg;
      };
      for (const [name, start] of weak.iterators) {
        heap.scope(() => {
          const found: number[] = [];
          const iterator = start();
          for (let next = iterator.next(); !next.done; next = iterator.next()) found.push(numberOf(next.value));
          expect(found, name).toEqual(objects.map(({ arg }) => arg));
        });
      }
      weak.release();
      releaseAll(objects);
    });

    test("objects in cycles leave it when they are collected, also while it is gone through", () => {
      // MappingTestCase.test_weak_keyed_len_cycles, MappingTestCase.test_weak_valued_len_cycles, TestWeakSet.test_len_cycles
      const objects = Array.from({ length: 20 }, (_, arg) => makeLoop(arg));
      const weak = make(heap, objects);
      const iterator = iterate(weak);
      heap.scope(() => {
        expect(iterator.next().done).toBe(false);
        releaseAll(objects);
        expect(weak.size).toBe(20);
        heap.gc.collect();
        // The handle of the first one keeps it.
        expect(weak.size).toBe(1);
      });
      heap.gc.collect();
      expect([weak.size, rest(iterator)]).toEqual([0, 0]);
      weak.release();
    });

    test("its size is never too large or too small, whenever collections happen", () => {
      // MappingTestCase.test_weak_keyed_len_race, MappingTestCase.test_weak_valued_len_race, TestWeakSet.test_len_race
      for (let threshold = 1; threshold < 100; threshold++) {
        heap.gc.collect(0);
        heap.gc.enable();
        heap.gc.setThreshold(threshold, threshold, threshold);
        const objects = Array.from({ length: 20 }, (_, arg) => makeLoop(arg));
        const weak = make(heap, objects);
        releaseAll(objects);
        const iterator = iterate(weak);
        heap.scope(() => iterator.next());
        iterator.return?.();
        const before = weak.size;
        heap.scope(() => void heap.list([[], {}]));
        const after = weak.size;
        expect(before).toBeLessThanOrEqual(20);
        expect(after).toBeLessThanOrEqual(before);
        expect(after).toBeGreaterThanOrEqual(0);
        weak.release();
      }
      heap.gc.disable();
    });

    test("an object that dies while it is gone through is left out, and it is one smaller", () => {
      // MappingTestCase.test_weak_keys_destroy_while_iterating, MappingTestCase.test_weak_values_destroy_while_iterating,
      // TestWeakSet.test_weak_destroy_while_iterating
      const objects = makeThings();
      const weak = make(heap, objects);
      for (const [name, start] of weak.iterators) {
        const before = weak.size;
        const iterator = start();
        takeOne(iterator);
        objects.pop()?.release();
        heap.gc.collect();
        expect([rest(iterator), weak.size], name).toEqual([before - 2, before - 1]);
        // Also the one that was taken last, and the one that would be next.
        const another = start();
        takeOne(another);
        objects.shift()?.release();
        objects.shift()?.release();
        expect([rest(another), weak.size], name).toEqual([before - 3, before - 3]);
        while (objects.length < COUNT) objects.push(new Thing({ arg: 100 + before + objects.length }));
        weak.clear();
        for (const object of objects) weak.add(object);
      }
      releaseAll(objects);
      expect(weak.size).toBe(0);
      weak.release();
    });

    test("while it is gone through, objects that died can be taken out and put in anew, and all can be cleared", () => {
      // MappingTestCase.test_weak_keys_destroy_while_iterating, MappingTestCase.test_weak_values_destroy_while_iterating,
      // TestWeakSet.test_weak_destroy_and_mutate_while_iterating
      const objects = makeThings();
      const weak = make(heap, objects);
      function whileIterating(body: (replacement: Thing) => void): void {
        const iterator = iterate(weak);
        takeOne(iterator);
        const last = objects.pop() as Thing;
        const { arg } = last;
        last.release();
        using replacement = new Thing({ arg });
        body(replacement);
        heap.verify();
        rest(iterator);
      }
      whileIterating((object) => expect(weak.has(object)).toBe(false));
      whileIterating((object) => expect(weak.delete(object)).toBe(false));
      whileIterating((object) => {
        weak.add(object);
        expect([weak.has(object), weak.size]).toEqual([true, COUNT - 2]);
      });
      expect(weak.size).toBe(COUNT - 3);
      whileIterating((object) => {
        weak.add(object);
        expect(weak.delete(object)).toBe(true);
        expect(weak.size).toBe(COUNT - 4);
      });
      whileIterating(() => {
        weak.clear();
        expect(weak.size).toBe(0);
      });
      releaseAll(objects);
      weak.release();
    });

    test("a callback that goes through it finds none of the objects that die with its own, though they are there still", () => {
      // As in CPython; no test there.
      const objects = [0, 1, 2].map(makeLoop);
      const weak = make(heap, objects);
      // It is called before the weak references of the container are.
      using _ = heap.weakref.ref(objects[0] as Thing, () => {
        const found = weak.iterators.map(([name, start]) => `${name} ${rest(start())}`);
        scene.log.push(`size ${weak.size}`, ...found);
      });
      releaseAll(objects);
      heap.gc.collect();
      expect(scene.ran()).toEqual(["size 3", ...weak.iterators.map(([name]) => `${name} 0`)]);
      expect(weak.size).toBe(0);
      weak.release();
    });

    test("deletes what is there, once", () => {
      // MappingTestCase.test_weak_keyed_delitem, MappingTestCase.test_weak_valued_delitem, TestWeakSet.test_discard,
      // TestWeakSet.test_remove, TestWeakSet.test_clear
      using a = new Thing({ arg: 1 });
      using b = new Thing({ arg: 2 });
      const weak = make(heap, [a, b]);
      expect([weak.delete(a), weak.delete(a), weak.size, weak.has(b)]).toEqual([true, false, 1, true]);
      expect(heap.weakref.getWeakRefCount(a)).toBe(0);
      weak.clear();
      expect([weak.size, heap.weakref.getWeakRefCount(b)]).toEqual([0, 0]);
      weak.release();
    });

    test("cycles of objects with weak containers of their own are all collected", () => {
      // TestWeakSet.test_gc
      const all: Weak[] = [];
      const objects = Array.from({ length: 200 }, (_, arg) => makeLoop(arg));
      const weak = make(heap, objects);
      for (const [i, object] of objects.entries()) {
        object.other = objects[(i + 1) % objects.length] as Thing;
        all.push(make(heap, [object]));
      }
      releaseAll(objects);
      expect(weak.size).toBe(200);
      // Of each object two weak references go with it, one of each container.
      expect(heap.gc.collect()).toBe(600);
      expect([weak.size, ...all.map(({ size }) => size)]).toEqual(Array(201).fill(0));
      for (const one of [weak, ...all]) one.release();
    });
  });
});
