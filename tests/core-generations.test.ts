// Which generation an object is in: the young array, promotion, frozen objects, and the lists of objects.
import { describe, expect, test } from "vitest";
import {
  FALSE_OBJECT,
  G_COLLECTING,
  G_ENABLED,
  G_FROZEN,
  G_LARGE_COUNT,
  G_LIMIT,
  G_OLD,
  G_REST,
  G_THRESHOLD,
  G_YOUNG,
  G_YOUNG_CAPACITY,
  G_YOUNG_END,
  G_YOUNG_START,
  GC,
  TRUE_OBJECT,
} from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** The young array as it stands, holes and all. */
function youngArray(objects: Objects): number[] {
  const at = objects.field(G_YOUNG);
  return Array.from({ length: objects.field(G_YOUNG_END) }, (_, i) => objects.heap.word(at + 4 * i));
}

/** Every young object stands where it says. */
function checkIndices(objects: Objects): void {
  for (const [index, object] of youngArray(objects).entries()) {
    if (object !== 0 && objects.index(object) !== index) throw new Error(`object ${object} is not at ${index}`);
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("a new heap", () => {
    test("has CPython's thresholds, and automatic collection on", () => {
      const heap = open();
      const field = (offset: number) => heap.word(GC + offset);
      expect([0, 1, 2].map((generation) => field(G_THRESHOLD + 4 * generation))).toEqual([2000, 10, 10]);
      expect([field(G_ENABLED), field(G_LIMIT), field(G_COLLECTING)]).toEqual([1, 2000, 0]);
      expect(heap.core.dueGeneration()).toBe(-1);
      expect([0, 1, 2].map((generation) => heap.core.objects(generation, 0, 0))).toEqual([0, 0, 0]);
    });

    test("collections of nothing", () => {
      const objects = new Objects(open());
      for (const generation of [0, 1, 2, 2, 1, 0]) {
        expect(objects.core.collect(generation)).toBe(0);
        expect(objects.trash()).toEqual([]);
        objects.heap.verify();
      }
      expect(objects.counts()).toEqual([0, 1, 1]);
      objects.core.freeze();
      objects.core.unfreeze();
      objects.heap.verify();
      expect(objects.counts()).toEqual([0, 0, 0]);
    });
  });

  describe("the young array", () => {
    test("new objects in order of birth; untracked ones are not in it", () => {
      const objects = new Objects(open());
      const [type, flat] = [objects.type(1), objects.type(0, 8)];
      const made = [1, 2, 3, 4].map(() => {
        objects.make(flat);
        return objects.make(type);
      });
      expect(youngArray(objects)).toEqual(made);
      expect(objects.generation(0)).toEqual(made);
      checkIndices(objects);
    });

    test("an object that dies leaves a hole; the last takes the holes before it along", () => {
      const objects = new Objects(open());
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = objects.makeMany(objects.type(1), 5);
      objects.release(b, c);
      expect(youngArray(objects)).toEqual([a, 0, 0, d, e]);
      expect(objects.generation(0)).toEqual([a, d, e]);
      objects.release(e);
      expect(youngArray(objects)).toEqual([a, 0, 0, d]);
      objects.heap.verify();
      objects.release(d);
      expect(youngArray(objects)).toEqual([a]);
      objects.release(a);
      expect(youngArray(objects)).toEqual([]);
      objects.heap.verify();
    });

    test("generation 0 may be gone to its last while generation 1 has holes at its end", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const [a = 0, b = 0, c = 0] = objects.makeMany(type, 3);
      objects.core.collect(0);
      const [d = 0, e = 0] = objects.makeMany(type, 2);
      expect(objects.field(G_YOUNG_START)).toBe(3);
      objects.release(c, d);
      expect(youngArray(objects)).toEqual([a, b, 0, 0, e]);
      objects.release(e);
      expect(youngArray(objects)).toEqual([a, b]);
      expect(objects.field(G_YOUNG_START)).toBe(2);
      const f = objects.make(type);
      expect([objects.generation(0), objects.generation(1)]).toEqual([[f], [a, b]]);
      objects.heap.verify();
    });

    test("when it is full of holes they are closed, in both generations, and it does not grow", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const older = objects.makeMany(type, 400);
      objects.core.collect(0);
      const newer = objects.makeMany(type, 1024 - 400);
      expect(objects.field(G_YOUNG_CAPACITY)).toBe(1024);
      expect(objects.field(G_YOUNG_END)).toBe(1024);
      const random = new Random(TEST_SEED);
      const gone = new Set(random.shuffled([...older, ...newer.slice(0, -1)]).slice(0, 300));
      objects.release(...gone);
      expect(objects.field(G_YOUNG_END)).toBe(1024);
      const last = objects.make(type);
      expect(objects.field(G_YOUNG_CAPACITY)).toBe(1024);
      const left = (list: readonly number[]) => list.filter((object) => !gone.has(object));
      expect(objects.generation(1), `TEST_SEED=${TEST_SEED}`).toEqual(left(older));
      expect(objects.generation(0)).toEqual([...left(newer), last]);
      expect(youngArray(objects)).toEqual([...left(older), ...left(newer), last]);
      checkIndices(objects);
      objects.heap.verify();
    });

    test("it doubles when less than a quarter is free without holes", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const made = objects.makeMany(type, 1024);
      objects.release(...made.splice(10, 200));
      made.push(objects.make(type));
      expect(objects.field(G_YOUNG_CAPACITY)).toBe(2048);
      made.push(...objects.makeMany(type, 20_000));
      expect(objects.field(G_YOUNG_CAPACITY)).toBe(32_768);
      expect(objects.generation(0)).toEqual(made);
      checkIndices(objects);
      objects.heap.verify();
    });

    test("a long one goes back when it is empty, a short one stays", () => {
      for (const [count, capacity] of [
        [16_384, 16_384],
        [16_385, 0],
      ] as const) {
        for (const empty of ["collect 1", "collect 2", "freeze"]) {
          const objects = new Objects(open());
          const made = objects.makeMany(objects.type(1), count);
          if (empty === "freeze") objects.core.freeze();
          else objects.core.collect(Number(empty.at(-1)));
          expect(objects.field(G_YOUNG_CAPACITY), empty).toBe(capacity);
          objects.heap.verify();
          expect(objects.field(G_YOUNG_END)).toBe(0);
          made.push(objects.make(objects.type(1)));
          objects.heap.verify();
          objects.release(...made);
          objects.heap.verify();
          expect(objects.leftBlocks()).toBe(0);
        }
      }
    });
  });

  describe("promotion", () => {
    test("from 0 to 1 to 2, and directly", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const a = objects.make(type);
      expect(objects.where(a)).toBe(0);
      objects.core.collect(0);
      const b = objects.make(type);
      expect([a, b].map((object) => objects.where(object))).toEqual([1, 0]);
      objects.core.collect(0);
      const c = objects.make(type);
      expect([a, b, c].map((object) => objects.where(object))).toEqual([1, 1, 0]);
      objects.core.collect(1);
      const d = objects.make(type);
      expect([a, b, c, d].map((object) => objects.where(object))).toEqual([2, 2, 2, 0]);
      objects.core.collect(2);
      expect([a, b, c, d].map((object) => objects.where(object))).toEqual([2, 2, 2, 2]);
      expect(objects.field(G_OLD)).toBe(4);
      objects.release(a, b, c, d);
      expect(objects.field(G_OLD)).toBe(0);
      objects.heap.verify();
    });

    test("large objects too", () => {
      const objects = new Objects(open());
      const made = objects.makeMany(objects.type(300), 10);
      objects.core.collect(0);
      expect(objects.generation(1)).toEqual(made);
      objects.core.collect(2);
      expect(objects.generation(2).sort((a, b) => a - b)).toEqual([...made].sort((a, b) => a - b));
      expect(objects.field(G_LARGE_COUNT)).toBe(10);
      objects.heap.verify();
      objects.release(...made);
      expect([objects.field(G_LARGE_COUNT), objects.field(G_OLD)]).toEqual([0, 0]);
    });

    test("gc1 is at rest after each, whichever value that is", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const made: number[] = [];
      const rests = new Set<number>();
      for (const generation of [2, 0, 1, 2, 2, 1, 0, 2]) {
        made.push(...objects.ring(type, 5));
        objects.core.collect(generation);
        rests.add(objects.field(G_REST));
        made.push(objects.make(type));
        expect(made.filter((object) => !objects.isAtRest(object))).toEqual([]);
        objects.heap.verify();
      }
      expect(rests).toEqual(new Set([0, 1]));
    });
  });

  describe("frozen objects", () => {
    test("freeze takes all there are, starts the counts anew; unfreeze makes them old", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const made = [...objects.makeMany(type, 3), objects.make(objects.type(300))];
      objects.core.collect(2);
      made.push(...objects.makeMany(type, 2));
      objects.core.collect(0);
      made.push(...objects.makeMany(type, 4));
      objects.core.freeze();
      expect(made.map((object) => objects.where(object))).toEqual(made.map(() => "frozen"));
      expect([objects.field(G_FROZEN), objects.field(G_OLD), objects.counts()]).toEqual([10, 0, [0, 0, 0]]);
      expect([0, 1, 2].flatMap((generation) => objects.generation(generation))).toEqual([]);
      objects.heap.verify();
      made.push(objects.make(type));
      objects.core.freeze();
      expect(objects.field(G_FROZEN)).toBe(11);
      objects.release(made.pop() as number);
      expect(objects.field(G_FROZEN)).toBe(10);
      objects.core.unfreeze();
      expect([objects.field(G_FROZEN), objects.field(G_OLD)]).toEqual([0, 10]);
      expect(made.map((object) => objects.where(object))).toEqual(made.map(() => 2));
      objects.heap.verify();
      objects.release(...made);
      expect(objects.leftBlocks()).toBe(0);
    });

    test("collections neither look at them nor free them, and they are at rest again after unfreeze", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const ring = objects.ring(type, 3);
      objects.release(...ring);
      objects.core.freeze();
      for (let i = 0; i < 3; i++) {
        expect(objects.core.collect(2)).toBe(0);
        expect(objects.candidates()).toBe(0);
        objects.heap.verify();
      }
      objects.core.unfreeze();
      expect(ring.filter((object) => !objects.isAtRest(object))).toEqual([]);
      objects.heap.verify();
      expect(objects.core.collect(2)).toBe(3);
      expect(objects.leftBlocks()).toBe(0);
    });
  });

  describe("lists", () => {
    /** A word behind each list, to see that nothing is written there. */
    const SENTINEL = 0x5e47;

    function withRoom(objects: Objects, capacity: number, write: (out: number, capacity: number) => number): number[] {
      const out = objects.heap.mem.malloc(4 * capacity + 4);
      objects.heap.poke(out + 4 * capacity, SENTINEL);
      const count = write(out, capacity);
      expect(objects.heap.word(out + 4 * capacity)).toBe(SENTINEL);
      const words = Array.from({ length: Math.min(count, capacity) }, (_, i) => objects.heap.word(out + 4 * i));
      objects.heap.mem.free(out);
      return [count, ...words];
    }

    test("a list is cut at its capacity, and its length is told all the same", () => {
      const objects = new Objects(open());
      const { core, heap } = objects;
      const [type, large] = [objects.type(2), objects.type(300)];
      const target = objects.make(type);
      const made = [...objects.makeMany(type, 5), ...objects.makeMany(large, 2)];
      for (const object of made) objects.link(object, 1, target);
      for (const [slot, word] of [integer(3), target, TRUE_OBJECT, target].entries()) {
        objects.link(made[6] as number, 2 + slot, word);
      }
      const all = [target, ...made];
      const targets = heap.mem.malloc(4);
      heap.poke(targets, target);
      const lists: [number[], (out: number, capacity: number) => number][] = [
        [made, (out, capacity) => core.referrers(targets, 1, out, capacity)],
        [
          [target, integer(3), target, TRUE_OBJECT, target],
          (out, capacity) => core.referents(made[6] as number, out, capacity),
        ],
      ];
      for (const generation of [0, 1, 2]) {
        for (const [expected, write] of [
          ...lists,
          [all, (out: number, capacity: number) => core.objects(generation, out, capacity)] as (typeof lists)[0],
        ]) {
          for (const capacity of [0, 1, 3, expected.length, expected.length + 5]) {
            const [count, ...words] = withRoom(objects, capacity, write);
            expect(count).toBe(expected.length);
            expect(words.length).toBe(Math.min(capacity, expected.length));
            expect(words.filter((word) => !expected.includes(word))).toEqual([]);
            if (capacity >= expected.length) expect(words.sort()).toEqual([...expected].sort());
          }
        }
        core.collect(generation);
      }
    });

    test("referrers: of any of the targets, each once, generation 0 before 1 before 2, no frozen or untracked ones", () => {
      const objects = new Objects(open());
      const type = objects.type(3);
      const [a = 0, b = 0, old = 0] = objects.makeMany(type, 3);
      const leaf = objects.make(objects.type(0, 8));
      const untracked = objects.make(objects.type(1, 0, false));
      objects.link(old, 0, a);
      objects.link(old, 1, b);
      objects.link(old, 2, leaf);
      objects.link(untracked, 0, a);
      objects.core.collect(2);
      const middle = objects.make(type);
      objects.link(middle, 2, a);
      objects.core.collect(0);
      const young = objects.make(type);
      objects.link(young, 0, b);
      objects.link(young, 1, a);
      expect(objects.referrers(a)).toEqual([young, middle, old]);
      expect(objects.referrers(a, b)).toEqual([young, middle, old]);
      expect(objects.referrers(b)).toEqual([young, old]);
      expect(objects.referrers(leaf)).toEqual([old]);
      expect(objects.referrers(young)).toEqual([]);
      expect(objects.referrers()).toEqual([]);
      objects.core.freeze();
      expect(objects.referrers(a, b)).toEqual([]);
    });

    test("referents: every word that is not null, in order, also of untracked objects", () => {
      const objects = new Objects(open());
      const object = objects.make(objects.type(5, 8, false));
      const other = objects.make(objects.type(0, 8));
      for (const [slot, word] of [other, 0, integer(-5), FALSE_OBJECT, other].entries())
        objects.link(object, slot, word);
      expect(objects.referents(object)).toEqual([other, integer(-5), FALSE_OBJECT, other]);
      expect(objects.referents(other)).toEqual([]);
      expect(objects.referents(TRUE_OBJECT)).toEqual([]);
    });
  });
});
