// The verifier on references that no field of a tracked object holds: those of an image's owner, of the heap, of untracked objects.
import { describe, expect, test } from "vitest";
import { I_REFERENCE, I_REFERENCE_COUNT } from "../assembly/invariants.js";
import { G_GARBAGE, G_GLOBALS, O_COUNT } from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects } from "./helpers/objects.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const objects = new Objects(open());
  const { heap, core } = objects;
  const [node, leaf, bare, wide] = [
    objects.type(2),
    objects.type(0, 8),
    objects.type(2, 0, false),
    objects.type(300, 0, false),
  ];
  /** Addresses behind the heap's own memory, as a host puts those of an image there. */
  const held = heap.memory.byteLength;
  heap.core.memory.grow(1);
  const [ring = 0, other = 0] = objects.ring(node, 2);
  const [fruit, pair, large] = [objects.make(leaf), objects.make(bare), objects.make(wide)];
  objects.link(pair, 0, fruit);
  objects.link(pair, 1, ring);
  objects.link(large, 299, ring);
  objects.link(large, 0, fruit);
  const sound = heap.snapshot();

  function verify(...addresses: number[]): number {
    for (const [i, address] of addresses.entries()) heap.poke(held + 4 * i, address);
    return core.verifyImage(held, addresses.length);
  }

  test("references held from outside are as many as the counts have", () => {
    heap.restore(sound);
    expect(verify()).toBe(0);
    expect(verify(ring, other, fruit, pair, large)).toBe(0);
    expect(verify(ring, ring)).toBe(I_REFERENCE_COUNT);
    expect(verify(pair, pair)).toBe(I_REFERENCE_COUNT);
    expect(verify(large, large)).toBe(I_REFERENCE_COUNT);
    expect(core.faultAddress() >>> 0).toBe(large);
    heap.poke(pair + O_COUNT, 3);
    expect(verify(pair, ring, pair, pair)).toBe(0);
    expect(verify(pair, pair, pair, pair)).toBe(I_REFERENCE_COUNT);
  });

  test.each([
    ["nothing", () => 0],
    ["an integer", () => 13],
    ["the inside of an object", () => ring + 8],
    ["the inside of a large object", () => large + 16],
    ["an address out of memory", () => 0xffff_fff8],
    ["a block", () => heap.mem.malloc(600)],
  ])("%s is no object to hold", (_, address) => {
    heap.restore(sound);
    expect(verify(pair, address())).toBe(I_REFERENCE);
    expect(verify(pair)).toBe(0);
  });

  test("a list of addresses that is not in memory", () => {
    heap.restore(sound);
    for (const [at, count] of [
      [held + 65_536, 1],
      [held, 16_385],
      [0xffff_fff0, 4],
      [held, 0xffff_ffff],
      [held + 2, 1],
    ] as const)
      expect(core.verifyImage(at, count)).toBe(I_REFERENCE);
  });

  test.each([
    ["a small untracked object", () => fruit],
    ["untracked objects", () => ring],
  ])("what %s refers to is counted", (_, target) => {
    heap.restore(sound);
    heap.poke(target() + O_COUNT, heap.word(target() + O_COUNT) - 2);
    expect(core.verify()).toBe(I_REFERENCE_COUNT);
  });

  test.each([
    ["small", () => pair],
    ["large", () => large],
  ])("what a %s untracked object refers to is an object", (_, object) => {
    heap.restore(sound);
    heap.poke(object() + 12, fruit + 8);
    expect(core.verify()).toBe(I_REFERENCE);
  });

  test.each([
    ["globals", G_GLOBALS, () => core.newDict(0)],
    ["garbage", G_GARBAGE, () => core.newList(0)],
  ])("the heap's own reference to its %s counts", (_, field, make) => {
    heap.restore(sound);
    const object = make() >>> 0;
    objects.setField(field, object);
    expect(verify()).toBe(0);
    expect(verify(object)).toBe(I_REFERENCE_COUNT);
    objects.setField(field, ring);
    expect(core.verify()).toBe(I_REFERENCE);
    objects.setField(field, object + 8);
    expect(core.verify()).toBe(I_REFERENCE);
  });
});
