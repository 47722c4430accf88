// Every call that drops something, with finalizers that change, release or go through the very container meanwhile; iterators that are
// under way then.
import { beforeAll, describe, expect, test } from "vitest";
import type { Deque, Dict, Handle, Heap, HeapSet, List, Storable, UnraisableEvent } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

type Any = List | Dict | HeapSet | Deque;

/** A container with items that have finalizers, and a call that drops some of them. */
interface Drop {
  readonly name: string;
  readonly make: (heap: Heap, item: () => Handle) => Any;
  readonly drop: (container: never, item: () => Handle) => void;
}

const DROPS: readonly Drop[] = [
  { name: "list.set", make: list, drop: (l: List) => l.set(1, 5) },
  { name: "list.splice", make: list, drop: (l: List) => l.splice(1, 3, 5).forEach(release) },
  {
    name: "list.splice of many",
    make: list,
    drop: (l: List) => l.splice(0, 2, ...Array(900).fill(7)).forEach(release),
  },
  { name: "list.clear", make: list, drop: (l: List) => l.clear() },
  { name: "list.pop", make: list, drop: (l: List) => void [l.pop(), l.pop()].forEach(release) },
  { name: "dict.set", make: dict, drop: (d: Dict) => d.set(1, 5) },
  { name: "dict.delete by value", make: dict, drop: (d: Dict) => d.delete(1) },
  { name: "dict.delete by key", make: keyed, drop: (d: Dict) => dropFirstKey(d) },
  { name: "dict.clear", make: dict, drop: (d: Dict) => d.clear() },
  { name: "set.delete", make: set, drop: (s: HeapSet) => dropFirstKey(s) },
  { name: "set.clear", make: set, drop: (s: HeapSet) => s.clear() },
  { name: "deque.push", make: deque, drop: (d: Deque) => d.push(5) },
  { name: "deque.push of many", make: deque, drop: (d: Deque) => d.push(...Array(300).fill(7)) },
  {
    name: "deque.unshift of many",
    make: deque,
    drop: (d: Deque, item) => d.unshift(item(), item(), 3),
  },
  { name: "deque.clear", make: deque, drop: (d: Deque) => d.clear() },
  { name: "release", make: list, drop: (l: List) => l.release() },
];

function list(heap: Heap, item: () => Handle): List {
  return heap.list([item(), item(), item(), item(), 1]);
}

function dict(heap: Heap, item: () => Handle): Dict {
  return heap.dict([0, 1, 2, 3].map((key): [number, Storable] => [key, item()]));
}

function keyed(heap: Heap, item: () => Handle): Dict {
  return heap.dict([0, 1, 2, 3].map((n): [Storable, Storable] => [item(), n]));
}

function set(heap: Heap, item: () => Handle): HeapSet {
  return heap.set([item(), item(), item(), 4]);
}

function deque(heap: Heap, item: () => Handle): Deque {
  return heap.deque([item(), item(), item(), item()], { maxLength: 4 });
}

function release(value: unknown): void {
  (value as Handle | null)?.release?.();
}

/** The handle of the first key is released inside, so that the container alone has it. */
function dropFirstKey(container: Dict | HeapSet): void {
  const key = container.keys().next().value as Handle;
  // Deleting by an equal key that is lent would keep the object: its own handle goes first where it can.
  container.delete(key);
  key.release();
}

/** What a finalizer does to the container that its object was in. */
const ACTIONS: readonly (readonly [name: string, act: (heap: Heap, container: Any) => void])[] = [
  ["clears it", (_, container) => container.clear()],
  ["adds to it", (_, container) => add(container, 40)],
  ["clears it and adds to it", (_, container) => refill(container)],
  ["releases it", (_, container) => container.release()],
  ["collects", (heap) => void heap.gc.collect()],
  ["verifies", (heap) => heap.verify()],
  ["goes through it", (_, container) => void [...(container as List)].forEach(release)],
  ["lets memory grow", (heap) => heap.mem.free(heap.mem.malloc(heap.memory.buffer.byteLength))],
  ["makes another in its place", (heap, container) => replace(heap, container)],
];

function refill(container: Any): void {
  container.clear();
  add(container, 3);
}

/** What is made may lie where the container was. */
function replace(heap: Heap, container: Any): void {
  container.release();
  heap.list([1, 2]);
  heap.deque();
  heap.dict();
}

function add(container: Any, times: number): void {
  for (let i = 0; i < times; i++) {
    if ("set" in container && "delete" in container) (container as Dict).set(100 + i, [i]);
    else if ("add" in container) (container as HeapSet).add(100 + i);
    else (container as List).push(i);
  }
}

describe.each(VARIANTS)("$name", (variant) => {
  describe.each(DROPS)("$name", ({ make, drop }) => {
    const unraisable: UnraisableEvent[] = [];
    let heap: Heap;
    let finalize = () => {};
    let Item: new () => Handle;

    beforeAll(async () => {
      heap = await variant.open({ gc: { enabled: false }, onUnraisable: (event) => unraisable.push(event) });
      Item = heap.struct("Item", { self: "self" }, { finalize: () => finalize() });
    });

    test.each(ACTIONS)("while a finalizer %s", (_, act) => {
      let calls = 0;
      let container: Any | undefined;
      unraisable.length = 0;
      finalize = () => {
        if (calls++ < 3 && container?.released === false) act(heap, container);
      };
      const item = () => new Item();
      container = heap.scope((scope) => scope.keep(make(heap, item)));
      try {
        heap.scope(() => drop(container as never, item));
      } catch (error) {
        expect(error).toMatchObject({ code: "HANDLE_RELEASED" });
      }
      expect(calls).toBeGreaterThan(0);
      heap.verify();
      if (!container.released) add(container, 10);
      container.release();
      for (const { error } of unraisable) expect(error).toMatchObject({ code: "HANDLE_RELEASED" });
      expect(heap.handleCount).toBe(0);
      heap.verify();
      heap.gc.collect();
      expect(heap.inspect().types.map(({ name }) => name)).not.toContain("Item");
    });
  });

  describe("iterators", () => {
    test("of a dict that a finalizer fills while it is cleared go through what is new, once", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      using table = heap.dict();
      const Item = heap.struct(
        "Item",
        { n: "i32" },
        { finalize: () => void table.set(`new ${scene.log.length}`, scene.log.push("x")) },
      );
      heap.scope(() => {
        for (let i = 0; i < 3; i++) table.set(i, new Item());
      });
      const keys = table.keys();
      expect([keys.next().value, keys.next().value]).toEqual([0, 1]);
      table.clear();
      expect([...keys]).toEqual(["new 0", "new 1", "new 2"]);
      scene.ran();
      table.clear();
      table.release();
      scene.close();
    });

    test("of a dict go on in a finalizer while it is cleared", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const table = heap.dict();
      const keys = table.keys();
      const Item = heap.struct(
        "Item",
        { n: "i32" },
        {
          finalize({ n }) {
            table.set(`new ${n}`, n);
            scene.log.push(String(keys.next().value));
          },
        },
      );
      heap.scope(() => {
        for (let n = 0; n < 3; n++) table.set(n, new Item({ n }));
      });
      expect([keys.next().value, keys.next().value]).toEqual([0, 1]);
      table.clear();
      expect(scene.ran()).toEqual(["new 0", "new 1", "new 2"]);
      expect([...keys]).toEqual([]);
      table.release();
      scene.close();
    });

    test("of a dict whose table a finalizer makes anew, when its value is replaced, lose no entry and see none twice", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      for (let entries = 2; entries < 40; entries++) {
        const table = heap.dict();
        const Item = heap.struct(
          `Item${entries}`,
          {},
          {
            finalize() {
              for (let i = 0; i < 60; i++) table.set(1000 + i, i);
            },
          },
        );
        for (let i = 0; i < entries; i++) table.set(i, i);
        heap.scope(() => void table.set(entries, new Item()));
        const keys = table.keys();
        expect(keys.next().value).toBe(0);
        table.delete(0);
        expect(keys.next().value).toBe(1);
        table.set(entries, null);
        const rest = Array.from({ length: entries - 1 }, (_, i) => i + 2);
        expect([...keys]).toEqual([...rest, ...Array.from({ length: 60 }, (_, i) => 1000 + i)]);
        table.release();
      }
      scene.close();
    });

    test("a defaultdict returns the value that was made, though the finalizer of what it replaces takes it out again", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const Item = heap.struct("Item", { n: "i32" }, { finalize: () => void table.delete("key") });
      const table: Dict = heap.defaultdict(() => {
        heap.scope(() => void table.set("key", new Item()));
        return ["made"];
      });
      expect(heap.scope(() => heap.toJS(table.get("key") as Handle))).toEqual(["made"]);
      expect(table.has("key")).toBe(false);
      table.release();
      scene.close();
    });
  });
});
