// Which tuples and frozensets the collector knows, from birth on and after collections (CPython 3.15: PyTuple_FromArray,
// _PyTuple_MaybeUntrack, _PyFrozenSet_MaybeUntrack).
import { describe, expect, test } from "vitest";
import { EMPTY_TUPLE, G_UNTRACKED, TRUE_OBJECT } from "../src/layout.js";
import { NO_MEMORY } from "../src/status.js";
import { Containers, ok } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { Mourners } from "./helpers/mourners.js";
import { integer, takeAllMemory, type Where } from "./helpers/objects.js";

class Making extends Containers {
  list(...words: number[]): number {
    const list = this.core.newList(0) >>> 0;
    for (const word of words) ok(this.core.listAppend(list, word));
    return list;
  }

  where(...objects: number[]): Where[] {
    return objects.map((object) => this.objects.where(object));
  }

  /** Objects that no generation has although their types are known to the collector. */
  untracked(): number {
    return this.objects.field(G_UNTRACKED);
  }

  /** One reference more, to be handed over. */
  again(object: number): number {
    this.objects.hold(object);
    return object;
  }

  release(...objects: number[]): void {
    this.objects.release(...objects);
  }

  /** Nothing is left, nowhere. */
  expectNothingLeft(): void {
    this.heap.verify();
    expect([this.untracked(), this.objects.leftBlocks()]).toEqual([0, 0]);
  }
}

/** Words of objects of the types that the collector does not know. */
function atoms(make: Making): number[] {
  const { core } = make;
  const array = core.newArray(0, 3) >>> 0;
  const record = make.objects.make(make.objects.type(1, 0, false));
  return [
    integer(1),
    0,
    TRUE_OBJECT,
    make.str("text"),
    make.bytes(1),
    make.float(1.5),
    make.int(2n ** 70n),
    array,
    record,
  ];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("at birth", () => {
    test("a tuple of objects of types that the collector does not know is in no generation, and is counted as made", () => {
      const make = new Making(open());
      const items = atoms(make);
      const [before] = make.objects.counts();
      const tuples = [make.tuple(...items), make.tuple(integer(1))];
      expect([make.where(...tuples), make.untracked()]).toEqual([["nowhere", "nowhere"], 2]);
      expect(make.objects.counts()).toEqual([(before as number) + 2, 0, 0]);
      expect([0, 1, 2].map((generation) => make.objects.generation(generation))).toEqual([[], [], []]);
      expect(tuples.every((tuple) => make.objects.isTracked(tuple) && make.objects.isAtRest(tuple))).toBe(true);
      make.heap.verify();
      make.release(...tuples);
      expect(make.objects.counts()).toEqual([before, 0, 0]);
      make.expectNothingLeft();
    });

    test.each<[string, (make: Making) => number]>([
      ["a list", (make) => make.list()],
      ["a dict", (make) => make.dict()],
      ["a set", (make) => make.set()],
      ["a frozenset, though it is in no generation", (make) => make.frozenset()],
      ["a tuple, though it is in no generation", (make) => make.tuple(integer(1))],
      ["the tuple without items", () => EMPTY_TUPLE],
      ["a deque", ({ core }) => core.newDeque(5) >>> 0],
      ["a record of a tracked type without references", ({ objects }) => objects.make(objects.type(0, 8, true))],
    ])("a tuple is tracked with %s in any place", (_, item) => {
      for (const place of [0, 1, 2]) {
        const make = new Making(open());
        const words = [integer(1), integer(2)];
        words.splice(place, 0, item(make));
        const tuple = make.tuple(...words);
        expect(make.where(tuple)).toEqual([0]);
        make.release(tuple);
        make.expectNothingLeft();
      }
    });

    test.each([1, 2, 60, 61, 62, 120, 121, 125, 5000, 100_000])(
      "a tuple of %i atoms needs no room in a generation",
      (n) => {
        const make = new Making(open());
        const tuple = make.tuple(...Array.from({ length: n }, (_, i) => integer(i)));
        expect([make.where(tuple), make.objects.count(tuple)]).toEqual([["nowhere"], 1]);
        make.heap.verify();
        for (const generation of [0, 1, 2]) expect(make.core.collect(generation)).toBe(0);
        make.heap.verify();
        make.release(tuple);
        make.expectNothingLeft();
      },
    );

    test("where memory ends, nothing is counted", () => {
      const make = new Making(open({ maximumPages: 20 }));
      const at = make.heap.raw.malloc(40_000);
      for (let i = 0; i < 10_000; i++) make.heap.poke(at + 4 * i, integer(i));
      const giveBack = takeAllMemory(make.heap);
      const made: number[] = [];
      for (const n of [1, 100, 200, 10_000]) {
        const tuple = make.core.newTuple(at, n) >>> 0;
        if (tuple !== 0) made.push(tuple);
        else expect(make.core.lastStatus()).toBe(NO_MEMORY);
      }
      expect(make.untracked()).toBe(made.length);
      giveBack();
      make.release(...made);
      make.heap.raw.free(at);
      make.expectNothingLeft();
    });
  });

  describe("frozensets", () => {
    test("of atoms, and of untracked tuples, are untracked when they are made, and stay so", () => {
      const make = new Making(open());
      const keys = [
        integer(1),
        0,
        TRUE_OBJECT,
        make.str("text"),
        make.bytes(1),
        make.float(1.5),
        make.tuple(integer(1)),
      ];
      const sets = [make.frozenset(), make.frozenset(...keys), make.frozenset(EMPTY_TUPLE)];
      expect([make.where(...sets), make.untracked()]).toEqual([["nowhere", "nowhere", "nowhere"], 4]);
      make.heap.verify();
      for (const generation of [0, 1, 2, 2]) expect(make.core.collect(generation)).toBe(0);
      make.heap.verify();
      expect(make.where(...sets)).toEqual(["nowhere", "nowhere", "nowhere"]);
      make.release(...sets);
      make.expectNothingLeft();
    });

    test.each<[string, (make: Making) => number]>([
      ["a frozenset of atoms", (make) => make.frozenset(integer(1))],
      ["a tuple of an untracked tuple", (make) => make.tuple(make.tuple(integer(1)))],
      ["a tracked record", ({ objects }) => objects.make(objects.type(1))],
    ])("of %s are tracked, and no collection changes that", (_, element) => {
      const make = new Making(open());
      const set = make.frozenset(integer(1), element(make), integer(2));
      expect(make.where(set)).toEqual([0]);
      for (const generation of [0, 1, 2, 2]) make.core.collect(generation);
      make.heap.verify();
      expect(make.where(set)).toEqual([2]);
      make.release(set);
      make.expectNothingLeft();
    });

    test("holes are no elements", () => {
      const make = new Making(open());
      const set = make.set(make.objects.make(make.objects.type(1)), integer(1));
      expect(make.core.setRemove(set, make.keys(set)[0] as number)).toBe(1);
      ok(make.core.setFreeze(set));
      expect(make.where(set)).toEqual(["nowhere"]);
      make.release(set);
      make.expectNothingLeft();
    });

    test.each<[string, Where, (make: Making) => void]>([
      ["young", 0, () => {}],
      ["a young one with others behind it", 0, (make) => void make.list()],
      ["of generation 1", 1, ({ core }) => void core.collect(0)],
      ["old", 2, ({ core }) => void core.collect(2)],
      ["frozen by gc.freeze", "frozen", ({ core }) => core.freeze()],
    ])("are taken out of where they were: %s", (_, before, age) => {
      const make = new Making(open());
      const set = make.set(integer(1));
      age(make);
      expect(make.where(set)).toEqual([before]);
      ok(make.core.setFreeze(set));
      expect([make.where(set), make.untracked()]).toEqual([["nowhere"], 1]);
      make.heap.verify();
      expect(make.core.collect(2)).toBe(0);
      make.core.unfreeze();
      make.heap.verify();
      make.release(set);
      expect(make.untracked()).toBe(0);
      make.heap.verify();
    });
  });

  describe("collections", () => {
    test("tuples that came to be atomic are untracked from the inside out", () => {
      const make = new Making(open());
      const inner = make.tuple(integer(1));
      const middle = make.tuple(inner, EMPTY_TUPLE);
      const outer = make.tuple(middle, integer(2));
      expect(make.where(inner, middle, outer)).toEqual(["nowhere", 0, 0]);
      // The middle one is reached from the outer one, so that is looked at first.
      make.core.collect(0);
      expect(make.where(inner, middle, outer)).toEqual(["nowhere", "nowhere", 1]);
      make.heap.verify();
      make.core.collect(1);
      expect([make.where(inner, middle, outer), make.untracked()]).toEqual([["nowhere", "nowhere", "nowhere"], 3]);
      make.heap.verify();
      make.core.collect(2);
      make.release(outer);
      make.expectNothingLeft();
    });

    test.each([0, 1, 2])("generation %i: what is in an untracked tuple or frozenset is kept by it", (generation) => {
      const make = new Making(open());
      const text = make.str("kept");
      const holders = [make.tuple(make.again(text)), make.frozenset(make.again(text))];
      make.release(text);
      expect(make.core.collect(generation)).toBe(0);
      expect(make.objects.count(text)).toBe(2);
      make.heap.verify();
      make.release(...holders);
      make.expectNothingLeft();
    });

    test("with a list in them stay tracked", () => {
      const make = new Making(open());
      const tuple = make.tuple(make.list());
      for (const generation of [0, 1, 2]) make.core.collect(generation);
      expect(make.where(tuple)).toEqual([2]);
      make.release(tuple);
      make.expectNothingLeft();
    });

    test("untracked ones in trash die with it and do not count, tracked ones do", () => {
      const make = new Making(open());
      const list = make.list(make.tuple(integer(1)), make.tuple(make.tuple(integer(3))), make.frozenset(integer(4)));
      ok(make.core.listAppend(list, make.again(list)));
      make.release(list);
      expect(make.core.collect(2)).toBe(2);
      make.expectNothingLeft();
    });

    test("untracked ones come through freezing and full collections, however often", () => {
      const make = new Making(open());
      const tuples = Array.from({ length: 300 }, (_, i) => make.tuple(integer(i), integer(i)));
      const lists = tuples.map((tuple) => make.list(make.again(tuple)));
      for (let round = 0; round < 5; round++) {
        expect(make.core.collect(2)).toBe(0);
        make.core.freeze();
        make.heap.verify();
        make.core.unfreeze();
        make.heap.verify();
      }
      expect([make.untracked(), make.objects.generation(2).length]).toEqual([300, 300]);
      make.release(...tuples, ...lists);
      make.expectNothingLeft();
    });

    test("they are neither listed nor found as referrers, but can be asked for what they refer to", () => {
      const make = new Making(open());
      const text = make.str("text");
      const [tuple, set] = [make.tuple(make.again(text)), make.frozenset(text)];
      expect([0, 1, 2].flatMap((generation) => make.objects.generation(generation))).toEqual([]);
      expect(make.objects.referrers(text)).toEqual([]);
      expect([make.objects.referents(tuple), make.objects.referents(set)]).toEqual([[text], [text]]);
      make.release(tuple, set);
      make.expectNothingLeft();
    });

    test("in the middle of a collection: a set that is trash, and a tuple that is, in a new frozenset", () => {
      const scene = new Mourners(open());
      const { core, objects } = scene;
      const record = objects.make(objects.type(1));
      const tuple = scene.tuple(record);
      const set = scene.set(integer(1));
      const trash = scene.one(0);
      objects.hold(record);
      for (const [index, word] of [scene.list(tuple, set), trash].entries()) objects.link(trash, index, word);
      scene.release(objects.words(trash)[0] as number, trash);
      const made: number[] = [];
      scene.onDeath = () => {
        ok(core.setFreeze(set));
        objects.hold(tuple);
        made.push(scene.frozenset(tuple));
        scene.heap.verify();
      };
      expect([core.collect(2), scene.deaths()]).toEqual([2, [0]]);
      expect(made.map((one) => objects.where(one))).toEqual([0]);
      scene.heap.verify();
      scene.release(record, ...made);
      core.collect(2);
      scene.heap.verify();
      expect([objects.field(G_UNTRACKED), scene.left()]).toEqual([0, 0]);
    });
  });
});
