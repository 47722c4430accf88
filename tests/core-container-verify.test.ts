// The verifier on containers and texts: each invariant about them broken by hand is found, and nothing is changed by looking.
import { describe, expect, test } from "vitest";
import { expectFound } from "./helpers/breaks.js";
import { CONTAINER_BREAKS, furnishContainers } from "./helpers/containerbreaks.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects } from "./helpers/objects.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const objects = new Objects(open());
  const { heap } = objects;
  const places = furnishContainers(objects);
  const sound = heap.snapshot();

  test("a sound heap passes, before and after a collection, and all of it can go", () => {
    heap.restore(sound);
    expect(heap.broken()).toBe("");
    expect(heap.firstChange(sound)).toBe(-1);
    expect(heap.core.collect(2)).toBe(0);
    expect(heap.broken()).toBe("");
    objects.release(places.list, places.tuple, places.dict, places.set, places.deque, places.array, places.int);
    expect(heap.broken()).toBe("");
  });

  test.each(CONTAINER_BREAKS)("$name", ({ found, make }) => {
    expectFound(heap, sound, found, () => make(objects, places));
  });
});
