// Arrays of scalars through the core: zeros at first, growth as CPython's, failure that changes nothing.
import { describe, expect, test } from "vitest";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, NO_MEMORY, OK } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { Leaves } from "./helpers/leaves.js";
import { takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** Bytes of an item by kind: i8, u8, i16, u16, i32, u32, i64, u64, f32, f64. */
const ITEM_BYTES = [1, 1, 2, 2, 4, 4, 8, 8, 4, 8];
const KINDS = ITEM_BYTES.map((_, kind) => kind);

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a new one of every kind has zeros, at a multiple of 8, and no room to spare", () => {
    const leaves = new Leaves(open());
    const { heap, objects } = leaves;
    // What was in use before is not zero.
    const used = [8, 24, 40, 80, 4000].map((bytes) => heap.mem.malloc(bytes));
    for (const block of used) heap.memory.bytes.fill(0xff, block, block + 8);
    for (const block of used) heap.mem.free(block);
    for (const kind of KINDS) {
      for (const length of [0, 1, 3, 10, 500]) {
        const array = heap.core.newArray(kind, length) >>> 0;
        const bytes = length * (ITEM_BYTES[kind] as number);
        const { data, ...rest } = leaves.array(array);
        expect(rest).toEqual({ length, capacity: length, kind });
        expect(data % 8).toBe(0);
        expect(data === 0).toBe(length === 0);
        expect(heap.memory.bytes.subarray(data, data + bytes).every((byte) => byte === 0)).toBe(true);
        expect(heap.core.sizeOf(array)).toBe(24 + bytes);
        expect([objects.count(array), objects.isTracked(array)]).toEqual([1, false]);
        heap.memory.bytes.fill(0xff, data, data + bytes);
        heap.verify();
        objects.release(array);
      }
    }
    expect(objects.leftBlocks()).toBe(0);
  });

  test("capacities of one that grows item by item are CPython's", () => {
    const leaves = new Leaves(open());
    const array = leaves.heap.core.newArray(4, 0) >>> 0;
    const seen: number[] = [];
    for (let length = 1; length <= 1000; length++) {
      expect(leaves.heap.core.arrayResize(array, length)).toBe(OK);
      const { capacity } = leaves.array(array);
      if (seen.at(-1) !== capacity) seen.push(capacity);
    }
    expect(seen.slice(0, 9)).toEqual([4, 8, 16, 25, 34, 44, 54, 65, 77]);
    for (const [i, capacity] of seen.slice(1).entries()) {
      const length = (seen[i] as number) + 1;
      expect(capacity).toBe(length + (length >> 4) + (length <= 8 ? 3 : 7));
    }
    leaves.heap.verify();
  });

  test("one that loses items keeps its room, but not if 16 or more go at once, or all", () => {
    const leaves = new Leaves(open());
    const { core } = leaves.heap;
    const array = core.newArray(9, 100) >>> 0;
    const after = (length: number) => {
      expect(core.arrayResize(array, length)).toBe(OK);
      const { capacity, length: now } = leaves.array(array);
      expect(now).toBe(length);
      return capacity;
    };
    expect([99, 84, 69, 70, 55, 39, 24, 9, 1].map(after)).toEqual([100, 100, 100, 100, 100, 39 + 2 + 7, 48, 48, 48]);
    leaves.heap.verify();
    expect([0, 0, 1, 30, 5].map(after)).toEqual([0, 0, 4, 30 + 1 + 3, 5 + 7]);
    leaves.objects.release(array);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test.each(KINDS)("random lengths of kind %i: what is kept is kept, what is new is 0", (kind) => {
    const leaves = new Leaves(open());
    const random = new Random(TEST_SEED);
    const { heap } = leaves;
    const itemBytes = ITEM_BYTES[kind] as number;
    const array = heap.core.newArray(kind, 5) >>> 0;
    let model = new Uint8Array(5 * itemBytes);
    for (let step = 0; step < 300; step++) {
      const before = leaves.array(array);
      const length = random.chance(70) ? Math.max(0, before.length + random.between(-3, 4)) : random.below(300);
      expect(heap.core.arrayResize(array, length)).toBe(OK);
      const next = new Uint8Array(length * itemBytes);
      next.set(model.subarray(0, next.length));
      model = next;
      const { data, capacity } = leaves.array(array);
      const there = heap.memory.bytes.subarray(data, data + model.length);
      if (Buffer.compare(there, model) !== 0) throw new Error(`step ${step}: other bytes, TEST_SEED=${TEST_SEED}`);
      expect(heap.core.sizeOf(array)).toBe(24 + capacity * itemBytes);
      for (let i = 0; i < model.length; i++) model[i] = random.below(256);
      heap.memory.bytes.set(model, data);
      if (step % 30 === 0) heap.verify();
    }
    leaves.objects.release(array);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("no such kind, no such array, and more than a block can have are refused", () => {
    const leaves = new Leaves(open());
    const { core } = leaves.heap;
    const array = core.newArray(9, 10) >>> 0;
    const dead = core.newArray(0, 0) >>> 0;
    const float = leaves.float(0.5);
    leaves.objects.release(dead);
    const before = leaves.heap.snapshot();
    for (const kind of [10, 11, 0xffff_ffff]) {
      expect([core.newArray(kind, 1), core.lastStatus()]).toEqual([0, BAD_TYPE]);
    }
    for (const [kind, length] of [
      [0, 0x8000_0000],
      [9, 0x1000_0000],
      [9, 0x2000_0001],
      [9, 0xffff_ffff],
    ] as const) {
      expect([core.newArray(kind, length), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    }
    for (const length of [0x0fff_ffff, 0x2000_0001, 0xf000_0000, 0xffff_ffff]) {
      expect(core.arrayResize(array, length)).toBe(NO_MEMORY);
    }
    expect([float, dead, array + 4, 0].map((address) => core.arrayResize(address, 0))).toEqual([
      BAD_TYPE,
      ALREADY_FREE,
      BAD_ADDRESS,
      BAD_ADDRESS,
    ]);
    expect(leaves.heap.firstChange(before)).toBe(-1);
    leaves.objects.release(array, float);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("without memory none is made, and one stays as it is", () => {
    const leaves = new Leaves(open({ maximumPages: 8 }));
    const { core } = leaves.heap;
    const array = core.newArray(5, 20) >>> 0;
    const giveBack = takeAllMemory(leaves.heap);
    const others: number[] = [];
    // The pool that the first lies in has places for more.
    for (let other = core.newArray(0, 0); other !== 0; other = core.newArray(0, 0)) others.push(other);
    const before = leaves.array(array);
    expect([core.newArray(0, 0), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect([core.newArray(9, 50), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect(core.arrayResize(array, 21)).toBe(NO_MEMORY);
    expect(leaves.array(array)).toEqual(before);
    leaves.heap.verify();
    expect(core.arrayResize(array, 19)).toBe(OK);
    giveBack();
    expect(core.arrayResize(array, 21)).toBe(OK);
    leaves.objects.release(array, ...others);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("room for the data, but not for the object: the data goes back", () => {
    const leaves = new Leaves(open({ maximumPages: 8 }));
    const { heap } = leaves;
    const block = heap.mem.malloc(20_000);
    const giveBack = takeAllMemory(heap);
    heap.mem.free(block);
    const before = leaves.objects.leftBlocks();
    expect([heap.core.newArray(1, 20_000), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect(leaves.objects.leftBlocks()).toBe(before);
    expect(heap.mem.malloc(20_000)).not.toBe(0);
    giveBack();
    heap.verify();
  });
});
