// Interned strs: one for each text, for as long as somebody has it. The table counts no references and loses those that die.
import { describe, expect, test } from "vitest";
import {
  CHAR_STR_BYTES,
  CHAR_STRS,
  EMPTY_STR,
  G_INTERNED,
  G_INTERNED_LOG2,
  IMMORTAL,
  TEXT_SCRATCH_BYTES,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, NO_MEMORY } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { Leaves, type Width, widthOf } from "./helpers/leaves.js";
import { takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** The table has these strs, each once, in slots of which a third at least is not in use. */
function checkTable(leaves: Leaves, strs: Iterable<number>): void {
  const expected = [...strs].sort((a, b) => a - b);
  expect(leaves.internedTable().sort((a, b) => a - b)).toEqual(expected);
  expect(leaves.internedCount()).toBe(expected.length);
  if (expected.length === 0) expect(leaves.objects.field(G_INTERNED)).toBe(0);
  else expect(expected.length * 3).toBeLessThanOrEqual(2 * 2 ** leaves.objects.field(G_INTERNED_LOG2));
  leaves.heap.verify();
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("the first str of a text becomes the interned one, with a reference more; later ones lead to it", () => {
    const leaves = new Leaves(open());
    const { core } = leaves.heap;
    const [first, second] = [leaves.str("spam"), leaves.str("spam")];
    expect(core.intern(first) >>> 0).toBe(first);
    expect([leaves.objects.count(first), leaves.isInterned(first), leaves.isInterned(second)]).toEqual([
      2,
      true,
      false,
    ]);
    expect(core.intern(second) >>> 0).toBe(first);
    expect([leaves.objects.count(first), leaves.objects.count(second)]).toEqual([3, 1]);
    expect(core.intern(first) >>> 0).toBe(first);
    expect(leaves.interned("spam")).toBe(first);
    expect(leaves.objects.count(first)).toBe(5);
    checkTable(leaves, [first]);
    leaves.objects.release(second, first, first, first, first, first);
    checkTable(leaves, []);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("one that is made for the table has the reference of the caller alone, and dies with it", () => {
    const leaves = new Leaves(open());
    const str = leaves.interned("eggs");
    expect([leaves.objects.count(str), leaves.isInterned(str), leaves.textOf(str)]).toEqual([1, true, "eggs"]);
    checkTable(leaves, [str]);
    leaves.objects.release(str);
    expect(leaves.objects.isLive(str)).toBe(false);
    checkTable(leaves, []);
    const again = leaves.interned("eggs");
    expect([leaves.objects.count(again), leaves.textOf(again)]).toEqual([1, "eggs"]);
    leaves.objects.release(again);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("'' and strs of one latin-1 character lead to those that come with the heap", () => {
    const leaves = new Leaves(open());
    const { core, memory } = leaves.heap;
    expect([core.intern(EMPTY_STR), leaves.interned("", 1), leaves.interned("", 2)]).toEqual(Array(3).fill(EMPTY_STR));
    const letter = CHAR_STRS + CHAR_STR_BYTES * 0x61;
    const made = core.roomForStr(1, 1) >>> 0;
    memory.bytes[made + 16] = 0x61;
    core.finishStr(made);
    expect([core.intern(made), leaves.interned("a", 1), leaves.interned("a", 2), core.intern(letter)]).toEqual(
      Array(4).fill(letter),
    );
    expect(leaves.objects.count(letter) >>> 0).toBe(IMMORTAL);
    checkTable(leaves, []);
    leaves.objects.release(made);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("texts of the same bytes and another width are others; units of two bytes that need not be are not", () => {
    const leaves = new Leaves(open());
    const wide = leaves.interned("\u0161\u0162");
    const narrow = leaves.interned("\x61\x01\x62\x01");
    expect([leaves.textOf(wide), leaves.textOf(narrow)]).toEqual(["\u0161\u0162", "\x61\x01\x62\x01"]);
    expect(leaves.interned("\x61\x01\x62\x01", 2)).toBe(narrow);
    checkTable(leaves, [wide, narrow]);
    leaves.objects.release(wide, narrow, narrow);
    checkTable(leaves, []);
  });

  test.each([24, 400])("%i texts whose strs come and go are as a Map has them", (number) => {
    const leaves = new Leaves(open());
    const random = new Random(TEST_SEED);
    const held = new Map<string, { str: number; count: number }>();
    const texts = Array.from({ length: number }, (_, i) => {
      const text = `name ${i} ${"z".repeat(i % 23)}`;
      return i % 5 === 0 ? `${text}\u20ac` : text;
    });
    for (let step = 0; step < 6000; step++) {
      const text = random.pick(texts);
      const known = held.get(text);
      if (known !== undefined && random.chance(52)) {
        leaves.objects.release(known.str);
        known.count--;
        if (known.count === 0) held.delete(text);
      } else {
        const width = random.chance(30) ? 2 : widthOf(text);
        const str = random.chance(50) ? leaves.interned(text, width) : internStr(leaves, text, width);
        if (known === undefined) held.set(text, { str, count: 1 });
        else if (known.str === str) known.count++;
        else throw new Error(`step ${step}: "${text}" is another str, TEST_SEED=${TEST_SEED}`);
      }
      if (step % 500 === 0)
        checkTable(
          leaves,
          [...held.values()].map(({ str }) => str),
        );
    }
    for (const [text, { str, count }] of held) {
      expect([leaves.textOf(str), leaves.objects.count(str)]).toEqual([text, count]);
      for (let i = 0; i < count; i++) leaves.objects.release(str);
    }
    checkTable(leaves, []);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("what is no str is refused, and texts that the scratch cannot hold", () => {
    const leaves = new Leaves(open());
    const { heap } = leaves;
    const [float, dead] = [leaves.float(0.5), leaves.str("dead")];
    leaves.objects.release(dead);
    const before = heap.snapshot();
    for (const [address, status] of [
      [float, BAD_TYPE],
      [dead, ALREADY_FREE],
      [float + 4, BAD_ADDRESS],
      [0, BAD_ADDRESS],
      [3, BAD_ADDRESS],
    ] as const) {
      expect([heap.core.intern(address), heap.core.lastStatus()]).toEqual([0, status]);
    }
    for (const [length, width] of [
      [TEXT_SCRATCH_BYTES + 1, 1],
      [TEXT_SCRATCH_BYTES / 2 + 1, 2],
      [0xffff_ffff, 1],
      [0x8000_0001, 2],
    ] as const) {
      expect([heap.core.internText(length, width), heap.core.lastStatus()]).toEqual([0, BAD_ADDRESS]);
    }
    expect(heap.firstChange(before)).toBe(-1);
    const longest = [
      leaves.interned("x".repeat(TEXT_SCRATCH_BYTES)),
      leaves.interned("\u0100".repeat(TEXT_SCRATCH_BYTES / 2)),
    ];
    checkTable(leaves, longest);
    leaves.objects.release(float, ...longest);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("without memory for a str, or for a longer table, the table stays as it is", () => {
    const leaves = new Leaves(open({ maximumPages: 8 }));
    const { heap } = leaves;
    // The next one needs a table of 128 slots.
    const held = Array.from({ length: 42 }, (_, i) => leaves.interned(`name ${i}`));
    const waiting = leaves.str("waiting");
    let giveBack = takeAllMemory(heap);
    const table = [...leaves.internedTable()];
    expect([heap.core.intern(waiting), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect([leaves.interned("no str"), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect([leaves.objects.count(waiting), leaves.isInterned(waiting)]).toEqual([1, false]);
    expect(leaves.internedTable()).toEqual(table);
    expect(leaves.interned("name 7")).toBe(held[7]);
    giveBack();
    expect(heap.core.intern(waiting) >>> 0).toBe(waiting);
    checkTable(leaves, [...held, waiting]);
    // And where there is none yet.
    leaves.objects.release(...held, held[7] as number, waiting, waiting);
    giveBack = takeAllMemory(heap);
    expect([leaves.interned("no table"), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
    giveBack();
    checkTable(leaves, []);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });

  test("room for a str, but not for a longer table: the str that was made is gone", () => {
    const leaves = new Leaves(open({ maximumPages: 8 }));
    const { heap } = leaves;
    const held = Array.from({ length: 42 }, (_, i) => leaves.interned(`name ${i}`));
    const spare = leaves.str("a str in the way");
    const giveBack = takeAllMemory(heap);
    leaves.objects.release(spare);
    if (heap.debug) giveBackQuarantine(leaves);
    expect([leaves.interned("a str in its way"), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect(leaves.internedCount()).toBe(42);
    giveBack();
    checkTable(leaves, held);
    leaves.objects.release(...held);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });
});

/** Interns a str that is made for it and given up. */
function internStr(leaves: Leaves, text: string, width: Width): number {
  const made = leaves.str(text, width);
  const str = leaves.heap.core.intern(made) >>> 0;
  leaves.objects.release(made);
  return str;
}

/** What waits in quarantine goes back when memory is short: a call that finds none does that. */
function giveBackQuarantine(leaves: Leaves): void {
  expect(leaves.heap.mem.malloc(400_000)).toBe(0);
}
