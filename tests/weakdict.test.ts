// WeakValueDictionary and WeakKeyDictionary: Map's interface, entries that go with their objects, and nothing left behind.
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, expectTypeOf, test } from "vitest";
import type {
  Dict,
  Handle,
  Heap,
  Instance,
  Storable,
  Value,
  WeakKeyDictionary,
  WeakMapLike,
  WeakValueDictionary,
} from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });
const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });

/** What must be as before when a call was refused, or everything it made was given back. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

const FIELDS = { id: "u32", next: "self", extra: "ref" } as const;
type Node = Instance<typeof FIELDS>;

/** `count` objects with ids from 0 on; the type has the first three, so that they can be taken out. */
function nodesOf(heap: Heap, count = 3): [Node, Node, Node, ...Node[]] {
  const Node = heap.struct("Node", FIELDS);
  return Array.from({ length: count }, (_, id) => new Node({ id })) as ReturnType<typeof nodesOf>;
}

/** Of whatever is iterated: ids of handles, and all else as it is; no handle is left. */
function seen(heap: Heap, values: () => Iterable<unknown>): unknown[] {
  return heap.scope(() => [...values()].map(shown));
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === "object" && value !== null ? (value as { id: number }).id : value;
}

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

describe.each(VARIANTS)("both, $name", ({ open }) => {
  test("they belong to no scope, and go with release or using", async () => {
    const heap = await open();
    const [node] = nodesOf(heap, 1);
    const before = ledger(heap);
    const [values, keys] = heap.scope(() => {
      const { WeakKeyDictionary, WeakValueDictionary } = heap.weakref;
      return [new WeakValueDictionary([["a", node]]), new WeakKeyDictionary([[node, "a"]])] as const;
    });
    expect([values.has("a"), keys.has(node), heap.handleCount]).toEqual([true, true, 3]);
    {
      using _first = values;
      using _second = keys;
    }
    expect([values.released, keys.released]).toEqual([true, true]);
    values.release();
    expect([ledger(heap), heap.weakref.getWeakRefCount(node)]).toEqual([before, 0]);
    heap.verify();
  });

  test("once released, or once the heap is gone, everything is refused", async () => {
    const heap = await open();
    const [node] = nodesOf(heap, 1);
    const { WeakKeyDictionary, WeakValueDictionary } = heap.weakref;
    const make = () => [new WeakValueDictionary([["a", node]]), new WeakKeyDictionary([[node, "a"]])] as const;
    const calls = ([values, keys]: ReturnType<typeof make>) => [
      ...[() => values.get("a"), () => values.has("a"), () => values.set("a", node), () => values.delete("a")],
      ...[() => keys.get(node), () => keys.has(node), () => keys.set(node, "b"), () => keys.delete(node)],
      ...[values, keys].flatMap((map) => [
        () => map.size,
        () => map.clear(),
        () => [...map],
        () => map.keys(),
        () => map.values(),
        () => map.forEach(() => {}),
      ]),
    ];
    const both = make();
    const steps = both.map((map) => map.entries());
    for (const map of both) map.release();
    for (const call of calls(both)) {
      expect(call).toThrow(released);
      expect(call).toThrow(/^Weak(Key|Value)Dictionary\.\w+: it was released/);
    }
    for (const step of steps) expect(() => step.next()).toThrow(released);
    expect(inspect(both)).toBe("[ WeakValueDictionary (released), WeakKeyDictionary (released) ]");
    const late = make();
    expect(inspect(late)).toBe("[ WeakValueDictionary { size: 1 }, WeakKeyDictionary { size: 1 } ]");
    expect(late.map(String)).toEqual(["[object WeakValueDictionary]", "[object WeakKeyDictionary]"]);
    heap[Symbol.dispose]();
    for (const call of calls(late)) expect(call).toThrow(disposed);
    expect(() => new WeakKeyDictionary()).toThrow(disposed);
    expect(() => new WeakValueDictionary()).toThrow(disposed);
    for (const map of late) map.release();
    expect(inspect(late)).toBe("[ WeakValueDictionary (released), WeakKeyDictionary (released) ]");
  });

  test("entries of random objects are those that are alive", async () => {
    const heap = await open();
    const random = new Random(TEST_SEED);
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const values = new heap.weakref.WeakValueDictionary<string, Handle>();
    const keys = new heap.weakref.WeakKeyDictionary<Handle, number>();
    const model = { values: new Map<string, number>(), keys: new Map<number, number>() };
    const live = new Map<number, Instance<typeof Node.fields>>();
    const drop = (id: number) => {
      live.get(id)?.release();
      live.delete(id);
      model.keys.delete(id);
      for (const [key, other] of model.values) if (other === id) model.values.delete(key);
    };
    for (let i = 0; i < 1500; i++) {
      const step = random.below(8);
      const id = random.pick([...live.keys(), -1]);
      const node = live.get(id);
      if (step < 3 || node === undefined) {
        const made = new Node({ id: i });
        live.set(i, made);
        const key = `key ${random.below(40)}`;
        values.set(key, made);
        model.values.set(key, i);
        keys.set(made, i % 7);
        model.keys.set(i, i % 7);
      } else if (step < 6) {
        if (random.chance(30)) node.next = node;
        drop(id);
        if (random.chance(50)) heap.gc.collect(random.below(3) as 0 | 1 | 2);
      } else if (step === 6) {
        const key = `key ${random.below(40)}`;
        expect(values.delete(key) || !model.values.has(key)).toBe(true);
        model.values.delete(key);
        expect(keys.delete(node), `seed ${TEST_SEED}, step ${i}`).toBe(model.keys.delete(id));
      } else if (random.chance(5)) {
        values.clear();
        keys.clear();
        model.values.clear();
        model.keys.clear();
      }
      if (i % 50 !== 0) continue;
      heap.gc.collect();
      const found = [seen(heap, () => values), seen(heap, () => keys), values.size, keys.size];
      const wanted = [[...model.values], [...model.keys], model.values.size, model.keys.size];
      expect(found.map(sorted), `seed ${TEST_SEED}, step ${i}`).toEqual(wanted.map(sorted));
      heap.verify();
    }
  });

  test("memory that is short is collected for, and an entry that could not be made leaves nothing", async () => {
    const heap = await open({ maximumMemory: 2 ** 20 });
    const [node, doomed] = nodesOf(heap, 2);
    const { WeakKeyDictionary, WeakValueDictionary } = heap.weakref;
    const values = new WeakValueDictionary<number, Handle>();
    const keys = new WeakKeyDictionary<Handle, Storable>();
    const blocks: number[] = [];
    const fill = (bytes: number) => {
      for (;;) {
        try {
          blocks.push(heap.mem.malloc(bytes));
        } catch {
          return;
        }
      }
    };
    for (const bytes of [60_000, 500, 48, 40, 32, 24, 16]) fill(bytes);
    const before = ledger(heap);
    const exhausted = expect.objectContaining({ code: "NO_MEMORY" });
    expect(() => values.set(1, node)).toThrow(exhausted);
    expect(() => keys.set(node, 1)).toThrow(exhausted);
    expect(() => keys.get(node)).toThrow(exhausted);
    expect(() => heap.weakref.ref(node)).toThrow(exhausted);
    expect(() => heap.weakref.finalize(node, () => {})).toThrow(exhausted);
    expect([ledger(heap), values.size, keys.size]).toEqual([before, 0, 0]);
    // The full collection runs code that lets go of the value, and nothing is the worse for it.
    heap.gc.callbacks.push(() => doomed.release());
    expect(() => values.set(1, doomed)).toThrow(exhausted);
    expect([doomed.released, heap.handleCount]).toEqual([true, 3]);
    heap.gc.callbacks.length = 0;
    for (const block of blocks) heap.mem.free(block as never);
    expect([values.set(1, node).size, keys.set(node, 1).size]).toEqual([1, 1]);
    heap.verify();
  });
});

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).sort() : value;
}

test("a dictionary that was forgotten is given back some time after the engine has collected it", async ({ skip }) => {
  const heap = await openHeap();
  const [node] = nodesOf(heap, 1);
  const before = ledger(heap);
  (() => {
    for (let i = 0; i < 20; i++) {
      new heap.weakref.WeakValueDictionary([[i, node]]);
      heap.scope(() => new heap.weakref.WeakKeyDictionary([[node, i]]).size);
    }
  })();
  expect(heap.handleCount).toBe(41);
  let called = false;
  const registry = new FinalizationRegistry(() => {
    called = true;
  });
  (() => registry.register({}, null))();
  for (let i = 0; i < 60 && !(called && heap.handleCount === 1); i++) {
    collectGarbage();
    await wait(50);
  }
  if (!called) skip("the engine calls no registry");
  expect([ledger(heap), heap.weakref.getWeakRefCount(node)]).toEqual([before, 0]);
  heap.verify();
});

test("types: keys and values keep theirs", async () => {
  const heap = await openHeap();
  const Node = heap.struct("Node", { id: "u32" });
  type NodeHandle = Instance<typeof Node.fields>;
  const node = new Node({ id: 1 });
  const values = new heap.weakref.WeakValueDictionary<string, NodeHandle>();
  expectTypeOf(values).toEqualTypeOf<WeakValueDictionary<string, NodeHandle>>();
  expectTypeOf(values.set("a", node).get("a")).toEqualTypeOf<NodeHandle | undefined>();
  expectTypeOf([...values]).toEqualTypeOf<[string, NodeHandle][]>();
  expectTypeOf([...values.values()]).toEqualTypeOf<NodeHandle[]>();
  const keys = new heap.weakref.WeakKeyDictionary<NodeHandle, string[]>([[node, ["a"]]]);
  expectTypeOf(keys).toEqualTypeOf<WeakKeyDictionary<NodeHandle, string[]>>();
  expect(keys.get(node)?.at(0)).toBe("a");
  expectTypeOf([...keys.keys()]).toEqualTypeOf<NodeHandle[]>();
  const inferred = new heap.weakref.WeakKeyDictionary([[node, 5]]);
  expectTypeOf(inferred).toEqualTypeOf<WeakKeyDictionary<NodeHandle, number>>();
  const data: { name: string } = { name: "a" };
  expectTypeOf(new heap.weakref.WeakKeyDictionary([[node, data]]).get(node)).toEqualTypeOf<Dict | undefined>();
  // @ts-expect-error a date is no value of a heap
  expect(() => new heap.weakref.WeakKeyDictionary<NodeHandle, Date>().set(node, new Date())).toThrow(TypeError);
  const any = new heap.weakref.WeakValueDictionary();
  expectTypeOf(any.get([1, 2].length)).toEqualTypeOf<Handle | undefined>();
  const contract: WeakMapLike<Storable, Handle> = any;
  const found: Value | undefined = contract.get("a");
  expect(found).toBe(undefined);
  const entries: Iterable<[unknown, unknown]> = keys;
  expect([...entries]).toHaveLength(1);
  // @ts-expect-error a number is no weakly referenced value
  expect(() => values.set("b", 5)).toThrow(TypeError);
  // @ts-expect-error the keys are texts
  values.set(5, node);
});
