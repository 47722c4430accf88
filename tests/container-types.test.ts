// What the compiler says about containers, arrays and texts.
import { expect, expectTypeOf, test } from "vitest";
import {
  type ArrayKind,
  Deque,
  type Handle,
  List,
  type Storable,
  Tuple,
  TypedArrayHandle,
  type Value,
} from "../src/index.js";
import { openHeap } from "./helpers/heap.js";

test("items are values, and what is stored may be plain data", async () => {
  const heap = await openHeap();
  const list = heap.list([1, "two", { three: [3] }, new Map([[1, 2]]), new Uint8Array(1), undefined]);
  expectTypeOf(list.at(0)).toEqualTypeOf<Value | undefined>();
  expectTypeOf(list.splice(0, 1, [1], "two")).toEqualTypeOf<Value[]>();
  expectTypeOf([...list.entries()]).toEqualTypeOf<[number, Value][]>();
  expectTypeOf<Parameters<List["push"]>>().toEqualTypeOf<Storable[]>();
  expectTypeOf(heap.tuple(new Set([1]))).toEqualTypeOf<Tuple>();
  expectTypeOf(heap.deque(list, { maxLength: 2 }).maxLength).toEqualTypeOf<number | null>();
  expectTypeOf(list.clone()).toEqualTypeOf<List>();
  // @ts-expect-error functions are no data
  expect(() => list.push(() => 1)).toThrow(TypeError);
  // @ts-expect-error tuples do not change
  expect(() => heap.tuple([1]).push(2)).toThrow(TypeError);
  // @ts-expect-error a heap makes its containers
  expect(() => new Deque()).toThrow(TypeError);
});

test("instanceof tells containers apart", async () => {
  const heap = await openHeap();
  const value = heap.from([1]);
  expect([value instanceof List, value instanceof Tuple]).toEqual([true, false]);
  if (value instanceof List) expectTypeOf(value).toEqualTypeOf<List>();
  expectTypeOf<List>().toExtend<Handle>();
});

test("an array's items and view are those of its kind", async () => {
  const heap = await openHeap();
  const bytes = heap.array("u8", [1, 2]);
  expectTypeOf(bytes.at(0)).toEqualTypeOf<number | undefined>();
  expectTypeOf(bytes.view).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(bytes.kind).toEqualTypeOf<"u8">();
  const longs = heap.array("i64", 3);
  expectTypeOf([...longs]).toEqualTypeOf<bigint[]>();
  expectTypeOf(longs.view).toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
  // @ts-expect-error bigints in no array of numbers
  expect(() => bytes.push(1n)).toThrow(TypeError);
  // @ts-expect-error numbers in no array of bigints
  expect(() => heap.array("u64", [1])).toThrow(TypeError);
  expect(bytes).toBeInstanceOf(TypedArrayHandle);
  expectTypeOf(bytes).toExtend<TypedArrayHandle<ArrayKind>>();
});
