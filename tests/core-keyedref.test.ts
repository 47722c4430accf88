// Weak references as keys, and those that are in a dict or set, which loses the entry by itself when the object dies.
import { describe, expect, test } from "vitest";
import { ABSENT } from "../src/layout.js";
import { OK, UNHASHABLE } from "../src/status.js";
import { ok } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { integer } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { WeakRefs } from "./helpers/weakrefs.js";

describe.each(VARIANTS)("$name", ({ name, open }) => {
  describe("a weak reference as a key", () => {
    /** Its hash, or a status. */
    function hash({ core }: WeakRefs, word: number): number | string {
      const found = core.hashOf(word) >>> 0;
      return core.lastStatus() === OK ? found : `status ${core.lastStatus()}`;
    }

    test("has the hash of its object, and keeps it if anybody asked before the object died", () => {
      const weak = new WeakRefs(open());
      const [asked = 0, never = 0] = weak.some(2);
      const refs = [asked, never].flatMap((object) => [
        weak.shared(object),
        weak.calling(object),
        weak.keyed(object, weak.set()),
      ]);
      for (const ref of refs.slice(0, 3)) expect(hash(weak, ref)).toBe(hash(weak, asked));
      weak.release(asked, never);
      expect(new Set(refs.slice(0, 3).map((ref) => hash(weak, ref))).size).toBe(1);
      expect(hash(weak, refs[0] as number)).toBeTypeOf("number");
      for (const ref of refs.slice(3)) {
        expect(hash(weak, ref)).toBe(`status ${UNHASHABLE}`);
        const dict = weak.dict();
        expect(weak.core.dictSet(dict, ref, integer(1))).toBe(UNHASHABLE);
        expect([weak.core.setHas(weak.set(), ref) >>> 0, weak.core.lastStatus()]).toEqual([6, UNHASHABLE]);
      }
      weak.heap.verify();
    });

    test("to what cannot be a key is none; to a frozenset it is", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      for (const object of [weak.set(1), core.newDeque(5) >>> 0, core.newArray(0, 3) >>> 0]) {
        expect(hash(weak, weak.shared(object))).toBe(`status ${UNHASHABLE}`);
      }
      const frozen = weak.frozenset(integer(1), integer(2));
      expect(hash(weak, weak.shared(frozen))).toBe(hash(weak, frozen));
    });

    test("a set that has weak references when it is frozen keeps them", () => {
      const weak = new WeakRefs(open());
      const set = weak.set(integer(1));
      const ref = weak.calling(set);
      ok(weak.core.setFreeze(set));
      expect([weak.isMarked(set), weak.referent(ref)]).toEqual([true, set]);
      weak.heap.verify();
      weak.release(set);
      expect([weak.referent(ref), weak.calls()]).toEqual([0, [["callBack", ref]]]);
      weak.release(ref);
      expect(weak.left()).toBe(0);
    });

    test("equals others to the same object, or to one that is equal, as long as both live", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      const [object = 0, other = 0] = weak.some(2);
      const frozen = [weak.frozenset(integer(1)), weak.frozenset(integer(1)), weak.frozenset(integer(2))].map((set) =>
        weak.calling(set),
      );
      const same = [weak.shared(object), weak.calling(object), weak.keyed(object, weak.dict())];
      const ofOther = weak.calling(other);
      for (const a of same) {
        for (const b of same) expect(core.equals(a, b)).toBe(1);
        for (const b of [ofOther, object, other, integer(0), 0, ...frozen]) {
          expect([core.equals(a, b), core.equals(b, a)]).toEqual([0, 0]);
        }
      }
      expect([
        core.equals(frozen[0] as number, frozen[1] as number),
        core.equals(frozen[0] as number, frozen[2] as number),
      ]).toEqual([1, 0]);
      weak.release(object, other);
      for (const [i, a] of same.entries()) {
        for (const [j, b] of same.entries()) expect(core.equals(a, b)).toBe(i === j ? 1 : 0);
        expect([core.equals(a, ofOther), core.equals(frozen[0] as number, a)]).toEqual([0, 0]);
      }
    });

    test("a dead one is still found where it is, by itself alone", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      const object = weak.one(0);
      const [first, second] = [weak.calling(object), weak.calling(object)];
      const set = weak.set(first);
      expect(core.setHas(set, second)).toBe(1);
      weak.release(object);
      expect(core.setHas(set, first)).toBe(1);
      expect(core.setHas(set, second)).toBe(0);
      weak.heap.verify();
      expect(core.setRemove(set, first)).toBe(1);
      weak.release(set, second);
      expect(weak.left()).toBe(0);
    });
  });

  describe("the entry goes when the object dies", () => {
    test("a value of a dict, with its key; others stay where they are", () => {
      const weak = new WeakRefs(open());
      const { core, objects } = weak;
      const dict = weak.dict();
      const made = weak.some(5);
      const keys = made.map((_, i) => weak.str(`key ${i}`));
      for (const [i, object] of made.entries()) {
        const key = keys[i] as number;
        objects.hold(key, key);
        ok(core.dictSet(dict, key, weak.keyed(object, dict, key)));
      }
      expect([weak.count(dict), objects.count(keys[2] as number), objects.count(dict)]).toEqual([5, 3, 1]);
      const before = weak.table(dict);
      weak.release(made[2] as number);
      // A hole: whoever goes through the entries goes on.
      expect(weak.table(dict)?.entries.map(([key]) => key)).toEqual(keys.map((key, i) => (i === 2 ? ABSENT : key)));
      expect([weak.count(dict), weak.table(dict)?.used, weak.wrong(dict)]).toEqual([4, before?.used, ""]);
      expect([objects.count(keys[2] as number), core.dictGet(dict, keys[2] as number)]).toEqual([1, ABSENT]);
      weak.heap.verify();
      weak.release(...made.filter((_, i) => i !== 2));
      expect([weak.count(dict), weak.watchers(), weak.log2()]).toEqual([0, 1, -1]);
      expect(weak.calls()).toEqual([]);
      weak.release(dict, ...keys);
      expect(weak.left()).toBe(0);
    });

    test("a key of a dict or a set, with its value", () => {
      const weak = new WeakRefs(open());
      const { core } = weak;
      const containers = [weak.dict(), core.newDefaultDict(0, 1) >>> 0, weak.set()];
      const [value = 0, object = 0, other = 0] = weak.some(3);
      for (const [i, container] of containers.entries()) {
        for (const each of [object, other]) {
          const ref = weak.keyed(each, container);
          if (i === 2) ok(core.setAdd(container, ref));
          else ok(core.dictSet(container, ref, each === object && i === 0 ? value : integer(7)));
        }
      }
      weak.release(object);
      expect(containers.map((container) => [weak.count(container), weak.wrong(container)])).toEqual(
        Array(3).fill([1, ""]),
      );
      // The value went with the entry.
      expect(weak.deaths()).toEqual([1, 0]);
      expect(containers.map((container) => weak.keys(container))).toEqual(
        [...weak.refsTo(other)].reverse().map((ref) => [ref]),
      );
      weak.heap.verify();
      weak.release(other, ...containers);
      expect([weak.calls(), weak.left()]).toEqual([[], 0]);
    });

    test("in the turn of its reference among others: those that are newer find it, those that are older do not", () => {
      const weak = new WeakRefs(open());
      const { core, heap } = weak;
      const object = weak.one(0);
      const dict = weak.dict();
      const older = weak.calling(object);
      ok(core.dictSet(dict, integer(1), weak.keyed(object, dict, integer(1))));
      const newer = weak.calling(object);
      const seen: [number, number][] = [];
      heap.host.callBack = (ref) => {
        heap.verify();
        seen.push([ref, weak.count(dict)]);
      };
      weak.release(object);
      expect(seen).toEqual([
        [newer, 1],
        [older, 0],
      ]);
      weak.release(dict, older, newer);
      expect(weak.left()).toBe(0);
    });

    test("what is dropped with it finds it gone: finalizers of keys and values", () => {
      const weak = new WeakRefs(open());
      const { core, objects } = weak;
      const [object = 0, key = 0, value = 0] = weak.some(3);
      const [values, keys] = [weak.dict(), weak.dict()];
      objects.hold(key);
      ok(core.dictSet(values, key, weak.keyed(object, values, key)));
      ok(core.dictSet(keys, weak.keyed(object, keys), value));
      const seen: number[][] = [];
      weak.onDeath = (number) => {
        weak.heap.verify();
        seen.push([number, weak.count(values), weak.count(keys)]);
        // Another in the same place stays.
        if (number === 1) ok(core.dictSet(values, integer(4), integer(5)));
      };
      weak.release(object);
      // The newest reference first: that of `keys`.
      expect(seen).toEqual([
        [0, 1, 1],
        [2, 1, 0],
        [1, 0, 0],
      ]);
      expect([weak.count(values), weak.wrong(values), weak.wrong(keys)]).toEqual([1, "", ""]);
      weak.release(values, keys);
      expect(weak.left()).toBe(0);
    });
  });

  describe("nothing happens to the container", () => {
    test("if the entry has another value by now, or another key", () => {
      const weak = new WeakRefs(open());
      const { core, objects } = weak;
      const [object = 0, next = 0] = weak.some(2);
      const dict = weak.dict();
      const ref = weak.keyed(object, dict, integer(1));
      objects.hold(ref);
      ok(core.dictSet(dict, integer(1), ref));
      ok(core.dictSet(dict, integer(1), weak.keyed(next, dict, integer(1))));
      const set = weak.set();
      const [inSet, other] = [weak.keyed(object, set), weak.calling(object)];
      ok(core.setAdd(set, inSet));
      objects.hold(inSet);
      core.setRemove(set, inSet);
      ok(core.setAdd(set, other));
      weak.release(object);
      expect([weak.count(dict), weak.keys(set), weak.calls()]).toEqual([1, [other], [["callBack", other]]]);
      weak.heap.verify();
      weak.release(next);
      expect([weak.count(dict), weak.wrong(dict)]).toEqual([0, ""]);
      weak.release(ref, inSet, dict, set);
      expect(weak.left()).toBe(0);
    });

    test("if it never had the reference, as a value or as a key, and nobody asked for its hash", () => {
      const weak = new WeakRefs(open());
      const object = weak.one(0);
      const [dict, set] = [weak.dict([integer(1), integer(2)]), weak.set(integer(1))];
      const refs = [
        weak.keyed(object, dict, integer(1)),
        weak.keyed(object, dict, integer(9)),
        weak.keyed(object, set),
        weak.keyed(object, dict),
      ];
      weak.release(object);
      expect([weak.count(dict), weak.count(set)]).toEqual([1, 1]);
      expect([weak.wrong(dict), weak.wrong(set)]).toEqual(["", ""]);
      weak.heap.verify();
      weak.release(dict, set, ...refs);
      expect(weak.left()).toBe(0);
    });

    test("if it is dead", () => {
      const weak = new WeakRefs(open());
      const { core, objects } = weak;
      const object = weak.one(0);
      const dict = weak.dict();
      const ref = weak.keyed(object, dict, integer(1));
      objects.hold(ref);
      ok(core.dictSet(dict, integer(1), ref));
      weak.release(dict);
      expect([weak.referents(), weak.refsTo(object)]).toEqual([1, [ref]]);
      weak.heap.verify();
      // In its place, maybe.
      const next = weak.dict([integer(1), integer(3)]);
      weak.release(object);
      expect([weak.count(next), weak.referent(ref)]).toEqual([1, 0]);
      weak.release(ref, next);
      expect(weak.left()).toBe(0);
    });
  });

  test("a reference holds neither its container nor its object, and lets go of its key when it dies", () => {
    const weak = new WeakRefs(open());
    const { objects } = weak;
    const [object = 0, key = 0] = weak.some(2);
    const dict = weak.dict();
    const refs = [weak.keyed(object, dict, key), weak.keyed(object, dict)];
    expect([object, dict, key].map((each) => objects.count(each))).toEqual([1, 1, 1]);
    // One shared reference to the dict is for both.
    expect([weak.objects.count(weak.first(dict)), weak.isMarked(dict), weak.referents()]).toEqual([2, true, 2]);
    weak.release(...refs);
    expect([weak.deaths(), weak.isMarked(dict), weak.referents()]).toEqual([[1], false, 0]);
    weak.release(object, dict);
    expect(weak.left()).toBe(0);
  });

  test("the object may be the container", () => {
    const weak = new WeakRefs(open());
    const set = weak.set(integer(1));
    const ref = weak.keyed(set, set, integer(1));
    expect(weak.refsTo(set).length).toBe(2);
    weak.heap.verify();
    weak.release(set);
    expect([weak.referent(ref), weak.referents()]).toEqual([0, 0]);
    weak.release(ref);
    expect(weak.left()).toBe(0);
  });

  test.each([0, 2] as const)("collect(%i): entries of the trash go, and their references are counted", (generation) => {
    const weak = new WeakRefs(open());
    const { core, objects } = weak;
    const type = objects.type(1);
    const ring = objects.ring(type, 6);
    const [values, set] = [weak.dict(), weak.set()];
    for (const [i, object] of ring.entries()) {
      ok(core.dictSet(values, integer(i), weak.keyed(object, values, integer(i))));
      ok(core.setAdd(set, weak.keyed(object, set)));
    }
    ok(core.dictSet(values, integer(77), integer(78)));
    weak.release(...ring);
    expect(core.collect(generation)).toBe(6 + 12);
    expect([weak.keys(values), weak.keys(set), weak.log2()]).toEqual([[integer(77)], [], -1]);
    expect([weak.wrong(values), weak.wrong(set)]).toEqual(["", ""]);
    weak.heap.verify();
    weak.release(values, set);
    expect(weak.left()).toBe(0);
  });

  test("collect: a container that is trash itself is left as it is, and goes with all", () => {
    const weak = new WeakRefs(open());
    const { core, objects } = weak;
    const node = weak.one(0);
    const dict = weak.dict();
    ok(core.dictSet(dict, integer(1), weak.keyed(node, dict, integer(1))));
    objects.link(node, 0, dict);
    objects.link(node, 1, node);
    let seen = -1;
    weak.onDeath = () => {
      weak.heap.verify();
      seen = weak.count(dict);
    };
    weak.release(dict, node);
    // The node, the dict, the keyed reference, and that to the dict.
    expect([core.collect(2), seen]).toEqual([4, 1]);
    expect(weak.left()).toBe(0);
  });

  test("random programs: dicts with weak values and sets with weak keys are as Maps and Sets are", () => {
    const random = new Random(TEST_SEED);
    const weak = new WeakRefs(open({ key: TEST_SEED }));
    const { core, objects } = weak;
    const type = objects.type(1);
    const [dict, set] = [weak.dict(), weak.set()];
    const values = new Map<number, number>();
    const members = new Set<number>();
    const live: number[] = [];
    for (let step = 0; step < 4000; step++) {
      const roll = random.below(100);
      const object = live.length > 0 ? random.pick(live) : 0;
      const key = integer(random.below(200));
      if (object === 0 || (roll < 20 && live.length < 300)) {
        live.push(objects.make(type));
      } else if (roll < 55) {
        ok(core.dictSet(dict, key, weak.keyed(object, dict, key)));
        values.set(key, object);
      } else if (roll < 70) {
        const ref = weak.keyed(object, set);
        if (members.has(object)) weak.release(ref);
        else ok(core.setAdd(set, ref));
        members.add(object);
      } else if (roll < 75) {
        const taken = core.dictTake(dict, key) >>> 0;
        expect(taken !== ABSENT).toBe(values.delete(key));
        if (taken !== ABSENT) weak.release(taken);
      } else {
        live.splice(live.indexOf(object), 1);
        weak.release(object);
        for (const [each, value] of values) if (value === object) values.delete(each);
        members.delete(object);
      }
      if (step % 200 !== 0) continue;
      const found = new Map(weak.entries(dict).map(([each = 0, ref = 0]) => [each, weak.referent(ref)]));
      const message = `${name}, TEST_SEED=${TEST_SEED}, step ${step}`;
      expect([...found].sort(), message).toEqual([...values].sort());
      expect(
        weak
          .keys(set)
          .map((ref) => weak.referent(ref))
          .sort(),
        message,
      ).toEqual([...members].sort());
      expect([weak.wrong(dict), weak.wrong(set)], message).toEqual(["", ""]);
      weak.heap.verify();
    }
    weak.release(...live);
    expect([weak.count(dict), weak.count(set), weak.log2(), weak.calls()]).toEqual([0, 0, -1, []]);
    weak.release(dict, set);
    expect(weak.left()).toBe(0);
  });
});
