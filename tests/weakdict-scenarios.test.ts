// What CPython's tests of weak dictionaries and sets (Lib/test/test_weakref.py, Lib/test/test_weakset.py) pin down about keys, values
// and deaths in the middle of a call, and what is left of its WeakMethod where methods are no objects. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, Storable, WeakReference } from "../src/index.js";
import { defineNode, isAlive, type NodeType } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;
  let Node: NodeType;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
    Node = defineNode(heap);
  });

  afterEach(() => scene.close());

  /** What cannot be weakly referenced. */
  const UNABLE: readonly (readonly [name: string, make: () => unknown])[] = [
    ["a number", () => 34],
    ["a string", () => "text"],
    ["null", () => null],
    ["a list", () => heap.list()],
    ["a tuple", () => heap.tuple([[]])],
    ["a dict", () => heap.dict()],
  ];

  const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

  describe("WeakValueDictionary", () => {
    test("gives values by key, in both forms of it, and no more once they are dead", () => {
      // MappingTestCase.test_weak_values, the protocol tests of WeakValueDictionaryTestCase
      using dict = new heap.weakref.WeakValueDictionary();
      const object = new Node({ value: 7 });
      expect(dict.set("key", object)).toBe(dict);
      dict.set(1, object);
      heap.scope(() => {
        expect(dict.get("key")?.is(object)).toBe(true);
        expect(dict.get(1n)?.is(object)).toBe(true);
        expect(dict.get(heap.str("key"))?.is(object)).toBe(true);
        expect(dict.get("other")).toBeUndefined();
      });
      expect([dict.has(true), dict.has("key"), dict.has("other"), dict.size]).toEqual([true, true, false, 2]);
      object.release();
      expect([dict.get("key"), dict.get(1), dict.has("key"), dict.size]).toEqual([undefined, undefined, false, 0]);
    });

    test.each(UNABLE)("%s is no value", (_, make) => {
      // As in CPython; no test there.
      using dict = new heap.weakref.WeakValueDictionary();
      heap.scope(() => expect(() => dict.set("key", make() as Handle)).toThrow(TypeError));
      expect([dict.size, dict.has("key")]).toEqual([0, false]);
    });

    test("what can change is no key", () => {
      // What dicts do; no test there.
      using dict = new heap.weakref.WeakValueDictionary();
      using object = new Node();
      heap.scope(() => {
        for (const key of [heap.list(), heap.dict(), heap.set()]) {
          expect(() => dict.set(key, object)).toThrow(TypeError);
          expect(() => dict.get(key)).toThrow(TypeError);
          expect(() => dict.has(key)).toThrow(TypeError);
          expect(() => dict.delete(key)).toThrow(TypeError);
        }
      });
      expect([dict.size, heap.weakref.getWeakRefCount(object)]).toEqual([0, 0]);
    });

    test("an old value that dies later does not take the new one with it", () => {
      // MappingTestCase.test_weak_valued_consistency
      using dict = new heap.weakref.WeakValueDictionary();
      const old = new Node();
      old.next = old;
      dict.set(10, old);
      // The old reference lives on, so that it notices the death of its object.
      const [ref] = heap.weakref.getWeakRefs<Handle>(old) as [WeakReference];
      old.release();
      using object = new Node();
      dict.set(10, object);
      expect(heap.gc.collect()).toBe(1);
      expect([ref.deref(), dict.size]).toEqual([undefined, 1]);
      heap.scope(() => expect(dict.get(10)?.is(object)).toBe(true));
      ref.release();
      heap.verify();
      // One that dies at once.
      heap.scope(() => dict.set(10, new Node()));
      expect([dict.size, dict.has(10)]).toEqual([0, false]);
    });
  });

  describe("WeakKeyDictionary", () => {
    test("gives values by object, and drops them with it", () => {
      // MappingTestCase.test_weak_keys, the protocol tests of WeakKeyDictionaryTestCase
      using dict = new heap.weakref.WeakKeyDictionary();
      const object = new Node();
      const value = new Node();
      const { address } = value;
      expect(dict.set(object, "What is the meaning of the universe?")).toBe(dict);
      expect(dict.get(object)).toBe("What is the meaning of the universe?");
      dict.set(object, value);
      value.release();
      expect([dict.size, dict.has(object), isAlive(heap, address)]).toEqual([1, true, true]);
      using other = new Node();
      expect([dict.has(other), dict.get(other), dict.delete(other)]).toEqual([false, undefined, false]);
      object.release();
      expect([dict.size, isAlive(heap, address)]).toEqual([0, false]);
    });

    test("keys are compared as their objects are, and the first of equal ones stays", () => {
      // MappingTestCase.test_weak_keys, TestWeakSet.test_contains, TestWeakSet.test_add
      using dict = new heap.weakref.WeakKeyDictionary();
      using set = new heap.weakref.WeakSet();
      const [one, two] = [heap.frozenset([1, "a"]), heap.frozenset(["a", 1])];
      dict.set(one, "one").set(two, "two");
      set.add(one).add(two);
      expect([dict.size, dict.get(one), dict.get(two), dict.has(two)]).toEqual([1, "two", "two", true]);
      expect([set.size, set.has(two)]).toEqual([1, true]);
      one.release();
      // The entry was that of the first one.
      expect([dict.size, dict.has(two), set.size, set.has(two)]).toEqual([0, false, 0, false]);
      dict.set(two, "two");
      using three = heap.frozenset([1, "a"]);
      expect([dict.get(three), dict.delete(three), dict.size]).toEqual(["two", true, 0]);
      two.release();
    });

    test.each(UNABLE)("%s is no key, and cannot be asked for, or deleted", (_, make) => {
      // MappingTestCase.test_weak_keyed_bad_delitem
      using dict = new heap.weakref.WeakKeyDictionary();
      heap.scope(() => {
        const key = make() as Handle;
        expect(() => dict.set(key, 1)).toThrow(TypeError);
        expect(() => dict.get(key)).toThrow(TypeError);
        expect(() => dict.delete(key)).toThrow(TypeError);
        if (isObject(key)) expect(dict.has(key)).toBe(false);
      });
      expect(dict.size).toBe(0);
    });

    test("deleting one key may be the death of others", () => {
      // MappingTestCase.test_weak_keyed_cascading_deletes; there it is the comparison of keys that does it
      using dict = new heap.weakref.WeakKeyDictionary();
      const held: Handle[] = [];
      const Dropper = heap.struct(
        "Dropper",
        { id: "u32" },
        {
          gc: true,
          finalize({ id }) {
            scene.log.push(`value ${id}`);
            held.pop()?.release();
          },
        },
      );
      heap.scope((scope) => {
        for (let id = 0; id < 4; id++) {
          const key = scope.keep(new Node({ value: id }));
          dict.set(key, new Dropper({ id }));
          held.push(key);
        }
      });
      let turns = 0;
      while (held.length > 0) {
        turns++;
        using key = held.shift() as Handle;
        // The value of this key, those of the keys that go with it, one in the other, and the rest is deleted already.
        expect(dict.delete(key)).toBe(true);
      }
      expect([turns, dict.size, scene.ran()]).toEqual([1, 0, ["value 0", "value 3", "value 2", "value 1"]]);
    });

    test("a value that leads to its own key keeps it, and the entry, as in CPython", () => {
      // The documentation of weakref.WeakKeyDictionary; no test there.
      using dict = new heap.weakref.WeakKeyDictionary();
      const { address } = heap.scope(() => {
        const key = new Node();
        dict.set(key, [key]);
        return { address: key.address };
      });
      expect([heap.gc.collect(), dict.size, isAlive(heap, address)]).toEqual([0, 1, true]);
      dict.clear();
      expect([dict.size, isAlive(heap, address)]).toEqual([0, false]);
    });
  });

  describe("WeakSet", () => {
    test("an object is in it once, however often it is added", () => {
      // TestWeakSet.test_add
      using set = new heap.weakref.WeakSet();
      const object = new Node();
      expect(set.add(object)).toBe(set);
      set.add(object);
      expect([set.size, heap.weakref.getWeakRefCount(object)]).toEqual([1, 1]);
      object.release();
      expect(set.size).toBe(0);
    });

    test.each(UNABLE)("%s cannot be in it", (_, make) => {
      // TestWeakSet.test_add, TestWeakSet.test_contains
      using set = new heap.weakref.WeakSet();
      heap.scope(() => {
        const value = make() as Handle;
        expect(() => set.add(value)).toThrow(TypeError);
        if (isObject(value)) expect(set.has(value)).toBe(false);
      });
      expect(set.size).toBe(0);
    });

    test("one that adds all of its own to itself stays as it is", () => {
      // TestWeakSet.test_inplace_on_self, TestWeakSet.test_update
      const objects = [new Node(), new Node(), new Node()];
      using set = new heap.weakref.WeakSet(objects);
      heap.scope(() => {
        for (const object of [...set, ...set]) set.add(object);
        expect([...set].map(({ address }) => address)).toEqual(objects.map(({ address }) => address));
      });
      for (const object of objects) object.release();
      expect(set.size).toBe(0);
    });

    test("many loops that are in a set of their own and in one with all others: one collection takes them", () => {
      // TestWeakSet.test_gc
      using set = new heap.weakref.WeakSet();
      heap.scope(() => {
        for (let value = 0; value < 1000; value++) {
          const node = new Node({ value });
          node.next = node;
          node.other = heap.list([node, heap.weakref.ref(node)]);
          set.add(node);
        }
      });
      expect(set.size).toBe(1000);
      // Nodes, lists and weak references; and those of the set, which go when their objects do.
      expect([heap.gc.collect(), set.size]).toEqual([4000, 0]);
    });
  });

  describe("a method as two weak fields, its object and its function", () => {
    function defineMethod() {
      return heap.struct("Method", { object: "weak", callee: "weak", name: "ref" });
    }

    /** The method can be called: both are there. */
    const isThere = (method: { readonly object: Handle | null; readonly callee: Handle | null }) =>
      heap.scope(() => method.object !== null && method.callee !== null);

    test("is there as long as both are", () => {
      // WeakMethodTestCase.test_alive, WeakMethodTestCase.test_object_dead, WeakMethodTestCase.test_method_dead
      const Method = defineMethod();
      for (const dies of ["object", "callee"] as const) {
        const made = { object: new Node(), callee: new Node() };
        using method = new Method(made);
        expect(isThere(method)).toBe(true);
        heap.scope(() => expect(method.object?.is(made.object)).toBe(true));
        made[dies].release();
        expect([isThere(method), method[dies]]).toEqual([false, null]);
        made.object.release();
        made.callee.release();
        expect([method.object, method.callee]).toEqual([null, null]);
      }
    });

    test("callbacks of its own two references are called when either dies, also when both die at once", () => {
      // WeakMethodTestCase.test_callback_when_object_dead, WeakMethodTestCase.test_callback_when_method_dead
      const pair = heap.list();
      const refs = heap.scope((scope) =>
        [0, 1].map((i) => {
          const object = new Node({ value: i });
          pair.push(object);
          return scope.keep(heap.weakref.ref(object, (ref) => void scene.log.push(`${i} ${ref.deref()}`)));
        }),
      );
      expect(scene.ran()).toEqual([]);
      pair.clear();
      expect(scene.ran()).toEqual(["1 undefined", "0 undefined"]);
      for (const ref of refs) ref.release();
      pair.release();
    });

    test("makes no cycle: the object, and the method, go with their last reference", () => {
      // WeakMethodTestCase.test_no_cycles
      const Method = defineMethod();
      const object = new Node();
      const method = new Method({ object, name: "method" });
      object.other = method;
      const [objectAt, methodAt] = [object.address, method.address];
      method.release();
      expect([isAlive(heap, objectAt), isAlive(heap, methodAt)]).toEqual([true, true]);
      object.release();
      expect([isAlive(heap, objectAt), isAlive(heap, methodAt)]).toEqual([false, false]);
    });

    test("two of the same object share its reference, and are told apart as objects are", () => {
      // WeakMethodTestCase.test_equality, as far as structs are compared
      const Method = defineMethod();
      using object = new Node();
      using one = new Method({ object });
      using two = new Method({ object });
      expect([heap.weakref.getWeakRefCount(object), one.is(two)]).toEqual([1, false]);
      const keys: Storable[] = [one, two];
      heap.scope(() => expect(heap.set(keys).size).toBe(2));
    });
  });
});
