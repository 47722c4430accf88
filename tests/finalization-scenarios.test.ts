// What CPython's tests of safe object finalization (Lib/test/test_finalization.py) pin down: whoever dies, alone or in a cycle, and
// whatever its finalizer does to itself and its neighbours, each finalizer runs exactly once, sees everything intact, and survivors
// are those that were revived. The returns of collect are those of CPython 3.15. After each test: the Python ones it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, Instance, Scope, StructType } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { REFUGES, type Refuge, Scene } from "./helpers/scene.js";

const FIELDS = { id: "u32", left: "ref", right: "ref", suicided: "bool" } as const;
type Link = Instance<typeof FIELDS>;

/** What finalizers do: nothing; put the object into the refuge; unlink it from its neighbours. */
const KINDS = ["plain", "reviver", "suicidal"] as const;
type Kind = (typeof KINDS)[number];

/** Neighbours refer to each other, unless one of them has unlinked itself. */
function checkSanity(link: Link): void {
  const { left, right } = link as { left: Link | null; right: Link | null };
  if (link.suicided) {
    expect([left, right]).toEqual([null, null]);
    return;
  }
  for (const [neighbour, back] of [
    [left, left?.right],
    [right, right?.left],
  ] as const) {
    if (neighbour?.suicided) expect(back).toBeNull();
    else expect(link.is(back as Handle)).toBe(true);
  }
}

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;
  /** Ids of those whose finalizers ran, in order. */
  let calls: number[];
  let refuge: Refuge;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
    calls = [];
  });

  afterEach(() => scene.close());

  function defineLink(kind: Kind): StructType<typeof FIELDS> {
    return heap.struct(`${kind} link`, FIELDS, {
      finalize(link: Link, scope: Scope) {
        checkSanity(link);
        calls.push(link.id);
        if (kind === "reviver") refuge.take(link, scope);
        if (kind !== "suicidal") return;
        link.suicided = true;
        link.left = null;
        link.right = null;
        checkSanity(link);
      },
    });
  }

  type Types = Record<Kind, StructType<typeof FIELDS>>;

  const defineLinks = () => Object.fromEntries(KINDS.map((kind) => [kind, defineLink(kind)])) as Types;

  /** Leaves free blocks behind, so that the next links lie in memory in another order than the one in which they are made. */
  function scatter(count: number): void {
    const Spare = heap.struct("Spare", FIELDS);
    const spares = Array.from({ length: count }, () => new Spare());
    for (const parity of [0, 1]) for (let i = parity; i < count; i += 2) spares[i]?.release();
  }

  /** Links in a ring, each with a weak reference; nobody holds them when the call is over. Of one link: a ring with itself. */
  function dropRing(types: Types, kinds: readonly Kind[]) {
    scatter(kinds.length);
    return heap.scope((scope) => {
      const links = kinds.map((kind, id) => new types[kind]({ id }));
      for (const [i, link] of links.entries()) {
        const left = links.at(i - 1) as Link;
        link.left = left;
        left.right = link;
      }
      const refs = links.map((link) => scope.keep(heap.weakref.ref(link)));
      return { addresses: links.map(({ address }) => address), refs };
    });
  }

  describe("a single object", () => {
    test("its finalizer runs once, when its count comes to 0; weak references read nothing then", () => {
      // SimpleFinalizationTest.test_simple
      const Plain = heap.struct("Plain", { id: "u32" }, { gc: true, finalize: ({ id }) => void calls.push(id) });
      const object = new Plain({ id: 7 });
      using ref = heap.weakref.ref(object);
      expect(heap.gc.collect()).toBe(0);
      expect([calls, scene.answers(ref)]).toEqual([[], [true]]);
      object.release();
      expect([calls, scene.answers(ref)]).toEqual([[7], [false]]);
      expect(heap.gc.collect()).toBe(0);
      expect(calls).toEqual([7]);
    });

    test.each(REFUGES)("one that is put into %s lives, and dies without another call", (_, refugeIn) => {
      // SimpleFinalizationTest.test_simple_resurrect
      refuge = refugeIn(heap);
      const Reviver = heap.struct(
        "Reviver",
        { id: "u32" },
        {
          gc: true,
          finalize(object, scope) {
            calls.push(object.id);
            refuge.take(object, scope);
          },
        },
      );
      const object = new Reviver({ id: 7 });
      const { address } = object;
      using ref = heap.weakref.ref(object);
      object.release();
      expect([calls, refuge.addresses(), scene.answers(ref)]).toEqual([[7], [address], [true]]);
      heap.verify();
      expect(heap.gc.collect()).toBe(0);
      refuge.clear();
      expect([calls, refuge.addresses(), scene.answers(ref)]).toEqual([[7], [], [false]]);
    });

    test("of a type that the collector does not know, too", () => {
      // SimpleFinalizationTest.test_non_gc
      const Leaf = heap.struct("Leaf", { id: "u32" }, { finalize: ({ id }) => void calls.push(id) });
      const object = new Leaf({ id: 7 });
      expect([heap.gc.isTracked(object), heap.gc.isFinalized(object)]).toEqual([false, false]);
      using ref = heap.weakref.ref(object);
      object.release();
      expect([calls, scene.answers(ref)]).toEqual([[7], [false]]);
      expect(heap.gc.collect()).toBe(0);
      expect(calls).toEqual([7]);
    });

    test.each(REFUGES)("and there it runs at each death, as long as the object is put into %s", (_, refugeIn) => {
      // SimpleFinalizationTest.test_non_gc_resurrect
      refuge = refugeIn(heap);
      let revive = true;
      const Leaf = heap.struct(
        "Leaf",
        { id: "u32" },
        {
          finalize(leaf, scope) {
            calls.push(leaf.id);
            if (revive) refuge.take(leaf, scope);
          },
        },
      );
      const object = new Leaf({ id: 7 });
      const { address } = object;
      using ref = heap.weakref.ref(object);
      object.release();
      expect([calls, refuge.addresses(), scene.answers(ref)]).toEqual([[7], [address], [true]]);
      refuge.clear();
      expect([calls, refuge.addresses(), scene.answers(ref)]).toEqual([[7, 7], [address], [true]]);
      revive = false;
      refuge.clear();
      expect([calls, refuge.addresses(), scene.answers(ref)]).toEqual([[7, 7, 7], [], [false]]);
    });
  });

  describe.each(REFUGES)("with %s as refuge", (_, refugeIn) => {
    let types: Types;

    beforeEach(() => {
      refuge = refugeIn(heap);
      types = defineLinks();
    });

    /** The ring dies; all finalizers ran, in the order in which the objects were made; a second collection finds nothing. */
    function expectDeath(kinds: readonly Kind[], collected: number): void {
      const { refs } = dropRing(types, kinds);
      const ids = kinds.map((_, id) => id);
      expect(calls).toEqual([]);
      expect(heap.gc.collect()).toBe(collected);
      expect([calls, refuge.addresses(), scene.answers(...refs)]).toEqual([ids, [], ids.map(() => false)]);
      heap.verify();
      expect(heap.gc.collect()).toBe(0);
      expect(calls).toEqual(ids);
      for (const ref of refs) ref.release();
    }

    /** All finalizers ran, and all that revivers lead to lives; once they are dropped, all dies without a finalizer. */
    function expectSurvival(kinds: readonly Kind[]): void {
      const { addresses, refs } = dropRing(types, kinds);
      const ids = kinds.map((_, id) => id);
      expect(heap.gc.collect()).toBe(0);
      expect([calls, scene.answers(...refs)]).toEqual([ids, ids.map(() => true)]);
      expect(refuge.addresses()).toEqual(addresses.filter((_, id) => kinds[id] === "reviver"));
      heap.verify();
      expect(heap.gc.collect()).toBe(0);
      refuge.clear();
      expect(heap.gc.collect()).toBe(kinds.length);
      expect([calls, refuge.addresses(), scene.answers(...refs)]).toEqual([ids, [], ids.map(() => false)]);
      for (const ref of refs) ref.release();
    }

    test("an object that refers to itself: one call, and it is gone", () => {
      // SelfCycleFinalizationTest.test_simple
      expectDeath(["plain"], 1);
    });

    test("an object that refers to itself and revives itself lives, its weak reference too", () => {
      // SelfCycleFinalizationTest.test_simple_resurrect
      expectSurvival(["reviver"]);
    });

    test("an object that breaks its own cycle dies by its count, in the middle of the collection", () => {
      // SelfCycleFinalizationTest.test_simple_suicide
      expectDeath(["suicidal"], 0);
    });

    test("a ring of three: three calls", () => {
      // CycleChainFinalizationTest.test_homogenous
      expectDeath(["plain", "plain", "plain"], 3);
    });

    test("a ring of three revivers: all live, and are silent the second time", () => {
      // CycleChainFinalizationTest.test_homogenous_resurrect
      expectSurvival(["reviver", "reviver", "reviver"]);
    });

    test("a ring of three that unlink themselves: nothing is left for the collector", () => {
      // CycleChainFinalizationTest.test_homogenous_suicidal
      expectDeath(["suicidal", "suicidal", "suicidal"], 0);
    });

    test("a ring in which every other object unlinks itself", () => {
      // CycleChainFinalizationTest.test_heterogenous_suicidal_one
      expectDeath(["suicidal", "plain", "suicidal", "plain"], 0);
    });

    test("a ring of two objects that unlink themselves and two that do not: those two are collected, with what they refer to", () => {
      // CycleChainFinalizationTest.test_heterogenous_suicidal_two
      expectDeath(["suicidal", "suicidal", "plain", "plain"], 4);
    });

    test("a ring in which every other object revives itself: all live", () => {
      // CycleChainFinalizationTest.test_heterogenous_resurrect_one
      expectSurvival(["reviver", "plain", "reviver", "plain"]);
    });

    test("a ring of revivers, plain objects and such that unlink themselves, by turns", () => {
      // CycleChainFinalizationTest.test_heterogenous_resurrect_two
      expectSurvival(["reviver", "plain", "suicidal", "reviver", "plain", "suicidal"]);
    });

    test("a ring of revivers, plain objects and such that unlink themselves, in pairs", () => {
      // CycleChainFinalizationTest.test_heterogenous_resurrect_three
      expectSurvival(["reviver", "reviver", "plain", "plain", "suicidal", "suicidal"]);
    });
  });
});
