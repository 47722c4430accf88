// WeakKeyDictionary: Map's interface, entries that go with their keys, and nothing left behind.
import { describe, expect, test } from "vitest";
import type { Handle, Storable } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { foreign, ledger, nodesOf, released, seen, shown } from "./helpers/weakdicts.js";

describe.each(VARIANTS)("WeakKeyDictionary, $name", ({ open }) => {
  test("Map's interface", async () => {
    const heap = await open();
    const [a, b, c] = nodesOf(heap, 3);
    const { WeakKeyDictionary } = heap.weakref;
    const map = new WeakKeyDictionary<Handle, string>();
    expect([map instanceof WeakKeyDictionary, WeakKeyDictionary.name, map.size]).toEqual([
      true,
      "WeakKeyDictionary",
      0,
    ]);
    expect(map.set(a, "a").set(b, "b")).toBe(map);
    expect([map.size, map.has(a), map.has(c), map.get(c), map.get(b)]).toEqual([2, true, false, undefined, "b"]);
    expect(heap.scope(() => map.get(b.clone()))).toBe("b");
    expect(seen(heap, () => map.keys())).toEqual([0, 1]);
    expect(seen(heap, () => map.values())).toEqual(["a", "b"]);
    const entries = [
      [0, "a"],
      [1, "b"],
    ];
    expect([seen(heap, () => map), seen(heap, () => map.entries())]).toEqual([entries, entries]);
    const calls: unknown[] = [];
    const self = {};
    heap.scope(() => {
      map.forEach(function (this: unknown, value, key, dictionary) {
        calls.push([this === self, shown(key), value, dictionary === map]);
      }, self);
    });
    expect(calls).toEqual(entries.map(([id, value]) => [true, id, value, true]));
    map.set(a, "A");
    expect(seen(heap, () => map)).toEqual([
      [0, "A"],
      [1, "b"],
    ]);
    expect([map.delete(a), map.delete(a), map.size, map.has(a)]).toEqual([true, false, 1, false]);
    map.clear();
    expect([map.size, seen(heap, () => map), heap.weakref.getWeakRefCount(b)]).toEqual([0, [], 0]);
    heap.verify();
    map.release();
    expect(heap.handleCount).toBe(3);
  });

  test("an entry goes when its key dies, and its value with it", async () => {
    const heap = await open();
    const [a, b, value] = nodesOf(heap, 3);
    const map = new heap.weakref.WeakKeyDictionary<Handle, Handle>([
      [a, value],
      [b, value],
    ]);
    expect([heap.sys.getRefCount(value), heap.sys.getRefCount(a)]).toEqual([3, 1]);
    b.release();
    expect([map.size, heap.sys.getRefCount(value), seen(heap, () => map)]).toEqual([1, 2, [[0, 2]]]);
    a.next = a;
    a.release();
    heap.gc.collect();
    expect([map.size, heap.sys.getRefCount(value), seen(heap, () => map)]).toEqual([0, 1, []]);
    map.set(value, value);
    value.release();
    // The value is its own key.
    heap.gc.collect();
    expect(map.size).toBe(1);
    map.clear();
    heap.verify();
    expect(heap.handleCount).toBe(1);
  });

  test("a look-up leaves no weak reference behind", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const map = new heap.weakref.WeakKeyDictionary<Handle, number>().set(a, 1);
    const before = ledger(heap);
    expect([map.get(a), map.has(a), map.has(b), map.delete(b)]).toEqual([1, true, false, false]);
    expect([a, b].map((node) => heap.weakref.getWeakRefCount(node))).toEqual([1, 0]);
    expect(ledger(heap)).toEqual(before);
    using shared = heap.weakref.ref(a);
    expect([map.get(a), heap.sys.getRefCount(shared)]).toEqual([1, 1]);
    heap.verify();
  });

  test("frozensets are keys by what is in them; the first stays, and its death ends the entry", async () => {
    const heap = await open();
    const [first, second] = [heap.frozenset([1, "two"]), heap.frozenset(["two", 1])];
    const map = new heap.weakref.WeakKeyDictionary<Handle, string>();
    map.set(first, "first").set(second, "second");
    expect([map.size, map.get(first), map.get(second), map.has(heap.frozenset([1]))]).toEqual([
      1,
      "second",
      "second",
      false,
    ]);
    expect(heap.scope(() => [...map.keys()][0]?.is(first))).toBe(true);
    second.release();
    expect(map.size).toBe(1);
    first.release();
    expect(map.size).toBe(0);
    heap.verify();
  });

  test("what cannot be a key is refused, and nothing has changed", async () => {
    const [heap, other] = [await open(), await open()];
    const [key, gone] = nodesOf(heap, 2);
    const [stranger] = nodesOf(other, 1);
    const map = new heap.weakref.WeakKeyDictionary<Handle, Storable>().set(key, 1);
    gone.release();
    const list = heap.list();
    const set = heap.set();
    const before = ledger(heap);
    const refused: [unknown, unknown, unknown][] = [
      [5, 1, TypeError],
      ["text", 1, "WeakKeyDictionary.set: wants a handle"],
      [null, 1, TypeError],
      [list, 1, TypeError],
      [list, 1, "WeakKeyDictionary.set: a list cannot be weakly referenced"],
      [set, 1, TypeError],
      [set, 1, "WeakKeyDictionary.set: a set cannot be a key, because it can change; use a frozenset"],
      [gone, 1, released],
      [stranger, 1, foreign],
      [key, stranger, foreign],
      [key, () => 1, TypeError],
      [list, { some: ["data"] }, TypeError],
    ];
    for (const [given, value, error] of refused) {
      expect(() => map.set(given as Handle, value as Storable)).toThrow(error as Error);
    }
    expect(map.has(list)).toBe(false);
    for (const none of [5, "text", null] as unknown as Handle[]) expect(map.has(none)).toBe(false);
    for (const bad of [gone, stranger] as Handle[]) expect(() => map.has(bad)).toThrow();
    for (const bad of [5, gone, stranger, list, set] as Handle[]) {
      expect(() => map.get(bad)).toThrow();
      expect(() => map.delete(bad)).toThrow();
    }
    expect(() => map.get(set)).toThrow("WeakKeyDictionary.get: a set cannot be a key");
    const make = (given: unknown) => () => new heap.weakref.WeakKeyDictionary(given as []);
    expect(make([[key, 1], "ab"])).toThrow('new WeakKeyDictionary: entry 1 must be a pair [key, value], not "ab"');
    expect([ledger(heap), map.size]).toEqual([before, 1]);
    heap.verify();
  });

  test("when a newer callback of the key runs, its entry is there still, and is not gone through", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const map = new heap.weakref.WeakKeyDictionary<Handle, number>([
      [a, 1],
      [b, 2],
    ]);
    const found: unknown[] = [];
    const ref = heap.weakref.ref(a, () => {
      found.push(
        map.size,
        seen(heap, () => map),
        seen(heap, () => map.keys()),
        seen(heap, () => map.values()),
      );
    });
    a.release();
    expect([found, map.size]).toEqual([[2, [[1, 2]], [1], [2]], 1]);
    ref.release();
    heap.verify();
  });

  test("a value whose death runs code that changes the dictionary", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const ran: unknown[] = [];
    const Value = heap.struct("Value", { id: "u32" }, { finalize: ({ id }) => finalize(id) });
    const map = new heap.weakref.WeakKeyDictionary<Handle, Storable>();
    const finalize = (id: number) => {
      ran.push([id, map.size, map.has(b)]);
      map.set(b, id);
      for (const key of map.keys()) key.release();
    };
    heap.scope(() => void map.set(a, new Value({ id: 1 })));
    map.set(a, 5);
    expect([ran, map.get(a), map.get(b)]).toEqual([[[1, 1, false]], 5, 1]);
    map.delete(b);
    heap.scope(() => void map.set(a, new Value({ id: 2 })));
    map.delete(a);
    expect([ran[1], map.size, map.get(b)]).toEqual([[2, 0, false], 1, 2]);
    map.clear();
    heap.scope(() => void map.set(a, new Value({ id: 3 })));
    a.release();
    expect([ran[2], map.size, map.get(b)]).toEqual([[3, 0, false], 1, 3]);
    heap.scope(() => void map.set(b, new Value({ id: 4 })));
    map.clear();
    expect([ran[3], map.size, map.get(b)]).toEqual([[4, 0, false], 1, 4]);
    heap.verify();
  });
});
