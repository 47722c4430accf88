// sys.getSizeOf: bytes of objects and of what they alone own, and of what values would be.
import { beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, Value } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

/** The collector's words before a tracked object. */
const GC = 8;

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  let sizeOf: (value: Value) => number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    sizeOf = (value) => heap.sys.getSizeOf(value);
  });

  test("values have the size of the object that they would be", () => {
    for (const [value, size] of [
      [null, 0],
      [true, 8],
      [false, 8],
      [0, 0],
      [-0, 16],
      [1, 0],
      [2 ** 30 - 1, 0],
      [2 ** 30, 16],
      [-(2 ** 30), 0],
      [-(2 ** 30) - 1, 16],
      [2 ** 32 - 1, 16],
      [2 ** 32, 20],
      [2 ** 53, 20],
      [2 ** 54, 16],
      [0.5, 16],
      [Number.NaN, 16],
      [Infinity, 16],
      [5n, 0],
      [-(2n ** 30n), 0],
      [2n ** 30n, 16],
      [2n ** 64n - 1n, 20],
      [2n ** 64n, 24],
      [-(10n ** 1000n), 12 + 4 * 104],
      ["", 16],
      ["a", 17],
      ["naïve", 21],
      ["€", 18],
      ["a€", 20],
    ] as const) {
      expect(sizeOf(value), String(value)).toBe(size);
    }
    for (const value of [() => 1, Symbol("a"), {}, [1]]) {
      expect(() => sizeOf(value as never)).toThrow("sys.getSizeOf: wants a value of a heap, not ");
    }
  });

  test("strs and bytes have the size of their text and data", () => {
    for (const text of ["", "a", "abc", "naïve", "€uro", "x".repeat(5000), "€".repeat(5000)]) {
      using str = heap.str(text);
      expect(sizeOf(str)).toBe(sizeOf(text));
    }
    for (const length of [0, 1, 17, 5000]) {
      using bytes = heap.bytes(new Uint8Array(length));
      expect(sizeOf(bytes)).toBe(16 + length);
    }
  });

  test("containers have the size of their object and of what they alone own", () => {
    const numbers = (length: number) => Array.from({ length }, (_, i) => i);
    const cases: [Handle, number][] = [
      [heap.tuple(), 16],
      [heap.tuple([1, "a text", [1]]), GC + 16 + 3 * 4],
      [heap.tuple(numbers(1000)), GC + 16 + 4000],
      [heap.list(), GC + 20],
      [heap.list([1, 2, 3]), GC + 20 + 3 * 4],
      [heap.list(numbers(1000)), GC + 20 + 4000],
      [heap.list(heap.list(numbers(100))), GC + 20 + 400],
      [heap.deque(), GC + 28],
      [heap.deque([1]), GC + 28 + 4 + 256],
      [heap.deque(numbers(128)), GC + 28 + 2 * 4 + 2 * 256],
      [heap.array("u8"), 24],
      [heap.array("u8", 100), 24 + 100],
      [heap.array("f64", [1, 2]), 24 + 16],
      [heap.dict(), GC + 16],
      [heap.set(), GC + 20],
    ];
    for (const [index, [handle, size]] of cases.entries()) {
      expect(sizeOf(handle), `${index}: ${handle}`).toBe(size);
      handle.release();
    }
  });

  test("sizes grow and shrink with what is in, and not with what that refers to", () => {
    using list = heap.list();
    const sizes = numbersFrom(17, () => {
      list.push("a text of its own");
      return (sizeOf(list) - GC - 20) / 4;
    });
    // CPython's own sequence of capacities.
    expect(sizes).toEqual([4, 4, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16, 24]);
    list.clear();
    expect(sizeOf(list)).toBe(GC + 20);
    using array = heap.array("i32");
    const items = numbersFrom(9, (i) => {
      array.push(i);
      return (sizeOf(array) - 24) / 4;
    });
    expect(items).toEqual([4, 4, 4, 4, 8, 8, 8, 8, 16]);
    using dict = heap.dict({ a: 1 });
    const small = sizeOf(dict);
    for (let i = 0; i < 1000; i++) dict.set(i, i);
    expect(sizeOf(dict)).toBeGreaterThan(small + 8000);
  });

  test("structs have the size of their type, tracked or not", () => {
    const Node = heap.struct("Node", { next: "self", value: "i32" });
    const Plain = heap.struct("Plain", { value: "f64" });
    using node = new Node();
    using plain = new Plain();
    expect([sizeOf(node), sizeOf(plain)]).toEqual([Node.size, Plain.size]);
    expect([Node.size, Plain.size]).toEqual([24, 16]);
  });

  test("released, and of another heap", async () => {
    const list = heap.list();
    const other = await open();
    expect(() => other.sys.getSizeOf(list)).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    list.release();
    expect(() => sizeOf(list)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
  });
});

function numbersFrom(length: number, of: (index: number) => number): number[] {
  return Array.from({ length }, (_, index) => of(index));
}
