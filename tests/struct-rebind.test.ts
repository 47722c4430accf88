// Struct types that another host of the heap has defined: another thread, or the program whose image the heap was.
import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { toPlain } from "../src/plain.js";
import type { AnyStructType, Fields, Instance, StructOptions } from "../src/structtype.js";
import { type Host, Hosts } from "./helpers/hosts.js";

describe.each([false, true])("debug: %s", (debug) => {
  let hosts: Hosts;
  let first: Host;
  let second: Host;

  beforeEach(async () => {
    hosts = await Hosts.open(debug);
    first = hosts.make();
    second = hosts.make();
  });

  describe("a type is declared again", () => {
    test("with the same id, size and fields, and objects are of the type in both", () => {
      const Leaf = first.struct("Leaf", { id: "u32" });
      const shape = {
        real: "f64",
        byte: "u8",
        next: "self",
        any: "ref",
        far: "weak",
        flag: "bool",
        big: "i64",
      } as const;
      const Node = first.struct("Node", { ...shape, leaf: Leaf });
      const Leaf2 = second.struct("Leaf", { id: "u32" });
      const Node2 = second.struct("Node", { ...shape, leaf: Leaf2 });
      expect([Leaf2.id, Leaf2.size, Node2.id, Node2.size]).toEqual([Leaf.id, Leaf.size, Node.id, Node.size]);
      expect(Object.keys(Node2.fields)).toEqual(Object.keys(Node.fields));
      expect(Node2.fields).toEqual({ ...shape, leaf: Leaf2 });
      const node = new Node({ real: 0.5, byte: 200, any: "text", flag: true, big: -5n, leaf: new Leaf({ id: 7 }) });
      node.next = node;
      node.far = node;
      const same = Node2.at(node.address);
      expect([same.real, same.byte, same.any, same.flag, same.big, same.leaf?.id]).toEqual([
        0.5,
        200,
        "text",
        true,
        -5n,
        7,
      ]);
      expect([same.next?.is(same), same.far?.is(same), same instanceof Node2]).toEqual([true, true, true]);
      same.byte = 5;
      same.leaf = new Leaf2({ id: 9 });
      const cursor = Node2.cursor(node.address);
      expect([node.byte, node.leaf?.id, cursor.byte, cursor.next]).toEqual([5, 9, 5, node.address]);
      expect(() => {
        same.leaf = node.leaf;
      }).toThrow("belongs to another heap");
      first.verify();
    });

    test("once in each host", () => {
      first.struct("Node", { id: "u32" });
      second.struct("Node", { id: "u32" });
      for (const host of [first, second]) {
        expect(() => host.struct("Node", { id: "u32" })).toThrow(
          'heap.struct("Node"): the heap has a struct type of that name; use what declaring it returned, or give this one another name',
        );
      }
    });

    test("types that several hosts define by turns have ids of their own", () => {
      const ids: number[] = [];
      // As many as move the table of types.
      for (let n = 0; n < 100; n++) {
        const [host, other] = n % 3 === 0 ? [first, second] : [second, first];
        ids.push(host.struct(`T${n}`, { [`f${n}`]: "u32", self: "self" }).id);
        if (n % 2 === 0) ids.push(other.struct(`T${n}`, { [`f${n}`]: "u32", self: "self" }).id);
      }
      const [from = 0] = ids;
      expect(new Set(ids)).toEqual(new Set(Array.from({ length: 100 }, (_, n) => from + n)));
      const Own = first.struct("Own", { id: "u32" });
      first.struct("After", { own: Own });
      expect(first.at(new Own().address)).toBeInstanceOf(Own);
      const third = hosts.make();
      expect(third.struct("T77", { f77: "u32", self: "self" }).id).toBe(from + 77);
      first.verify();
    });

    test("in another order of its fields, if they lie where they lay", () => {
      const Node = first.struct("Node", { id: "u32", byte: "u8", tag: "ref" });
      expect(second.struct("Node", { tag: "ref", byte: "u8", id: "u32" }).id).toBe(Node.id);
    });

    test.each([
      'quotes ", \\ and \n',
      '","fields":[["x","ref",8]]}',
      "\ud800 alone",
      "😀",
      "\ufeff",
      "\0",
      "u32",
      "12",
    ])("names are any texts: %j", (name) => {
      const Inner = first.struct(name, { [name]: "u32", [`${name}2`]: "ref" });
      const Outer = first.struct("Outer", { 7: "u8", inner: Inner, 3: "u8", [name]: "u16" });
      const outer = new Outer({ inner: new Inner({ [name]: 5 }), 3: 8 } as object);
      const seen = second.at(outer.address) as unknown as {
        readonly inner: { readonly [field: string]: number };
        readonly 3: number;
      };
      expect([seen.inner[name], seen[3]]).toEqual([5, 8]);
      const Inner2 = second.struct(name, { [name]: "u32", [`${name}2`]: "ref" });
      expect(second.struct("Outer", { 7: "u8", inner: Inner2, 3: "u8", [name]: "u16" }).id).toBe(Outer.id);
    });
  });

  describe("otherwise than it was defined", () => {
    const fields = { id: "u32", byte: "u8", next: "self", tag: "ref" } as const;
    const { id: _, ...withoutId } = fields;

    test.each<[object, StructOptions, string]>([
      [withoutId, {}, 'it has a field "id", which is missing here'],
      [{ ...fields, more: "u8" }, {}, 'it has no field "more"'],
      [{ ...fields, id: "i32" }, {}, 'its field "id" is u32, not i32'],
      [{ ...fields, next: "ref" }, {}, 'its field "next" is self, not ref'],
      [
        { id: "u32", byte: "u8", tag: "ref", next: "self" },
        {},
        'its field "next" lies 8 bytes from the header, not 12',
      ],
      [fields, { gc: false }, "its gc is true, not false"],
      [fields, { weakrefable: false }, "its weakrefable is true, not false"],
      [fields, { finalize: () => {} }, "it was defined without finalize"],
    ])("%o %o", (other, options, difference) => {
      const Node = first.struct("Node", fields);
      const declare = () => second.struct("Node", other as Fields, options);
      expect(declare).toThrow(TypeError);
      expect(declare).toThrow(
        `heap.struct("Node"): the heap has a struct type of that name already, and ${difference}`,
      );
      // The name is free for who declares it as it is.
      expect(second.struct("Node", fields).id).toBe(Node.id);
    });

    test("struct types as fields are told apart by their names", () => {
      const A = first.struct("A", { id: "u32" });
      first.struct("u32", { id: "u32" });
      first.struct("Node", { a: A });
      first.struct("Scalar", { a: "u32" });
      const [A2, B2] = [second.struct("A", { id: "u32" }), second.struct("u32", { id: "u32" })];
      expect(() => second.struct("Node", { a: B2 })).toThrow('its field "a" is of type A, not of type u32');
      expect(() => second.struct("Node", { a: "ref" })).toThrow('its field "a" is of type A, not ref');
      expect(() => second.struct("Scalar", { a: B2 })).toThrow('its field "a" is u32, not of type u32');
      expect(second.struct("Node", { a: A2 }).fields).toEqual({ a: A2 });
    });

    test("gc: false must be said again", () => {
      first.struct("Node", { next: "self" }, { gc: false, weakrefable: false });
      expect(() => second.struct("Node", { next: "self" })).toThrow("its gc is false, not true");
      expect(() => second.struct("Node", { next: "self" }, { gc: false })).toThrow(
        "its weakrefable is false, not true",
      );
      second.struct("Node", { next: "self" }, { gc: false, weakrefable: false });
    });

    test("a wrong kind is a wrong kind", () => {
      first.struct("Node", { id: "u32" });
      expect(() => second.struct("Node", { id: "u33" } as never)).toThrow('field "id" is of no known kind: "u33"');
    });
  });

  describe("before it is declared", () => {
    test("its objects have fields, print and convert, and are of the type that is declared later", () => {
      const Leaf = first.struct("Leaf", { id: "u32" });
      const Node = first.struct("Node", { weight: "f64", leaf: Leaf, tag: "ref" });
      const node = new Node({ weight: 0.5, leaf: new Leaf({ id: 3 }), tag: [1, "two"] });
      const seen = second.at(node.address) as unknown as Instance<{ weight: "f64"; leaf: typeof Leaf; tag: "ref" }>;
      expect([seen.typeName, seen.weight, seen.leaf?.id]).toEqual(["Node", 0.5, 3]);
      seen.weight = 1.5;
      expect(node.weight).toBe(1.5);
      expect(JSON.stringify(seen)).toMatch(/^\{"weight":1.5,"leaf":"<Leaf 0x[0-9a-f]{8}>","tag":"<list 0x/);
      expect(inspect(seen)).toMatch(/^Node \{ weight: 1.5/);
      expect(toPlain(second.objects, seen, "test")).toEqual({ weight: 1.5, leaf: { id: 3 }, tag: [1, "two"] });
      const Leaf2 = second.struct("Leaf", { id: "u32" });
      const Node2 = second.struct("Node", { weight: "f64", leaf: Leaf2, tag: "ref" });
      expect([seen instanceof Node2, seen.leaf instanceof Leaf2, Node2.isInstance(seen)]).toEqual([true, true, true]);
      expect([seen.constructor, Object.getPrototypeOf(Node2.at(node.address))]).toEqual([
        Node2,
        Object.getPrototypeOf(seen),
      ]);
    });

    test("its name is in messages", () => {
      const Node = first.struct("Node", { id: "u32" });
      const node = new Node();
      const Other = second.struct("Other", {});
      expect(() => Other.at(node.address)).toThrow("the object is a Node, not a Other");
    });

    test("one that comes later, too", () => {
      const Early = first.struct("Early", { id: "u32" });
      expect(second.at(new Early({ id: 1 }).address)).toMatchObject({ id: 1 });
      const Late = first.struct("Late", { early: Early });
      expect(second.at(new Late({ early: new Early({ id: 2 }) }).address)).toMatchObject({ early: { id: 2 } });
    });

    test("a chain of 5,000 types, each with a field of the one before", () => {
      let Type: AnyStructType = first.struct("T0", { id: "u32" });
      for (let n = 1; n < 5000; n++) Type = first.struct(`T${n}`, { before: Type });
      const object = new Type();
      expect(second.at(object.address).typeName).toBe("T4999");
      expect(second.bound(Type).id).toBe(Type.id);
      expect(second.struct("More", { last: Type }).id).toBe(Type.id + 1);
    });
  });

  describe("finalizers", () => {
    test("run in the host that gives them, and in no other", () => {
      const ran: string[] = [];
      const Node = first.struct("Node", { id: "u32" }, { finalize: ({ id }) => void ran.push(`first ${id}`) });
      const drop = (host: Host, id: number) => {
        const node = new Node({ id });
        hosts.enter(host);
        node.release();
      };
      drop(second, 1);
      second.struct("Node", { id: "u32" });
      drop(second, 2);
      drop(first, 3);
      const third = hosts.make();
      third.struct("Node", { id: "u32" }, { finalize: ({ id }) => void ran.push(`third ${id}`) });
      drop(third, 4);
      expect([ran, hosts.unraisable]).toEqual([["first 3", "third 4"], []]);
      first.verify();
    });
  });
});
