// heap.struct: what fields hold, and new objects.
import { describe, expect, test } from "vitest";
import { AddressError, MemoryError, type Scalar } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

/** Ends of the range of each kind of integer. */
const RANGES = [
  ["i8", -128, 127],
  ["u8", 0, 255],
  ["i16", -32768, 32767],
  ["u16", 0, 65535],
  ["i32", -(2 ** 31), 2 ** 31 - 1],
  ["u32", 0, 2 ** 32 - 1],
] as const;
const BIG_RANGES = [
  ["i64", -(2n ** 63n), 2n ** 63n - 1n],
  ["u64", 0n, 2n ** 64n - 1n],
] as const;
const FLOATS = [0, -0, 1.5, -1e-30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** A field of any name and kind. */
type Loose = { [name: string]: unknown };

describe.each(VARIANTS)("$name", ({ open }) => {
  test("fields start at 0, false and null", async () => {
    const heap = await open();
    const kinds = { a: "i8", b: "u64", c: "f32", d: "bool", e: "ref", f: "self", g: "f64", h: "u16" } as const;
    using object = new (heap.struct("All", kinds))();
    expect([object.a, object.b, object.c, object.d, object.e, object.f, object.g, object.h]).toEqual([
      0,
      0n,
      0,
      false,
      null,
      null,
      0,
      0,
    ]);
    heap.verify();
  });

  test.each(RANGES)("%s holds %d and %d, and nothing beyond", async (kind, least, most) => {
    const heap = await open();
    // Neighbours on both sides show whether a write goes too far.
    const Type = heap.struct("Type", { before: kind, value: kind, after: kind });
    using object = new Type({ before: most, after: most });
    for (const value of [least, most, 1]) {
      object.value = value;
      expect([object.before, object.value, object.after]).toEqual([most, value, most]);
    }
    for (const value of [least - 1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => {
        object.value = value;
      }).toThrow(RangeError);
    }
    for (const value of ["1", 1n, true, null, {}, undefined] as unknown[]) {
      expect(() => {
        (object as object as Loose).value = value;
      }).toThrow(TypeError);
    }
    expect(() => {
      object.value = most + 1;
    }).toThrow(`Type.value: wants an integer of ${least} … ${most}, not ${most + 1}`);
    expect(object.value).toBe(1);
    object.value = -0;
    expect(object.value).toBe(0);
  });

  test.each(BIG_RANGES)("%s holds bigints", async (kind, least, most) => {
    const heap = await open();
    using object = new (heap.struct("Type", { before: kind, value: kind, after: kind }))({ before: most, after: most });
    for (const value of [least, most, 1n]) {
      object.value = value;
      expect([object.before, object.value, object.after]).toEqual([most, value, most]);
    }
    for (const value of [least - 1n, most + 1n]) {
      expect(() => {
        object.value = value;
      }).toThrow(RangeError);
    }
    for (const value of [1, "1", null] as unknown[]) {
      expect(() => {
        (object as object as Loose).value = value;
      }).toThrow("Type.value: wants a bigint");
    }
  });

  test("f32 and f64 keep every number, and bool only booleans", async () => {
    const heap = await open();
    using object = new (heap.struct("Type", { single: "f32", double: "f64", flag: "bool" }))();
    for (const value of FLOATS) {
      object.single = value;
      object.double = value;
      expect(object.single).toBe(Math.fround(value));
      expect(object.double).toBe(value);
    }
    object.double = 0.1;
    expect(object.double).toBe(0.1);
    object.flag = true;
    expect(object.flag).toBe(true);
    object.flag = false;
    expect(object.flag).toBe(false);
    for (const [field, value] of [
      ["flag", 1],
      ["single", "1"],
      ["double", 1n],
    ] as const) {
      expect(() => {
        (object as object as Loose)[field] = value;
      }).toThrow(TypeError);
    }
  });

  test("a ref holds null, booleans, numbers and handles", async () => {
    const heap = await open();
    const Box = heap.struct("Box", { value: "ref" });
    const Leaf = heap.struct("Leaf", { id: "u8" });
    using box = new Box();
    for (const value of [null, true, false, 0, -0, 1, -1, 0.5, 2 ** 30 - 1, 2 ** 30, -(2 ** 30), 1e20, Number.NaN]) {
      box.value = value;
      expect(box.value).toBe(value);
    }
    (box as object as Loose).value = undefined;
    expect(box.value).toBe(null);
    using leaf = new Leaf({ id: 7 });
    box.value = leaf;
    expect(heap.sys.getRefCount(leaf)).toBe(2);
    using again = box.value;
    expect(heap.sys.getRefCount(leaf)).toBe(3);
    expect(heap.is(again, leaf)).toBe(true);
    expect(Leaf.isInstance(again) && again.id).toBe(7);
    box.value = leaf;
    for (const value of [() => 1, Symbol("s"), new Date(), /x/] as unknown[]) {
      expect(() => {
        (box as object as Loose).value = value;
      }).toThrow("Box.value: wants a value (null, boolean, number, bigint, string, handle) or plain data");
    }
    using still = box.value as typeof leaf;
    expect(heap.is(still, leaf)).toBe(true);
    box.value = 5;
    again.release();
    still.release();
    expect(heap.sys.getRefCount(leaf)).toBe(1);
    heap.verify();
  });

  test("a field of a struct type holds objects of that type", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const Edge = heap.struct("Edge", { from: Node, cost: "f32" });
    using node = new Node({ id: 3 });
    using edge = new Edge({ from: node, cost: 2 });
    using from = edge.from;
    expect(from?.id).toBe(3);
    expect(Node.isInstance(from)).toBe(true);
    expect(heap.sys.getRefCount(node)).toBe(3);
    for (const [value, sentence] of [
      [edge, `Edge.from: wants a Node or null, not the Edge at 0x`],
      [5, "Edge.from: wants a Node or null, not 5"],
      [{ address: node.address }, "Edge.from: wants a Node or null, not [object Object]"],
    ] as const) {
      expect(() => {
        (edge as object as Loose).from = value;
      }).toThrow(sentence);
    }
    edge.from = null;
    expect(edge.from).toBe(null);
    from?.release();
    expect(heap.sys.getRefCount(node)).toBe(1);
    heap.verify();
  });

  test("what only a released object held dies with it, down a long chain", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    const before = heap.sys.getAllocatedBlocks();
    heap.gc.disable();
    const head = heap.scope(() => {
      let node = new Node();
      for (let i = 0; i < 100_000; i++) {
        const next = node;
        node = new Node({ next });
        next.release();
      }
      return node;
    });
    expect(heap.handleCount).toBe(1);
    expect(heap.sys.getAllocatedBlocks()).toBeGreaterThan(before + 100_000);
    head.release();
    // The array of young objects is the collector's.
    expect(heap.sys.getAllocatedBlocks()).toBeLessThanOrEqual(before + 1);
    expect(heap.gc.getCount()[0]).toBe(0);
    heap.verify();
  });

  test("an initialiser that is refused leaves nothing behind", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u8", next: "self", tag: "ref" });
    using node = new Node({ id: 1 });
    const blocks = heap.sys.getAllocatedBlocks();
    for (const [init, error, sentence] of [
      [{ next: node, id: 256 }, RangeError, "Node.id: wants an integer of 0 … 255, not 256"],
      [{ tag: node, unknown: 1 }, TypeError, 'new Node: there is no field "unknown"; there are id, next, tag'],
      [{ tag: Symbol("s") }, TypeError, "Node.tag: wants a value (null, boolean, "],
      [node, TypeError, "new Node: wants an object with values for fields, not the Node at 0x"],
      [null, TypeError, "new Node: wants an object with values for fields, not null"],
      [5, TypeError, "new Node: wants an object with values for fields, not 5"],
    ] as const) {
      expect(() => new (Node as new (init: unknown) => unknown)(init)).toThrow(error);
      expect(() => new (Node as new (init: unknown) => unknown)(init)).toThrow(sentence);
      expect(heap.sys.getRefCount(node)).toBe(1);
      expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    }
    expect(heap.handleCount).toBe(1);
    using other = new Node({ id: undefined, next: undefined });
    expect([other.id, other.next]).toEqual([0, null]);
    heap.verify();
  });

  test("objects of thousands of fields keep each apart", async () => {
    const heap = await open();
    const fields: { [name: string]: Scalar | "ref" } = {};
    for (let i = 0; i < 18_000; i++) fields[`f${i}`] = i % 3 === 0 ? "ref" : i % 3 === 1 ? "f64" : "u8";
    const Wide = heap.struct("Wide", fields);
    expect(Wide.size).toBeGreaterThan(65_536);
    const wide = new Wide() as unknown as { [name: string]: number; address: number } & Disposable & {
        release(): void;
      };
    for (let i = 0; i < 18_000; i++) wide[`f${i}`] = i & 0xff;
    for (let i = 0; i < 18_000; i++) expect(wide[`f${i}`]).toBe(i & 0xff);
    heap.verify();
    wide.release();
    // Far fields of an object that lies low must not be read through an index that has come back above 0.
    expect(() => wide.f17999).toThrow("Wide.f17999: the handle of Wide");
    heap.verify();
  });

  test("allocate makes many, of which the caller owns a reference each", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const addresses = Node.allocate(3000);
    expect(new Set(addresses).size).toBe(3000);
    for (const address of addresses) {
      expect(heap.core.refcount(address)).toBe(1);
      expect(heap.core.typeOf(address)).toBe(Node.id);
    }
    using node = Node.at(addresses[0] as number);
    expect(heap.sys.getRefCount(node)).toBe(2);
    for (const address of addresses) heap.core.decref(address);
    expect(heap.sys.getRefCount(node)).toBe(1);
    expect(Node.allocate(0)).toEqual(new Uint32Array(0));
    for (const count of [-1, 1.5, Number.NaN]) expect(() => Node.allocate(count)).toThrow(RangeError);
    expect(() => Node.allocate("1" as unknown as number)).toThrow(TypeError);
    heap.verify();
  });

  test("allocate fails in its own name", async () => {
    const heap = await open({ initialMemory: 2 ** 20, maximumMemory: 2 ** 20 });
    const Node = heap.struct("Node", { id: "u32" });
    for (const [count, code, sentence] of [
      [
        2 ** 40,
        "REQUEST_TOO_LARGE",
        "Node.allocate(1099511627776): the list of their addresses is larger than a block can be",
      ],
      // The list of addresses alone is too much; the list fits, and the objects do not.
      [400_000, "NO_MEMORY", "Node.allocate(400000): no memory"],
      [100_000, "NO_MEMORY", "Node.allocate(100000): no memory"],
    ] as const) {
      expect(() => Node.allocate(count)).toThrow(expect.objectContaining({ code, requested: count * Node.size }));
      expect(() => Node.allocate(count)).toThrow(sentence);
    }
    expect(heap.sys.getAllocatedBlocks()).toBeLessThanOrEqual(2);
    heap.verify();
  });

  test("a reference that the core stored without a look at the type of the field is not read as one", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    const Leaf = heap.struct("Leaf", { id: "u32" });
    using node = new Node();
    using leaf = new Leaf();
    const is = (text: string) => `Node.next: refers to ${text}, not to a Node or null`;
    heap.core.setRef(node.address, 0, leaf.address);
    expect(() => node.next).toThrow(is(`the Leaf at 0x${leaf.address.toString(16).padStart(8, "0")}`));
    expect(() => node.next).toThrow(TypeError);
    for (const integer of [-5, (node.address + 8) >> 1, node.address >> 1]) {
      heap.core.setRef(node.address, 0, (integer << 1) | 1);
      expect(() => node.next).toThrow(is(`the integer ${integer}`));
    }
    expect([heap.handleCount, heap.sys.getRefCount(leaf)]).toEqual([2, 1]);
    node.next = null;
    expect(node.next).toBe(null);
    heap.verify();
  });

  test("at takes addresses of live objects of the type", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const Leaf = heap.struct("Leaf", { id: "u32" });
    using node = new Node({ id: 4 });
    using same = Node.at(node.address);
    expect(same.id).toBe(4);
    expect(same.is(node)).toBe(true);
    expect(() => Leaf.at(node.address)).toThrow(TypeError);
    expect(() => Leaf.at(node.address)).toThrow("the object is a Node, not a Leaf");
    const block = heap.mem.malloc(40);
    for (const address of [0, 8, node.address + 8, block, 2 ** 32 - 8, -8, 1.5]) {
      expect(() => Node.at(address)).toThrow(AddressError);
    }
    expect(() => Node.at("8" as unknown as number)).toThrow(TypeError);
    const leaf = new Leaf();
    const { address } = leaf;
    leaf.release();
    expect(() => Leaf.at(address)).toThrow(AddressError);
    heap.verify();
  });

  test("memory that runs out is a MemoryError; garbage is collected first if automatic collection is on", async () => {
    const heap = await open({
      initialMemory: 2 ** 20,
      maximumMemory: 2 ** 20,
      gc: { threshold: [10_000_000, 10, 10] },
    });
    const Node = heap.struct("Node", { next: "self", a: "f64", b: "f64" });
    function makeRings(count: number): void {
      for (let i = 0; i < count; i++) {
        using node = new Node();
        node.next = node;
      }
    }
    makeRings(60_000);
    heap.verify();
    heap.gc.disable();
    expect(() => makeRings(60_000)).toThrow(expect.objectContaining({ code: "NO_MEMORY", requested: Node.size }));
    heap.verify();
    heap.gc.enable();
    const addresses = Node.allocate(1000);
    for (const address of addresses) heap.core.decref(address);
    heap.scope(() =>
      expect(() => {
        for (;;) new Node();
      }).toThrow("new Node: no memory"),
    );
    expect(() => Node.allocate(60_000)).toThrow(MemoryError);
    heap.gc.collect();
    expect(heap.gc.getObjects()).toEqual([]);
    heap.verify();
  });
});
