// What the compiler makes of heap.from: the type of the result, and what it does not let pass.
import { expect, expectTypeOf, test } from "vitest";
import type { Bytes, Dict, HeapSet, List, TypedArrayHandle, Value } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";

interface Product {
  readonly name: string;
  readonly tags: string[];
}

test("the type of the result follows that of the data", async () => {
  const heap = await openHeap();
  const product: Product = { name: "bolt", tags: ["steel"] };
  heap.scope(() => {
    expectTypeOf(heap.from([1, 2])).toEqualTypeOf<List>();
    expectTypeOf(heap.from(product)).toEqualTypeOf<Dict>();
    expectTypeOf(heap.from([product])).toEqualTypeOf<List>();
    expectTypeOf(heap.from(new Map([["a", product]]))).toEqualTypeOf<Dict>();
    expectTypeOf(heap.from(new Set([1]))).toEqualTypeOf<HeapSet>();
    expectTypeOf(heap.from(new Uint8Array(1))).toEqualTypeOf<Bytes>();
    expectTypeOf(heap.from(new Float64Array(1))).toEqualTypeOf<TypedArrayHandle>();
    expectTypeOf(heap.from(heap.tuple([1]))).toEqualTypeOf<ReturnType<typeof heap.tuple>>();
    expectTypeOf(heap.from(undefined)).toEqualTypeOf<null>();
    const parsed: unknown = JSON.parse("[1]");
    expectTypeOf(heap.from(parsed)).toEqualTypeOf<Value>();
    expectTypeOf(heap.from(JSON.parse("[1]"))).toEqualTypeOf<Value>();
    expect(heap.from([product]).length).toBe(1);
    expect(heap.from(product).get("name")).toBe("bolt");
  });
});

test("what is seen to be no plain data is refused before it runs, and when it does", async () => {
  const heap = await openHeap();
  // @ts-expect-error: a function
  expect(() => heap.from(() => 1)).toThrow(TypeError);
  // @ts-expect-error: a symbol
  expect(() => heap.from(Symbol("s"))).toThrow(TypeError);
  // @ts-expect-error: a date
  expect(() => heap.from(new Date())).toThrow("[object Date]");
  // @ts-expect-error: a promise, of which somebody forgot to wait for the end
  expect(() => heap.from(Promise.resolve(1))).toThrow(TypeError);
});
