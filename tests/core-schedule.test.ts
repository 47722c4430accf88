// When a collection is due, and what is counted for that.
import { describe, expect, test } from "vitest";
import { G_COUNT, G_GENERATION, G_LONG_LIVED_PENDING, G_LONG_LIVED_TOTAL } from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects } from "./helpers/objects.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("counts", () => {
    test("0: tracked objects made less those that died, 1 and 2: collections of the one below", () => {
      const objects = new Objects(open());
      const [type, flat] = [objects.type(1), objects.type(0, 8)];
      const made = objects.makeMany(type, 5);
      objects.makeMany(flat, 3);
      expect(objects.counts()).toEqual([5, 0, 0]);
      objects.release(...made.splice(0, 2));
      expect(objects.counts()).toEqual([3, 0, 0]);
      objects.core.collect(0);
      expect(objects.counts()).toEqual([0, 1, 0]);
      objects.release(made.pop() as number);
      expect(objects.counts()).toEqual([0, 1, 0]);
      objects.make(type);
      objects.release(made.pop() as number);
      expect(objects.counts()).toEqual([0, 1, 0]);
      objects.core.collect(0);
      expect(objects.counts()).toEqual([0, 2, 0]);
      objects.core.collect(1);
      expect(objects.counts()).toEqual([0, 0, 1]);
      objects.core.collect(1);
      objects.core.collect(0);
      expect(objects.counts()).toEqual([0, 1, 2]);
      objects.core.collect(2);
      expect(objects.counts()).toEqual([0, 0, 0]);
      expect(objects.field(G_GENERATION)).toBe(2);
    });

    test("totals of each generation", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const none = { collections: 0, collected: 0, candidates: 0, uncollectable: 0 };
      objects.release(...objects.ring(type, 3));
      objects.makeMany(type, 4);
      expect(objects.core.collect(0)).toBe(3);
      expect(objects.candidates()).toBe(7);
      expect(objects.totals(0)).toEqual({ collections: 1, collected: 3, candidates: 7, uncollectable: 0 });
      expect(objects.core.collect(0)).toBe(0);
      expect(objects.totals(0)).toEqual({ collections: 2, collected: 3, candidates: 7, uncollectable: 0 });
      expect([objects.totals(1), objects.totals(2)]).toEqual([none, none]);
      objects.release(...objects.ring(type, 2));
      expect(objects.core.collect(1)).toBe(2);
      expect(objects.totals(1)).toEqual({ collections: 1, collected: 2, candidates: 6, uncollectable: 0 });
      objects.release(...objects.ring(type, 5));
      expect(objects.core.collect(2)).toBe(5);
      expect(objects.totals(2)).toEqual({ collections: 1, collected: 5, candidates: 9, uncollectable: 0 });
      expect(objects.totals(0).collections).toBe(2);
    });
  });

  describe("a collection is due", () => {
    test("when count 0 is above the threshold, not when it is at it", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      objects.automatic(true, 10, 10, 10);
      const made = objects.makeMany(type, 10);
      expect(objects.core.dueGeneration()).toBe(-1);
      made.push(objects.make(type));
      expect(objects.core.dueGeneration()).toBe(0);
      expect(objects.totals(0).collections).toBe(0);
      made.push(objects.make(type));
      expect(objects.totals(0).collections).toBe(1);
      expect(objects.counts()).toEqual([1, 1, 0]);
      expect([objects.generation(0), objects.generation(1)]).toEqual([made.slice(11), made.slice(0, 11)]);
      expect(objects.core.dueGeneration()).toBe(-1);
    });

    test("and newObjects runs it first, once", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      objects.automatic(true, 10, 10, 10);
      const out = objects.heap.mem.malloc(400);
      objects.core.newObjects(type, 100, out);
      expect(objects.totals(0).collections).toBe(0);
      objects.core.newObjects(type, 100, out);
      expect(objects.totals(0).collections).toBe(1);
      expect(objects.counts()).toEqual([100, 1, 0]);
    });

    test("what newObject collects is gone before the object is made", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const ring = objects.ring(type, 50);
      objects.release(...ring);
      objects.automatic(true, 49, 10, 10);
      const object = objects.make(type);
      expect(objects.generation(0)).toEqual([object]);
      expect(objects.generation(1)).toEqual([]);
      expect(objects.totals(0).collected).toBe(50);
    });

    test("never when collection is off, or threshold 0 is 0", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      for (const [enabled, threshold] of [
        [false, 5],
        [true, 0],
      ] as const) {
        objects.automatic(enabled, threshold, 1, 1);
        objects.makeMany(type, 100);
        expect(objects.core.dueGeneration()).toBe(-1);
      }
      objects.automatic(true, 5);
      expect(objects.core.dueGeneration()).toBe(0);
    });

    test("of the oldest generation whose count is above its threshold", () => {
      const objects = new Objects(open());
      objects.makeMany(objects.type(1), 6);
      objects.automatic(true, 5, 3, 2);
      const due = (second: number, third: number) => {
        objects.setField(G_COUNT + 4, second);
        objects.setField(G_COUNT + 8, third);
        return objects.core.dueGeneration();
      };
      expect(due(0, 0)).toBe(0);
      expect(due(3, 2)).toBe(0);
      expect(due(4, 2)).toBe(1);
      expect(due(4, 3)).toBe(2);
      expect(due(0, 3)).toBe(2);
      objects.setField(G_COUNT, 5);
      expect(due(9, 9)).toBe(-1);
    });

    test.each([
      [100, 24, 1],
      [100, 25, 2],
      [103, 25, 2],
      [104, 25, 1],
      [3, 0, 2],
      [4, 0, 1],
    ])(
      "of generation 2 of %i objects only when a quarter wait: %i waiting, generation %i is due",
      (old, waiting, due) => {
        const objects = new Objects(open());
        const type = objects.type(1);
        objects.makeMany(type, old);
        objects.core.collect(2);
        expect(objects.field(G_LONG_LIVED_TOTAL)).toBe(old);
        objects.makeMany(type, waiting);
        objects.core.collect(1);
        expect(objects.field(G_LONG_LIVED_PENDING)).toBe(waiting);
        objects.makeMany(type, 6);
        objects.automatic(true, 5, 3, 2);
        objects.setField(G_COUNT + 4, 4);
        objects.setField(G_COUNT + 8, 3);
        expect(objects.core.dueGeneration()).toBe(due);
        objects.core.collect(2);
        expect(objects.field(G_LONG_LIVED_PENDING)).toBe(0);
        expect(objects.field(G_LONG_LIVED_TOTAL)).toBe(old + waiting + 6);
      },
    );

    test("by itself, over a long time, in the rhythm of the thresholds", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      objects.automatic(true, 100, 5, 5);
      for (let i = 0; i < 10_000; i++) objects.release(...objects.ring(type, 2));
      const collections = [0, 1, 2].map((generation) => objects.totals(generation).collections);
      // One comes after 101 objects, 198 times. Six of generation 0 and one of generation 1, six times, then one of generation 2.
      expect(collections).toEqual([4 * 36 + 3 * 6 + 5, 4 * 6 + 3, 4]);
      objects.heap.verify();
    });

    test("not while one is under way", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      objects.core.beginCollection(0);
      objects.makeMany(type, 10);
      objects.automatic(true, 5, 3, 2);
      expect(objects.core.dueGeneration()).toBe(-1);
      objects.core.endCollection(0);
      expect(objects.core.dueGeneration()).toBe(0);
    });
  });
});
