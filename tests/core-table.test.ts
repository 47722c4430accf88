// Tables of dicts: their sizes, how they grow and lose their holes, and memory that runs out.
import { describe, expect, test } from "vitest";
import { ABSENT } from "../src/layout.js";
import { NO_MEMORY, OK } from "../src/status.js";
import { Containers, ok, usable } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { integer, takeAllMemory } from "./helpers/objects.js";

/** Stores integers as keys, each with its double. */
function fill({ core }: Containers, dict: number, from: number, to: number): void {
  for (let i = from; i < to; i++) ok(core.dictSet(dict, integer(i), integer(2 * i)));
}

/** log2 of the slots and room for entries. */
function shape(containers: Containers, dict: number): [log2: number, capacity: number] | null {
  const table = containers.table(dict);
  return table === null ? null : [table.log2, table.capacity];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("tables", () => {
    test("with room for a number of entries: just that, and slots for half as many more", () => {
      const containers = new Containers(open());
      const { core } = containers;
      for (let capacity = 1; capacity < 400; capacity++) {
        const dict = core.newDict(capacity) >>> 0;
        const [log2, room] = shape(containers, dict) as [number, number];
        expect(room).toBe(capacity);
        expect(capacity).toBeLessThanOrEqual(usable(log2));
        expect(log2 === 2 || capacity > usable(log2 - 1)).toBe(true);
        expect(core.sizeOf(dict)).toBe(24 + containers.tableBytes(dict, log2, capacity));
        expect(containers.wrong(dict)).toBe("");
      }
      expect(shape(containers, core.newDict(0))).toBeNull();
      expect(core.sizeOf(core.newDict(0))).toBe(24);
      expect(core.sizeOf(core.newDefaultDict(0, 7))).toBe(28);
    });

    test("grow to two thirds of twice the slots and more, entry by entry", () => {
      const containers = new Containers(open());
      const dict = containers.dict();
      const shapes: string[] = [];
      for (let i = 0; i < 700; i++) {
        fill(containers, dict, i, i + 1);
        const now = String(shape(containers, dict));
        if (now !== shapes.at(-1)) shapes.push(now);
      }
      expect(shapes).toEqual(["2,2", "3,5", "4,10", "5,21", "6,42", "7,85", "8,170", "9,341", "10,682", "11,1365"]);
    });

    test("with room for a number of entries get the rest of it first, and keep their slots", () => {
      const containers = new Containers(open());
      const dict = containers.core.newDict(3) >>> 0;
      fill(containers, dict, 0, 3);
      const slots = containers.table(dict)?.slots.map((n) => n);
      expect(shape(containers, dict)).toEqual([3, 3]);
      fill(containers, dict, 3, 4);
      expect(shape(containers, dict)).toEqual([3, 5]);
      expect(containers.table(dict)?.slots.map((n) => (n === 3 ? -1 : n))).toEqual(slots);
      expect(containers.wrong(dict)).toBe("");
      fill(containers, dict, 4, 6);
      expect(shape(containers, dict)).toEqual([4, 10]);
      expect(containers.wrong(dict)).toBe("");
    });

    test("lose their holes when they grow, also those that get room only; the order stays", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = core.newDict(4) >>> 0;
      fill(containers, dict, 0, 4);
      expect(core.dictTake(dict, integer(1))).toBe(integer(2));
      expect(containers.table(dict)?.entries.map(([key]) => key)).toEqual([1, ABSENT, 5, 7]);
      expect(containers.table(dict)?.entries[1]).toEqual([ABSENT, 0]);
      fill(containers, dict, 4, 5);
      expect(shape(containers, dict)).toEqual([3, 5]);
      expect(containers.table(dict)?.entries.map(([key]) => key)).toEqual([1, 5, 7, 9]);
      expect(containers.wrong(dict)).toBe("");
    });

    test("have as many slots as the entries need that are left", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = containers.dict();
      fill(containers, dict, 0, 1365);
      expect(shape(containers, dict)).toEqual([11, 1365]);
      for (let i = 0; i < 1360; i++) expect(core.dictTake(dict, integer(i))).toBe(integer(2 * i));
      expect(shape(containers, dict)).toEqual([11, 1365]);
      fill(containers, dict, 2000, 2001);
      expect(shape(containers, dict)).toEqual([4, 10]);
      expect(containers.keys(dict)).toEqual([1360, 1361, 1362, 1363, 1364, 2000].map(integer));
      expect(containers.wrong(dict)).toBe("");
    });

    test("stay when the last entry goes, and go when the dict is cleared", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const before = objects.leftBlocks();
      const dict = containers.dict();
      fill(containers, dict, 0, 2);
      expect([core.dictTake(dict, integer(0)), core.dictTake(dict, integer(1))]).toEqual([integer(0), integer(2)]);
      expect([containers.count(dict), containers.table(dict)?.used]).toEqual([0, 2]);
      expect(core.dictGet(dict, integer(0))).toBe(ABSENT);
      fill(containers, dict, 5, 6);
      expect([shape(containers, dict), containers.wrong(dict)]).toEqual([[2, 2], ""]);
      ok(core.dictClear(dict));
      expect([containers.count(dict), containers.table(dict)]).toEqual([0, null]);
      expect(core.dictGet(dict, integer(5))).toBe(ABSENT);
      ok(core.dictClear(dict));
      fill(containers, dict, 5, 6);
      expect(containers.wrong(dict)).toBe("");
      objects.release(dict);
      expect(objects.leftBlocks()).toBe(before);
    });

    test("room for more: what one entry would bring, or just what is asked for", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = containers.dict();
      ok(core.dictReserve(dict, 0));
      expect(shape(containers, dict)).toBeNull();
      ok(core.dictReserve(dict, 100));
      expect(shape(containers, dict)).toEqual([8, 100]);
      fill(containers, dict, 0, 90);
      ok(core.dictReserve(dict, 10));
      expect(shape(containers, dict)).toEqual([8, 100]);
      ok(core.dictReserve(dict, 11));
      expect(shape(containers, dict)).toEqual([8, 170]);
      ok(core.dictReserve(dict, 500));
      expect(shape(containers, dict)).toEqual([10, 590]);
      expect([containers.wrong(dict), containers.count(dict)]).toEqual(["", 90]);
      for (const extra of [0x1000_0000, 0x7fff_ffff, 0xffff_ffff]) {
        expect([core.dictReserve(dict, extra), core.newDict(extra), core.lastStatus()]).toEqual([
          NO_MEMORY,
          0,
          NO_MEMORY,
        ]);
      }
    });

    test.each([
      [80, 7],
      [86, 8],
      [21_845, 15],
      [21_846, 16],
    ])("%i entries, in 2^%i slots, are all found in their order", (count, log2) => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = core.newDict(count) >>> 0;
      const keys = Array.from({ length: count }, (_, i) => ((i * 40_503) % 2 ** 30) - 2 ** 29);
      for (const key of keys) ok(core.dictSet(dict, integer(key), integer(-key >> 1)));
      expect(containers.table(dict)?.log2).toBe(log2);
      expect(containers.keys(dict)).toEqual(keys.map(integer));
      expect(containers.wrong(dict)).toBe("");
      const found = (key: number) => core.dictGet(dict, integer(key)) >>> 0;
      expect(keys.map(found)).toEqual(keys.map((key) => integer(-key >> 1)));
      expect(keys.every((key) => found(key + 1) === ABSENT)).toBe(true);
      containers.heap.verify();
    });

    test("keys whose hashes begin in the same slot are all found, before and after some go", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = core.newDict(40) >>> 0;
      for (let i = 0; i < 40; i++) ok(core.dictSet(dict, integer(i * 1024), integer(i)));
      for (let i = 0; i < 40; i += 2) expect(core.dictTake(dict, integer(i * 1024))).toBe(integer(i));
      for (let i = 0; i < 41; i++) {
        expect(core.dictGet(dict, integer(i * 1024))).toBe(i % 2 === 1 && i < 40 ? integer(i) : ABSENT);
      }
      expect(containers.wrong(dict)).toBe("");
    });

    test("the slot of an entry that went is there for another", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = core.newDict(10) >>> 0;
      fill(containers, dict, 0, 3);
      expect(core.dictTake(dict, integer(1))).toBe(integer(2));
      expect(containers.table(dict)?.slots.slice(0, 4)).toEqual([0, -2, 2, -1]);
      fill(containers, dict, 17, 18);
      expect(containers.table(dict)?.slots.slice(0, 4)).toEqual([0, 3, 2, -1]);
      expect([core.dictGet(dict, integer(17)), core.dictGet(dict, integer(1))]).toEqual([integer(34), ABSENT]);
    });
  });

  describe("without memory", () => {
    test("nothing is made, nothing is lost, and what is there can be read, replaced and taken", () => {
      const containers = new Containers(open({ maximumPages: 12 }));
      const { core, heap, objects } = containers;
      const start = objects.leftBlocks();
      // As many as there is room for, so that one more has to grow.
      const [full, empty, exact] = [containers.dict(), containers.dict(), core.newDict(50) >>> 0];
      for (let i = 0; i < 85; i++) ok(core.dictSet(full, containers.float(i + 0.5), integer(i)));
      fill(containers, exact, 0, 50);
      const spare = containers.float(0.5);
      const value = containers.tuple(integer(4));
      containers.scratch("a key that is new");
      const giveBack = takeAllMemory(heap);
      const kept = [containers.entries(full), containers.table(full)];
      const words = [core.newDict(9), core.newDefaultDict(9, 1)];
      expect([words, core.lastStatus()]).toEqual([[0, 0], NO_MEMORY]);
      for (const dict of [full, empty, exact]) {
        core.hashOf(integer(1));
        expect(core.lastStatus()).toBe(OK);
        expect(core.dictSet(dict, integer(99), value)).toBe(NO_MEMORY);
        expect(core.dictSetText(dict, 17, 1, value)).toBe(NO_MEMORY);
        expect(core.dictReserve(dict, 1)).toBe(NO_MEMORY);
      }
      expect([containers.entries(full), containers.table(full)]).toEqual(kept);
      expect([containers.table(empty), objects.count(value)]).toEqual([null, 1]);
      expect([shape(containers, exact), containers.count(exact), containers.wrong(exact)]).toEqual([[7, 50], 50, ""]);
      objects.hold(spare);
      ok(core.dictSet(full, spare, integer(7)));
      expect(core.dictGet(full, spare)).toBe(integer(7));
      expect(core.dictTake(full, spare)).toBe(integer(7));
      expect([objects.count(spare), containers.count(full), containers.wrong(full)]).toEqual([1, 84, ""]);
      giveBack();
      ok(core.dictSetText(full, 17, 1, value));
      expect(containers.wrong(full)).toBe("");
      heap.verify();
      objects.release(full, empty, exact, spare);
      expect(objects.leftBlocks()).toBe(start);
    });

    test("a text's str goes again when there is no room for the entry", () => {
      const containers = new Containers(open({ maximumPages: 12 }));
      const { core, heap, objects } = containers;
      const dict = core.newDict(10_922) >>> 0;
      fill(containers, dict, 0, 10_922);
      containers.scratch("a key that is new");
      // Strs still fit into pools that are there.
      const room = containers.str("room for a str of its size");
      const giveBack = takeAllMemory(heap);
      objects.release(room);
      const left = objects.leftBlocks();
      expect(core.dictSetText(dict, 17, 1, integer(1))).toBe(NO_MEMORY);
      expect(objects.leftBlocks()).toBe(left);
      giveBack();
      expect([containers.count(dict), shape(containers, dict)]).toEqual([10_922, [14, 10_922]]);
      heap.verify();
    });

    test("a table goes again when there is no room for the dict", () => {
      const containers = new Containers(open({ maximumPages: 12 }));
      const { core, heap, objects } = containers;
      const dicts = [containers.dict(), core.newDefaultDict(0, 1)];
      const table = heap.mem.malloc(412);
      const giveBack = takeAllMemory(heap);
      for (let dict = core.newDict(0); dict !== 0; dict = core.newDict(0)) dicts.push(dict);
      for (let dict = core.newDefaultDict(0, 1); dict !== 0; dict = core.newDefaultDict(0, 1)) dicts.push(dict);
      heap.mem.free(table);
      const left = objects.leftBlocks();
      for (const make of [() => core.newDict(42), () => core.newDefaultDict(42, 1)]) {
        expect([make(), core.lastStatus(), objects.leftBlocks()]).toEqual([0, NO_MEMORY, left]);
      }
      objects.release(...dicts);
      expect(core.newDict(42)).not.toBe(0);
      giveBack();
      heap.verify();
    });
  });
});
