// Weak references in the core: the list of each object, the table of all that have some, their marks, and what is refused.
import { describe, expect, test } from "vitest";
import { ABSENT, EMPTY_TUPLE, FALSE_OBJECT } from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, NOT_REFERABLE } from "../src/status.js";
import { PLAIN, VARIANTS } from "./helpers/core.js";
import { integer } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { runWeakProgram } from "./helpers/weakprograms.js";
import { ownSlot, WeakRefs } from "./helpers/weakrefs.js";

/** All orders of a few numbers. */
function permutations(list: readonly number[]): number[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.filter((_, j) => j !== i)).map((rest) => [first, ...rest]));
}

describe.each(VARIANTS)("$name", ({ name, open }) => {
  describe("the list of one object", () => {
    test("the shared one is first, then the newest; whoever goes leaves the others in their order", () => {
      for (const order of permutations([0, 1, 2, 3])) {
        const weak = new WeakRefs(open());
        const object = weak.objects.make(weak.objects.type(1));
        const older = weak.calling(object);
        const keyed = weak.keyed(object, weak.set());
        const shared = weak.shared(object);
        const newer = weak.calling(object);
        const list = [shared, newer, keyed, older];
        expect(weak.refsTo(object)).toEqual(list);
        for (const i of order) {
          const ref = [shared, newer, keyed, older][i] as number;
          weak.release(ref);
          list.splice(list.indexOf(ref), 1);
          expect(weak.refsTo(object)).toEqual(list);
          expect(weak.linked(weak.first(object))).toEqual(list);
          expect(weak.isMarked(object)).toBe(list.length > 0);
          weak.heap.verify();
        }
        expect(weak.calls().map(([name]) => name)).toEqual(["forget", "forget"]);
        expect(weak.log2()).toBe(-1);
      }
    });

    test("without callback there is one for all, as long as somebody has it; with a callback each is new", () => {
      const weak = new WeakRefs(open());
      const object = weak.objects.make(weak.objects.type(1));
      const first = weak.shared(object);
      expect([weak.shared(object), weak.shared(object)]).toEqual([first, first]);
      expect([weak.objects.count(first), weak.objects.count(object)]).toEqual([3, 1]);
      const called = [weak.calling(object), weak.calling(object)];
      expect(new Set([first, ...called]).size).toBe(3);
      expect([first, ...called].map((ref) => weak.isCalling(ref))).toEqual([false, true, true]);
      weak.release(first, first, first);
      expect(weak.refsTo(object)).toEqual([...called].reverse());
      const again = weak.shared(object);
      expect(weak.refsTo(object)).toEqual([again, ...called.reverse()]);
      weak.release(object);
      expect([again, ...called].map((ref) => weak.referent(ref))).toEqual([0, 0, 0]);
      weak.release(again, ...called);
      expect(weak.left()).toBe(0);
    });

    test("weakRefs writes as many as fit, and tells how many there are; there are none of what has none", () => {
      const weak = new WeakRefs(open());
      const { core, heap } = weak;
      const object = weak.objects.make(weak.objects.type(0, 8));
      const at = heap.mem.malloc(16);
      const refs = [weak.calling(object), weak.calling(object), weak.calling(object)].reverse();
      heap.poke(at + 8, 77);
      expect(core.weakRefs(object, at, 2)).toBe(3);
      expect([heap.word(at), heap.word(at + 4), heap.word(at + 8)]).toEqual([refs[0], refs[1], 77]);
      expect(core.weakRefs(object, at, 0)).toBe(3);
      const dict = weak.dict();
      const ofDict = weak.keyed(object, dict);
      for (const none of [0, 3, at, dict, EMPTY_TUPLE, weak.objects.make(weak.objects.type(1))]) {
        expect(core.weakRefs(none, at, 4)).toBe(0);
      }
      weak.release(object);
      expect([core.weakRefs(object, at, 4), weak.referent(ofDict)]).toEqual([0, 0]);
    });
  });

  describe("the death of an object", () => {
    test("all references read null first; then the newest is called, and so on; then nobody is called again", () => {
      const weak = new WeakRefs(open());
      const { heap, objects } = weak;
      const object = objects.make(objects.type(1));
      const refs = [weak.calling(object), weak.shared(object), weak.calling(object), weak.calling(object)];
      const [oldest = 0, shared = 0, middle = 0, newest = 0] = refs;
      heap.host.callBack = (ref) => {
        heap.called.push(["callBack", ref]);
        expect(refs.map((each) => weak.referent(each))).toEqual([0, 0, 0, 0]);
        expect([objects.count(ref), weak.isCalling(ref), objects.isLive(object)]).toEqual([2, false, false]);
        expect(weak.refsTo(object)).toEqual([]);
        heap.verify();
      };
      weak.release(object);
      expect(weak.calls()).toEqual([newest, middle, oldest].map((ref) => ["callBack", ref]));
      expect(refs.map((ref) => objects.count(ref))).toEqual([1, 1, 1, 1]);
      weak.release(oldest, shared, middle, newest);
      expect(weak.calls()).toEqual([]);
      expect(weak.left()).toBe(0);
    });

    test("a callback may let go of its reference, of the next, and make others; who dies before his turn is called still", () => {
      const weak = new WeakRefs(open());
      const { heap, objects } = weak;
      const type = objects.type(1);
      const [object = 0, other = 0] = objects.makeMany(type, 2);
      const refs = [weak.calling(object), weak.calling(object), weak.calling(object)];
      let made = 0;
      heap.host.callBack = (ref) => {
        heap.called.push(["callBack", ref]);
        if (refs.length > 0) weak.release(...refs.splice(0));
        made = weak.calling(other);
        weak.release(made);
        heap.verify();
      };
      const wanted = [...refs].reverse().map((ref): [string, number] => ["callBack", ref]);
      weak.release(object);
      const calls = weak.calls();
      expect(calls.filter(([call]) => call === "callBack")).toEqual(wanted);
      // Each made one in its callback, which nobody was called for.
      expect(calls.filter(([call]) => call === "forget").length).toBe(3);
      weak.release(other);
      expect(weak.left()).toBe(0);
    });
  });

  describe("the table", () => {
    test("comes with the first object, doubles when two thirds are in use, and goes with the last", () => {
      const weak = new WeakRefs(open());
      const made = weak.objects.makeMany(weak.objects.type(1), 700);
      const sizes: number[] = [];
      expect(weak.log2()).toBe(-1);
      const refs = made.map((object) => {
        const ref = weak.shared(object);
        sizes.push(weak.log2());
        return ref;
      });
      expect(sizes.map((log2, i) => (log2 !== sizes[i - 1] ? i : -1)).filter((i) => i >= 0)).toEqual([
        0, 10, 21, 42, 85, 170, 341, 682,
      ]);
      expect([sizes[0], sizes.at(-1)]).toEqual([4, 11]);
      weak.heap.verify();
      expect(made.every((object, i) => weak.first(object) === refs[i])).toBe(true);
      weak.release(...refs.slice(1));
      expect([weak.referents(), weak.log2(), weak.first(made[0] as number)]).toEqual([1, 11, refs[0]]);
      weak.heap.verify();
      weak.release(refs[0] as number);
      expect([weak.referents(), weak.log2()]).toEqual([0, -1]);
      weak.release(...made);
      expect(weak.left()).toBe(0);
    });

    test.each([0, 7, 14, 15])("objects that all belong into slot %i come and go in any order", (slot) => {
      const random = new Random(TEST_SEED);
      const weak = new WeakRefs(open());
      const type = weak.objects.type(1);
      // Some that belong into the next slots are in their way.
      const next = [1, 2].flatMap((behind) => weak.colliding(type, 2, (slot + behind) % 16, 4));
      const objects = [...weak.colliding(type, 5, slot, 4), ...next];
      expect(objects.map((object) => (ownSlot(object, 4) - slot + 16) % 16)).toEqual([0, 0, 0, 0, 0, 1, 1, 2, 2]);
      for (let round = 0; round < 60; round++) {
        const refs = new Map(random.shuffled(objects).map((object) => [object, weak.calling(object)]));
        expect(weak.log2()).toBe(4);
        for (const object of random.shuffled(objects)) {
          weak.release(refs.get(object) as number);
          refs.delete(object);
          for (const [other, ref] of refs) {
            if (weak.first(other) !== ref) throw new Error(`TEST_SEED=${TEST_SEED}, round ${round}: lost a reference`);
          }
          expect(weak.slots().filter((ref) => ref !== 0).length).toBe(refs.size);
          weak.heap.verify();
        }
      }
      weak.release(...objects);
      expect(weak.left()).toBe(0);
    });
  });

  test.each([
    ["few objects", 12],
    ["many", 400],
  ])("random programs of %s are as the model has them", (_, objects) => {
    try {
      runWeakProgram(open({ key: TEST_SEED }), {
        steps: 5000,
        random: new Random(TEST_SEED),
        objects,
        checkEvery: objects < 100 ? 10 : 250,
      });
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${TEST_SEED}: ${error}`, { cause: error });
    }
  });

  describe("what is refused", () => {
    test("objects that cannot be weakly referenced, dead ones, and what is none", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const closed = objects.make(core.defineType(1, 12, 0x500, 0, 0));
      const [dead = 0, live = 0] = objects.makeMany(objects.type(1), 2);
      const dict = weak.dict();
      const none: [number, number][] = [
        ...[weak.str("text"), weak.int(2n ** 40n), weak.float(0.5), weak.bytes(1), weak.tuple(1, 3), core.newList(0)],
        ...[dict, core.newDefaultDict(0, 1), closed, EMPTY_TUPLE, FALSE_OBJECT, weak.shared(live), weak.calling(live)],
        weak.keyed(live, dict),
      ].map((object): [number, number] => [object >>> 0, NOT_REFERABLE]);
      objects.release(dead);
      const before = heap.snapshot();
      for (const [object, status] of [
        ...none,
        [dead, ALREADY_FREE],
        [0, BAD_ADDRESS],
        [integer(5), BAD_ADDRESS],
        [live + 4, BAD_ADDRESS],
        [0xffff_fff8, BAD_ADDRESS],
      ] as const) {
        for (const called of [0, 1]) {
          expect([core.newWeakRef(object, called), core.lastStatus()]).toEqual([0, status]);
        }
        expect([core.newKeyedRef(object, dict, ABSENT), core.lastStatus()]).toEqual([0, status]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });

    test("owners that are no dicts or sets, and keys that are no words", () => {
      const weak = new WeakRefs(open());
      const { core, heap, objects } = weak;
      const [object = 0, dead = 0] = objects.makeMany(objects.type(1), 2);
      const dict = weak.dict();
      const others = [core.newList(0), core.newDeque(9), weak.tuple(1), weak.str("text"), object, core.newArray(0, 1)];
      objects.release(dead);
      const before = heap.snapshot();
      for (const [owner, status] of [
        ...others.map((other) => [other >>> 0, BAD_TYPE] as const),
        [dead, ALREADY_FREE],
        [0, BAD_ADDRESS],
        [dict + 4, BAD_ADDRESS],
      ] as const) {
        expect([core.newKeyedRef(object, owner, ABSENT), core.lastStatus()]).toEqual([0, status]);
      }
      for (const [key, status] of [
        [dead, ALREADY_FREE],
        [dict + 4, BAD_ADDRESS],
        [6, BAD_ADDRESS],
      ] as const) {
        expect([core.newKeyedRef(object, dict, key), core.lastStatus()]).toEqual([0, status]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });
  });
});

describe.each(PLAIN)("$name, above 2 GiB", ({ name, open }) => {
  test("a random program is as the model has it", () => {
    const heap = open({ key: TEST_SEED });
    for (let i = 0; i < 2; i++) expect(heap.core.rawMalloc(2 ** 30) >>> 0).not.toBe(0);
    try {
      runWeakProgram(heap, { steps: 4000, random: new Random(TEST_SEED), objects: 200, checkEvery: 200, blocks: 2 });
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${TEST_SEED}: ${error}`, { cause: error });
    }
  });
});
