// WeakSet: Set's interface, values that go when they die, and nothing left behind.
import { inspect } from "node:util";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Handle, Heap, Instance, HeapWeakSet as WeakSetOf } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });
const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });

const FIELDS = { id: "u32", next: "self" } as const;
type Node = Instance<typeof FIELDS>;

/** `count` objects with ids from 0 on; the type has the first three, so that they can be taken out. */
function nodesOf(heap: Heap, count = 3): [Node, Node, Node, ...Node[]] {
  const Node = heap.struct("Node", FIELDS);
  return Array.from({ length: count }, (_, id) => new Node({ id })) as ReturnType<typeof nodesOf>;
}

/** What must be as before when a call was refused, or everything it made was given back. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

/** The ids of the values; no handle is left. */
function idsOf(heap: Heap, set: Iterable<Node>): number[] {
  return heap.scope(() => [...set].map(({ id }) => id));
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("Set's interface", async () => {
    const heap = await open();
    const [a, b, c] = nodesOf(heap);
    const { WeakSet: HeapWeakSet } = heap.weakref;
    const set = new HeapWeakSet<Node>();
    expect([set instanceof HeapWeakSet, HeapWeakSet.name, String(set), set.size]).toEqual([
      true,
      "WeakSet",
      "[object WeakSet]",
      0,
    ]);
    expect(set.add(a).add(b).add(a)).toBe(set);
    expect([set.size, set.has(a), set.has(c), idsOf(heap, set), heap.sys.getRefCount(a)]).toEqual([
      2,
      true,
      false,
      [0, 1],
      1,
    ]);
    expect(heap.scope(() => set.has(a.clone()))).toBe(true);
    const calls: unknown[] = [];
    const self = {};
    heap.scope(() => {
      set.forEach(function (this: unknown, value, again, given) {
        calls.push([this === self, value.id, again === value, given === set]);
      }, self);
      expect([...set.values()].map((value, i) => value.is([a, b][i]))).toEqual([true, true]);
    });
    expect(calls).toEqual([0, 1].map((id) => [true, id, true, true]));
    expect([set.delete(a), set.delete(a), set.delete(c), set.size, inspect(set)]).toEqual([
      true,
      false,
      false,
      1,
      "WeakSet { size: 1 }",
    ]);
    set.clear();
    expect([set.size, idsOf(heap, set), heap.weakref.getWeakRefCount(b)]).toEqual([0, [], 0]);
    heap.verify();
    set.release();
    expect(heap.handleCount).toBe(3);
  });

  test("a value goes when it dies, by counts or in a collection", async () => {
    const heap = await open();
    const [a, b, c] = nodesOf(heap);
    const set = new heap.weakref.WeakSet([a, b, c]);
    const before = ledger(heap);
    b.release();
    expect([set.size, idsOf(heap, set)]).toEqual([2, [0, 2]]);
    a.next = a;
    a.release();
    expect(set.size).toBe(2);
    heap.gc.collect();
    expect([set.size, idsOf(heap, set)]).toEqual([1, [2]]);
    expect(ledger(heap)).toEqual([(before[0] as number) - 2, (before[1] as number) - 4]);
    c.release();
    expect(set.size).toBe(0);
    heap.verify();
  });

  test("when a newer callback of a value runs, that is there still, and is not gone through", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap);
    const set = new heap.weakref.WeakSet([a, b]);
    const found: unknown[] = [];
    const ref = heap.weakref.ref(a, () => found.push(set.size, idsOf(heap, set)));
    a.release();
    expect([found, set.size]).toEqual([[2, [1]], 1]);
    ref.release();
    heap.verify();
  });

  test("frozensets are compared by what is in them; the first stays", async () => {
    const heap = await open();
    const [first, second] = [heap.frozenset([1, "two"]), heap.frozenset(["two", 1])];
    const set = new heap.weakref.WeakSet<Handle>([first, second]);
    expect([set.size, set.has(second), heap.scope(() => [...set][0]?.is(first))]).toEqual([1, true, true]);
    second.release();
    expect(set.size).toBe(1);
    first.release();
    expect(set.size).toBe(0);
    heap.verify();
  });

  test("what cannot be a value is refused, and nothing has changed", async () => {
    const [heap, other] = [await open(), await open()];
    const [value, gone] = nodesOf(heap);
    const [stranger] = nodesOf(other);
    const { WeakSet: HeapWeakSet } = heap.weakref;
    const set = new HeapWeakSet<Handle>([value]);
    gone.release();
    const [list, mutable] = [heap.list(), heap.set()];
    const before = ledger(heap);
    const refused: [unknown, unknown][] = [
      [5, "WeakSet.add: wants a handle, not 5"],
      ["text", TypeError],
      [null, TypeError],
      [list, TypeError],
      [list, "WeakSet.add: a list cannot be weakly referenced"],
      [mutable, TypeError],
      [mutable, "WeakSet.add: a set cannot be a key, because it can change; use a frozenset"],
      [gone, released],
      [stranger, foreign],
    ];
    for (const [given, error] of refused) expect(() => set.add(given as Handle)).toThrow(error as Error);
    expect(set.has(list)).toBe(false);
    for (const none of [5, "x", null, undefined] as unknown as Handle[]) expect(set.has(none)).toBe(false);
    for (const bad of [gone, stranger, mutable] as Handle[]) expect(() => set.has(bad)).toThrow();
    for (const bad of [5, gone, stranger, mutable, list] as Handle[]) expect(() => set.delete(bad)).toThrow();
    expect(() => set.forEach(5 as unknown as () => void)).toThrow("WeakSet.forEach: wants a function");
    expect(() => new HeapWeakSet([value, 5 as unknown as Handle])).toThrow(TypeError);
    expect(() => new HeapWeakSet(5 as unknown as [])).toThrow("new WeakSet: wants something to go through, not 5");
    expect([ledger(heap), set.size, heap.weakref.getWeakRefCount(value)]).toEqual([before, 1, 1]);
    heap.verify();
  });

  test("values that die or come while somebody iterates", async () => {
    const heap = await open();
    const nodes = nodesOf(heap, 100);
    const set = new heap.weakref.WeakSet<Node>(nodes.slice(0, 60));
    const ids: number[] = [];
    for (const value of set) {
      const { id } = value;
      value.release();
      ids.push(id);
      if (id < 50) nodes[id + 1]?.release();
      if (id === 10) for (const node of nodes.slice(60)) set.add(node);
    }
    expect(ids).toEqual([...nodes.keys()].filter((i) => i % 2 === 0 || i > 50));
    heap.verify();
  });

  test("made in a scope it lives on; released, or its heap gone, it refuses everything", async () => {
    const heap = await open();
    const [node] = nodesOf(heap);
    const before = ledger(heap);
    const set = heap.scope(() => new heap.weakref.WeakSet([node]));
    expect([set.has(node), heap.handleCount]).toEqual([true, 4]);
    {
      using _set = set;
    }
    expect([set.released, ledger(heap), heap.weakref.getWeakRefCount(node)]).toEqual([true, before, 0]);
    const calls = (given: WeakSetOf<Node>) => [
      () => given.size,
      () => given.add(node),
      () => given.has(node),
      () => given.delete(node),
      () => given.clear(),
      () => given.values(),
      () => [...given],
      () => given.forEach(() => {}),
    ];
    for (const call of calls(set)) {
      expect(call).toThrow(released);
      expect(call).toThrow(/^WeakSet\.\w+: it was released/);
    }
    const late = new heap.weakref.WeakSet([node]);
    heap.verify();
    heap[Symbol.dispose]();
    for (const call of calls(late)) expect(call).toThrow(disposed);
    expect(inspect([set, late])).toBe("[ WeakSet (released), WeakSet (heap gone) ]");
  });

  test("a collection before a value is added may kill it", async () => {
    const heap = await open({ gc: { threshold: [1, 10, 10] } });
    const [a] = nodesOf(heap);
    const set = new heap.weakref.WeakSet<Node>();
    heap.gc.callbacks.push(() => {
      a.release();
      set.release();
    });
    const add = () => {
      for (let i = 0; i < 8; i++) set.add(a).clear();
    };
    expect(add).toThrow(released);
    heap.gc.callbacks.length = 0;
    expect([a.released, heap.handleCount]).toEqual([true, 2]);
    heap.verify();
  });
});

test("types: values keep theirs", async () => {
  const heap = await openHeap();
  const [node] = nodesOf(heap);
  const set = new heap.weakref.WeakSet([node]);
  expectTypeOf(set).toEqualTypeOf<WeakSetOf<Node>>();
  expectTypeOf([...set]).toEqualTypeOf<Node[]>();
  const contract: { add(h: Handle): void; has(h: Handle): boolean; delete(h: Handle): boolean; readonly size: number } =
    new heap.weakref.WeakSet();
  const handles: Iterable<Handle> = set;
  expect([contract.size, [...handles].length]).toEqual([0, 1]);
  // @ts-expect-error texts are no values of weak sets
  expect(() => set.add("text")).toThrow(TypeError);
});
