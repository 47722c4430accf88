// Weak references are in an image as long as somebody holds them; functions that they were to call are not.
import { describe, expect, test } from "vitest";
import type { Dict, Handle, Heap, List, WeakReference } from "../src/index.js";
import { IMAGE_HEAPS } from "./helpers/images.js";

function ref(heap: Heap, name: string): WeakReference {
  return heap.globals.get(name) as unknown as WeakReference;
}

describe.each(IMAGE_HEAPS)("$name", ({ open, restore }) => {
  test("alive ones are alive, dead ones dead, and who dies later is gone then", async () => {
    using heap = await open();
    heap.scope(() => {
      const [set, deque] = [heap.set([1]), heap.deque([2])];
      heap.globals.set("set", set).set("to set", heap.weakref.ref(set)).set("to deque", heap.weakref.ref(deque));
      heap.globals.set("array", heap.array("u8", 3));
      heap.globals.set("to array", heap.weakref.ref(heap.globals.get("array") as unknown as Handle));
    });
    using back = await restore(heap.snapshot());
    back.verify();
    expect(["to set", "to deque", "to array"].map((name) => back.scope(() => ref(back, name).alive))).toEqual([
      true,
      false,
      true,
    ]);
    back.scope(() => {
      expect(ref(back, "to set").deref()?.is(back.globals.get("set"))).toBe(true);
      expect(ref(back, "to deque").deref()).toBe(undefined);
    });
    back.globals.delete("set");
    expect(back.scope(() => ref(back, "to set").alive)).toBe(false);
    expect(back.scope(() => ref(back, "to array").alive)).toBe(true);
    back.verify();
    expect(heap.scope(() => ref(heap, "to set").alive)).toBe(true);
  });

  test("the one without a callback is shared, as before", async () => {
    using heap = await open();
    const set = heap.set();
    heap.globals.set("set", set).set("ref", heap.weakref.ref(set));
    const address = heap.weakref.ref(set).address;
    using back = await restore(heap.snapshot());
    back.scope(() => {
      const found = back.globals.get("set") as unknown as Handle;
      const shared = back.weakref.ref(found);
      expect(shared.address).toBe(address);
      expect(shared.is(ref(back, "ref"))).toBe(true);
      expect(back.weakref.getWeakRefCount(found)).toBe(1);
      expect(back.weakref.ref(found, () => {}).address).not.toBe(address);
      expect(back.weakref.getWeakRefs(found).length).toBe(2);
      back.verify();
    });
    back.verify();
  });

  test("a reference that was to call somebody is told nothing, and calls nobody", async () => {
    using heap = await open();
    const called: string[] = [];
    heap.scope(() => {
      const set = heap.set();
      const calling = heap.weakref.ref(set, () => void called.push("first"));
      heap.globals.set("set", set).set("calling", calling);
    });
    using back = await restore(heap.snapshot(), { onUnraisable: (event) => void called.push(String(event)) });
    back.scope(() => {
      expect(ref(back, "calling").callback).toBe(null);
      expect(ref(back, "calling").alive).toBe(true);
    });
    back.globals.delete("set");
    back.scope(() => expect(ref(back, "calling").alive).toBe(false));
    back.verify();
    expect(called).toEqual([]);
    heap.globals.delete("set");
    expect(called).toEqual(["first"]);
  });

  test("new callbacks are called in a heap that came back", async () => {
    using heap = await open();
    heap.scope(() => {
      const set = heap.set();
      heap.globals.set("set", set).set(
        "old",
        heap.weakref.ref(set, () => {}),
      );
    });
    using back = await restore(heap.snapshot());
    const called: string[] = [];
    const fresh = back.scope((scope) => {
      const set = back.globals.get("set") as unknown as Handle;
      back.weakref.finalize(set, () => void called.push("finalize"));
      return scope.keep(back.weakref.ref(set, () => void called.push("ref")));
    });
    back.globals.delete("set");
    expect(called).toEqual(["ref", "finalize"]);
    fresh.release();
    back.verify();
  });

  test("what the old program's weakref.finalize and weak dictionaries held is gone", async () => {
    using heap = await open();
    const called: string[] = [];
    const set = heap.frozenset([1]);
    heap.globals.set("set", set);
    const before = heap.sys.getAllocatedBlocks();
    heap.weakref.finalize(set, () => void called.push("finalize"));
    const values = new heap.weakref.WeakValueDictionary<string, Handle>([["a", set]]);
    const keys = new heap.weakref.WeakKeyDictionary<Handle, string>([[set, "a"]]);
    const members = new heap.weakref.WeakSet<Handle>([set]);
    expect([values.size, keys.size, members.size]).toEqual([1, 1, 1]);
    using back = await restore(heap.snapshot());
    back.verify();
    back.scope(() => {
      expect(back.weakref.getWeakRefCount(back.globals.get("set") as unknown as Handle)).toBe(0);
    });
    expect(back.sys.getAllocatedBlocks()).toBe(before);
    back.globals.delete("set");
    back.verify();
    expect(called).toEqual([]);
    expect(heap.weakref.getWeakRefCount(set)).toBe(4);
  });

  test("a weak dictionary whose dict somebody holds keeps its entries, and they go when their values die", async () => {
    using heap = await open();
    heap.scope(() => {
      const objects = Array.from({ length: 50 }, (_, i) => heap.set([i]));
      heap.globals.set("objects", heap.list(objects));
      const values = new heap.weakref.WeakValueDictionary<number, Handle>(objects.map((object, i) => [i, object]));
      const entries = (values as unknown as { $entries(call: string): Dict }).$entries("get");
      heap.globals.set("entries", entries);
    });
    using back = await restore(heap.snapshot());
    back.verify();
    back.scope(() => {
      const entries = back.globals.get("entries") as unknown as Dict;
      const objects = back.globals.get("objects") as unknown as List;
      expect(entries.size).toBe(50);
      expect((entries.get(7) as unknown as WeakReference).deref()?.is(objects.at(7))).toBe(true);
      for (let i = 0; i < 50; i += 2) objects.set(i, null);
      expect([...entries.keys()]).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i + 1));
      back.verify();
      back.globals.delete("objects");
    });
    back.scope(() => expect((back.globals.get("entries") as unknown as Dict).size).toBe(0));
    back.verify();
    heap.scope(() => expect((heap.globals.get("entries") as unknown as Dict).size).toBe(50));
  });

  test("weak fields, and a table of many weakly referenced objects", async () => {
    using heap = await open();
    const Child = heap.struct("Child", { id: "i32", parent: "weak" });
    const Parent = heap.struct("Parent", { id: "i32", children: "ref" });
    heap.scope(() => {
      for (let i = 0; i < 200; i++) {
        const parent = new Parent({ id: i });
        parent.children = Array.from({ length: 3 }, (_, n) => new Child({ id: n, parent })) as never;
        heap.globals.set(`${i}`, i % 2 === 0 ? parent : (parent.children as never));
      }
    });
    using back = await restore(heap.snapshot(), { structs: [Child, Parent] });
    back.verify();
    const parents = (each: Heap) =>
      each.scope(() =>
        Array.from({ length: 200 }, (_, i) => {
          const value = each.globals.get(`${i}`) as unknown as List & { children: List };
          const list = i % 2 === 0 ? value.children : value;
          return list.toArray().map((child) => (child as unknown as { parent: { id: number } | null }).parent?.id);
        }),
      );
    expect(parents(back)).toEqual(parents(heap));
    expect(
      parents(back)
        .flat()
        .filter((id) => id === undefined).length,
    ).toBe(300);
    for (let i = 0; i < 200; i += 4) back.globals.delete(`${i}`);
    back.verify();
    back.globals.clear();
    back.gc.collect();
    expect(back.sys.getAllocatedBlocks()).toBe(1);
    back.verify();
  });

  test("a snapshot that a function of weakref.finalize takes has nothing of it", async () => {
    using heap = await open();
    const set = heap.set([1]);
    heap.globals.set("set", set);
    const images: Uint8Array[] = [];
    heap.weakref.finalize(set, () => void images.push(heap.snapshot())).call();
    using back = await restore(images[0] as Uint8Array);
    expect(back.inspect().types.map(({ name }) => name)).not.toContain("weakref");
    back.verify();
  });
});
