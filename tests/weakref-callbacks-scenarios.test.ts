// What CPython's tests of weak references (Lib/test/test_weakref.py, ReferencesTestCase) pin down about callbacks: who is called, when, in
// which order, and who never is, because it is trash itself. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, WeakReference } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { defineNode, isAlive, type Node, type NodeType } from "./helpers/graph.js";
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

  const say = (name: string) => () => void scene.log.push(name);

  /** Keeps a weak reference as long as the heap's globals have it under this name. */
  function hold(name: string, ref: WeakReference): void {
    heap.globals.set(name, ref);
  }

  describe("when the last reference goes", () => {
    test("all callbacks are called, newest first", () => {
      // ReferencesTestCase.test_multiple_callbacks
      const object = new Node();
      using first = heap.weakref.ref(object, say("first"));
      using plain = heap.weakref.ref(object);
      using second = heap.weakref.ref(object, say("second"));
      using third = heap.weakref.ref(object, say("third"));
      object.release();
      expect(scene.ran()).toEqual(["third", "second", "first"]);
      expect(scene.answers(first, plain, second, third)).toEqual([false, false, false, false]);
    });

    test("all references read nothing before the first callback is called", () => {
      // ReferencesTestCase.test_multiple_selfref_callbacks
      const object = new Node();
      const seen: boolean[][] = [];
      const look = () => void seen.push(scene.answers(...refs));
      const refs: WeakReference[] = [heap.weakref.ref(object, look), heap.weakref.ref(object)];
      refs.push(heap.weakref.ref(object, look));
      object.release();
      const nothing = [false, false, false];
      expect(seen).toEqual([nothing, nothing]);
      for (const ref of refs) ref.release();
    });

    test("a callback that drops the other references does not keep theirs from being called", () => {
      // What clears references holds all of them until the last was called.
      const object = new Node();
      const refs: WeakReference[] = [];
      for (const name of ["first", "second", "third"]) {
        refs.push(
          heap.weakref.ref(object, () => {
            scene.log.push(name);
            for (const ref of refs) ref.release();
          }),
        );
      }
      object.release();
      expect(scene.ran()).toEqual(["third", "second", "first"]);
    });

    test("a reference that was dropped before is not called", () => {
      // ReferencesTestCase.test_getweakrefs, and all others that drop references
      const object = new Node();
      heap.weakref.ref(object, say("dropped")).release();
      // One that takes its place in memory has nothing of it.
      using plain = heap.weakref.ref(object);
      expect(plain.callback).toBeNull();
      using _ = heap.weakref.ref(object, say("held"));
      object.release();
      expect(scene.ran()).toEqual(["held"]);
    });

    test("callbacks called while an error goes up the stack leave that error alone", () => {
      // ReferencesTestCase.test_callbacks_protected
      const bogus = new Error("bogus");
      using table = heap.dict();
      expect(() =>
        heap.scope(() => {
          const object = new Node();
          table.set(
            heap.weakref.ref(object, (ref) => {
              scene.log.push("called");
              table.delete(ref);
            }),
            null,
          );
          throw bogus;
        }),
      ).toThrow(bogus);
      expect([scene.ran(), table.size]).toEqual([["called"], 0]);
    });

    test("a callback that collects, in the middle of the object's death", () => {
      // ReferencesTestCase.test_sf_bug_840829
      const Struct = heap.struct("Struct", { next: "self", items: "ref" });
      const makers: (() => Handle)[] = [
        () => new Struct(),
        () => new Struct({ items: [[], {}, "text"] }),
        () => heap.set([1, "text", null]),
        () => heap.deque([[1], [2]]),
        () => heap.array("u8", 9),
      ];
      for (const make of makers) {
        const object = make();
        const { address } = object;
        using _ = heap.weakref.ref(object, () => void scene.log.push(`collected ${heap.gc.collect()}`));
        object.release();
        expect([scene.ran(), isAlive(heap, address)]).toEqual([["collected 0"], false]);
        heap.verify();
      }
    });

    test("a callback that collects, after the object's finalizer", () => {
      // ReferencesTestCase.test_callback_gcs
      const Finalized = heap.struct("Finalized", { id: "u32" }, { gc: true, finalize: say("finalizer") });
      const object = new Finalized();
      using ref = heap.weakref.ref(object, () => void scene.log.push(`collected ${heap.gc.collect()}`));
      object.release();
      expect([scene.ran(), scene.answers(ref)]).toEqual([["finalizer", "collected 0"], [false]]);
    });

    test("a reference made by the dying object's finalizer reads nothing afterwards, and its callback is called", () => {
      // ReferencesTestCase.test_ref_created_during_del
      const made: WeakReference[] = [];
      const Target = heap.struct(
        "Target",
        { id: "u32" },
        {
          gc: true,
          finalize(target, scope) {
            made.push(scope.keep(heap.weakref.ref(target)), scope.keep(heap.weakref.ref(target, say("called"))));
            expect(scene.answers(...made)).toEqual([true, true]);
          },
        },
      );
      new Target().release();
      expect(scene.answers(...made)).toEqual([false, false]);
      for (const ref of made) ref.release();
      // They are cleared as all others are, and called.
      expect(scene.ran()).toEqual(["called"]);
    });

    test("no memory: all references are cleared, nothing is thrown, and nothing is left", async () => {
      // ReferencesTestCase.test_no_memory_when_clearing
      const small = await Scene.open(variant, { maximumMemory: 2 ** 20 });
      const Thing = small.heap.struct("Thing", { other: "ref" });
      const object = new Thing({ other: [1, "text"] });
      const refs = Array.from({ length: 50 }, (_, i) =>
        small.heap.weakref.ref(object, () => void small.log.push(`${i}`)),
      );
      const giveBack = exhaust(small.heap);
      object.release();
      giveBack();
      expect(small.answers(...refs)).toEqual(refs.map(() => false));
      // Calls need no memory here. CPython drops them then.
      expect(small.ran()).toEqual(refs.map((_, i) => `${49 - i}`));
      for (const ref of refs) ref.release();
      small.close();
    });

    test.each([1, 2, 10, 100])(
      "a chain of %i, each with a callback for the one before: no callback sees what is dying",
      (n) => {
        // ReferencesTestCase.test_trashcan_16602
        const Link = heap.struct("Link", { id: "u32", parent: "ref" });
        const table = new heap.weakref.WeakKeyDictionary();
        const root = new Link();
        let last = root.clone();
        for (let id = 1; id <= n; id++) {
          const link = new Link({ id });
          const own = heap.weakref.ref(link);
          const address = link.address;
          heap.scope(() => {
            link.parent = heap.weakref.ref(last, () => {
              const seen = own.deref();
              if (seen !== undefined) expect([seen.address, isAlive(heap, address)]).toEqual([address, true]);
              scene.log.push(seen === undefined ? "nothing" : `link ${(seen as typeof link).id}`);
              own.release();
            });
          });
          table.set(last, link);
          last.release();
          last = link;
        }
        root.release();
        expect(table.size).toBe(0);
        const ran = scene.ran();
        expect(ran).toHaveLength(n);
        expect(ran.sort()).toEqual([`link ${n}`, ...Array(n - 1).fill("nothing")]);
        last.release();
        expect(scene.ran()).toEqual([]);
        table.release();
      },
    );
  });

  describe("when references are trash themselves", () => {
    test("two objects of a cycle, of which one has a reference with a callback to the other: nobody is called", () => {
      // ReferencesTestCase.test_callback_in_cycle
      heap.scope(() => {
        const type = new Node({ value: 1 });
        const instance = new Node({ value: 2, next: type });
        instance.other = heap.list([instance, heap.weakref.ref(type, say("called"))]);
        type.next = type;
      });
      expect(heap.gc.collect()).toBe(4);
      expect(scene.ran()).toEqual([]);
    });

    test("two objects, of which only one leads to the other", () => {
      // ReferencesTestCase.test_callback_reachable_one_way
      heap.scope(() => {
        const [one, two] = [new Node({ value: 1 }), new Node({ value: 2 })];
        two.next = two;
        two.other = heap.list([one, heap.weakref.ref(one, say("called"))]);
        one.next = two;
      });
      expect(heap.gc.collect()).toBe(4);
      expect(scene.ran()).toEqual([]);

      heap.scope(() => {
        const [one, two] = [new Node({ value: 1 }), new Node({ value: 2 })];
        one.next = one;
        two.next = two;
        // The one whose reference would be called is not reachable from the one that dies.
        two.other = heap.list([one, heap.weakref.ref(one, say("called"))]);
      });
      expect(heap.gc.collect()).toBe(4);
      expect(scene.ran()).toEqual([]);
    });

    test("two objects of different types", () => {
      // ReferencesTestCase.test_callback_different_classes
      const C = heap.struct("C", { me: "self" });
      const D = heap.struct("D", { me: "self", c: C, ref: "ref" });
      heap.scope(() => {
        const c = new C();
        c.me = c;
        const d = new D({ c });
        d.me = d;
        d.ref = heap.weakref.ref(c, say("called"));
      });
      expect(heap.gc.collect()).toBe(3);
      expect(scene.ran()).toEqual([]);
    });

    test("neither of two objects of a cycle is called, and a reference from outside is, once, and reads nothing", () => {
      // ReferencesTestCase.test_callback_in_cycle_resurrection
      heap.scope(() => {
        const type = new Node({ value: 0 });
        const [one, two] = [new Node({ value: 1, other: [type] }), new Node({ value: 2, other: [type] })];
        one.next = two;
        two.next = one;
        for (const [owner, referent] of [
          [one, two],
          [two, one],
        ] as const) {
          const resurrect = () => void heap.globals.set("resurrected", owner.clone());
          (owner.other as ReturnType<Heap["list"]>).push(heap.weakref.ref(referent, resurrect));
        }
        hold("outside", heap.weakref.ref(type, say("type went away")));
      });
      expect(heap.gc.collect()).toBe(7);
      expect([scene.ran(), heap.globals.has("resurrected")]).toEqual([["type went away"], false]);
      const outside = heap.globals.get("outside") as WeakReference;
      expect(outside.deref()).toBeUndefined();
      outside.release();
      heap.globals.delete("outside");
      expect(heap.gc.collect()).toBe(0);
      expect(scene.ran()).toEqual([]);
    });

    test("of two references to one object in trash, one of them trash too, only the other is called", () => {
      // ReferencesTestCase.test_callbacks_on_callback
      heap.scope(() => {
        const [c, d] = [new Node({ value: 1 }), new Node({ value: 2 })];
        const callback = new Node({ value: 3, next: c });
        c.next = d;
        d.next = c;
        c.other = heap.list([callback, heap.weakref.ref(d, say("unsafe"))]);
        d.other = heap.list([heap.weakref.ref(callback, say("unsafe"))]);
        hold("external", heap.weakref.ref(callback, say("safe")));
      });
      expect(heap.gc.collect()).toBe(7);
      expect(scene.ran()).toEqual(["safe"]);
      heap.globals.delete("external");
    });

    test("a reference that alone keeps what it refers to is not called when it is dropped", () => {
      // SubclassableWeakrefTestCase.test_subclass_refs_with_cycle
      const values = new heap.weakref.WeakValueDictionary();
      const object = new Node();
      const { address } = object;
      // The dictionary's reference owns its key, which is what it refers to; and that of a second entry does, too.
      values.set(object, object);
      heap.scope(() => values.set(heap.tuple([object, 2]), object));
      object.release();
      expect([values.size, isAlive(heap, address)]).toEqual([2, true]);
      heap.scope(() => expect(values.delete(Node.at(address))).toBe(true));
      expect([values.size, isAlive(heap, address)]).toEqual([1, true]);
      values.clear();
      expect([values.size, isAlive(heap, address)]).toEqual([0, false]);
      values.release();
    });
  });

  test("a callback can make a new reference to another object, and the object that died is gone", () => {
    // ReferencesTestCase.test_basic_callback, ReferencesTestCase.test_sf_bug_840829
    const object: Node = new Node();
    using other = new Node();
    const made: WeakReference[] = [];
    using ref = heap.weakref.ref(object, (_, scope) => {
      made.push(scope.keep(heap.weakref.ref(other, say("other went away"))));
    });
    object.release();
    expect([scene.answers(ref), scene.answers(...made)]).toEqual([[false], [true]]);
    for (const one of made) one.release();
  });
});
