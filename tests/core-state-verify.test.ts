// The verifier on what the core relies on and nobody counts: each broken by hand is found, and nothing is changed by looking.
import { describe, expect, test } from "vitest";
import { expectFound } from "./helpers/breaks.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects } from "./helpers/objects.js";
import { furnishState, STATE_BREAKS } from "./helpers/statebreaks.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const objects = new Objects(open());
  const { heap } = objects;
  const places = furnishState(objects);
  const sound = heap.snapshot();

  test("a sound heap passes, before and after a collection, and all of it can go", () => {
    heap.restore(sound);
    expect(heap.broken()).toBe("");
    expect(heap.firstChange(sound)).toBe(-1);
    expect(heap.core.collect(2)).toBe(0);
    expect(heap.broken()).toBe("");
    objects.release(places.list, places.long, ...places.pairs, places.dict, places.deque, places.keyed, places.ref);
    expect(heap.broken()).toBe("");
  });

  test.each(STATE_BREAKS)("$name", ({ found, make }) => {
    expectFound(heap, sound, found, () => make(objects, places));
  });
});
