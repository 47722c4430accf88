// The verifier on objects: each invariant about them broken by hand is found, and nothing is changed by looking.
import { describe, expect, test } from "vitest";
import { G_FROZEN, G_LARGE_COUNT, G_OLD, G_REST } from "../src/layout.js";
import { expectFound } from "./helpers/breaks.js";
import { VARIANTS } from "./helpers/core.js";
import { furnishObjects, OBJECT_BREAKS } from "./helpers/objectbreaks.js";
import { Objects } from "./helpers/objects.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const objects = new Objects(open());
  const { heap } = objects;
  const places = furnishObjects(objects);
  const sound = heap.snapshot();

  test("a sound heap has everything that is broken below, and passes", () => {
    heap.restore(sound);
    expect(objects.where(places.young)).toBe(0);
    expect(objects.where(places.largeYoung)).toBe(0);
    expect(objects.where(places.middle)).toBe(1);
    expect([places.old, places.largeOld].map((object) => objects.where(object))).toEqual([2, 2]);
    expect(objects.where(places.frozen)).toBe("frozen");
    expect([objects.field(G_OLD), objects.field(G_FROZEN), objects.field(G_LARGE_COUNT)]).toEqual([7, 4, 2]);
    expect([objects.gc1(places.frozen), objects.field(G_REST)]).toEqual([0, 1]);
    heap.restore(sound);
    expect(heap.broken()).toBe("");
    expect(heap.firstChange(sound)).toBe(-1);
  });

  test.each(OBJECT_BREAKS)("$name", ({ found, make }) => {
    expectFound(heap, sound, found, () => make(objects, places));
  });

  test("while a collection is under way, that is what is wrong", () => {
    heap.restore(sound);
    heap.core.beginCollection(2);
    const during = heap.snapshot();
    expect(heap.broken()).toContain("gc-word");
    expect(heap.firstChange(during)).toBe(-1);
    heap.core.endCollection(0);
    expect(heap.broken()).toBe("");
  });
});
