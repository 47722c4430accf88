// WeakValueDictionary: Map's interface, entries that go with their values, and nothing left behind.
import { describe, expect, test } from "vitest";
import type { Handle, Storable } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { foreign, ledger, type Node, nodesOf, released, seen, shown } from "./helpers/weakdicts.js";

describe.each(VARIANTS)("WeakValueDictionary, $name", ({ open }) => {
  test("Map's interface", async () => {
    const heap = await open();
    const [a, b, c] = nodesOf(heap, 3);
    const { WeakValueDictionary } = heap.weakref;
    const map = new WeakValueDictionary<string, Handle>();
    expect([map instanceof WeakValueDictionary, WeakValueDictionary.name, map.size]).toEqual([
      true,
      "WeakValueDictionary",
      0,
    ]);
    expect(map.set("a", a).set("b", b).set("c", c)).toBe(map);
    expect([map.size, map.has("a"), map.has("x"), map.get("x")]).toEqual([3, true, false, undefined]);
    expect(heap.scope(() => [map.get("b")?.is(b), map.get("b") === b])).toEqual([true, false]);
    expect(seen(heap, () => map.keys())).toEqual(["a", "b", "c"]);
    expect(seen(heap, () => map.values())).toEqual([0, 1, 2]);
    const entries = [
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ];
    expect([seen(heap, () => map), seen(heap, () => map.entries())]).toEqual([entries, entries]);
    const calls: unknown[] = [];
    const self = {};
    heap.scope(() => {
      map.forEach(function (this: unknown, value, key, dictionary) {
        calls.push([this === self, shown(value), key, dictionary === map]);
      }, self);
    });
    expect(calls).toEqual(entries.map(([key, id]) => [true, id, key, true]));
    // A key that is there keeps its place.
    map.set("a", c);
    expect(seen(heap, () => map)).toEqual([["a", 2], ...entries.slice(1)]);
    expect([map.delete("b"), map.delete("b"), map.size, map.has("b")]).toEqual([true, false, 2, false]);
    map.clear();
    expect([map.size, seen(heap, () => map)]).toEqual([0, []]);
    expect([a, b, c].map((node) => heap.weakref.getWeakRefCount(node))).toEqual([0, 0, 0]);
    heap.verify();
    map.release();
    expect(heap.handleCount).toBe(3);
  });

  test("an entry goes when its value dies, by counts or in a collection", async () => {
    const heap = await open();
    const [a, b, c] = nodesOf(heap, 3);
    const map = new heap.weakref.WeakValueDictionary<number, Handle>([
      [1, a],
      [2, b],
      [3, c],
    ]);
    const before = ledger(heap);
    expect([b, c].map((node) => heap.sys.getRefCount(node))).toEqual([1, 1]);
    b.release();
    expect([map.size, map.has(2), map.get(2), seen(heap, () => map.keys())]).toEqual([2, false, undefined, [1, 3]]);
    a.next = a;
    a.release();
    expect([map.size, map.has(1)]).toEqual([2, true]);
    heap.gc.collect();
    expect([map.size, map.has(1), seen(heap, () => map)]).toEqual([1, false, [[3, 2]]]);
    // Two objects and their weak references are gone.
    expect(ledger(heap)).toEqual([(before[0] as number) - 2, (before[1] as number) - 4]);
    map.set(1, c);
    expect(seen(heap, () => map)).toEqual([
      [3, 2],
      [1, 2],
    ]);
    c.release();
    expect(map.size).toBe(0);
    heap.verify();
  });

  test("the entry of a value that was replaced stays when that dies", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const map = new heap.weakref.WeakValueDictionary<string, Handle>();
    map.set("key", a).set("key", b);
    expect([heap.weakref.getWeakRefCount(a), heap.weakref.getWeakRefCount(b)]).toEqual([0, 1]);
    a.release();
    expect(seen(heap, () => map)).toEqual([["key", 1]]);
    map.set("key", b);
    expect([map.size, heap.weakref.getWeakRefCount(b)]).toEqual([1, 1]);
    b.release();
    expect(map.size).toBe(0);
    heap.verify();
  });

  test("keys are those of dicts, and kept alive", async () => {
    const heap = await open();
    const [value, key] = nodesOf(heap, 2);
    const map = new heap.weakref.WeakValueDictionary();
    const long = "☃".repeat(3000);
    const keys: Storable[][] = [[1, true, 1n, 1.0], [0.5], ["text", heap.str("text")], [long, long], [null, undefined]];
    keys.push([heap.tuple([1, "two"]), heap.tuple([1, "two"])], [2n ** 70n, 2n ** 70n], [key, key.clone()]);
    for (const equal of keys) map.set(equal[0] as Storable, value);
    expect(map.size).toBe(keys.length);
    for (const equal of keys) {
      expect(equal.map((one) => map.has(one))).toEqual(equal.map(() => true));
      expect(heap.scope(() => map.get(equal.at(-1) as Storable)?.is(value))).toBe(true);
    }
    expect(heap.sys.getRefCount(key)).toBe(4);
    expect(seen(heap, () => map.keys()).slice(0, 4)).toEqual([1, 0.5, "text", long]);
    value.release();
    expect([map.size, heap.sys.getRefCount(key)]).toEqual([0, 2]);
    heap.verify();
  });

  test("what cannot be a key or a value is refused, and nothing has changed", async () => {
    const [heap, other] = [await open(), await open()];
    const [value, gone] = nodesOf(heap, 2);
    const [stranger] = nodesOf(other, 1);
    const map = new heap.weakref.WeakValueDictionary().set("there", value);
    gone.release();
    const before = ledger(heap);
    const refused: [Storable, unknown, unknown][] = [
      ["key", 5, TypeError],
      ["key", "text", TypeError],
      ["key", null, TypeError],
      ["key", undefined, /wants a handle/],
      ["key", gone, released],
      ["key", stranger, foreign],
      [[1], value, "WeakValueDictionary.set: a list cannot be a key"],
      [new Map(), value, TypeError],
      [(() => 1) as unknown as Storable, value, TypeError],
      [gone, value, released],
      [stranger, value, foreign],
    ];
    for (const [key, given, error] of refused) expect(() => map.set(key, given as Handle)).toThrow(error as Error);
    heap.scope(() => {
      const list = () => map.set("key", heap.list());
      expect(list).toThrow(TypeError);
      expect(list).toThrow("WeakValueDictionary.set: a list cannot be weakly referenced");
    });
    for (const call of [() => map.get([1]), () => map.has([1]), () => map.delete([1])]) expect(call).toThrow(TypeError);
    expect(() => map.get([1])).toThrow("WeakValueDictionary.get: a list cannot be a key");
    expect(() => map.forEach(5 as unknown as () => void)).toThrow("WeakValueDictionary.forEach: wants a function");
    expect([ledger(heap), map.size, heap.weakref.getWeakRefCount(value)]).toEqual([before, 1, 1]);
    heap.verify();
  });

  test("made of pairs, of a Map, and of what the heap has; or not at all", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const { WeakValueDictionary } = heap.weakref;
    const pairs = [
      ["a", a],
      ["b", b],
    ] as const;
    const sources: Iterable<readonly [string, Handle]>[] = [pairs, new Map(pairs), new WeakValueDictionary(pairs)];
    sources.push(heap.dict(pairs) as Iterable<[string, Handle]>);
    heap.scope(() => {
      for (const source of sources) {
        using map = new WeakValueDictionary(source);
        expect(seen(heap, () => map)).toEqual([
          ["a", 0],
          ["b", 1],
        ]);
      }
      for (const none of [null, undefined]) {
        using map = new WeakValueDictionary(none);
        expect(map.size).toBe(0);
      }
    });
    const before = ledger(heap);
    const make = (given: unknown) => () => new WeakValueDictionary(given as []);
    expect(make([["a", a], 5])).toThrow("new WeakValueDictionary: entry 1 must be a pair [key, value], not 5");
    expect(make(["ab"])).toThrow(TypeError);
    expect(make([["a", 5]])).toThrow(TypeError);
    expect(make({})).toThrow("new WeakValueDictionary: wants something to go through");
    expect(ledger(heap)).toEqual(before);
    heap.verify();
  });

  test("entries that die or come while somebody iterates", async () => {
    const heap = await open();
    const nodes = nodesOf(heap, 100);
    const map = new heap.weakref.WeakValueDictionary<number, Handle>();
    for (const [i, node] of nodes.entries()) map.set(i, node);
    const ids: number[] = [];
    for (const [key, value] of map) {
      value.release();
      ids.push(key);
      // Those ahead die before their turn, and so many others come that the table is made anew.
      if (key < 90) nodes[key + 3]?.release();
      if (key === 12) for (let i = 0; i < 60; i++) map.set(1000 + i, nodes[99] as Node);
    }
    const alive = [...nodes.keys()].filter((i) => i % 6 < 3 || i >= 90);
    expect(ids).toEqual([...alive, ...Array.from({ length: 60 }, (_, i) => 1000 + i)]);
    // One that begins before the others are gone.
    const steps = map.keys();
    const first = steps.next().value;
    for (const node of nodes) node.release();
    expect([first, steps.next().done, map.size, heap.handleCount]).toEqual([0, true, 0, 1]);
    heap.verify();
  });

  test("a value's death that runs code of the program leaves the dictionary sound", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {}, { finalize: () => void (map.size > 3 && map.clear()) });
    const map = new heap.weakref.WeakValueDictionary<number, Handle>();
    const nodes = Array.from({ length: 6 }, () => new Node());
    for (const [i, node] of nodes.entries()) map.set(i, node);
    nodes[0]?.release();
    expect([map.size, seen(heap, () => map)]).toEqual([0, []]);
    for (const node of nodes) node.release();
    map.release();
    expect(heap.handleCount).toBe(0);
    heap.verify();
  });

  test("when a newer callback of the value runs, its entry is there still, and answers nothing", async () => {
    const heap = await open();
    const [a, b] = nodesOf(heap, 2);
    const map = new heap.weakref.WeakValueDictionary<string, Handle>([
      ["a", a],
      ["b", b],
    ]);
    const found: unknown[] = [];
    const ref = heap.weakref.ref(a, () => {
      found.push(map.size, map.has("a"), map.get("a"));
      found.push(
        seen(heap, () => map),
        seen(heap, () => map.keys()),
        seen(heap, () => map.values()),
      );
    });
    a.release();
    expect([found, map.size]).toEqual([[2, false, undefined, [["b", 1]], ["b"], [1]], 1]);
    ref.release();
    heap.verify();
  });

  test("a value that dies while it is stored leaves no entry", async () => {
    const heap = await open({ gc: { threshold: [1, 10, 10] } });
    const [a] = nodesOf(heap, 1);
    const map = new heap.weakref.WeakValueDictionary<number, Handle>();
    heap.gc.callbacks.push(() => a.release());
    const store = () => {
      for (let i = 0; i < 8; i++) map.set(i, a);
    };
    expect(store).toThrow(released);
    heap.gc.callbacks.length = 0;
    expect([map.size, heap.handleCount]).toEqual([0, 1]);
    heap.verify();
  });
});
