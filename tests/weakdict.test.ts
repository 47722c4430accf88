// What both weak dictionaries have in common: random programs, ends, forgotten ones, types.
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, expectTypeOf, test } from "vitest";
import type {
  Dict,
  Handle,
  Instance,
  Storable,
  Value,
  WeakKeyDictionary,
  WeakMapLike,
  WeakValueDictionary,
} from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { disposed, ledger, type Node, nodesOf, released, seen } from "./helpers/weakdicts.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

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
