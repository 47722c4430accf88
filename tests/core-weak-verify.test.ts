// The verifier on weak references: each record, slot, link and mark broken by hand is found, and nothing is changed by looking.
import { describe, expect, test } from "vitest";
import { expectFound } from "./helpers/breaks.js";
import { VARIANTS } from "./helpers/core.js";
import { furnishWeakRefs, WEAK_BREAKS } from "./helpers/weakbreaks.js";
import { WeakRefs } from "./helpers/weakrefs.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const weak = new WeakRefs(open({ pages: 24 }));
  const { heap } = weak;
  const places = furnishWeakRefs(weak);
  const sound = heap.snapshot();

  test("a sound heap has everything that is broken below, and passes", () => {
    heap.restore(sound);
    const { object, shared, keyed, newer, older, array, ofArray, dict, ofDict, other, dead } = places;
    expect(heap.broken()).toBe("");
    expect(heap.firstChange(sound)).toBe(-1);
    expect(weak.linked(shared)).toEqual([shared, keyed, newer, older]);
    expect([weak.first(object), weak.first(array), weak.first(dict)]).toEqual([shared, ofArray, ofDict]);
    expect([object, array, dict, other].map((each) => weak.isMarked(each))).toEqual([true, true, true, false]);
    expect([weak.referents(), weak.referent(dead)]).toEqual([3, 0]);
    expect(heap.core.collect(2)).toBe(0);
    expect(heap.broken()).toBe("");
    weak.release(shared, keyed, newer, older, object, ofArray, array, dict, other, dead);
    expect(heap.broken()).toBe("");
    expect(weak.left()).toBe(0);
  });

  test.each(WEAK_BREAKS)("$name", ({ found, make }) => {
    expectFound(heap, sound, found, () => make(weak, places));
  });
});
