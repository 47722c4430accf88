// What the old program held is let go of in a heap that is restored: handles, frames, and what was under way.
import { describe, expect, test } from "vitest";
import { type Dict, type Handle, Heap, HeapError, type List } from "../src/index.js";
import { T_TRACKED } from "../src/layout.js";
import { OK } from "../src/status.js";
import { firstDifference, heldIn, IMAGE_HEAPS, seal } from "./helpers/images.js";

/** A live object starts there. */
function isLive(heap: Heap, address: number): boolean {
  return heap.core.checkObject(address, 0) === OK;
}

/** What `take` throws. */
function thrownBy(take: () => unknown): unknown {
  try {
    take();
  } catch (error) {
    return error;
  }
  return null;
}

describe.each(IMAGE_HEAPS)("$name", ({ debug, open, restore }) => {
  test("what only handles held is gone, and what others hold too stays", async () => {
    using heap = await open();
    const lists = Array.from({ length: 5 }, (_, i) => heap.list([i, [i]]));
    const [alone, named, twice, kept, released] = lists.map(({ address }) => address) as [number, ...number[]];
    heap.globals.set("named", lists[1] as List);
    const again = (lists[2] as List).clone();
    lists[4]?.release();
    const image = heap.scope((scope) => {
      scope.keep(heap.list(["kept in a scope that is open"]));
      heap.list(["of a scope that is open"]);
      return heap.snapshot();
    });
    expect(heldIn(image).length).toBe(7);
    using back = await restore(image);
    back.verify();
    expect(back.handleCount).toBe(0);
    const live = [alone, named, twice, kept, released].map((address) => isLive(back, address as number));
    expect(live).toEqual([false, true, false, false, false]);
    back.scope(() => expect(back.sys.getRefCount(back.globals.get("named") as unknown as Handle)).toBe(2));
    // The list, the one inside it, and the dict of global names.
    expect(back.scope(() => back.gc.getObjects().length)).toBe(3);
    expect(lists[0]?.length).toBe(2);
    expect(again.is(lists[2])).toBe(true);
    heap.verify();
  });

  test("cycles that only handles held wait for the collector", async () => {
    using heap = await open();
    const ring = heap.list([1]);
    ring.push(ring);
    using back = await restore(heap.snapshot());
    expect(isLive(back, ring.address)).toBe(true);
    expect(back.gc.collect()).toBe(1);
    expect(isLive(back, ring.address)).toBe(false);
    back.verify();
    expect(heap.gc.collect()).toBe(0);
  });

  test("finalizers given as structs run for what is let go of; their errors are unraisable", async () => {
    using heap = await open();
    const log: string[] = [];
    const Final = heap.struct(
      "Final",
      { id: "i32", other: "self" },
      {
        finalize(object) {
          log.push(`${object.id}, ${object.other?.id ?? "none"}`);
          if (object.id === 3) throw new Error("on purpose");
        },
      },
    );
    const held = [new Final({ id: 1 }), new Final({ id: 2 }), new Final({ id: 3 })];
    (held[0] as Handle & { other: unknown }).other = new Final({ id: 4 });
    const ring = new Final({ id: 5 });
    ring.other = ring;
    heap.globals.set("global", new Final({ id: 6 }));
    const events: string[] = [];
    const image = heap.snapshot();
    expect(log).toEqual([]);
    using back = await restore(image, {
      structs: [Final],
      onUnraisable: ({ error }) => void events.push(String(error)),
    });
    expect(log.splice(0).sort()).toEqual(["1, 4", "2, none", "3, none", "4, none"]);
    expect(events).toEqual(["Error: on purpose"]);
    back.verify();
    back.gc.collect();
    expect(log.splice(0)).toEqual(["5, 5"]);
    back.globals.clear();
    expect(log.splice(0)).toEqual(["6, none"]);
    // Without structs nobody is called, then or later.
    using bare = await restore(image);
    bare.gc.collect();
    bare.globals.clear();
    bare.verify();
    expect(log).toEqual([]);
    expect(bare.sys.getAllocatedBlocks()).toBe(1);
  });

  test("a finalizer may keep what is let go of: the handle is the new program's", async () => {
    using heap = await open();
    const kept: (Handle & { id: number })[] = [];
    const Final = heap.struct("Final", { id: "i32" }, { finalize: (object, { keep }) => void kept.push(keep(object)) });
    const held = new Final({ id: 7 });
    using back = await restore(heap.snapshot(), { structs: [Final] });
    back.verify();
    expect(kept.length).toBe(1);
    expect(back.handleCount).toBe(1);
    expect(kept[0]?.id).toBe(7);
    expect(kept[0]?.address).toBe(held.address);
    expect(back.struct(Final).isInstance(kept[0] as Handle)).toBe(true);
    back.globals.set("kept", kept[0] as Handle);
    kept[0]?.release();
    back.verify();
    expect(back.toJS(back.globals)).toEqual({ kept: { id: 7 } });
  });

  test("names in an image that no field can have, and texts of types that are none", async () => {
    using heap = await open();
    const Type = heap.struct("SomeType", { abcdefg: "u32", abcdefghi: "ref", last: "self" });
    heap.globals.set("object", new Type({ abcdefg: 5, abcdefghi: ["x"] }));
    const image = heap.snapshot();
    const changes: [from: string, to: string][] = [
      ["abcdefg", "address"],
      ["abcdefg", "release"],
      ["abcdefghi", "__proto__"],
      ["abcdefg", "$aaaaaa"],
      ["abcdefghi", "hasOwnPro"],
      ["abcdefg", "lastlas"],
      ["u32", "u99"],
      ["self", "weak"],
      ["[", "("],
      ["SomeType", "abcdefg\n"],
    ];
    for (const [from, to] of changes) {
      const changed = Buffer.from(image);
      const at = changed.indexOf(from === "[" ? '[["' : `"${from}"`, undefined, "latin1");
      expect([from, at > 0]).toEqual([from, true]);
      changed.write(to, from === "[" ? at : at + 1, "latin1");
      using back = await restore(seal(changed));
      back.verify();
      back.scope(() => {
        const object = back.globals.get("object") as unknown as Handle;
        expect([to, typeof object.release, typeof object.address]).toEqual([to, "function", "number"]);
        expect([to, back.sys.getRefCount(object), back.gc.getReferents(object).length]).toEqual([to, 2, 1]);
        back.toJS(object);
        String(object);
        JSON.stringify(object);
      });
      back.verify();
    }
  });

  test("types and objects that only the core knows", async () => {
    using heap = await open();
    const id = heap.core.defineType(2, 8 + 2 * 4 + 8, T_TRACKED, 0, 0);
    const [one, other] = [heap.core.newObject(id) >>> 0, heap.core.newObject(id) >>> 0];
    heap.core.setRef(one, 0, other);
    using back = await restore(heap.snapshot());
    back.verify();
    expect([one, other].map((address) => back.core.checkObject(address, id))).toEqual([OK, OK]);
    back.core.decref(other);
    expect(isLive(back, other)).toBe(true);
    back.core.decref(one);
    expect(isLive(back, one)).toBe(false);
    expect(back.core.defineType(1, 16, 0, 0, 0)).toBe(id + 1);
    back.verify();
  });

  test("there is none of a heap that is gone", async () => {
    const heap = await open();
    heap[Symbol.dispose]();
    expect(thrownBy(() => heap.snapshot())).toMatchObject({ code: "HEAP_DISPOSED" });
  });

  test("names of frames that are open are gone, global ones are not", async () => {
    using heap = await open();
    heap.globals.set("global", [1]);
    const [image, address] = heap.frame("outer", (outer) => {
      outer.set("a", heap.list([1]));
      return heap.frame("inner", (inner) => {
        inner.set("b", [2]);
        inner.set("global", heap.globals.get("global") as never);
        return [heap.snapshot(), (inner.get("b") as List).address] as const;
      });
    });
    using back = await restore(image);
    back.verify();
    expect(back.sys.frames()).toEqual([]);
    expect(isLive(back, address)).toBe(false);
    expect(back.scope(() => back.gc.getObjects().length)).toBe(2);
    back.scope(() => expect(back.sys.getRefCount(back.globals.get("global") as unknown as Handle)).toBe(2));
    expect(back.toJS(back.globals)).toEqual({ global: [1] });
  });

  test("what a program owns by addresses is counted as before", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { id: "i32", next: "self" });
    const addresses = Node.allocate(1000);
    const cursor = Node.cursor();
    for (const [i, address] of addresses.entries()) {
      cursor.address = address;
      cursor.id = i;
      if (i > 0) cursor.next = addresses[i - 1] as number;
    }
    const list = heap.list(["by core.incref"]);
    heap.core.incref(list.address);
    using back = await restore(heap.snapshot(), { structs: [Node] });
    back.verify();
    const There = back.struct(Node);
    back.scope(() => {
      for (const [i, address] of addresses.entries()) {
        const node = There.at(address);
        expect([node.id, node.next?.id, back.sys.getRefCount(node)]).toEqual([
          i,
          i > 0 ? i - 1 : undefined,
          i < 999 ? 3 : 2,
        ]);
      }
    });
    expect(isLive(back, list.address)).toBe(true);
    back.core.decref(list.address);
    expect(isLive(back, list.address)).toBe(false);
    for (const address of addresses) back.core.decref(address);
    back.verify();
    expect(back.gc.getObjects().length).toBe(0);
  });

  test("a snapshot leaves the heap as it was, and two of an idle heap are the same", async () => {
    using heap = await open();
    const log: string[] = [];
    heap.scope(() => {
      for (let i = 0; i < 300; i++)
        heap.globals.set(`${i}`, { list: [i, [`${i}`]], big: heap.array("u8", 50 * i) } as never);
      for (let i = 0; i < 300; i += 3) heap.globals.delete(`${i}`);
    });
    heap.gc.callbacks.push((phase) => void log.push(phase));
    const held = heap.list([1]);
    heap.core.drain();
    const state = () => ({
      map: heap.inspect({ blocks: true }),
      usage: heap.sys.memoryUsage(),
      counts: heap.gc.getCount(),
      stats: heap.gc.getStats(),
      handles: heap.handleCount,
      references: heap.sys.getRefCount(held),
    });
    const before = state();
    const image = heap.snapshot();
    expect(state()).toEqual(before);
    expect(firstDifference(heap.snapshot(), image)).toBe(-1);
    heap.verify();
    expect(log).toEqual([]);
    expect(held.at(0)).toBe(1);
    heap.globals.set("new", [1]);
    expect(firstDifference(heap.snapshot(), image)).not.toBe(-1);
  });

  test("inside a finalizer, a callback or a collection it is refused, and nothing has changed", async () => {
    using heap = await open();
    const seen: unknown[] = [];
    const take = () => void seen.push(thrownBy(() => heap.snapshot()));
    const Final = heap.struct("Final", { self: "self" }, { finalize: take });
    heap.scope(() => {
      new Final();
    });
    heap.scope(() => {
      const ring = new Final();
      ring.self = ring;
    });
    heap.gc.collect();
    const set = heap.set();
    const ref = heap.weakref.ref(set, take);
    heap.weakref.finalize(set, take);
    set.release();
    expect(seen.length).toBe(4);
    for (const error of seen) {
      expect(error).toBeInstanceOf(HeapError);
      expect(error).toMatchObject({ code: "BUSY", message: expect.stringMatching(/^heap\.snapshot: .*take it when/) });
    }
    ref.release();
    heap.verify();
    using back = await restore(heap.snapshot());
    back.verify();
  });

  test("callbacks of collections may take one, and it is good", async () => {
    using heap = await open();
    heap.globals.set("a", [1]);
    const images: unknown[] = [];
    heap.gc.callbacks.push((phase) => {
      try {
        images.push([phase, heap.snapshot()]);
      } catch (error) {
        images.push([phase, error]);
      }
    });
    heap.scope(() => {
      const ring = heap.list();
      ring.push(ring);
    });
    heap.gc.collect();
    expect(images.length).toBe(2);
    for (const [, image] of images as [string, unknown][]) {
      if (image instanceof HeapError) {
        expect(image.code).toBe("BUSY");
      } else {
        using back = await restore(image as Uint8Array);
        back.verify();
        back.gc.collect();
        expect(back.toJS(back.globals)).toEqual({ a: [1] });
        // Automatic collections were suspended while the callback ran.
        back.globals.set(
          "many",
          Array.from({ length: 3000 }, () => []),
        );
        back.scope(() => back.list());
        expect(back.gc.getStats()[0].collections).toBe(1);
      }
    }
  });

  test("getters of plain data, factories and loops may take one", async () => {
    using heap = await open();
    const images: Uint8Array[] = [];
    const take = () => images.push(heap.snapshot());
    heap.globals.set("data", {
      first: [1, heap.list(["held"])],
      get second() {
        return take();
      },
      third: "x",
    } as never);
    const made = heap.defaultdict(() => take());
    heap.globals.set("made", made);
    made.get("key");
    for (const _ of heap.globals as Dict) take();
    expect(images.length).toBe(4);
    for (const image of images) {
      using back = await restore(image);
      back.verify();
      back.gc.collect();
      back.globals.clear();
      back.gc.collect();
      back.verify();
    }
    using last = await restore(images[3] as Uint8Array);
    expect(last.toJS(last.globals)).toEqual({
      data: { first: [1, ["held"]], second: 1, third: "x" },
      made: { key: 2 },
    });
  });

  test("blocks of the three domains and of arenas stay where they are, with their bytes", async () => {
    using heap = await open();
    const arena = heap.arena();
    const sizes = [1, 8, 100, 512, 513, 5000, 100_000];
    const blocks = (["raw", "mem", "obj"] as const).flatMap((domain) =>
      sizes.map((size) => ({ domain, size, address: heap[domain].malloc(size) })),
    );
    for (const [i, { address, size }] of blocks.entries())
      new Uint8Array(heap.memory.buffer).fill(i + 1, address, address + size);
    const bump = arena.malloc(100);
    new Uint8Array(heap.memory.buffer).fill(99, bump, bump + 100);
    using back = await restore(heap.snapshot());
    back.verify();
    const bytes = new Uint8Array(back.memory.buffer);
    for (const [i, { domain, address, size }] of blocks.entries()) {
      expect(bytes.subarray(address, address + size).every((byte) => byte === i + 1)).toBe(true);
      const [there, here] = [back[domain].usableSize(address), heap[domain].usableSize(address)];
      expect([domain, address, there]).toEqual([domain, address, here]);
    }
    expect(bytes.subarray(bump, bump + 100).every((byte) => byte === 99)).toBe(true);
    const left = back.sys.getAllocatedBlocks();
    for (const { domain, address } of blocks) back[domain].free(address);
    expect(back.sys.getAllocatedBlocks()).toBe(left - blocks.length);
    back.verify();
    if (debug) expect(() => back.mem.free(blocks[8]?.address as number)).toThrow(HeapError);
  });

  test("blocks that debug mode keeps back are kept back still", async () => {
    if (!debug) return;
    using heap = await open();
    const blocks = Array.from({ length: 20 }, (_, i) => heap.mem.malloc(24 * (i + 1)));
    for (const block of blocks) heap.mem.free(block);
    heap.scope(() => heap.list([[1], [2]]).clear());
    const image = heap.snapshot();
    using back = await restore(image);
    back.verify();
    const kept = (each: Heap) => each.sys.memoryUsage();
    expect(kept(back)).toEqual(kept(heap));
    expect(thrownBy(() => back.mem.free(blocks[3] as number))).toMatchObject({ rule: "double-free" });
    new Uint8Array(back.memory.buffer)[blocks[5] as number] = 1;
    expect(thrownBy(() => back.verify())).toMatchObject({ rule: "use-after-free" });
    heap.verify();
    await expect(Heap.restore(image, { debug: false })).rejects.toMatchObject({ code: "IMAGE_MISMATCH" });
  });
});
