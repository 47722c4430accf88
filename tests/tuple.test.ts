// heap.tuple: an array that never changes.
import { beforeEach, describe, expect, test } from "vitest";
import { type Heap, type Storable, Tuple, type Value } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { defineNode } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { BROKEN } from "./helpers/valuesamples.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  /** Blocks in use before a test. */
  let before: number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    before = heap.sys.getAllocatedBlocks();
  });

  function expectNothingLeft(): void {
    expect([heap.sys.getAllocatedBlocks() - before, heap.handleCount]).toEqual([0, 0]);
    heap.verify();
  }

  test("made of any iterable, and read as an array is", () => {
    const many = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? `${i}` : i));
    const cases: [Iterable<Storable>, unknown[]][] = [
      [["a"], ["a"]],
      [
        [1, "two", null, 2n ** 70n, -0, Number.NaN, [1]],
        [1, "two", null, 2n ** 70n, -0, Number.NaN, [1]],
      ],
      ["añ€", ["a", "ñ", "€"]],
      [new Set([1, 2]), [1, 2]],
      [many, many],
    ];
    for (const [items, expected] of cases) {
      heap.scope(() => {
        const tuple = heap.tuple(items);
        expect(tuple).toBeInstanceOf(Tuple);
        expect(tuple.length).toBe(expected.length);
        expect(heap.toJS(tuple)).toEqual(expected);
        for (const index of [0, -1, 1.5, 2, expected.length, -expected.length - 1, Number.NaN]) {
          expect(plain(tuple.at(index))).toEqual(expected.at(index));
        }
        expect([...tuple].map(plain)).toEqual(expected);
        expect(tuple.toArray().map(plain)).toEqual(expected);
        expect([...tuple.entries()].map(([index, value]) => [index, plain(value)])).toEqual([...expected.entries()]);
        expect([...tuple.keys()]).toEqual([...expected.keys()]);
        expect([...tuple.values()].map(plain)).toEqual(expected);
        expect(tuple.indexOf(expected.length > 4 ? 1 : "a")).toBe(expected.indexOf(expected.length > 4 ? 1 : "a"));
      });
    }
    expectNothingLeft();
  });

  /** A list as an array, everything else as it is. */
  function plain(value: Value | undefined): unknown {
    return value === undefined ? undefined : heap.toJS(value);
  }

  test("the one without items is always the same, and is never counted", () => {
    const empty = heap.tuple();
    const other = heap.tuple(new Set());
    const count = heap.sys.getRefCount(empty);
    expect([empty.is(other), empty.length, empty.at(0), [...empty], heap.toJS(empty)]).toEqual([
      true,
      0,
      undefined,
      [],
      [],
    ]);
    expect(count).toBe(2 ** 31);
    const clone = empty.clone();
    for (const handle of [empty, other, clone]) handle.release();
    using again = heap.tuple([]);
    expect([heap.sys.getRefCount(again), heap.gc.isTracked(again)]).toEqual([count, false]);
    again.release();
    expectNothingLeft();
  });

  test("of a tuple, another handle of the same; of other containers, the same objects", () => {
    heap.scope(() => {
      const node = new (defineNode(heap))();
      const tuple = heap.tuple([node, "text"]);
      expect(heap.tuple(tuple).is(tuple)).toBe(true);
      for (const source of [heap.list(tuple), heap.deque(tuple), heap.set(tuple), heap.frozenset(tuple)]) {
        expect(heap.is(heap.tuple(source).at(0) as Value, node)).toBe(true);
      }
      expect(heap.sys.getRefCount(heap.tuple(heap.list([node])).at(0) as typeof node)).toBe(17);
    });
    expectNothingLeft();
  });

  test("a key, equal to every tuple of equal items, unless some item can change", () => {
    heap.scope(() => {
      const dict = heap.dict();
      dict.set(heap.tuple([1, "a", heap.tuple([2.0])]), "found");
      expect(dict.get(heap.tuple([1.0, "a", heap.tuple([2])]))).toBe("found");
      expect(dict.get(heap.tuple([1, "a"]))).toBeUndefined();
      expect(() => dict.set(heap.tuple([1, [2]]), 1)).toThrow(TypeError);
    });
    expectNothingLeft();
  });

  test("tuples of values are not tracked, tuples of such tuples not any more once a collection has seen them", () => {
    using atoms = heap.tuple([1, "a", null, 2.5]);
    using outer = heap.tuple([atoms, heap.tuple([2])]);
    using holder = heap.tuple([heap.list()]);
    const isTracked = () => [atoms, outer, holder].map((tuple) => heap.gc.isTracked(tuple));
    expect(isTracked()).toEqual([false, true, true]);
    heap.gc.collect();
    expect(isTracked()).toEqual([false, false, true]);
  });

  test.each(BROKEN)("%s leaves nothing behind", (_, items, message) => {
    expect(() => heap.tuple(items())).toThrow(message);
    expectNothingLeft();
  });

  test("without memory, nothing is lost", async () => {
    const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
    const kept = small.str("kept");
    for (const length of [1, 600, 3000]) {
      const count = small.sys.getAllocatedBlocks();
      const giveBack = exhaust(small);
      const items = Array.from({ length }, () => kept);
      expect(() => {
        for (;;) small.tuple(items);
      }).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
      giveBack();
      const tuples = (small.sys.getRefCount(kept) - 1) / length;
      expect(small.sys.getAllocatedBlocks() - count).toBe(tuples);
      small.verify();
    }
  });

  test("released, and of another heap", async () => {
    const tuple = heap.tuple([1]);
    const other = await open();
    expect(() => other.tuple(tuple)).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    tuple.release();
    for (const use of [
      () => tuple.length,
      () => tuple.at(0),
      () => [...tuple],
      () => tuple.toArray(),
      () => heap.tuple(tuple),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    }
  });
});
