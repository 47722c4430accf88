// Fields of the kind "weak": handles, cursors, init, printing, toJS, and what becomes of them when the referent dies.
import { inspect } from "node:util";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Handle, Heap, Instance, ObjectAddress, Value } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });

const FIELDS = { id: "u32", parent: "weak", first: "ref" } as const;
type Tree = Instance<typeof FIELDS>;

function treeOf(heap: Heap) {
  return heap.struct("Tree", FIELDS);
}

/** What must be as before when a call was refused, or everything it made was given back. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

function text(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("reads as a handle while the object lives, and null from its death on", async () => {
    const heap = await open();
    const Tree = treeOf(heap);
    const parent = new Tree({ id: 1 });
    const child = new Tree({ id: 2, parent });
    expect([heap.sys.getRefCount(parent), heap.weakref.getWeakRefCount(parent)]).toEqual([1, 1]);
    heap.scope(() => {
      const [once, again] = [child.parent, child.parent];
      expect([once?.is(parent), once === again]).toEqual([true, false]);
      expect(Tree.isInstance(child.parent) && child.parent.id).toBe(1);
    });
    expect([heap.handleCount, heap.sys.getRefCount(parent)]).toEqual([2, 1]);
    heap.verify();
    parent.release();
    expect([child.parent, heap.handleCount]).toEqual([null, 1]);
    heap.verify();
  });

  test("null at first; set, set anew, and set to null", async () => {
    const heap = await open();
    const Tree = treeOf(heap);
    const [child, a] = [new Tree(), new Tree({ id: 7 })];
    const before = ledger(heap);
    expect([child.parent, new Tree({ parent: null }).parent]).toEqual([null, null]);
    child.parent = a;
    child.parent = a;
    expect([heap.weakref.getWeakRefCount(a), heap.scope(() => child.parent?.is(a))]).toEqual([1, true]);
    const set = heap.set();
    child.parent = set;
    expect([heap.weakref.getWeakRefCount(a), heap.scope(() => child.parent?.typeName)]).toEqual([0, "set"]);
    child.parent = null;
    child.parent = undefined as unknown as null;
    expect([child.parent, heap.weakref.getWeakRefCount(set)]).toEqual([null, 0]);
    set.release();
    expect(ledger(heap)).toEqual([(before[0] as number) + 1, (before[1] as number) + 1]);
    heap.verify();
  });

  test("a tree of parents and children dies by counts alone, and its type is not tracked for that", async () => {
    const heap = await open({ gc: { enabled: false } });
    const Leaf = heap.struct("Leaf", { parent: "weak", n: "u8" });
    const Tree = treeOf(heap);
    const before = heap.sys.getAllocatedBlocks();
    const leaf = new Leaf();
    expect(heap.gc.isTracked(leaf)).toBe(false);
    const tree = heap.scope((scope) => {
      const root = new Tree({ id: 1 });
      root.first = new Tree({ id: 2, parent: root, first: leaf });
      leaf.parent = root.first as Tree;
      return scope.keep(root);
    });
    expect(heap.scope(() => ((leaf.parent as Tree).parent as Tree).is(tree))).toBe(true);
    tree.release();
    expect([leaf.parent, heap.sys.getAllocatedBlocks()]).toEqual([null, before + 2]);
    leaf.release();
    expect(heap.sys.getAllocatedBlocks()).toBe(before);
    heap.verify();
  });

  test("it shares its weak reference with weakref.ref", async () => {
    const heap = await open();
    const Tree = treeOf(heap);
    const parent = new Tree();
    const child = new Tree({ parent });
    using ref = heap.weakref.ref(parent);
    expect([heap.weakref.getWeakRefCount(parent), heap.sys.getRefCount(ref)]).toEqual([1, 2]);
    expect(heap.scope(() => (heap.gc.getReferents(child)[0] as Handle).is(ref))).toBe(true);
    child.release();
    expect(heap.sys.getRefCount(ref)).toBe(1);
    heap.verify();
  });

  test("what cannot be weakly referenced is refused, and nothing has changed", async () => {
    const [heap, other] = [await open(), await open()];
    const Tree = treeOf(heap);
    const [child, parent, gone] = [new Tree(), new Tree(), new Tree()];
    const stranger = new (treeOf(other))();
    const Closed = heap.struct("Closed", {}, { weakrefable: false });
    const [closed, list, ref] = [new Closed(), heap.list(), heap.weakref.ref(parent)];
    child.parent = parent;
    gone.release();
    const before = ledger(heap);
    const refused: [unknown, unknown][] = [
      [5, "Tree.parent: wants a handle of what can be weakly referenced, or null; not 5"],
      ["text", TypeError],
      [true, TypeError],
      [{}, TypeError],
      [list, TypeError],
      [list, "Tree.parent: a list cannot be weakly referenced; structs, sets, frozensets, deques and arrays can"],
      [closed, "Tree.parent: a Closed cannot be weakly referenced: its type was defined with weakrefable: false"],
      [ref, "Tree.parent: a weak reference cannot be weakly referenced; give the object that it refers to"],
      [gone, released],
      [stranger, foreign],
    ];
    for (const [value, error] of refused) {
      const given = value as Handle;
      expect(() => {
        child.parent = given;
      }).toThrow(error as Error);
      expect(() => new Tree({ parent: given })).toThrow(error as Error);
    }
    expect(ledger(heap)).toEqual(before);
    expect(heap.scope(() => child.parent?.is(parent))).toBe(true);
    child.release();
    expect(() => child.parent).toThrow(released);
    expect(() => {
      child.parent = null;
    }).toThrow(released);
    heap.verify();
  });

  test("cursors read the address of the object, or 0, and store addresses", async () => {
    const heap = await open();
    const Tree = treeOf(heap);
    const [child, parent] = [new Tree(), new Tree({ id: 4 })];
    const cursor = Tree.cursor(child.address);
    expect(cursor.parent).toBe(0);
    cursor.parent = parent.address;
    expect([cursor.parent, heap.scope(() => child.parent?.is(parent))]).toEqual([parent.address, true]);
    expect([heap.weakref.getWeakRefCount(parent), heap.sys.getRefCount(parent)]).toEqual([1, 1]);
    const list = heap.list();
    const store = (value: unknown) => () => {
      cursor.parent = value as ObjectAddress;
    };
    expect(store(list.address)).toThrow(
      `Tree cursor: parent = ${text(list.address)}: a list cannot be weakly referenced`,
    );
    expect(store(parent.address + 8)).toThrow(`Tree cursor: parent = ${text(parent.address + 8)}: no object starts`);
    expect(store(parent)).toThrow(/give its \.address/);
    expect(store("text")).toThrow(TypeError);
    expect(store(-5)).toThrow(/an address is an integer/);
    expect(store(null)).toThrow(TypeError);
    expect(cursor.parent).toBe(parent.address);
    cursor.parent = 0;
    expect([child.parent, heap.weakref.getWeakRefCount(parent)]).toEqual([null, 0]);
    cursor.parent = parent.address;
    parent.release();
    expect([cursor.parent, child.parent]).toEqual([0, null]);
    expect(store(0)).not.toThrow();
    cursor.address = 0;
    expect(() => cursor.parent).toThrow("the cursor is at no object");
    expect(store(0)).toThrow("the cursor is at no object");
    heap.verify();
  });

  test("what core.setRef stored there is found when it is read", async () => {
    const heap = await open();
    const Pair = heap.struct("Pair", { weak: "weak" });
    const [pair, other] = [new Pair(), new Pair()];
    expect(heap.core.setRef(pair.address, 0, other.address)).toBe(0);
    for (const read of [() => pair.weak, () => Pair.cursor(pair.address).weak]) {
      expect(read).toThrow(TypeError);
      expect(read).toThrow(`holds the Pair at ${text(other.address)}, and no weak reference`);
    }
    heap.core.setRef(pair.address, 0, 7);
    expect(() => pair.weak).toThrow("holds the integer 3, and no weak reference");
    pair.weak = other;
    expect(heap.scope(() => pair.weak?.is(other))).toBe(true);
    heap.verify();
  });

  test("as people read it, and as plain data", async () => {
    const heap = await open();
    const Tree = treeOf(heap);
    const parent = new Tree({ id: 1 });
    const child = new Tree({ id: 2, parent });
    const mention = `<Tree ${text(parent.address)}>`;
    expect(inspect(child, { depth: 0 })).toBe(`Tree { id: 2, parent: [${mention.slice(1, -1)}], first: null }`);
    expect(JSON.stringify(child)).toBe(`{"id":2,"parent":"${mention}","first":null}`);
    expect(JSON.stringify(Tree.cursor(child.address))).toBe(JSON.stringify(child));
    parent.first = child;
    // One object, met by a reference and by a weak one.
    const plain = heap.toJS(parent) as { first: { parent: unknown } };
    expect(plain.first.parent).toBe(plain);
    expect(plain).toEqual({ id: 1, parent: null, first: { id: 2, parent: plain, first: null } });
    parent.release();
    expect([inspect(child), heap.toJS(child)]).toEqual([
      "Tree { id: 2, parent: null, first: null }",
      { id: 2, parent: null, first: null },
    ]);
    heap.verify();
  });

  test("in the finalizer of what it refers to it still answers", async () => {
    const heap = await open();
    const seen: unknown[] = [];
    const Node = heap.struct("Node", { id: "u32", other: "weak" }, { finalize: (node) => finalize(node) });
    const witness = new Node({ id: 1 });
    const finalize = (node: Handle): void => void seen.push(witness.released || witness.other?.is(node));
    const node = new Node({ id: 2 });
    witness.other = node;
    node.release();
    expect([seen, witness.other]).toEqual([[true], null]);
    heap.verify();
  });

  test("a collection before a reference is made may release the handle", async () => {
    const heap = await open({ gc: { threshold: [1, 10, 10] } });
    const Tree = treeOf(heap);
    const parents = Array.from({ length: 8 }, () => new Tree());
    const child = new Tree();
    heap.gc.callbacks.push(() => child.release());
    const before = heap.handleCount;
    expect(() => {
      for (const parent of parents) child.parent = parent;
    }).toThrow(released);
    expect([child.released, heap.handleCount]).toEqual([true, before - 1]);
    expect(parents.map((parent) => heap.weakref.getWeakRefCount(parent))).toEqual(parents.map(() => 0));
    heap.verify();
  });
});

test("types, and the words that say what kinds there are", async () => {
  const heap = await openHeap();
  const Tree = treeOf(heap);
  const tree = new Tree();
  expectTypeOf(tree.parent).toEqualTypeOf<Handle | null>();
  expectTypeOf(Tree.cursor(tree.address).parent).toEqualTypeOf<ObjectAddress>();
  const value: Value = tree.parent;
  expect([value, Tree.fields.parent]).toEqual([null, "weak"]);
  expect(Tree.size).toBe(8 + 8 + 12);
  expect(() => {
    // @ts-expect-error numbers are not weakly referenced
    tree.parent = 5;
  }).toThrow(TypeError);
  expect(() => heap.struct("Bad", { a: "week" as "weak" })).toThrow(/there are .*ref, self, weak and struct types/);
});
