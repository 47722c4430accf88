// Deaths that are seen: in which order finalizers and callbacks run, what they may do meanwhile, and that the same dies as when nobody looks.
import { describe, expect, test } from "vitest";
import { G_WATCHERS, T_FINALIZER, T_TRACKED, T_WEAK } from "../src/layout.js";
import { ALREADY_FREE, OK } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { growForest, orderOfDeaths } from "./helpers/forest.js";
import { integer, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { WeakRefs } from "./helpers/weakrefs.js";

/** Calls of the host inside each other before further deaths wait. */
const DEPTH_MAX = 50;

describe.each(VARIANTS)("$name", ({ name, open }) => {
  describe("random forests of all types of objects", () => {
    test("each dies with all that only it kept alive before the next, in CPython's order", () => {
      for (let round = 0; round < 12; round++) {
        const seed = TEST_SEED + round;
        const weak = new WeakRefs(open({ key: seed }));
        const { nodes, names } = growForest(weak, new Random(seed), 120, T_FINALIZER);
        const deaths: number[] = [];
        weak.heap.host.finalize = (object) => {
          deaths.push(names.get(object) as number);
        };
        for (const node of new Random(seed).shuffled(nodes)) {
          const wanted = orderOfDeaths(node);
          weak.release(node.address);
          expect(deaths.splice(0), `TEST_SEED=${seed}`).toEqual(wanted);
        }
        weak.heap.verify();
        expect(nodes.filter(({ held, count }) => held + count !== 0)).toEqual([]);
        expect(weak.left()).toBe(0);
      }
    });

    test("with somebody who watches, and without, the same objects die, and the same blocks are given back", () => {
      /** Who is left each time when another was let go of, in a heap that `prepare` makes different. */
      function left(seed: number, prepare: (heap: CoreHeap) => void): string[] {
        const heap = open({ key: seed });
        prepare(heap);
        const weak = new WeakRefs(heap);
        // The type of mourners makes deaths visible: as if there were none, but for the verifier.
        const hide = () => weak.objects.setField(G_WATCHERS, weak.watchers() - 1);
        hide();
        const { nodes } = growForest(weak, new Random(seed), 100, 0);
        const found = new Random(seed).shuffled(nodes).map((node) => {
          weak.release(node.address);
          weak.objects.setField(G_WATCHERS, weak.watchers() + 1);
          heap.verify();
          hide();
          return nodes.map(({ address }) => (weak.objects.isLive(address) ? "1" : "0")).join("");
        });
        return [...found, `${weak.left()} blocks`];
      }
      for (let round = 0; round < 3; round++) {
        const seed = TEST_SEED + round;
        const unseen = left(seed, () => {});
        const seen = left(seed, ({ core }) => core.defineType(0, 8, T_FINALIZER, 0, 0));
        expect(seen, `TEST_SEED=${seed}`).toEqual(unseen);
        expect(unseen.at(-1)).toBe("0 blocks");
      }
    });
  });

  describe("deaths inside deaths", () => {
    /** Lets go of the first of so many, each of which lets go of the next in its finalizer. */
    function nest(weak: WeakRefs, count: number, inner: (number: number) => void): { deepest: number } {
      const made = weak.some(count);
      const result = { deepest: 0 };
      let depth = 0;
      weak.onDeath = (number) => {
        depth++;
        result.deepest = Math.max(result.deepest, depth);
        inner(number);
        const next = made[number + 1];
        if (next !== undefined) weak.release(next);
        depth--;
      };
      weak.release(made[0] as number);
      weak.onDeath = () => {};
      return result;
    }

    test.each([49, 50, 51, 52, 5000])(
      "%i: each finalizer runs once, in order, no more than 50 inside each other",
      (count) => {
        const weak = new WeakRefs(open());
        expect(nest(weak, count, () => {}).deepest).toBe(Math.min(count, DEPTH_MAX));
        expect(weak.deaths()).toEqual(Array.from({ length: count }, (_, i) => i));
        weak.heap.verify();
        expect(weak.left()).toBe(0);
      },
    );

    test("those that wait are dead to everybody, die last in first out, and count once", () => {
      const weak = new WeakRefs(open());
      const { core, objects } = weak;
      const held = objects.makeMany(objects.type(1), 300);
      const waiting = [100, 101, 102].map((number) => weak.one(number));
      const [first = 0] = waiting;
      const child = weak.one(103);
      objects.link(first, 0, child);
      weak.release(child);
      const refs = waiting.map((object) => weak.calling(object));
      core.hashOf(refs[0] as number);
      weak.calls();
      nest(weak, DEPTH_MAX, (number) => {
        if (number !== DEPTH_MAX - 1) return;
        weak.release(...waiting);
        expect([objects.isLive(first), core.newWeakRef(first, 0), core.lastStatus()]).toEqual([false, 0, ALREADY_FREE]);
        expect([core.incref(first), core.weakRefs(first, 0, 0), weak.calls()]).toEqual([ALREADY_FREE, 0, []]);
        expect([
          core.equals(refs[0] as number, refs[0] as number),
          core.equals(refs[0] as number, refs[1] as number),
        ]).toEqual([1, 0]);
        expect(objects.count(child)).toBe(1);
        weak.heap.verify();
      });
      const order = weak.deaths();
      expect(order.slice(DEPTH_MAX)).toEqual([102, 101, 100, 103]);
      expect(weak.calls()).toEqual([...refs].reverse().map((ref) => ["callBack", ref]));
      // Only what is live has been made and not died, of what count 0 knows.
      expect(objects.counts()[0]).toBe(held.length + refs.length);
      weak.heap.verify();
      weak.release(...held, ...refs);
      expect(weak.left()).toBe(0);
    });

    test.each([0, 1, 2] as const)(
      "a collection of generation %i while some wait, and one in the depth",
      (generation) => {
        const weak = new WeakRefs(open());
        const { core, objects, heap } = weak;
        const waiting = [weak.one(100), weak.one(101)];
        let ring: number[] = [];
        nest(weak, DEPTH_MAX, (number) => {
          if (number !== DEPTH_MAX - 1) return;
          weak.release(...waiting);
          ring = [200, 201, 202].map((each) => weak.one(each));
          for (const [i, object] of ring.entries()) objects.link(object, 0, ring[(i + 1) % 3] as number);
          weak.release(...ring);
          heap.verify();
          expect(core.collect(generation)).toBe(3);
          heap.verify();
        });
        heap.verify();
        expect(weak.deaths().slice(DEPTH_MAX)).toEqual([200, 201, 202, 101, 100]);
        expect(weak.left()).toBe(0);
      },
    );

    test("finalizers of types that the collector does not know, and callbacks, wait too", () => {
      const weak = new WeakRefs(open());
      const { core, objects, heap } = weak;
      const leafType = core.defineType(0, 16, T_FINALIZER, 0, 0);
      const leaf = objects.make(leafType);
      const plain = objects.make(objects.type(1));
      const ref = weak.calling(plain);
      const order: string[] = [];
      const finalize = heap.host.finalize;
      heap.host.finalize = (object) => (object === leaf ? order.push("leaf") : finalize(object));
      heap.host.callBack = () => order.push("callback");
      nest(weak, DEPTH_MAX, (number) => {
        if (number !== DEPTH_MAX - 1) return;
        weak.release(plain, leaf);
        order.push("innermost");
        heap.verify();
      });
      expect(order).toEqual(["innermost", "leaf", "callback"]);
      weak.release(ref);
      expect(weak.left()).toBe(0);
    });
  });

  describe("a chain of 100,000", () => {
    const LENGTH = 100_000;

    test("objects with finalizers, from the first to the last", () => {
      const weak = new WeakRefs(open());
      const { objects, heap } = weak;
      const type = weak.core.defineType(2, 20, T_TRACKED | T_FINALIZER, 0, 0);
      let [first, last] = [0, 0];
      for (let number = LENGTH - 1; number >= 0; number--) {
        const object = objects.make(type);
        heap.poke(object + 16, number);
        objects.link(object, number % 2, first);
        if (first !== 0) objects.release(first);
        else last = object;
        first = object;
      }
      const ref = weak.calling(last);
      let expected = 0;
      heap.host.finalize = (object) => {
        if (heap.word(object + 16) === expected) expected++;
      };
      objects.release(first);
      expect([expected, weak.calls()]).toEqual([LENGTH, [["callBack", ref]]]);
      weak.release(ref);
      expect(weak.left()).toBe(0);
    });

    test("lists, tuples, dicts, sets and deques inside each other, with a finalizer at the end", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      const makers = [
        (inner: number) => weak.list(integer(1), inner),
        (inner: number) => weak.tuple(inner, integer(1)),
        (inner: number) => weak.dict([integer(1), inner]),
        (inner: number) => weak.deque(0xffff_ffff, inner),
        (inner: number) => {
          const object = weak.objects.make(wide);
          weak.objects.link(object, 299, inner);
          weak.release(inner);
          return object;
        },
      ];
      const wide = weak.objects.type(300);
      let inner = weak.one(7);
      for (let i = 0; i < LENGTH; i++) inner = (makers[i % 50 === 0 ? 4 : i % 4] as (inner: number) => number)(inner);
      expect(core.decref(inner)).toBe(OK);
      expect(weak.deaths()).toEqual([7]);
      expect(weak.left()).toBe(0);
    });
  });

  test("an object that holds the only reference to itself is told of, which nobody forgets then", () => {
    const weak = new WeakRefs(open());
    const object = weak.one(0);
    const ref = weak.calling(object);
    weak.objects.link(object, 0, ref);
    weak.release(ref);
    weak.release(object);
    expect([weak.deaths(), weak.calls()]).toEqual([[0], [["callBack", ref]]]);
    // One that dies with another, and was never called.
    const [holder = 0, other = 0] = [weak.one(1), weak.one(2)];
    const kept = weak.calling(other);
    weak.objects.link(holder, 0, kept);
    weak.release(kept, holder);
    expect([weak.calls(), weak.isMarked(other)]).toEqual([[["forget", kept]], false]);
    expect(weak.objects.typeWord(other) & T_WEAK).toBe(0);
    weak.release(other);
    expect(weak.left()).toBe(0);
  });

  test("random finalizers that let go of others, make objects, collect, fill memory and look: nothing is lost", () => {
    for (let round = 0; round < 4; round++) {
      const seed = TEST_SEED + round;
      const random = new Random(seed);
      const weak = new WeakRefs(open({ key: seed, pages: 24, maximumPages: 30 }));
      const { core, heap, objects } = weak;
      let number = 0;
      let full = 3;
      const live: number[] = [];
      const make = () => {
        const object = objects.tryMake(weak.type);
        if (object !== 0) live.push(object);
        return object;
      };
      const grow = () => {
        number++;
        const object = make();
        const to = live.length > 0 ? random.pick(live) : 0;
        if (object === 0 || to === 0) return;
        if (random.chance(30) && core.newWeakRef(object, 1) !== 0) refs.push(...weak.refsTo(object).slice(0, 1));
        objects.link(object, 0, to);
        if (random.chance(50)) objects.link(to, 1, object);
      };
      const refs: number[] = [];
      const letGo = () => {
        if (live.length > 0) weak.release(...live.splice(random.below(live.length), 1));
      };
      const act = () => {
        const roll = random.below(100);
        if (roll < 40) letGo();
        else if (roll < 60 && number < 2000) for (let i = 0; i < 3; i++) grow();
        else if (roll < 70) core.collect(random.below(3));
        else if (roll < 72 && full-- > 0) takeAllMemory(heap)();
        else if (roll < 78) heap.verify();
        else if (roll < 80 && refs.length > 0) weak.release(...refs.splice(random.below(refs.length), 1));
      };
      heap.host.finalize = act;
      heap.host.callBack = act;
      try {
        for (let i = 0; i < 300; i++) grow();
        for (let i = 0; i < 200; i++) act();
        while (live.length > 0) letGo();
        heap.host.finalize = () => {};
        heap.host.callBack = () => {};
        weak.release(...refs, ...live);
        core.collect(2);
        heap.verify();
        if (weak.left() !== 0) throw new Error(`${weak.left()} blocks are left`);
      } catch (error) {
        throw new Error(`${name}, TEST_SEED=${seed}: ${error}`, { cause: error });
      }
    }
  });
});
