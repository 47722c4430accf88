// What a collection finds and frees: shapes of graphs, with exact numbers and exact survivors.
import { describe, expect, test } from "vitest";
import { G_COLLECTING, G_COUNT, G_LARGE_COUNT, G_OLD, O_COUNT } from "../src/layout.js";
import { CORRUPT } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { type Left, lostRing, SHAPES } from "./helpers/shapes.js";

const GENERATIONS = [0, 1, 2] as const;

/** Counts of those that stay, as the references to them say. */
function countsOf(objects: Objects, { stays }: Left): number[] {
  return stays.map((object) => objects.count(object));
}

describe.each(VARIANTS)("$name", ({ open }) => {
  describe.each(GENERATIONS)("generation %i", (generation) => {
    test.each(SHAPES)("$name", ({ make }) => {
      const objects = new Objects(open());
      const type = objects.type(3, 4);
      const left = make(objects, type);
      const counts = countsOf(objects, left);
      // What trash refers to loses these references: the model of core-object-model.test.ts counts them, here they are at most this.
      const candidates = objects.tracked(left.dies) + objects.tracked(left.stays);
      const trash = objects.tracked(left.dies);
      expect(objects.core.collect(generation)).toBe(trash);
      expect(objects.candidates()).toBe(candidates);
      expect(left.dies.filter((object) => objects.isLive(object))).toEqual([]);
      expect(left.stays.filter((object) => !objects.isLive(object))).toEqual([]);
      for (const [i, count] of countsOf(objects, left).entries())
        expect(count).toBeLessThanOrEqual(counts[i] as number);
      const older = Math.min(generation + 1, 2);
      const tracked = left.stays.filter((object) => objects.isTracked(object));
      expect(tracked.filter((object) => objects.where(object) !== older || !objects.isAtRest(object))).toEqual([]);
      objects.heap.verify();
      objects.core.drain();
      objects.heap.verify();
    });

    test("trash of older generations is not seen, and younger is", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const made = [2, 1, 0].map((age) => {
        const ring = lostRing(objects, type, age + 2);
        if (age > 0) {
          objects.hold(...ring);
          objects.core.collect(age - 1);
          if (age === 2) objects.core.collect(1);
          for (const object of ring) objects.release(object);
        }
        expect(objects.where(ring[0] as number)).toBe(age);
        return ring;
      });
      expect(objects.core.collect(generation)).toBe([2, 5, 9][generation]);
      expect(made.map((ring) => ring.every((object) => objects.isLive(object)))).toEqual(
        [2, 1, 0].map((age) => age > generation),
      );
      objects.heap.verify();
    });

    test("a ring is kept by an older, a frozen, or an untracked object, and by nothing that is younger and lost", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const [old = 0, frozen = 0] = [objects.make(type), objects.make(type)];
      objects.core.collect(1);
      const untracked = objects.make(objects.type(1, 0, false));
      const holders = generation === 2 ? [frozen, untracked] : [old, frozen, untracked];
      objects.core.freeze();
      objects.core.unfreeze();
      objects.core.freeze();
      const rings = holders.map((holder) => {
        const ring = objects.ring(type, 3);
        objects.link(holder, 0, ring[1] as number);
        objects.release(...ring);
        return ring;
      });
      expect(objects.core.collect(generation)).toBe(0);
      expect(objects.candidates()).toBe(3 * holders.length);
      for (const holder of holders) objects.link(holder, 0, 0);
      expect(objects.core.collect(Math.min(generation + 1, 2))).toBe(3 * holders.length);
      expect(rings.flat().filter((object) => objects.isLive(object))).toEqual([]);
      objects.heap.verify();
    });
  });

  test("an old object that is held only by young trash dies with it, and what it holds", () => {
    const objects = new Objects(open());
    const type = objects.type(2);
    const [old = 0, below = 0] = objects.makeMany(type, 2);
    objects.link(old, 0, below);
    objects.release(below);
    objects.core.collect(2);
    const ring = objects.ring(type, 2);
    const young = objects.make(type);
    objects.link(ring[0] as number, 1, old);
    objects.link(old, 1, young);
    objects.release(old, young, ...ring);
    expect(objects.core.collect(0)).toBe(2);
    expect([...ring, old, below, young].filter((object) => objects.isLive(object))).toEqual([]);
    expect([objects.field(G_OLD), objects.field(G_COUNT)]).toEqual([0, 0]);
    objects.heap.verify();
    expect(objects.leftBlocks()).toBe(0);
  });

  test("random graphs of thousands of objects: what a search from the held ones finds lives, the rest dies", () => {
    const random = new Random(TEST_SEED);
    for (const edges of [0.7, 1, 1.5]) {
      const objects = new Objects(open());
      const types = [objects.type(4), objects.type(6, 40), objects.type(150)];
      const made = Array.from({ length: 3000 }, () =>
        objects.make(random.chance(95) ? (types[0] as number) : random.pick(types)),
      );
      const to = made.map(() =>
        [0, 1, 2, 3].filter(() => random.chance(25 * edges)).map(() => random.below(made.length)),
      );
      for (const [i, targets] of to.entries()) {
        for (const [slot, target] of targets.entries()) objects.link(made[i] as number, slot, made[target] as number);
      }
      const reached = new Set(made.map((_, i) => i).filter(() => random.chance(2)));
      for (const [i, object] of made.entries()) if (reached.has(i)) objects.hold(object);
      for (const i of reached) for (const target of to[i] as number[]) reached.add(target);
      objects.release(...made);
      // Some died when they were let go of, and what is left of the lost ones is the trash.
      const before = made.filter((object) => objects.isLive(object)).length;
      expect(objects.core.collect(2), `TEST_SEED=${TEST_SEED}`).toBe(before - reached.size);
      for (const [i, object] of made.entries()) {
        if (objects.isLive(object) !== reached.has(i)) throw new Error(`TEST_SEED=${TEST_SEED}, ${edges}: object ${i}`);
      }
      objects.heap.verify();
    }
  });

  describe("in two steps", () => {
    test("beginCollection finds the trash, nextTrash lists it, endCollection frees it", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const [lost, held] = [lostRing(objects, type, 5), objects.ring(type, 2)];
      const counts = objects.counts();
      expect(objects.core.beginCollection(1)).toBe(5);
      expect(objects.field(G_COLLECTING)).toBe(1);
      expect(objects.trash().sort()).toEqual([...lost].sort());
      expect(lost.map((object) => [objects.isTrash(object), objects.count(object)])).toEqual(lost.map(() => [true, 1]));
      expect(objects.totals(1).collections).toBe(0);
      expect(GENERATIONS.flatMap((generation) => objects.generation(generation)).sort()).toEqual([...held].sort());
      objects.core.endCollection(0);
      expect(objects.trash()).toEqual([]);
      expect(objects.field(G_COLLECTING)).toBe(0);
      expect(lost.filter((object) => objects.isLive(object))).toEqual([]);
      expect(objects.totals(1)).toMatchObject({ collections: 1, collected: 5, candidates: 7 });
      expect([counts[0], objects.field(G_COUNT)]).toEqual([7, 0]);
      objects.heap.verify();
    });

    test("endCollection(1) saves it: one reference more each, in generation 2, at rest", () => {
      for (const generation of GENERATIONS) {
        const objects = new Objects(open());
        const [type, large] = [objects.type(2), objects.type(300)];
        const leaf = objects.make(objects.type(0, 8));
        const lost = [...objects.ring(type, 4), ...objects.ring(large, 2)];
        for (const object of lost) objects.link(object, 1, leaf);
        objects.release(...lost, leaf);
        const held = objects.ring(type, 2);
        expect(objects.core.beginCollection(generation)).toBe(6);
        objects.core.endCollection(1);
        expect(objects.totals(generation)).toMatchObject({ collections: 1, collected: 6, candidates: 8 });
        expect(lost.map((object) => [objects.where(object), objects.count(object), objects.isAtRest(object)])).toEqual(
          lost.map(() => [2, 2, true]),
        );
        expect(objects.count(leaf)).toBe(6);
        expect(objects.field(G_OLD)).toBe(generation === 0 ? 6 : 8);
        expect(objects.trash()).toEqual([]);
        objects.heap.verify();
        // The caller owns them: they survive, and go once they are let go of.
        expect(objects.core.collect(2)).toBe(0);
        objects.release(...lost);
        expect(objects.core.collect(2)).toBe(6);
        objects.release(...held);
        expect(objects.core.collect(2)).toBe(2);
        expect([objects.field(G_OLD), objects.field(G_LARGE_COUNT)]).toEqual([0, 0]);
        expect(objects.leftBlocks()).toBe(0);
      }
    });

    test("inside another one, nothing happens", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      lostRing(objects, type, 3);
      objects.core.beginCollection(0);
      const found = objects.trash();
      const counts = objects.counts();
      for (const generation of GENERATIONS) {
        expect(objects.core.beginCollection(generation)).toBe(-1);
        expect(objects.core.collect(generation)).toBeLessThanOrEqual(0);
      }
      expect(objects.trash()).toEqual(found);
      expect(objects.counts()).toEqual(counts);
      objects.core.endCollection(0);
      objects.heap.verify();
      const before = objects.heap.snapshot();
      objects.core.endCollection(0);
      objects.core.endCollection(1);
      expect(objects.heap.firstChange(before)).toBe(-1);
    });

    test("objects can be made, linked and let go of between the two", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const lost = lostRing(objects, type, 4);
      objects.core.beginCollection(2);
      const made = objects.makeMany(type, 3000);
      const ring = lostRing(objects, type, 3);
      objects.release(...made.splice(0, 1000));
      objects.core.endCollection(0);
      objects.heap.verify();
      expect(lost.filter((object) => objects.isLive(object))).toEqual([]);
      expect([...made, ...ring].filter((object) => !objects.isLive(object))).toEqual([]);
      expect(objects.core.collect(2)).toBe(3);
    });
  });

  describe("a count that was lowered", () => {
    test.each(GENERATIONS)("generation %i: CORRUPT, the object and what it reaches stay", (generation) => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const ring = objects.ring(type, 4);
      const damaged = ring[2] as number;
      for (const object of ring) objects.link(object, 1, damaged);
      objects.release(...ring);
      const other = lostRing(objects, type, 3);
      expect(objects.count(damaged)).toBe(5);
      objects.heap.poke(damaged + O_COUNT, 2);
      expect(objects.core.collect(generation)).toBe(3);
      expect(objects.core.lastStatus()).toBe(CORRUPT);
      expect(objects.core.faultAddress() >>> 0).toBe(damaged);
      expect(other.filter((object) => objects.isLive(object))).toEqual([]);
      expect(ring.filter((object) => !objects.isLive(object))).toEqual([]);
      expect(objects.core.verify()).not.toBe(0);
      // With its references counted again, it is trash like any other.
      objects.heap.poke(damaged + O_COUNT, 5);
      objects.heap.verify();
      expect(objects.core.collect(2)).toBe(4);
      objects.heap.verify();
      expect(objects.leftBlocks()).toBe(0);
    });
  });

  describe("without memory", () => {
    test("a collection needs none: growth that fails, memory that is full", () => {
      for (const generation of GENERATIONS) {
        const objects = new Objects(open({ pages: 24, maximumPages: 24 }));
        const type = objects.type(3, 4);
        const large = objects.type(300);
        const lost = [...lostRing(objects, type, 5000), ...lostRing(objects, large, 50)];
        const held = [...objects.ring(type, 1000), ...objects.ring(large, 20)];
        objects.release(...held.slice(1, 1000), ...held.slice(1001));
        takeAllMemory(objects.heap);
        expect(objects.tryMake(large)).toBe(0);
        objects.core.failGrowth(1);
        const { byteLength } = objects.heap.memory;
        expect(objects.core.collect(generation)).toBe(lost.length);
        expect(objects.heap.memory.byteLength).toBe(byteLength);
        expect(held.filter((object) => !objects.isLive(object))).toEqual([]);
        objects.heap.verify();
        expect(objects.tryMake(large)).not.toBe(0);
        objects.core.freeze();
        objects.core.unfreeze();
        objects.heap.verify();
      }
    });
  });
});
