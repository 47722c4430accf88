// heap.struct: definitions, and where fields lie.
import { describe, expect, test } from "vitest";
import { type AnyStructType, MemoryError, type Scalar } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";

describe("where fields lie", () => {
  test.each([
    [{ id: "u32", weight: "f64", next: "self", tag: "ref" }, 8 + 8 + 2 * 4 + 8 + 4],
    // An 8-byte scalar after one reference: a 4-byte one fills the gap, else smaller ones.
    [{ a: "f64", b: "u32", r: "ref" }, 8 + 8 + 4 + 4 + 8],
    [{ a: "f64", b: "u8", c: "u16", d: "u8", r: "ref" }, 8 + 8 + 4 + 4 + 8],
    [{ a: "f64", b: "u8", r: "ref" }, 8 + 8 + 4 + 4 + 8],
    [{ a: "f64", b: "u32", c: "u32", d: "u16", e: "u8", r: "ref" }, 8 + 8 + 4 + 4 + 8 + 4 + 2 + 1],
    [{ a: "u8", b: "u16", r: "ref" }, 8 + 8 + 4 + 3],
    [{ a: "u8", b: "f64" }, 8 + 8 + 1],
    [{}, 8],
  ] as const)("%o takes %d bytes", async (fields, size) => {
    const heap = await openHeap();
    const Type: AnyStructType = heap.struct("Type", fields);
    expect(Type.size).toBe(size);
    using object = new Type();
    expect(heap.sys.getSizeOf(object)).toBe(size);
  });

  test("references come first, then scalars from the largest to the smallest", async () => {
    const heap = await openHeap();
    const Type = heap.struct("Type", { byte: "u8", tag: "ref", real: "f64", word: "u32", half: "u16" });
    using object = new Type({ byte: 0x12, tag: 3, real: 1.5, word: 0x789abcde, half: 0x3456 });
    const view = new DataView(heap.memory.buffer, object.address);
    expect(view.getUint32(8, true)).toBe(7);
    expect(view.getUint32(12, true)).toBe(0x789abcde);
    expect(view.getFloat64(16, true)).toBe(1.5);
    expect(view.getUint16(24, true)).toBe(0x3456);
    expect(view.getUint8(26)).toBe(0x12);
  });

  test("the collector knows types that can be part of a cycle", async () => {
    const heap = await openHeap();
    const Leaf = heap.struct("Leaf", { id: "u32" });
    const Pair = heap.struct("Pair", { a: Leaf, b: Leaf });
    const Box = heap.struct("Box", { value: "ref" });
    const Holder = heap.struct("Holder", { box: Box });
    const Acyclic = heap.struct("Acyclic", { value: "ref", box: Box }, { gc: false });
    const Chosen = heap.struct("Chosen", { id: "u32" }, { gc: true });
    const types: AnyStructType[] = [Leaf, Pair, Box, Holder, Acyclic, Chosen];
    const tracked = heap.scope(() => types.map((Type) => heap.gc.isTracked(new Type())));
    expect(tracked).toEqual([false, false, true, true, false, true]);
    expect(Leaf.size).toBe(12);
    expect(Chosen.size).toBe(20);
    heap.verify();
  });
});

describe("definitions", () => {
  test("a type has its name, fields and id", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const Other = heap.struct("Other", { node: Node });
    expect([Node.name, Node.fields, Other.id - Node.id]).toEqual(["Node", { id: "u32", next: "self" }, 1]);
    expect(Object.isFrozen(Node.fields)).toBe(true);
    using node = new Node();
    expect(node).toBeInstanceOf(Node);
    expect(node.constructor).toBe(Node);
    expect(node.typeName).toBe("Node");
    expect(Node.isInstance(node)).toBe(true);
    for (const value of [null, 1, true, new Other()]) expect(Node.isInstance(value)).toBe(false);
  });

  test.each([
    "address",
    "release",
    "released",
    "is",
    "clone",
    "typeName",
    "constructor",
    "toString",
    "toJSON",
    "hasOwnProperty",
    "__proto__",
    "$hold",
  ])("no field can be called %s", async (name) => {
    const heap = await openHeap();
    const fields = Object.fromEntries([[name, "u8"]]) as { [name: string]: Scalar };
    expect(() => heap.struct("Type", fields)).toThrow(
      `heap.struct("Type"): no field can be called "${name}": that is what handles have themselves`,
    );
  });

  test("wrong definitions are TypeErrors that say what is wrong, and take no name", async () => {
    const heap = await openHeap();
    const other = await openHeap();
    const Foreign = other.struct("Foreign", {});
    const struct = heap.struct.bind(heap) as (name: unknown, fields: unknown, options?: unknown) => unknown;
    for (const [name, fields, options, sentence] of [
      [5, {}, undefined, "heap.struct: the name must be a string, not 5"],
      ["", {}, undefined, "heap.struct: the name is empty"],
      ["T", null, undefined, 'heap.struct("T"): fields must be an object of names and kinds, not null'],
      ["T", { "": "u8" }, undefined, 'heap.struct("T"): a field has an empty name'],
      ["T", { [Symbol("s")]: "u8" }, undefined, 'heap.struct("T"): a field has a name, not Symbol(s)'],
      ["T", { a: "u33" }, undefined, 'heap.struct("T"): field "a" is of no known kind: "u33"; there are i8, u8,'],
      ["T", { a: "toString" }, undefined, 'field "a" is of no known kind: "toString"'],
      ["T", { a: undefined }, undefined, 'field "a" is of no known kind: undefined'],
      ["T", { a: class {} }, undefined, 'field "a" is of no known kind: a function'],
      ["T", { a: Foreign }, undefined, 'field "a" is of the struct type Foreign of another heap'],
      ["T", {}, 5, 'heap.struct("T"): options must be an object, not 5'],
      ["T", {}, { gc: 1 }, 'heap.struct("T"): gc must be true or false, not 1'],
      ["T", {}, { GC: true }, 'heap.struct("T"): there is no option "GC"; there are finalize, gc, weakrefable'],
    ] as const) {
      expect(() => struct(name, fields, options)).toThrow(TypeError);
      expect(() => struct(name, fields, options)).toThrow(sentence);
    }
    heap.struct("T", {});
    expect(() => heap.struct("T", {})).toThrow('heap.struct("T"): the heap has a struct type of that name');
    heap.verify();
  });

  test("fields and options are read once, and a name is looked for after that", async () => {
    const heap = await openHeap();
    const kinds: Scalar[] = ["u8", "f64"];
    let defined = 0;
    const fields = {
      get a(): Scalar {
        return kinds.shift() ?? "u16";
      },
      get b(): Scalar {
        if (defined++ === 0) heap.struct("Type", { inner: "u8" });
        return "u8";
      },
    };
    expect(() => heap.struct("Type", fields)).toThrow("the heap has a struct type of that name");
    const gc = [true, false];
    const options = {
      get gc() {
        return gc.shift() ?? false;
      },
    };
    const Other = heap.struct("Other", fields, options);
    expect([Other.fields, Other.size, gc.length, kinds.length]).toEqual([{ a: "f64", b: "u8" }, 8 + 8 + 8 + 1, 1, 0]);
    using other = new Other();
    expect(heap.gc.isTracked(other)).toBe(true);
  });

  test("a type is called with new, and not extended", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", {});
    expect(() => (Node as unknown as () => void)()).toThrow("Node: call it with new");
    class Derived extends (Node as new () => object) {}
    expect(() => new Derived()).toThrow(
      "Node: a struct type cannot be extended; write functions that take its handles, or define another struct with a field that " +
        "refers to it",
    );
    expect(heap.handleCount).toBe(0);
  });

  test("more bytes than an object can have are a RangeError", async () => {
    const heap = await openHeap();
    // Names that are indices, which a list has: two million others take long to make.
    const fields = new Array<Scalar>(2 ** 21).fill("f64") as unknown as { [name: string]: Scalar };
    expect(() => heap.struct("Huge", fields)).toThrow(
      'heap.struct("Huge"): the fields take 16777224 bytes with the header; an object has at most 16777216',
    );
  }, 30_000);

  test("more types than a heap can have are a RangeError", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 23 });
    for (let id = heap.struct("First", {}).id; id < 65_535; id++) heap.core.defineType(0, 8, 0, 0, 0);
    expect(() => heap.struct("Last", {})).toThrow('heap.struct("Last"): the heap has 65535 types');
    heap.verify();
  });

  test("memory that is too small for a type is a MemoryError", async () => {
    const heap = await openHeap({ initialMemory: 65_536, maximumMemory: 65_536 });
    expect(() => {
      for (let i = 0; ; i++) heap.struct(`Type${i}`, { a: "u8", b: "u8", c: "u8" });
    }).toThrow(MemoryError);
    heap.verify();
  });

  test("types of one name in two heaps do not mix", async () => {
    const heaps = await Promise.all([openHeap(), openHeap()]);
    const [One, Two] = heaps.map((heap) => heap.struct("Node", { id: "u32" }));
    using one = new (One as AnyStructType)({ id: 1 });
    using two = new (Two as AnyStructType)({ id: 2 });
    expect([one.id, two.id]).toEqual([1, 2]);
    expect(One?.isInstance(two)).toBe(false);
  });
});
