// Objects whose last reference goes, and whose finalizers hold them, or what they keep alive.
import { describe, expect, test } from "vitest";
import { G_YOUNG_CAPACITY, GC_FINALIZED, T_FINALIZER } from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { takeAllMemory } from "./helpers/objects.js";
import { WeakRefs } from "./helpers/weakrefs.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("who is revived by his finalizer", () => {
    test.each([0, 1, 2] as const)(
      "lives on as the youngest, from generation %i; the finalizer does not run again",
      (generation) => {
        const weak = new WeakRefs(open());
        const { core, heap, objects } = weak;
        const [object = 0, child = 0] = weak.some(2);
        objects.link(object, 0, child);
        weak.release(child);
        const shared = weak.shared(object);
        const called = weak.calling(object);
        if (generation > 0) core.collect(generation - 1);
        const others = objects.makeMany(objects.type(1), 3);
        expect(objects.where(object)).toBe(generation);
        weak.onDeath = () => {
          expect([objects.count(object), objects.gc0(object) & GC_FINALIZED]).toEqual([1, 0]);
          expect(objects.generation(0).at(-1)).toBe(object);
          objects.hold(object, object);
          heap.verify();
        };
        weak.release(object);
        expect(weak.deaths()).toEqual([0]);
        expect([objects.count(object), objects.gc0(object) & GC_FINALIZED, objects.generation(0).at(-1)]).toEqual([
          2,
          GC_FINALIZED,
          object,
        ]);
        expect([weak.referent(shared), weak.referent(called), weak.calls(), objects.count(child)]).toEqual([
          object,
          object,
          [],
          1,
        ]);
        heap.verify();
        weak.onDeath = () => {};
        weak.release(object, object);
        expect([weak.deaths(), weak.referent(shared), weak.calls()]).toEqual([[1], 0, [["callBack", called]]]);
        weak.release(shared, called, ...others);
        expect(weak.left()).toBe(0);
      },
    );

    test("of a type that the collector does not know: the finalizer runs every time", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const object = objects.make(core.defineType(1, 12, T_FINALIZER, 0, 0));
      const child = weak.one(5);
      objects.link(object, 0, child);
      weak.release(child);
      let runs = 0;
      heap.host.finalize = (dying) => {
        if (dying === object && ++runs < 4) objects.hold(object);
      };
      for (let i = 1; i < 4; i++) {
        weak.release(object);
        expect([runs, objects.count(object), objects.count(child)]).toEqual([i, 1, 1]);
      }
      weak.release(object);
      expect([runs, weak.left()]).toEqual([4, 0]);
    });

    test("in the middle of the death of what held him: the rest dies", () => {
      const weak = new WeakRefs(open());
      const { objects } = weak;
      const made = weak.some(4);
      const list = weak.list(...made);
      weak.onDeath = (number) => {
        if (number === 2) objects.hold(made[2] as number);
      };
      weak.release(list);
      expect([weak.deaths(), made.map((object) => objects.isLive(object))]).toEqual([
        [3, 2, 1, 0],
        [false, false, true, false],
      ]);
      weak.heap.verify();
      weak.release(made[2] as number);
      expect([weak.deaths(), weak.left()]).toEqual([[], 0]);
    });

    test("what only he kept alive can be taken from him, or held by somebody else", () => {
      const weak = new WeakRefs(open());
      const { objects } = weak;
      const [object = 0, one = 0, other = 0] = weak.some(3);
      for (const [slot, child] of [one, other].entries()) {
        objects.link(object, slot, child);
        weak.release(child);
      }
      weak.onDeath = (number) => {
        if (number !== 0) return;
        objects.hold(one);
        objects.link(object, 1, 0);
        weak.heap.verify();
      };
      weak.release(object);
      expect([weak.deaths(), objects.isLive(one), objects.count(one)]).toEqual([[0, 2], true, 1]);
      weak.release(one);
      expect(weak.left()).toBe(0);
    });

    test("without memory for a longer young array he becomes old", () => {
      const weak = new WeakRefs(open({ pages: 40, maximumPages: 40 }));
      const { core, heap, objects } = weak;
      const object = weak.one(0);
      core.collect(2);
      const type = objects.type(1);
      const others = [objects.make(type)];
      while (others.length < objects.field(G_YOUNG_CAPACITY)) others.push(objects.make(type));
      const giveBack = takeAllMemory(heap);
      weak.onDeath = () => {
        objects.hold(object);
        heap.verify();
      };
      weak.release(object);
      expect([objects.where(object), objects.isAtRest(object)]).toEqual([2, true]);
      heap.verify();
      giveBack();
      weak.release(object, ...others);
      expect([weak.deaths(), weak.left()]).toEqual([[0], 0]);
    });

    test("a finalizer that drops what it does not own: the object is gone, and nothing else", () => {
      const weak = new WeakRefs(open());
      const [object = 0, child = 0] = weak.some(2);
      weak.objects.link(object, 0, child);
      weak.release(child);
      let again = false;
      weak.onDeath = (number) => {
        if (number !== 0 || again) return;
        again = true;
        weak.release(object);
      };
      weak.release(object);
      weak.heap.verify();
      expect(weak.left()).toBe(0);
    });
  });
});
