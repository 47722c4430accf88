// Collections that are seen: callbacks, finalizers, what they revive, and the end of the rest, in CPython's order.
import { describe, expect, test } from "vitest";
import { AGE_MAX, G_AGE, G_COUNT, GC_FINALIZED, T_FINALIZER } from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { collectGraph, ring, scattered, upTo } from "./helpers/rings.js";
import { WeakRefs } from "./helpers/weakrefs.js";

const GENERATIONS = [0, 1, 2] as const;

describe.each(VARIANTS)("$name", ({ name, open }) => {
  describe.each(GENERATIONS)("generation %i", (generation) => {
    test("finalizers run in the order in which their objects were made, each once, and all is alive meanwhile", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const made = scattered(weak, 40);
      ring(weak, made);
      weak.onDeath = (number) => {
        heap.verify();
        expect(made.every((object) => objects.isLive(object))).toBe(true);
        const object = made[number] as number;
        expect([objects.count(object), objects.gc0(object) & GC_FINALIZED]).toEqual([2, GC_FINALIZED]);
      };
      weak.release(...made);
      const count = objects.field(G_COUNT);
      expect([core.collect(generation), weak.deaths(), count]).toEqual([40, upTo(40), 40]);
      expect(objects.totals(generation)).toMatchObject({ collections: 1, collected: 40, candidates: 40 });
      heap.verify();
      expect(weak.left()).toBe(0);
    });

    test("callbacks come first, the newest reference of each object before its others; shared ones read null after the finalizers", () => {
      const weak = new WeakRefs(open());
      const { core, heap } = weak;
      const made = scattered(weak, 8);
      ring(weak, made);
      const older = made.map((object) => weak.calling(object));
      const shared = made.map((object) => weak.shared(object));
      const newer = [...made]
        .reverse()
        .map((object) => weak.calling(object))
        .reverse();
      const order: unknown[] = [];
      heap.host.callBack = (ref) => {
        heap.verify();
        order.push(ref);
        expect([...older, ...newer].every((each) => weak.referent(each) === 0)).toBe(true);
        expect(shared.map((each) => weak.referent(each))).toEqual(made);
      };
      weak.onDeath = (number) => {
        heap.verify();
        order.push(`finalizer ${number}`);
        expect(shared.map((each) => weak.referent(each))).toEqual(made);
      };
      weak.release(...made);
      expect(core.collect(generation)).toBe(8);
      expect(order).toEqual([...made.flatMap((_, i) => [newer[i], older[i]]), ...upTo(8).map((i) => `finalizer ${i}`)]);
      expect([...older, ...shared, ...newer].every((ref) => weak.referent(ref) === 0)).toBe(true);
      heap.verify();
      weak.release(...older, ...shared, ...newer);
      // Those that were called are not to be forgotten.
      expect([weak.calls(), weak.left()]).toEqual([[], 0]);
    });

    test("references that are trash themselves are not called, and forgotten; what they refer to has none before anything dies", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const made = weak.some(3);
      ring(weak, made);
      const [a = 0, b = 0, c = 0] = made;
      const inTrash = [weak.calling(a), weak.shared(b)];
      objects.link(a, 1, inTrash[0] as number);
      objects.link(b, 1, inTrash[1] as number);
      const living = objects.make(objects.type(1));
      const ofLiving = weak.calling(living);
      // No trash, but it dies with it, before the reference: lists let go of the last first.
      const leaf = objects.make(core.defineType(0, 16, T_FINALIZER, 0, 0));
      const list = weak.list(ofLiving, leaf);
      objects.link(c, 1, list);
      weak.release(...inTrash, list, ...made);
      const seen: number[][] = [];
      weak.onDeath = (number) => {
        heap.verify();
        if (Number.isNaN(number)) seen.push(weak.refsTo(living));
      };
      expect(core.collect(generation)).toBe(7);
      expect(seen).toEqual([[]]);
      const calls = weak.calls();
      expect(calls.map(([call]) => call)).toEqual(["forget", "forget"]);
      expect(new Set(calls.map(([, ref]) => ref))).toEqual(new Set([inTrash[0], ofLiving]));
      expect(weak.isMarked(living)).toBe(false);
      weak.release(living);
      expect(weak.left()).toBe(0);
    });

    test("only what the revived lead to is revived, and goes to the next generation; the rest goes", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      // Two rings; of the first, an object leads to a list with another, a tuple, and a large one.
      const [revived, lost] = [scattered(weak, 5), scattered(weak, 4, 5)];
      ring(weak, revived);
      ring(weak, lost);
      const [below = 0, large = 0] = [weak.one(9), objects.make(objects.type(300))];
      const inner = weak.tuple(below, large);
      const list = weak.list(inner);
      objects.link(large, 299, list);
      objects.link(revived[3] as number, 1, list);
      // It leads to the revived, and not they to it.
      objects.link(lost[0] as number, 1, revived[0] as number);
      weak.release(list, ...revived, ...lost);
      const shared = [weak.shared(below), weak.shared(lost[2] as number)];
      const survivor = weak.one(10);
      weak.onDeath = (number) => {
        heap.verify();
        if (number === 2) objects.hold(revived[2] as number);
      };
      expect(core.collect(generation)).toBe(4);
      heap.verify();
      expect(weak.deaths()).toEqual(upTo(10));
      const all = [...revived, below, large, inner, list];
      const next = Math.min(generation + 1, 2);
      expect([...all, survivor].map((object) => [objects.where(object), objects.isAtRest(object)])).toEqual(
        Array(10).fill([next, true]),
      );
      expect(shared.map((ref) => weak.referent(ref))).toEqual([below, 0]);
      expect(lost.map((object) => objects.isLive(object))).toEqual([false, false, false, false]);
      expect(revived.map((object) => objects.count(object))).toEqual([1, 1, 2, 1, 1]);
      // In CPython too they are appended to that generation.
      if (next === 1) expect(objects.generation(1).slice(0, 2)).toEqual([shared[0], shared[1]]);
      if (next === 1) expect(objects.generation(1).at(2)).toBe(survivor);
      // Lost once more, they go without a word.
      weak.onDeath = () => {};
      objects.release(revived[2] as number);
      expect([core.collect(generation), core.collect(2)]).toEqual(
        generation === 0 ? [0, 9] : generation === 1 ? [0, 9] : [9, 0],
      );
      expect([weak.deaths(), weak.referent(shared[0] as number)]).toEqual([[], 0]);
      heap.verify();
      weak.release(survivor, ...shared);
      expect(weak.left()).toBe(0);
    });

    test("inside, there is no other collection; afterwards there is", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      const made = weak.some(3);
      ring(weak, made);
      const ref = weak.calling(made[0] as number);
      const inside: number[] = [];
      const look = () => {
        inside.push(core.collect(2), core.beginCollection(0), core.endCollection(0), core.dueGeneration());
        weak.heap.verify();
      };
      weak.onDeath = look;
      weak.heap.host.callBack = look;
      weak.objects.automatic(true, 1, 1, 1);
      weak.release(...made);
      expect(core.collect(generation)).toBe(3);
      expect(inside).toEqual(Array(4).fill([0, -1, 0, -1]).flat());
      weak.objects.automatic(false);
      weak.onDeath = () => {};
      const again = weak.some(2);
      ring(weak, again);
      weak.release(...again, ref);
      expect(core.collect(generation)).toBe(2);
      expect(weak.left()).toBe(0);
    });

    test("whoever takes others apart in his finalizer: they die at once, each finalizer runs once, and only the rest is collected", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const made = scattered(weak, 6);
      ring(weak, made);
      const ref = weak.calling(made[4] as number);
      weak.onDeath = (number) => {
        heap.verify();
        // The next one's own reference: 2 dies, and 3 and 4, which it alone kept alive, and 5; 0 has the collector's.
        if (number === 1) objects.link(made[1] as number, 0, 0);
        heap.verify();
      };
      weak.release(...made);
      expect(core.collect(generation)).toBe(0);
      expect(weak.deaths()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(weak.calls()).toEqual([["callBack", ref]]);
      heap.verify();
      weak.release(ref);
      expect(weak.left()).toBe(0);
    });

    test.each(["not listed", "listed"])(
      "what is kept has its finalizers behind it, no weak references, and one reference more (%s)",
      (listed) => {
        const weak = new WeakRefs(open());
        const { core, heap, objects } = weak;
        const made = scattered(weak, 5);
        ring(weak, made);
        const refs = [weak.shared(made[0] as number), weak.calling(made[1] as number)];
        weak.release(...made);
        expect(core.beginCollection(generation)).toBe(5);
        const out = heap.mem.malloc(24);
        heap.poke(out, 77);
        expect(core.endCollection(listed === "listed" ? out : 1)).toBe(5);
        expect([weak.deaths(), weak.calls()]).toEqual([upTo(5), [["callBack", refs[1]]]]);
        heap.verify();
        expect(made.map((object) => [objects.where(object), objects.count(object), objects.isAtRest(object)])).toEqual(
          Array(5).fill([2, 2, true]),
        );
        expect(refs.map((ref) => weak.referent(ref))).toEqual([0, 0]);
        const list = Array.from({ length: 6 }, (_, i) => heap.word(out + 4 * i));
        if (listed === "listed") expect(list).toEqual([...made, 0]);
        else expect(list[0]).toBe(77);
        heap.mem.free(out);
        objects.link(made[0] as number, 0, 0);
        weak.release(...made, ...refs);
        expect([weak.deaths(), weak.left()]).toEqual([[], 0]);
      },
    );
  });

  describe("the order of age", () => {
    /** Lets the collector find 30 objects whose finalizers run; `age` makes them older, in groups. */
    function order(age: (weak: WeakRefs, group: number) => void): number[] {
      const weak = new WeakRefs(open());
      const groups = [0, 10, 20].map((from, group) => {
        const made = scattered(weak, 10, from);
        age(weak, group);
        return made;
      });
      ring(weak, groups.flat());
      weak.release(...groups.flat());
      expect(weak.core.collect(2)).toBe(30);
      expect(weak.left()).toBe(0);
      return weak.deaths();
    }

    test.each<[string, (weak: WeakRefs, group: number) => void]>([
      ["old ones before younger ones", ({ core }, group) => core.collect(group === 0 ? 2 : 0)],
      ["all old, at once", ({ core }, group) => (group === 2 ? core.collect(2) : 0)],
      ["all old, by collections of generation 1", ({ core }) => core.collect(1)],
      ["young ones of generation 1 and 0", ({ core }, group) => (group === 1 ? core.collect(0) : 0)],
      [
        "frozen, and no longer",
        ({ core }, group) => {
          if (group === 1) core.freeze();
          if (group === 2) core.unfreeze();
        },
      ],
      [
        "frozen one after the other, and no longer",
        ({ core }, group) => {
          core.freeze();
          if (group === 2) core.unfreeze();
        },
      ],
      [
        "old, then frozen with young ones",
        ({ core }, group) => {
          if (group === 0) core.collect(2);
          if (group === 1) core.freeze();
          if (group === 2) core.unfreeze();
        },
      ],
    ])("%s", (_, age) => expect(order(age)).toEqual(upTo(30)));

    test("when ages have come to their end: all run once, those with ages first", () => {
      const found = order((weak, group) => {
        if (group === 0) weak.objects.setField(G_AGE, AGE_MAX - 15);
        weak.core.collect(2);
        weak.heap.verify();
      });
      expect(found.slice(0, 15)).toEqual(upTo(15));
      expect([...found].sort((a, b) => a - b)).toEqual(upTo(30));
    });

    test.each(GENERATIONS)(
      "trash that has no finalizer goes in it too, with what only it held (generation %i)",
      (generation) => {
        const weak = new WeakRefs(open());
        const { core, objects, heap } = weak;
        const leaf = core.defineType(0, 16, T_FINALIZER, 0, 0);
        const node = objects.type(3);
        weak.release(...new Random(TEST_SEED).shuffled(objects.makeMany(node, 20)));
        const nodes = objects.makeMany(node, 20);
        const order: number[] = [];
        const numbers = new Map<number, number>();
        heap.host.finalize = (object) => order.push(numbers.get(object) as number);
        for (const [i, object] of nodes.entries()) {
          const child = objects.make(leaf);
          numbers.set(child, i);
          objects.link(object, 0, child);
          // Each is in a cycle of its own: nothing else says who goes first.
          objects.link(object, 1, object);
          objects.release(child);
        }
        objects.release(...nodes);
        expect([core.collect(generation), order]).toEqual([20, upTo(20)]);
        expect(weak.left()).toBe(0);
      },
    );

    test("what is left is cleared one after the other, oldest first, and dies as if it had been let go of", () => {
      const weak = new WeakRefs(open());
      const { core, objects, heap } = weak;
      const leaf = core.defineType(0, 16, T_FINALIZER, 0, 0);
      const made = scattered(weak, 4);
      const order: string[] = [];
      const names = new Map<number, string>();
      heap.host.finalize = (object) => {
        heap.verify();
        order.push(names.get(object) ?? "finalizer");
      };
      const leaves = made.map((object, i) => {
        const child = objects.make(leaf);
        names.set(child, `leaf ${i}`);
        objects.link(object, 1, child);
        return child;
      });
      // 2 → 0 → 1 → 3 → 2: the oldest, 0, is cleared first, and with its reference to 1 that dies, and 3, and 2.
      const [a = 0, b = 0, c = 0, d = 0] = made;
      for (const [from, to] of [
        [c, a],
        [a, b],
        [b, d],
        [d, c],
      ] as const)
        objects.link(from, 0, to);
      weak.release(...made, ...leaves);
      expect(core.collect(2)).toBe(4);
      expect(order).toEqual([...Array(4).fill("finalizer"), "leaf 2", "leaf 3", "leaf 1", "leaf 0"]);
      expect(weak.left()).toBe(0);
    });
  });

  test("random graphs of all ages with finalizers that revive: order, survivors and generations are as CPython's", () => {
    for (let round = 0; round < 30; round++) {
      const seed = TEST_SEED + round;
      try {
        collectGraph(new WeakRefs(open({ key: seed })), new Random(seed));
      } catch (error) {
        throw new Error(`${name}, TEST_SEED=${seed}: ${error}`, { cause: error });
      }
    }
  });
});
