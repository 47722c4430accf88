// Handles: what they own, and when they let go of it.
import { describe, expect, test } from "vitest";
import type { Handle } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

const released = expect.objectContaining({ name: "HandleError", code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ name: "HandleError", code: "HANDLE_FOREIGN" });

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test("a handle owns one reference, a clone another", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32" });
    const node = new Node({ id: 5 });
    expect([heap.sys.getRefCount(node), heap.handleCount]).toEqual([1, 1]);
    const clone = node.clone();
    expect([heap.sys.getRefCount(node), heap.handleCount]).toEqual([2, 2]);
    expect(clone).not.toBe(node);
    expect([clone.is(node), clone.id, clone.address, clone.typeName]).toEqual([true, 5, node.address, "Node"]);
    node.release();
    expect([heap.sys.getRefCount(clone), heap.handleCount, clone.id]).toEqual([1, 1, 5]);
    const { address } = clone;
    clone.release();
    expect([heap.core.refcount(address), heap.handleCount]).toEqual([0, 0]);
    heap.verify();
  });

  test("released once, a handle has nothing more to drop", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32" });
    using keeper = new Node();
    const node = keeper.clone();
    node.release();
    node.release();
    node[Symbol.dispose]();
    expect(node.released).toBe(true);
    expect([heap.sys.getRefCount(keeper), heap.handleCount]).toEqual([1, 1]);
    {
      using disposed = keeper.clone();
      disposed.release();
    }
    expect([heap.sys.getRefCount(keeper), heap.handleCount]).toEqual([1, 1]);
  });

  test("every use of a released handle is an error that names it", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {
      i8: "i8",
      u8: "u8",
      i16: "i16",
      u16: "u16",
      i32: "i32",
      u32: "u32",
      i64: "i64",
      u64: "u64",
      f32: "f32",
      f64: "f64",
      bool: "bool",
      any: "ref",
      next: "self",
    });
    using other = new Node();
    const node = new Node();
    const { address } = node;
    node.release();
    const values: { [field: string]: unknown } = { i64: 1n, u64: 1n, bool: true, any: null, next: null };
    const object = node as object as { [field: string]: unknown };
    for (const field of Object.keys(Node.fields)) {
      expect(() => object[field]).toThrow(released);
      expect(() => object[field]).toThrow(
        `Node.${field}: the handle of Node 0x${address.toString(16).padStart(8, "0")} was released`,
      );
      expect(() => {
        object[field] = values[field] ?? 1;
      }).toThrow(released);
    }
    expect(() => node.address).toThrow(released);
    expect(() => node.clone()).toThrow(released);
    expect(() => node.is(other)).toThrow(released);
    expect(() => other.is(node)).toThrow(released);
    expect(() => heap.is(other, node)).toThrow(released);
    expect(() => heap.sys.getRefCount(node)).toThrow(released);
    expect(() => heap.sys.getSizeOf(node)).toThrow(released);
    for (const field of ["any", "next"] as const) {
      expect(() => {
        other[field] = node;
      }).toThrow(released);
    }
    expect(() => heap.arena().add(node)).toThrow(released);
    expect(node.typeName).toBe("Node");
    heap.verify();
  });

  test("a handle of another heap is refused", async () => {
    const [heap, stranger] = await Promise.all([open(), open()]);
    const Node = heap.struct("Node", { any: "ref", next: "self" });
    using node = new Node();
    using alien = new (stranger.struct("Node", { any: "ref", next: "self" }))();
    for (const field of ["any", "next"] as const) {
      expect(() => {
        node[field] = alien as unknown as typeof node;
      }).toThrow(foreign);
    }
    expect(() => heap.sys.getRefCount(alien)).toThrow(foreign);
    expect(() => heap.arena().add(alien)).toThrow(foreign);
    expect(alien.address).toBe(node.address);
    expect([node.is(alien), heap.is(node, alien)]).toEqual([false, false]);
    expect([node.any, node.next]).toEqual([null, null]);
    expect(stranger.sys.getRefCount(alien)).toBe(1);
  });

  test("fields survive growth of memory", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", weight: "f64", big: "i64", byte: "u8", next: "self", any: "ref" });
    using node = new Node();
    const cursor = Node.cursor(node.address);
    const grow = () => heap.raw.free(heap.raw.malloc(heap.memory.buffer.byteLength * 2));
    // Written right after growth, each in its turn, then read right after it.
    const fields = { id: 7, weight: 0.5, big: -3n, byte: 9, any: 4 } as const;
    for (const [field, value] of Object.entries(fields)) {
      if (heap.memory.buffer.byteLength < 2 ** 28) grow();
      (node as object as { [field: string]: unknown })[field] = value;
    }
    for (const [field, value] of Object.entries(fields)) {
      heap.memory.grow(1);
      expect((node as object as { [field: string]: unknown })[field]).toBe(value);
    }
    heap.memory.grow(1);
    node.next = node;
    heap.memory.grow(1);
    expect(heap.sys.getRefCount(node)).toBe(2);
    heap.memory.grow(1);
    expect(cursor.next).toBe(node.address);
    heap.memory.grow(1);
    expect(cursor.id).toBe(7);
    heap.memory.grow(1);
    cursor.address = node.address;
    heap.memory.grow(1);
    using next = node.next;
    expect(next?.id).toBe(7);
    heap.memory.grow(1);
    const clone = node.clone();
    expect(heap.sys.getRefCount(node)).toBe(4);
    heap.memory.grow(1);
    clone.release();
    expect(heap.sys.getRefCount(node)).toBe(3);
    heap.memory.grow(1);
    node.next = null;
    expect(heap.sys.getRefCount(node)).toBe(2);
  });

  test("once the heap is disposed of, handles say so, and releasing them does nothing", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const node = new Node();
    const cursor = Node.cursor(node.address);
    const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });
    heap.scope(() => {
      node.clone();
      heap[Symbol.dispose]();
    });
    expect(() => node.id).toThrow(disposed);
    expect(() => {
      node.id = 1;
    }).toThrow(disposed);
    expect(() => node.next).toThrow(disposed);
    expect(() => {
      node.next = null;
    }).toThrow(disposed);
    expect(() => cursor.id).toThrow(disposed);
    expect(() => {
      cursor.next = 0;
    }).toThrow(disposed);
    expect(() => {
      cursor.address = 8;
    }).toThrow(disposed);
    expect(() => node.clone()).toThrow(disposed);
    expect(() => new Node()).toThrow(disposed);
    expect(() => Node.allocate(1)).toThrow(disposed);
    expect(() => Node.at(8)).toThrow(disposed);
    expect(() => heap.scope(() => 1)).toThrow(disposed);
    expect(() => heap.struct("Other", {})).toThrow(disposed);
    node.release();
    expect(node.released).toBe(true);
  });

  test("an object that is damaged says so when it dies", async () => {
    const heap = await open();
    if (!debug) return;
    const Node = heap.struct("Node", { a: "u32", b: "u32" });
    const node = new Node();
    new Uint8Array(heap.memory.buffer)[node.address + 16] = 0;
    expect(() => node.release()).toThrow(expect.objectContaining({ name: "CorruptionError", code: "OVERRUN" }));
    expect([node.released, heap.handleCount]).toEqual([true, 0]);
    const other = new Node();
    expect(() =>
      heap.scope(() => {
        const inner = new Node();
        new Uint8Array(heap.memory.buffer)[inner.address + 16] = 0;
        other.clone();
      }),
    ).toThrow(expect.objectContaining({ code: "OVERRUN" }));
    expect(heap.sys.getRefCount(other)).toBe(1);
  });

  test("an object of a type that the host does not know has a plain handle", async () => {
    const heap = await open();
    const id = heap.core.defineType(1, 16, 0, 0, 0);
    const Box = heap.struct("Box", { value: "ref" });
    using box = new Box();
    const object = heap.core.newObject(id) >>> 0;
    Box.cursor(box.address).value = object;
    heap.core.decref(object);
    using unknown = box.value as Handle;
    expect([unknown.typeName, unknown.address, heap.sys.getRefCount(unknown)]).toEqual([`type ${id}`, object, 2]);
    expect(heap.sys.getSizeOf(unknown)).toBe(16);
  });
});

describe("arenas", () => {
  test("own a reference to what is added, and drop it when they are freed", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    const arena = heap.arena();
    const node = new Node({ id: 3 });
    const { address } = node;
    arena.add(node);
    expect([heap.core.refcount(address), node.id]).toEqual([1, 3]);
    node.release();
    expect([heap.core.refcount(address), heap.handleCount]).toEqual([1, 0]);
    const used = new Node({ id: 4 });
    arena.add(used);
    arena.add(used);
    expect(heap.sys.getRefCount(used)).toBe(2);
    arena.free();
    expect([heap.core.refcount(address), used.released, heap.handleCount]).toEqual([0, true, 0]);
    expect(() => arena.add(new Node())).toThrow(expect.objectContaining({ code: "ARENA_FREED" }));
    expect(() => heap.arena().add({ address } as unknown as Handle)).toThrow(TypeError);
    heap.verify();
  });

  test("outlive the scope that a handle was made in, and what they forget dies with them", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const arena = heap.arena();
    const blocks = heap.sys.getAllocatedBlocks();
    const addresses = heap.scope(() =>
      [1, 2, 3].map((id) => {
        const node = new Node({ id });
        arena.add(node);
        return node.address;
      }),
    );
    for (const address of addresses) expect(heap.core.refcount(address)).toBe(1);
    (() => arena.add(new Node()))();
    expect(heap.sys.getAllocatedBlocks()).toBeGreaterThan(blocks + 3);
    arena[Symbol.dispose]();
    for (const address of addresses) expect(heap.core.refcount(address)).toBe(0);
    expect(heap.handleCount).toBe(0);
    heap.verify();
  });

  test("drop references the last first", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    const arena = heap.arena();
    const addresses = [1, 2, 3].map((id) => {
      const node = new Node({ id });
      arena.add(node);
      return node.address;
    });
    arena.free();
    // Blocks go out again in the reverse of the order in which they were freed.
    expect(addresses.map(() => new Node().address)).toEqual(addresses);
  });
});
