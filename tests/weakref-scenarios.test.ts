// What CPython's tests of weak references (Lib/test/test_weakref.py, ReferencesTestCase) pin down about making, sharing, reading,
// comparing and counting them; its tests of callbacks are in weakref-callbacks-scenarios.test.ts. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, Storable, WeakReference } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;
  let thing: () => Handle;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
    const Thing = heap.struct("Thing", { other: "ref" });
    thing = () => new Thing();
  });

  afterEach(() => scene.close());

  const note = (ref: WeakReference) => void scene.log.push(`called, ${ref.deref() === undefined ? "dead" : "alive"}`);

  describe("what can be referred to", () => {
    const ABLE: readonly (readonly [name: string, make: () => Handle])[] = [
      ["a tracked struct", () => thing()],
      ["a struct the collector does not know", () => leaf()],
      ["a set", () => heap.set([1])],
      ["a frozenset", () => heap.frozenset([1, "a"])],
      ["the empty frozenset", () => heap.frozenset()],
      ["a deque", () => heap.deque([1])],
      ["an array", () => heap.array("f64", 3)],
    ];
    let leaf: () => Handle;

    beforeEach(() => {
      const Leaf = heap.struct("Leaf", { x: "f64" });
      leaf = () => new Leaf();
    });

    test.each(ABLE)("%s: its reference reads as the object as long as it lives, then as nothing", (_, make) => {
      // ReferencesTestCase.test_basic_ref
      const object = make();
      using ref = heap.weakref.ref(object);
      heap.scope(() => {
        expect(ref.deref()?.is(object)).toBe(true);
        expect(ref.deref()?.typeName).toBe(object.typeName);
      });
      expect(heap.sys.getRefCount(object)).toBe(1);
      const again = ref.deref() as Handle;
      object.release();
      expect(scene.answers(ref)).toEqual([true]);
      again.release();
      expect([ref.deref(), scene.answers(ref)]).toEqual([undefined, [false]]);
    });

    test.each(ABLE)("%s: a callback is called once, with the reference, which reads nothing", (_, make) => {
      // ReferencesTestCase.test_basic_callback
      const object = make();
      const seen: boolean[] = [];
      using ref: WeakReference = heap.weakref.ref(object, (given) => {
        note(given);
        seen.push(given.is(ref));
      });
      expect(scene.ran()).toEqual([]);
      object.release();
      expect([scene.ran(), seen, scene.answers(ref)]).toEqual([["called, dead"], [true], [false]]);
      heap.gc.collect();
      expect(scene.ran()).toEqual([]);
    });

    test("texts, numbers, tuples, lists, dicts and weak references themselves cannot", () => {
      // The same kinds as in CPython.
      heap.scope(() => {
        const ref = heap.weakref.ref(thing());
        const unable: Handle[] = [heap.str("text"), heap.bytes([1]), heap.tuple([[]]), heap.list(), heap.dict(), ref];
        for (const handle of [...unable, heap.defaultdict(() => 0)]) {
          expect(() => heap.weakref.ref(handle), handle.typeName).toThrow(TypeError);
          expect(heap.weakref.getWeakRefCount(handle)).toBe(0);
          expect(heap.weakref.getWeakRefs(handle)).toEqual([]);
        }
        for (const value of [1, "text", null, true, 2n ** 70n]) {
          expect(() => heap.weakref.ref(value as unknown as Handle)).toThrow(TypeError);
        }
      });
    });
  });

  describe("sharing", () => {
    test("a reference without callback is the same as long as it lives", () => {
      // ReferencesTestCase.test_ref_reuse
      using object = thing();
      const first = heap.weakref.ref(object);
      const second = heap.weakref.ref(object);
      expect([first.is(second), first.address === second.address]).toEqual([true, true]);
      expect([heap.weakref.getWeakRefCount(object), heap.sys.getRefCount(first)]).toEqual([1, 2]);
      first.release();
      expect([heap.weakref.getWeakRefCount(object), scene.answers(second)]).toEqual([1, [true]]);
      second.release();
      expect(heap.weakref.getWeakRefCount(object)).toBe(0);
    });

    test("no callback and undefined are the same", () => {
      // ReferencesTestCase.test_shared_ref_without_callback
      using object = thing();
      using first = heap.weakref.ref(object);
      using second = heap.weakref.ref(object, undefined);
      expect(first.is(second)).toBe(true);
      expect([first.callback, second.callback]).toEqual([null, null]);
    });

    test("references with callbacks are never shared, not even with the same callback", () => {
      // SubclassableWeakrefTestCase.test_subclass_refs_dont_conflate_callbacks
      const object = thing();
      using first = heap.weakref.ref(object, note);
      using second = heap.weakref.ref(object, note);
      using other = heap.weakref.ref(object, () => void scene.log.push("other"));
      expect([first.is(second), first.is(other), second.is(other)]).toEqual([false, false, false]);
      expect(heap.weakref.getWeakRefCount(object)).toBe(3);
      object.release();
      expect(scene.ran()).toEqual(["other", "called, dead", "called, dead"]);
    });

    test("those of weak dictionaries are not shared either, and the plain one comes before all", () => {
      // SubclassableWeakrefTestCase.test_subclass_refs_dont_replace_standard_refs
      using values = new heap.weakref.WeakValueDictionary();
      using object = thing();
      values.set(1, object);
      expect(heap.weakref.getWeakRefCount(object)).toBe(1);
      using called = heap.weakref.ref(object, note);
      using plain = heap.weakref.ref(object);
      expect(heap.weakref.getWeakRefCount(object)).toBe(3);
      heap.scope(() => {
        const refs = heap.weakref.getWeakRefs(object);
        expect(refs).toHaveLength(3);
        expect([refs[0]?.is(plain), refs[1]?.is(called)]).toEqual([true, true]);
        expect(refs[2]?.deref()?.is(object)).toBe(true);
        expect(plain.is(refs[2] as Handle)).toBe(false);
      });
      values.delete(1);
      expect(heap.weakref.getWeakRefCount(object)).toBe(2);
    });

    test("making one may collect: garbage that owned the shared reference goes, and all is as if it had never been", () => {
      // ReferencesTestCase.test_gc_during_ref_creation
      const Owner = heap.struct("Owner", { self: "self", ref: "ref" });
      using object = thing();
      heap.gc.enable();
      heap.gc.setThreshold(1, 1, 1);
      for (let round = 0; round < 50; round++) {
        heap.scope(() => {
          const owner = new Owner({ ref: heap.weakref.ref(object) });
          owner.self = owner;
        });
        heap.scope(() => {
          const called = heap.weakref.ref(object, note);
          const plain = heap.weakref.ref(object);
          expect(plain.is(heap.weakref.ref(object))).toBe(true);
          expect(heap.weakref.getWeakRefs(object).map((ref) => ref.address)).toEqual([plain.address, called.address]);
        });
        heap.verify();
      }
      heap.gc.disable();
      heap.gc.collect();
      expect([heap.weakref.getWeakRefCount(object), scene.ran()]).toEqual([0, []]);
    });
  });

  describe("counting", () => {
    test("getWeakRefCount: those with callbacks one each, and one for all without", () => {
      // ReferencesTestCase.test_getweakrefcount
      using object = thing();
      const refs = [heap.weakref.ref(object), heap.weakref.ref(object, note)];
      expect(heap.weakref.getWeakRefCount(object)).toBe(2);
      refs.push(heap.weakref.ref(object), heap.weakref.ref(object, note), heap.weakref.ref(object, note));
      expect(heap.weakref.getWeakRefCount(object)).toBe(4);
      for (const ref of refs) ref.release();
      expect([heap.weakref.getWeakRefCount(object), scene.ran()]).toEqual([0, []]);
    });

    test("getWeakRefs: the plain one first, then newest first, and those that are dropped are not there any more", () => {
      // ReferencesTestCase.test_getweakrefs
      using object = thing();
      const first = heap.weakref.ref(object, note);
      const second = heap.weakref.ref(object, note);
      const plain = heap.weakref.ref(object);
      const third = heap.weakref.ref(object, note);
      const listed = () => heap.scope(() => heap.weakref.getWeakRefs(object).map(({ address }) => address));
      expect(listed()).toEqual([plain.address, third.address, second.address, first.address]);
      second.release();
      expect(listed()).toEqual([plain.address, third.address, first.address]);
      plain.release();
      expect(listed()).toEqual([third.address, first.address]);
      third.release();
      expect(listed()).toEqual([first.address]);
      first.release();
      expect(listed()).toEqual([]);
    });
  });

  describe("callback", () => {
    test("is the function, and null without one", () => {
      // ReferencesTestCase.test_callback_attribute
      using object = thing();
      using called = heap.weakref.ref(object, note);
      using plain = heap.weakref.ref(object);
      expect([called.callback, plain.callback]).toEqual([note, null]);
    });

    test("is null once it was called", () => {
      // ReferencesTestCase.test_callback_attribute_after_deletion
      const object = thing();
      using ref = heap.weakref.ref(object, note);
      expect(ref.callback).toBe(note);
      object.release();
      expect([scene.ran(), ref.callback]).toEqual([["called, dead"], null]);
    });

    test("cannot be set", () => {
      // ReferencesTestCase.test_set_callback_attribute
      using object = thing();
      using ref = heap.weakref.ref(object, note) as { -readonly [K in keyof WeakReference]: WeakReference[K] };
      expect(() => {
        ref.callback = () => {};
      }).toThrow(TypeError);
      expect(ref.callback).toBe(note);
    });

    test("must be a function", () => {
      // ReferencesTestCase.test_init
      using object = thing();
      for (const callback of [1, "f", {}]) {
        expect(() => heap.weakref.ref(object, callback as unknown as typeof note)).toThrow(TypeError);
      }
      expect(heap.weakref.getWeakRefCount(object)).toBe(0);
    });
  });

  describe("as keys", () => {
    const has = (key: Storable, ...keys: Storable[]) => heap.scope(() => heap.set(keys).has(key));

    test("living ones are equal if what they refer to is, dead ones only to themselves, and none to its object", () => {
      // ReferencesTestCase.test_equality
      const [x, y, z] = [heap.frozenset([1, "a"]), heap.frozenset([1, "a"]), heap.frozenset([2])];
      const refs = [heap.weakref.ref(x), heap.weakref.ref(y), heap.weakref.ref(z), heap.weakref.ref(x, note)] as const;
      const [a, b, c, d] = refs;
      expect([has(a, b), has(b, d), has(a, d), has(a, c), has(a, a)]).toEqual([true, true, true, false, true]);
      expect([has(a, x), has(x, a), has(x, y)]).toEqual([false, false, true]);
      x.release();
      expect([has(a, b), has(a, d), has(b, d), has(a, a), has(d, d)]).toEqual([false, false, false, true, true]);
      y.release();
      z.release();
      expect([has(a, b), has(b, c), has(a, c), has(a, a), has(b, b), has(c, c)]).toEqual([
        ...[false, false, false],
        ...[true, true, true],
      ]);
      for (const ref of refs) ref.release();
      expect(scene.ran()).toEqual(["called, dead"]);
    });

    test("objects that are only equal to themselves: so are their references", () => {
      // ReferencesTestCase.test_equality
      using x = thing();
      using y = thing();
      heap.scope(() => {
        const [a, b, called] = [heap.weakref.ref(x), heap.weakref.ref(y), heap.weakref.ref(x, note)];
        expect([has(a, b), has(a, called), has(called, a)]).toEqual([false, true, true]);
      });
    });

    test("have the hash of what they refer to, and keep it; one that was never asked for cannot be a key any more", () => {
      // ReferencesTestCase.test_hashing
      const [x, y] = [heap.frozenset([42]), heap.frozenset([42])];
      using a = heap.weakref.ref(x);
      using b = heap.weakref.ref(y);
      using dict = heap.dict();
      dict.set(a, "found");
      heap.scope(() => expect(dict.get(heap.weakref.ref(x))).toBe("found"));
      x.release();
      expect(dict.get(a)).toBe("found");
      y.release();
      expect(() => dict.get(b)).toThrow(TypeError);
      expect(() => dict.set(b, 1)).toThrow(TypeError);
      expect([dict.get(a), dict.size]).toEqual(["found", 1]);
    });
  });
});
