// Cursors: windows on objects without handles.
import { describe, expect, test } from "vitest";
import {
  AddressError,
  type Heap,
  integerOf,
  integerWord,
  isAddress,
  isInteger,
  type ObjectAddress,
  type Word,
} from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

function typesOf(heap: Heap) {
  const Node = heap.struct("Node", { id: "u32", weight: "f64", flag: "bool", big: "u64", next: "self", any: "ref" });
  const Leaf = heap.struct("Leaf", { id: "u32" });
  return { Node, Leaf };
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test("a cursor reads and writes what handles see", async () => {
    const heap = await open();
    const { Node } = typesOf(heap);
    using node = new Node({ id: 1, weight: 0.5, flag: true, big: 2n ** 63n });
    const cursor = Node.cursor(node.address);
    expect([cursor.id, cursor.weight, cursor.flag, cursor.big]).toEqual([1, 0.5, true, 2n ** 63n]);
    Object.assign(cursor, { id: 2 ** 32 - 1, weight: -0, flag: false, big: 1n });
    expect([node.id, node.weight, node.flag, node.big]).toEqual([2 ** 32 - 1, -0, false, 1n]);
    expect(cursor.address).toBe(node.address);
    expect([heap.handleCount, heap.sys.getRefCount(node)]).toEqual([1, 1]);
    expect(() => {
      cursor.id = -1;
    }).toThrow(new RangeError("Node.id: wants an integer of 0 … 4294967295, not -1"));
  });

  test("references are words, and writing them counts", async () => {
    const heap = await open();
    const { Node, Leaf } = typesOf(heap);
    using node = new Node();
    using leaf = new Leaf();
    const cursor = Node.cursor(node.address);
    expect([cursor.next, cursor.any]).toEqual([0, 0]);
    cursor.next = node.address;
    cursor.any = leaf.address;
    expect([heap.sys.getRefCount(node), heap.sys.getRefCount(leaf)]).toEqual([2, 2]);
    expect([cursor.next, cursor.any]).toEqual([node.address, leaf.address]);
    cursor.any = ((-5 << 1) | 1) >>> 0;
    expect([node.any, heap.sys.getRefCount(leaf)]).toEqual([-5, 1]);
    node.any = -7;
    expect(cursor.any).toBe(((-7 << 1) | 1) >>> 0);
    node.any = true;
    const yes = cursor.any;
    node.any = 0;
    cursor.any = yes;
    expect(node.any).toBe(true);
    cursor.next = 0;
    expect([node.next, heap.sys.getRefCount(node)]).toEqual([null, 1]);
    heap.verify();
  });

  test("a word that is none changes nothing", async () => {
    const heap = await open();
    const { Node, Leaf } = typesOf(heap);
    using node = new Node();
    using leaf = new Leaf();
    const dead = new Leaf();
    const { address } = dead;
    dead.release();
    const cursor = Node.cursor(node.address);
    const block = heap.mem.malloc(64);
    heap.mem.bytes(block).fill(0);
    for (const [field, word, error] of [
      ["next", leaf.address, TypeError],
      ["next", 3, AddressError],
      ["next", address, AddressError],
      ["any", address, AddressError],
      ["any", block, AddressError],
      ["any", node.address + 4, AddressError],
      ["any", 2 ** 32, RangeError],
      ["any", -1, RangeError],
      ["any", 0.5, RangeError],
      ["any", null, TypeError],
      ["next", node, TypeError],
    ] as const) {
      expect(
        () => {
          (cursor as object as { [name: string]: unknown })[field] = word;
        },
        `${field} = ${String(word)}`,
      ).toThrow(error);
    }
    expect([cursor.next, cursor.any, heap.sys.getRefCount(node), heap.sys.getRefCount(leaf)]).toEqual([0, 0, 1, 1]);
    heap.verify();
  });

  test("a reference is not written where the cursor's object has died", async () => {
    const heap = await open();
    const { Node, Leaf } = typesOf(heap);
    using keeper = new Node();
    using leaf = new Leaf();
    const dead = new Node();
    const cursor = Node.cursor(dead.address);
    dead.release();
    for (const [field, word] of [
      ["next", 0],
      ["next", keeper.address],
      ["any", 0],
      ["any", integerWord(3)],
      ["any", leaf.address],
    ] as const) {
      expect(() => {
        (cursor as object as { [name: string]: unknown })[field] = word;
      }, `${field} = ${word}`).toThrow(AddressError);
    }
    expect([heap.sys.getRefCount(keeper), heap.sys.getRefCount(leaf)]).toEqual([1, 1]);
    heap.verify();
  });

  test("messages name the field and the word", async () => {
    const heap = await open();
    const { Node, Leaf } = typesOf(heap);
    using node = new Node();
    using leaf = new Leaf();
    const cursor = Node.cursor(node.address);
    const write = (field: string, word: unknown) => () => {
      (cursor as object as { [name: string]: unknown })[field] = word;
    };
    const [at, other] = [hex(node.address), hex(leaf.address)];
    expect(write("next", leaf.address)).toThrow(`Node cursor: next = ${other}: the object is a Leaf, not a Node`);
    expect(write("next", 64)).toThrow("Node cursor: next = 0x00000040: no object starts at this address");
    expect(write("any", 64)).toThrow("Node cursor: any = 0x00000040: no object starts at this address");
    const handle = `the Leaf at ${other}; give its .address`;
    expect(write("any", leaf)).toThrow(`${handle}`);
    expect(write("next", leaf)).toThrow(`${handle}`);
    expect(write("address", leaf)).toThrow(`Node cursor: address: an address must be a number, not ${handle}`);
    expect(() => Node.at(leaf as unknown as ObjectAddress)).toThrow(
      `Node.at: an address must be a number, not ${handle}`,
    );
    expect(write("id", node)).toThrow(`Node.id: wants an integer of 0 … 4294967295, not the Node at ${at}`);
  });

  test("in a debug heap it looks before each access whether its object is still there", async () => {
    const heap = await open();
    const { Node } = typesOf(heap);
    const node = new Node({ id: 5 });
    const cursor = Node.cursor(node.address);
    const { address } = node;
    expect(cursor.id).toBe(5);
    cursor.id = 6;
    expect(node.id).toBe(6);
    node.release();
    if (!debug) {
      expect(() => cursor.id).not.toThrow();
      return;
    }
    const dead = `the Node at ${hex(address)}: the object is dead`;
    for (const field of ["id", "weight", "flag", "big", "next", "any"] as const) {
      expect(() => cursor[field]).toThrow(`Node cursor: ${field}: ${dead}`);
      expect(() => cursor[field]).toThrow(AddressError);
      expect(() => {
        (cursor as object as { [name: string]: unknown })[field] = 0;
      }).toThrow(`Node cursor: ${field}: ${dead}`);
    }
    // Blocks are kept back after their free, and go out again in the end.
    const Twin = heap.struct("Twin", Node.fields);
    let twin = new Twin();
    for (let i = 0; i < 10_000 && twin.address !== address; i++) {
      twin.release();
      twin = new Twin();
    }
    expect(twin.address).toBe(address);
    const text = `Node cursor: id: the Node at ${hex(address)}: it is dead, and a Twin lies there now`;
    expect(() => cursor.id).toThrow(expect.objectContaining({ name: "AddressError", code: "ALREADY_FREE", address }));
    expect(() => cursor.id).toThrow(text);
    heap.verify();
  });

  test("it moves to live objects of its type only, and stays where it was otherwise", async () => {
    const heap = await open();
    const { Node, Leaf } = typesOf(heap);
    using node = new Node({ id: 5 });
    using leaf = new Leaf();
    const dead = new Node();
    const { address } = dead;
    dead.release();
    const cursor = Node.cursor(node.address);
    const move = (to: unknown) => () => {
      cursor.address = to as number;
    };
    expect(move(leaf.address)).toThrow(TypeError);
    expect(move(leaf.address)).toThrow("the object is a Leaf, not a Node");
    for (const to of [address, 8, node.address + 8, node.address + 4, 2 ** 32 - 8, -8, 2 ** 33, 1.5]) {
      expect(move(to), String(to)).toThrow(AddressError);
    }
    for (const to of ["8", 8n, null, undefined, node]) expect(move(to)).toThrow(TypeError);
    expect([cursor.address, cursor.id]).toEqual([node.address, 5]);
    expect(() => Node.cursor(leaf.address)).toThrow(TypeError);
  });

  test("at 0 it has no fields", async () => {
    const heap = await open();
    const { Node } = typesOf(heap);
    using node = new Node();
    const cursor = Node.cursor();
    expect(cursor.address).toBe(0);
    const away = "the cursor is at no object; set its address first";
    for (const field of ["id", "weight", "flag", "big", "next", "any"] as const) {
      expect(() => cursor[field]).toThrow(TypeError);
      expect(() => cursor[field]).toThrow(away);
    }
    expect(() => {
      cursor.id = 1;
    }).toThrow(away);
    expect(() => {
      cursor.next = node.address;
    }).toThrow(away);
    cursor.address = node.address;
    expect(cursor.id).toBe(0);
    cursor.address = 0;
    expect(() => cursor.id).toThrow(away);
  });

  test("a list is built and walked without handles", async () => {
    const heap = await open();
    const { Node } = typesOf(heap);
    const random = new Random(TEST_SEED);
    const addresses = random.shuffled([...Node.allocate(500)]);
    const cursor = Node.cursor();
    for (const [i, address] of addresses.entries()) {
      cursor.address = address;
      cursor.id = i;
      const next = addresses[i + 1];
      if (next === undefined) continue;
      cursor.next = next;
      heap.core.decref(next);
    }
    let expected = 0;
    for (let at = addresses[0] as number; at !== 0; at = cursor.next) {
      cursor.address = at;
      expect(cursor.id, `seed ${TEST_SEED}`).toBe(expected++);
    }
    expect(expected).toBe(500);
    expect(heap.handleCount).toBe(0);
    heap.core.decref(addresses[0] as number);
    for (const address of addresses) expect(heap.core.refcount(address)).toBe(0);
    heap.verify();
  });
});

test("addresses above 2 GiB are unsigned, in handles, cursors and words", async () => {
  const heap = await openHeap({ initialMemory: 2 ** 31 + 2 ** 22 });
  // Two blocks take what lies below 2 GiB.
  heap.raw.malloc(2 ** 30);
  heap.raw.malloc(2 ** 30 - 2 ** 20);
  const { Node } = typesOf(heap);
  const addresses = Node.allocate(60_000);
  const high = addresses.at(-1) as number;
  expect(high).toBeGreaterThan(2 ** 31);
  using node = Node.at(high);
  node.id = 9;
  node.weight = 0.25;
  node.flag = true;
  node.any = node;
  const cursor = Node.cursor(high);
  expect([node.address, cursor.address, cursor.any]).toEqual([high, high, high]);
  expect([cursor.id, cursor.weight, cursor.flag]).toEqual([9, 0.25, true]);
  cursor.next = high;
  expect(heap.sys.getRefCount(node)).toBe(4);
  using next = node.next;
  expect(next?.is(node)).toBe(true);
  const clone = node.clone();
  clone.release();
  expect(() => clone.id).toThrow(`0x${high.toString(16)} was released`);
  heap.verify();
}, 30_000);

test("words are told apart and made by functions, without casts", async () => {
  const heap = await openHeap();
  const { Node } = typesOf(heap);
  using node = new Node();
  const cursor = Node.cursor(node.address);
  for (const integer of [0, 1, -1, 2 ** 30 - 1, -(2 ** 30)]) {
    cursor.any = integerWord(integer);
    expect([isInteger(cursor.any), isAddress(cursor.any), integerOf(cursor.any), node.any]).toEqual([
      true,
      false,
      integer,
      integer,
    ]);
  }
  cursor.any = 0;
  expect([isInteger(cursor.any), isAddress(cursor.any)]).toEqual([false, false]);
  cursor.any = node.address;
  const word: Word = cursor.any;
  expect([isInteger(word), isAddress(word)]).toEqual([false, true]);
  if (isAddress(word)) cursor.next = word;
  expect(cursor.next).toBe(node.address);
  node.any = false;
  expect(isAddress(cursor.any)).toBe(true);
  for (const integer of [2 ** 30, -(2 ** 30) - 1, 0.5, Number.NaN, 2 ** 32]) {
    expect(() => integerWord(integer), `${integer}`).toThrow(RangeError);
  }
  expect(() => integerWord(2 ** 30)).toThrow(
    "integerWord: wants an integer of -1073741824 … 1073741823, not 1073741824",
  );
  for (const value of ["1", 1n, null, undefined, Symbol("s")]) {
    expect(() => integerWord(value as unknown as number)).toThrow(TypeError);
  }
  node.next = null;
});
