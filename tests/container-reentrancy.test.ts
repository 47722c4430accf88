// Code of the program that runs in the middle of a call: indexes that become numbers late, callbacks of collections, arrays and views
// that lie about themselves. Whatever it does to the very container, nobody else's memory is touched.
import { describe, expect, test } from "vitest";
import type { List } from "../src/index.js";
import { MemoryError } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

/** What TypeScript takes for a number, and runs code when it becomes one. */
function late(value: number, run: () => void): number {
  let ran = false;
  const index = {
    valueOf() {
      if (!ran) run();
      ran = true;
      return value;
    },
  };
  return index as unknown as number;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("an index that takes items out while it becomes a number finds what is there then", async () => {
    const heap = await open();
    const Item = heap.struct("Item", { n: "i32" });
    for (const make of [() => heap.list(), () => heap.deque()]) {
      const items = make();
      heap.scope(() => items.push(new Item({ n: 5 }), new Item({ n: 6 })));
      expect(items.at(late(1, () => heap.scope(() => items.pop())))).toBeUndefined();
      using other = new Item({ n: 77 });
      expect(heap.scope(() => (items.at(0) as typeof other).n)).toBe(5);
      expect(other.n).toBe(77);
      items.release();
    }
    heap.verify();
  });

  test("one that releases the handle is told so", async () => {
    const heap = await open();
    for (const make of [() => heap.list([1]), () => heap.tuple([1]), () => heap.deque([1])]) {
      const items = make();
      expect(() => items.at(late(0, () => items.release()))).toThrow(/was released/);
      const again = make();
      expect(() =>
        again.indexOf(
          1,
          late(0, () => again.release()),
        ),
      ).toThrow(/was released/);
    }
    const array = heap.array("i32", [1]);
    expect(() => array.at(late(0, () => array.release()))).toThrow(/was released/);
    heap.verify();
    expect(heap.handleCount).toBe(0);
  });

  test("splice and insert go to no other list", async () => {
    const heap = await open();
    const others: List[] = [];
    const replace = (list: List) => () => {
      list.release();
      for (let i = 0; i < 6; i++) others.push(heap.list(["victim"]));
    };
    const first = heap.list(["own"]);
    expect(() => first.splice(late(0, replace(first)), 1, "evil", "evil")).toThrow(/was released/);
    const second = heap.list(["own"]);
    expect(() => second.splice(0, late(1, replace(second)), "evil")).toThrow(/was released/);
    const third = heap.list(["own"]);
    expect(() => third.insert(late(0, replace(third)), "evil")).toThrow(/was released/);
    for (const other of others) expect(other.toArray()).toEqual(["victim"]);
    heap.verify();
  });

  test("a callback of the collection that makes room for many words may release the list", async () => {
    const heap = await open({ initialMemory: 4 * 65_536, maximumMemory: 12 * 65_536, gc: { enabled: true } });
    const list = heap.list([1]);
    const victims: List[] = [];
    heap.gc.callbacks.push((phase) => {
      if (phase !== "stop" || list.released) return;
      list.release();
      for (const block of fill) heap.mem.free(block);
      for (let i = 0; i < 6; i++) victims.push(heap.list(["victim"]));
    });
    const values = Array.from({ length: 3000 }, (_, i) => i);
    const fill: number[] = [];
    try {
      for (let size = 65_536; size >= 600; size = Math.floor(size / 2)) {
        for (;;) {
          try {
            fill.push(heap.mem.malloc(size));
          } catch (error) {
            if (error instanceof MemoryError) break;
            throw error;
          }
        }
      }
      expect(() => list.push(...values)).toThrow(/was released/);
    } finally {
      for (const victim of victims) expect(victim.toArray()).toEqual(["victim"]);
    }
    expect(victims.length).toBe(6);
    heap.verify();
  });

  test("and one may push to the very array that grows", async () => {
    const heap = await open({ initialMemory: 4 * 65_536, maximumMemory: 12 * 65_536, gc: { enabled: true } });
    const array = heap.array(
      "i32",
      Array.from({ length: 64 }, (_, i) => i),
    );
    const fill: number[] = [];
    heap.gc.callbacks.push((phase) => {
      if (phase !== "stop" || fill.length === 0) return;
      for (const block of fill.splice(0)) heap.mem.free(block);
      array.push(5, 6, 7);
    });
    for (let size = 65_536; size >= 8; size = Math.floor(size / 2)) {
      for (;;) {
        try {
          fill.push(heap.mem.malloc(size));
        } catch (error) {
          if (error instanceof MemoryError) break;
          throw error;
        }
      }
    }
    const many = Array.from({ length: 500 }, () => 9);
    expect(array.push(...many)).toBe(64 + 3 + 500);
    expect([...array.view].map(Number).slice(62, 70)).toEqual([62, 63, 5, 6, 7, 9, 9, 9]);
    heap.verify();
  });

  test("views whose length is covered by another give the bytes that they have", async () => {
    const heap = await open();
    const bytes = new Uint8Array(1000).fill(7);
    Object.defineProperty(bytes, "length", { value: 3 });
    const floats = new Float64Array(200).fill(0.5);
    Object.defineProperty(floats, "length", { value: 3 });
    Object.defineProperty(floats, "byteLength", { value: 8 });
    using one = heap.bytes(bytes);
    using list = heap.list([bytes, floats]);
    expect(one.length).toBe(1000);
    expect(one.toUint8Array().every((byte) => byte === 7)).toBe(true);
    expect((heap.toJS(list) as ArrayLike<unknown>[])[1]?.length).toBe(1);
    heap.verify();
  });

  test.each(["3", 1.5, -1, Number.NaN, undefined, 2])("a proxy of an array with the length %j", async (length) => {
    const heap = await open();
    const proxy = new Proxy([1, 2, 3], {
      get: (target, key) => (key === "length" ? length : Reflect.get(target, key)),
    });
    const items = typeof length === "number" && length > 0 ? [1, 2].slice(0, Math.trunc(length)) : [];
    expect(heap.scope(() => heap.toJS(heap.from({ proxy })))).toEqual({ proxy: items });
    heap.verify();
  });

  test("what only looks like a Map, and keys that are no plain data, are refused with their path", async () => {
    const heap = await open();
    const fake: unknown = Object.create(Map.prototype);
    expect(() => heap.from({ a: [fake as Map<string, number>] })).toThrow(/^heap\.from: value\.a\[0\]: wants a value/);
    const dates = new Map([[new Date(), 1]]) as unknown as Map<string, number>;
    expect(() => heap.from(dates)).toThrow(/wants a value .*, not /);
    heap.verify();
  });
});
