// heap.array: scalars of one kind, against typed arrays of JavaScript.
import { beforeEach, describe, expect, test } from "vitest";
import { type ArrayKind, type Heap, TypedArrayHandle } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

type Item = number | bigint;

/** Each kind with its typed array, values that it holds, and values that it does not. */
const KINDS: readonly [ArrayKind, new (items: never) => ArrayLike<Item>, readonly Item[], readonly unknown[]][] = [
  ["i8", Int8Array, [-128, 0, 127], [-129, 128, 1.5, Number.NaN]],
  ["u8", Uint8Array, [0, 255], [-1, 256, 0.5]],
  ["i16", Int16Array, [-32768, 0, 32767], [-32769, 32768]],
  ["u16", Uint16Array, [0, 65535], [-1, 65536]],
  ["i32", Int32Array, [-(2 ** 31), 0, 2 ** 31 - 1], [-(2 ** 31) - 1, 2 ** 31]],
  ["u32", Uint32Array, [0, 2 ** 32 - 1], [-1, 2 ** 32, Infinity]],
  ["i64", BigInt64Array, [-(2n ** 63n), 0n, 2n ** 63n - 1n], [-(2n ** 63n) - 1n, 2n ** 63n]],
  ["u64", BigUint64Array, [0n, 2n ** 64n - 1n], [-1n, 2n ** 64n]],
  ["f32", Float32Array, [-1.5, 0, Number.NaN, Infinity, 2 ** 100], []],
  ["f64", Float64Array, [-0, 0.1, Number.NaN, -Infinity, 2 ** 1000], []],
];

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

  test.each(KINDS)("%s: what it holds, and what it refuses", (kind, Class, held, refused) => {
    heap.scope(() => {
      const wanted = new Class(held as never);
      const array = heap.array(kind, held as never) as TypedArrayHandle<ArrayKind>;
      expect(array).toBeInstanceOf(TypedArrayHandle);
      expect([array.kind, array.length]).toEqual([kind, held.length]);
      expect(array.view).toBeInstanceOf(Class);
      expect(Array.from(array.view as ArrayLike<Item>)).toEqual(Array.from(wanted));
      expect([...array]).toEqual(Array.from(wanted));
      expect(heap.toJS(array)).toEqual(wanted);
      expect(heap.toJS(heap.array(kind, wanted as never))).toEqual(wanted);
      expect(heap.toJS(heap.array(kind, array as never))).toEqual(wanted);
      expect(heap.toJS(heap.from(wanted as never))).toEqual(wanted);
      const zeros = heap.array(kind, 5);
      expect(heap.toJS(zeros)).toEqual(new Class(5 as never));
      for (const [index, value] of held.entries()) zeros.set(index, value as never);
      expect(Array.from(zeros.view as ArrayLike<Item>).slice(0, held.length)).toEqual(Array.from(wanted));
      const wrongType = typeof held[0] === "bigint" ? 1 : 1n;
      for (const value of [...refused, wrongType, "1", null, undefined, true]) {
        const type = typeof value === typeof held[0] ? RangeError : TypeError;
        expect(() => heap.array(kind, [held[0], value] as never)).toThrow(type);
        expect(() => heap.array(kind, [held[0], value] as never)).toThrow(`heap.array("${kind}"): items[1]: wants `);
        expect(() => array.push(value as never)).toThrow("array.push: value: wants ");
        expect(() => array.push(held[0] as never, value as never)).toThrow("array.push: values[1]: wants ");
        expect(() => array.set(0, value as never)).toThrow("array.set: value: wants ");
      }
      expect(Array.from(array.view as ArrayLike<Item>)).toEqual(Array.from(wanted));
    });
    expectNothingLeft();
  });

  test("what is no kind, no length and no items", () => {
    expect(() => heap.array("u9" as never)).toThrow(
      'heap.array: there is no kind "u9"; there are i8, u8, i16, u16, i32, u32, i64, u64, f32, f64',
    );
    for (const kind of ["bool", "constructor", 3, null]) expect(() => heap.array(kind as never)).toThrow(TypeError);
    for (const length of [-1, 1.5, Number.NaN, Infinity]) expect(() => heap.array("u8", length)).toThrow(RangeError);
    for (const items of [null, {}, true, "12"]) expect(() => heap.array("u8", items as never)).toThrow(TypeError);
    for (const length of [2 ** 29, 2 ** 31, 2 ** 32]) {
      expect(() => heap.array("f64", length)).toThrow(expect.objectContaining({ name: "MemoryError" }));
    }
    expect([heap.array("u8").length, heap.array("u8", []).length]).toEqual([0, 0]);
  });

  test("does what an array does, for random calls", () => {
    const random = new Random(TEST_SEED);
    const array = heap.array("i16");
    const model: number[] = [];
    for (let step = 0; step < 2000; step++) {
      const values = Array.from({ length: random.below(random.chance(3) ? 300 : 4) }, () =>
        random.between(-32768, 32767),
      );
      const index = random.between(-model.length - 1, model.length);
      const what = random.below(4);
      const note = `seed ${TEST_SEED}, step ${step}, call ${what}`;
      if (what === 0) expect(array.push(...values), note).toBe(model.push(...values));
      else if (what < 3) expect(array.pop(), note).toBe(model.pop());
      else if (model.at(index) !== undefined) {
        model[index < 0 ? index + model.length : index] = 7;
        array.set(index, 7);
      }
      expect([array.length, array.at(index), array.at(index + 0.5)], note).toEqual([
        model.length,
        model.at(index),
        model.at(index + 0.5),
      ]);
      if (step % 100 === 0) {
        expect([...array], note).toEqual(model);
        expect(Array.from(array.view), note).toEqual(model);
        heap.verify();
      }
    }
    array.release();
    expectNothingLeft();
  });

  test("the view is the items themselves, and another one when they have moved", () => {
    using array = heap.array("f64", [1, 2]);
    const { view } = array;
    view[1] = 5;
    expect([array.at(1), array.view]).toEqual([5, view]);
    expect(array.view).toBe(view);
    heap.memory.grow(1);
    expect([view.length, array.view.length, array.view[1]]).toEqual([0, 2, 5]);
    for (let i = 0; i < 5000; i++) array.push(i);
    expect([array.view.length, array.view[0], array.view[5001]]).toEqual([5002, 1, 4999]);
    array.view.set([8, 9]);
    expect([array.at(0), array.at(1)]).toEqual([8, 9]);
    const other = heap.array("u8");
    expect([other.view.length, other.push(1), other.view[0]]).toEqual([0, 1, 1]);
    other.release();
    expect(() => other.view).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
  });

  test("an array of part of the heap's own memory, which grows meanwhile", () => {
    using array = heap.array(
      "u32",
      Array.from({ length: 1000 }, (_, i) => i),
    );
    const copies = Array.from({ length: 300 }, () => heap.array("u32", array.view));
    for (const copy of copies) expect(copy.view[999]).toBe(999);
    for (const copy of copies) copy.release();
  });

  test("a generator that throws or uses the heap leaves nothing behind", () => {
    expect(() =>
      heap.array(
        "u8",
        (function* () {
          yield 1;
          heap.array("u8", 1000).release();
          throw new Error("out of items");
        })(),
      ),
    ).toThrow("out of items");
    expectNothingLeft();
  });

  test("without memory to grow, the array stays as it is", async () => {
    const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
    const array = small.array("i32", [1, 2, 3]);
    const giveBack = exhaust(small);
    expect(() => array.push(...Array.from({ length: 500 }, () => 1))).toThrow(
      expect.objectContaining({ code: "NO_MEMORY" }),
    );
    expect(() => small.array("u8", 100_000)).toThrow(
      expect.objectContaining({ code: "NO_MEMORY", requested: 100_024 }),
    );
    expect([...array]).toEqual([1, 2, 3]);
    giveBack();
    small.verify();
  });

  test("released, and of another heap", async () => {
    const array = heap.array("u8", [1]);
    array.release();
    for (const use of [
      () => array.length,
      () => array.kind,
      () => array.view,
      () => array.at(0),
      () => array.set(0, 1),
      () => array.push(1),
      () => array.pop(),
      () => [...array],
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    }
  });
});
