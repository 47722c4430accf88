// Struct types of other heaps: as fields, and to be found in this heap by their names.
import { beforeEach, describe, expect, test } from "vitest";
import { Heap } from "../src/index.js";
import type { AnyStructType, Fields, Instance, StructOptions } from "../src/structtype.js";
import { type Host, Hosts } from "./helpers/hosts.js";

describe("types of other heaps", () => {
  let first: Host;
  let second: Host;
  let hosts: Hosts;

  beforeEach(async () => {
    hosts = await Hosts.open();
    first = hosts.make();
    second = hosts.make();
  });

  test("are fields, where this heap has them", () => {
    const Leaf = first.struct("Leaf", { id: "u32" });
    const Node = first.struct("Node", { leaf: Leaf });
    const Node2 = second.struct("Node", { leaf: Leaf });
    expect([Node2.id, Node2.fields.leaf === Leaf, (Node2.fields.leaf as AnyStructType).id]).toEqual([
      Node.id,
      false,
      Leaf.id,
    ]);
    const Wide = second.struct("Wide", { leaf: Leaf });
    const leaf = new Leaf({ id: 5 });
    const wide = new Wide({ leaf: second.struct("Leaf", { id: "u32" }).at(leaf.address) as never });
    expect(wide.leaf?.id).toBe(5);
    first.verify();
  });

  test("are no fields where it has none, or others of that name", async () => {
    const other = await Heap.create();
    const Foreign = other.struct("Foreign", { id: "u32" });
    const declare = () => first.struct("Node", { foreign: Foreign });
    expect(declare).toThrow(
      'heap.struct("Node"): field "foreign" is of the struct type Foreign of another heap; define one of that name in this heap',
    );
    second.struct("Foreign", { id: "i32" });
    expect(declare).toThrow(
      'heap.struct("Node"): field "foreign": the struct type Foreign is another in this heap: its field "id" is i32, not u32',
    );
  });

  test("are looked at with all that their fields refer to", async () => {
    const other = await Heap.create();
    const A = other.struct("A", { id: "u32" });
    const B = other.struct("B", { a: A });
    const C = other.struct("C", { a: A, b: B });
    const A1 = first.struct("A", { id: "f32" });
    first.struct("C", { a: A1, b: first.struct("B", { a: A1 }) });
    expect(() => second.bound(C)).toThrow(
      'heap.struct(C): the struct type A is another in this heap: its field "id" is f32, not u32',
    );
  });

  test("as many as there are ways to them take no longer", async () => {
    const types = (define: (name: string, fields: Fields) => AnyStructType) => {
      let Type = define("T0", { id: "u32" });
      for (let n = 1; n < 60; n++) Type = define(`T${n}`, { a: Type, b: Type });
      return Type;
    };
    const other = await Heap.create();
    const Foreign = types((name, fields) => other.struct(name, fields));
    const Type = types((name, fields) => first.struct(name, fields));
    expect(second.bound(Foreign).id).toBe(Type.id);
  });

  test("heap.struct of one alone is this heap's own", async () => {
    const ran: number[] = [];
    const other = await Heap.create();
    const Old = other.struct("Node", { id: "u32", next: "self" }, { finalize: ({ id }) => void ran.push(id) });
    expect(() => first.bound(Old)).toThrow("heap.struct(Node): the heap has no struct type of that name");
    const Node = first.struct("Node", { id: "u32", next: "self" }, { finalize: () => {} });
    other[Symbol.dispose]();
    const Bound = second.bound(Old);
    const node: Instance<{ id: "u32"; next: "self" }> = new Bound({ id: 5 });
    expect([Bound.id, second.bound(Old) === Bound, second.bound(Bound) === Bound]).toEqual([Node.id, true, true]);
    // It has the finalizer of the other, and keeps it when it is declared by name, which it can be once.
    expect(second.struct("Node", { id: "u32", next: "self" })).toBe(Bound);
    expect(() => second.struct("Node", { id: "u32", next: "self" })).toThrow("the heap has a struct type of that name");
    node.release();
    expect(ran).toEqual([5]);
    expect(() => second.structs.define(Old, { id: "u32" } as never)).toThrow(
      "heap.struct(Node): a struct type of another heap comes alone",
    );
  });

  test("a type that is declared already keeps its finalizer, or none", async () => {
    const ran: string[] = [];
    const fields = { id: "u32" } as const;
    const other = await Heap.create();
    const Old = other.struct("Node", fields, { finalize: () => void ran.push("old") });
    first.struct("Node", fields, { finalize: () => {} });
    const Node = second.struct("Node", fields, { finalize: () => void ran.push("own") });
    expect(second.bound(Old)).toBe(Node);
    new Node().release();
    expect(ran).toEqual(["own"]);
  });

  test.each<[StructOptions, StructOptions, string | null]>([
    [{}, {}, null],
    [{ finalize: () => {} }, {}, null],
    [{}, { finalize: () => {} }, "it was defined without finalize"],
    [{ gc: false }, {}, "its gc is false, not true"],
    [{}, { weakrefable: false }, "its weakrefable is true, not false"],
  ])("defined with %o, and with %o in the other heap", async (options, others, difference) => {
    const other = await Heap.create();
    const fields = { next: "self" } as const;
    const Old = other.struct("Node", fields, others);
    const Node = first.struct("Node", fields, options);
    for (const [bind, start] of [
      [() => second.bound(Old), "heap.struct(Node): "],
      [() => hosts.make().structs.bind([Old]), "structs: Node: "],
    ] as const) {
      if (difference === null) expect(bind).not.toThrow();
      else expect(bind).toThrow(`${start}the struct type Node is another in this heap: ${difference}`);
    }
    if (difference === null) expect(second.bound(Old).id).toBe(Node.id);
  });

  test("bind says which it does not take", async () => {
    const other = await Heap.create();
    const Old = other.struct("Node", { id: "u32" });
    for (const [types, sentence] of [
      [5, "structs: wants an array of struct types, not 5"],
      [[Old], "structs: Node: the heap has no struct type of that name"],
      [["Node"], 'structs: item 0 must be a struct type, not "Node"'],
      [[class {}], "structs: item 0 must be a struct type, not a function"],
    ] as const) {
      expect(() => second.structs.bind(types as never)).toThrow(TypeError);
      expect(() => second.structs.bind(types as never)).toThrow(sentence);
    }
    const Node = first.struct("Node", { id: "u32" });
    second.structs.bind([Old, Old]);
    expect(second.bound(Old).id).toBe(Node.id);
  });
});
