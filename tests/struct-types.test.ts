// The types of struct types, and pieces of a program as a user writes it.
import { expect, expectTypeOf, test } from "vitest";
import type {
  Cursor,
  Fields,
  FieldsOf,
  Handle,
  Instance,
  ObjectAddress,
  Scalar,
  Storable,
  StructType,
  Value,
  Word,
} from "../src/index.js";
import { openHeap } from "./helpers/heap.js";

test("a cycle of two records: reference counts cannot free it, the collector can", async () => {
  const heap = await openHeap({ gc: { threshold: [2000, 10, 10] } });
  const Node = heap.struct("Node", { id: "u32", weight: "f64", next: "self", tag: "ref" });
  {
    using a = new Node({ id: 1, weight: 0.5 });
    using b = new Node({ id: 2, next: a, tag: 7 });
    a.next = b;
    const weight: number = b.weight;
    using next: Instance<typeof Node.fields> | null = b.next;
    expect([weight, next?.id]).toEqual([0, 1]);
  }
  expect(heap.gc.collect()).toBe(2);
  expect(heap.handleCount).toBe(0);
});

test("a field of another struct's type", async () => {
  const heap = await openHeap();
  const Node = heap.struct("Node", { id: "u32" });
  const Edge = heap.struct("Edge", { from: Node, to: Node, cost: "f32" });
  heap.scope(() => {
    const node = new Node({ id: 3 });
    const edge = new Edge({ from: node, to: node, cost: 2 });
    expectTypeOf(edge.from).toEqualTypeOf<Instance<typeof Node.fields> | null>();
    expect(edge.from?.id).toBe(3);
  });
  expect(heap.handleCount).toBe(0);
});

test("a hot loop without handles", async () => {
  const heap = await openHeap();
  const Node = heap.struct("Node", { weight: "f64", next: "self" });
  const list = heap.scope(() => new Node({ weight: 1, next: new Node({ weight: 2 }) }));
  const c = Node.cursor();
  let sum = 0;
  for (let at = list.address; at !== 0; at = c.next) {
    c.address = at;
    sum += c.weight;
  }
  expect(sum).toBe(3);
  list.release();
});

test("fields have the types of their kinds", async () => {
  const heap = await openHeap();
  const Leaf = heap.struct("Leaf", { id: "u8" });
  const All = heap.struct("All", {
    int: "i32",
    real: "f64",
    big: "i64",
    flag: "bool",
    any: "ref",
    next: "self",
    leaf: Leaf,
  });
  expectTypeOf(All.name).toEqualTypeOf<string>();
  expectTypeOf(All.fields.big).toEqualTypeOf<"i64">();
  expectTypeOf(Leaf).toEqualTypeOf<StructType<{ readonly id: "u8" }>>();
  using object = new All();
  expectTypeOf(object).toExtend<Handle>();
  expectTypeOf(object.int).toEqualTypeOf<number>();
  expectTypeOf(object.real).toEqualTypeOf<number>();
  expectTypeOf(object.big).toEqualTypeOf<bigint>();
  expectTypeOf(object.flag).toEqualTypeOf<boolean>();
  expectTypeOf(object.any).toEqualTypeOf<Value>();
  expectTypeOf(object.next).toEqualTypeOf<Instance<typeof All.fields> | null>();
  expectTypeOf(object.leaf).toEqualTypeOf<Instance<{ readonly id: "u8" }> | null>();
  expectTypeOf(object.clone()).toEqualTypeOf(object);
  expectTypeOf(All.at(object.address)).toEqualTypeOf(object);
  expectTypeOf(All.allocate(0)).toEqualTypeOf<Uint32Array<ArrayBuffer>>();
  const cursor = All.cursor();
  expectTypeOf(cursor).toEqualTypeOf<Cursor<typeof All.fields>>();
  expectTypeOf(cursor.address).toEqualTypeOf<ObjectAddress>();
  cursor.address = object.address;
  expectTypeOf(cursor.big).toEqualTypeOf<bigint>();
  expectTypeOf(cursor.any).toEqualTypeOf<Word>();
  expectTypeOf(cursor.leaf).toEqualTypeOf<ObjectAddress>();
  const value: Value = object.any;
  if (Leaf.isInstance(value)) expectTypeOf(value.id).toEqualTypeOf<number>();
  expectTypeOf(heap.scope(() => 5)).toEqualTypeOf<number>();
  expectTypeOf(heap.scope((scope) => scope.keep(object))).toEqualTypeOf(object);
  expectTypeOf<Value>().toEqualTypeOf<null | boolean | number | bigint | string | Handle>();
  expectTypeOf<Value | undefined>().toExtend<Storable>();
  expectTypeOf<{ a: (string | Map<number, Set<bigint>>)[]; b: Float64Array; c: ArrayBuffer }>().toExtend<Storable>();
  expectTypeOf<() => void>().not.toExtend<Storable>();
  expectTypeOf<symbol>().not.toExtend<Storable>();
  // A scope kept what was from outside, so it is still here.
  expect(object.released).toBe(false);
});

test("fields that the compiler knows little about are taken", async () => {
  const heap = await openHeap();
  const names: { [name: string]: Scalar } = { id: "u8" };
  const Loose = heap.struct("Loose", names);
  expectTypeOf(Loose).toEqualTypeOf<StructType<{ [name: string]: Scalar }>>();
  const any: Fields = { loose: Loose };
  expect(heap.struct("Any", any).name).toBe("Any");
  const define = <F extends Fields>(name: string, fields: F) => heap.struct(name, fields as FieldsOf<F>);
  expect(define("Generic", { id: "u8" }).fields).toEqual({ id: "u8" });
});

test("a scope gives what its body returns", async () => {
  const heap = await openHeap();
  const identity = <T>(value: T): T => heap.scope(() => value);
  expectTypeOf(identity("x" as const)).toEqualTypeOf<"x">();
  const pair: [number, string] = heap.scope(() => [1, "a"]);
  const kind: { kind: "a" | "b" } = heap.scope(() => ({ kind: "a" }));
  expectTypeOf(heap.scope(() => {})).toEqualTypeOf<void>();
  expectTypeOf(heap.scope(() => undefined)).toEqualTypeOf<undefined>();
  expect([pair, kind]).toEqual([[1, "a"], { kind: "a" }]);
});

test("what does not fit is an error of the compiler, and of the program", async () => {
  const heap = await openHeap();
  const Leaf = heap.struct("Leaf", { area: "f32" });
  const Node = heap.struct("Node", { id: "u32", big: "u64", next: "self", leaf: Leaf, any: "ref" });
  using node = new Node();
  using leaf = new Leaf();
  // @ts-expect-error: no such kind
  expect(() => heap.struct("Wrong", { id: "u33" })).toThrow(TypeError);
  for (const define of [
    // @ts-expect-error: handles have an address
    () => heap.struct("Wrong", { id: "u32", address: "u32" }),
    // @ts-expect-error: handles have this method
    () => heap.struct("Wrong", { toString: "u8" }),
    // @ts-expect-error: everything has a constructor
    () => heap.struct("Wrong", { constructor: "u8" }),
    // @ts-expect-error: a dollar
    () => heap.struct("Wrong", { $id: "u32" }),
  ]) {
    expect(define).toThrow("that is what handles have themselves");
  }
  // @ts-expect-error: no such option
  expect(() => heap.struct("Wrong", {}, { gcc: true })).toThrow(TypeError);
  // @ts-expect-error: no such field
  expect(() => new Node({ name: 1 })).toThrow(TypeError);
  // @ts-expect-error: a bigint is wanted
  expect(() => new Node({ big: 1 })).toThrow(TypeError);
  // @ts-expect-error: a Leaf is no Node
  expect(() => new Node({ next: leaf })).toThrow(TypeError);
  // @ts-expect-error: a Node is no Leaf
  expect(() => new Node({ leaf: node })).toThrow(TypeError);
  // @ts-expect-error: references do not hold functions
  expect(() => new Node({ any: () => 1 })).toThrow(TypeError);
  expect(() => {
    // @ts-expect-error: read only
    Node.id = 5;
  }).toThrow(TypeError);
  // @ts-expect-error: a number is wanted
  expect(() => heap.sys.getRefCount(5)).toThrow(TypeError);
});
