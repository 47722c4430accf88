// Objects above 2 GiB, where addresses are negative to whoever takes them as signed. What is not touched costs nothing.
import { describe, expect, test } from "vitest";
import { G_FROZEN, GC, O_COUNT } from "../src/layout.js";
import { CORRUPT, OK } from "../src/status.js";
import { type CoreHeap, PLAIN } from "./helpers/core.js";
import { runObjectProgram } from "./helpers/objectprograms.js";
import { Objects } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { SHAPES } from "./helpers/shapes.js";

const GENERATIONS = [0, 1, 2] as const;

/** Raw blocks, untouched, up to 2 GiB and a little more. */
function fillLow(heap: CoreHeap): void {
  for (let i = 0; i < 2; i++) expect(heap.core.rawMalloc(2 ** 30) >>> 0).not.toBe(0);
}

describe.each(PLAIN)("$name", ({ name, open }) => {
  test("deaths, collections and saved trash", () => {
    const objects = new Objects(open());
    fillLow(objects.heap);
    const [type, large] = [objects.type(3, 4), objects.type(300)];
    expect(objects.make(type)).toBeGreaterThan(2 ** 31);
    let first = 0;
    for (let i = 0; i < 300_000; i++) {
      const object = objects.make(i % 1000 === 0 ? large : type);
      objects.link(object, i % 3, first);
      if (first !== 0) objects.release(first);
      first = object;
    }
    objects.release(first);
    expect(objects.core.objects(0, 0, 0)).toBe(1);
    for (const generation of GENERATIONS) {
      for (const { make } of SHAPES) {
        const left = make(objects, type);
        const trash = objects.tracked(left.dies);
        expect(Math.min(...left.dies, ...left.stays)).toBeGreaterThan(2 ** 31);
        expect(objects.core.beginCollection(generation)).toBe(trash);
        const tracked = left.dies.filter((object) => objects.isTracked(object));
        expect(objects.trash().sort()).toEqual([...tracked].sort());
        objects.core.endCollection(1);
        objects.release(...tracked);
        expect(objects.core.collect(2)).toBe(trash);
        expect(left.dies.filter((object) => objects.isLive(object))).toEqual([]);
        expect(left.stays.filter((object) => !objects.isLive(object))).toEqual([]);
        // What an untracked object held before it died.
        objects.core.collect(2);
      }
      objects.heap.verify();
      objects.core.freeze();
      expect(objects.heap.word(GC + G_FROZEN)).toBeGreaterThan(0);
    }
  });

  test("a random program agrees with the model there", () => {
    const heap = open({ key: TEST_SEED });
    fillLow(heap);
    try {
      runObjectProgram(heap, {
        steps: 8000,
        random: new Random(TEST_SEED),
        liveObjects: 400,
        checkEvery: 400,
        blocks: 2,
      });
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${TEST_SEED}: ${error}`, { cause: error });
    }
  });

  test("a count that was lowered, and what verify says of it", () => {
    const objects = new Objects(open());
    fillLow(objects.heap);
    const [object = 0, holder = 0] = objects.makeMany(objects.type(2), 2);
    for (const slot of [0, 1]) objects.link(holder, slot, object);
    objects.heap.poke(object + O_COUNT, 1);
    expect(objects.core.verify()).not.toBe(0);
    expect(objects.core.faultAddress() >>> 0).toBe(object);
    expect(objects.core.collect(0)).toBe(0);
    expect([objects.core.lastStatus(), objects.core.faultAddress() >>> 0]).toEqual([CORRUPT, object]);
    expect(objects.core.checkObject(object, 0)).toBe(OK);
  });
});
