// Handles that a program forgets: the engine's registry releases them once they were collected.
import { describe, expect, type TestContext, test } from "vitest";
import { Heap, type UnraisableEvent } from "../src/index.js";
import { untilForgotten as until } from "./helpers/forgotten.js";
import { openHeap } from "./helpers/heap.js";

/** Waits until `done`; where the engine calls no registry any more, the test is skipped. */
async function untilForgotten({ skip }: TestContext, done: () => boolean): Promise<void> {
  if (!(await until(done))) skip("the engine calls no registry");
}

describe("forgotten handles", () => {
  test("are released some time after the engine has collected them", async (context) => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    const before = heap.sys.getAllocatedBlocks();
    const kept = new Node();
    (() => {
      for (let i = 0; i < 100; i++) new Node();
      kept.clone();
    })();
    expect([heap.handleCount, heap.sys.getRefCount(kept)]).toEqual([102, 2]);
    await untilForgotten(context, () => heap.handleCount === 1);
    expect([heap.handleCount, heap.sys.getRefCount(kept)]).toEqual([1, 1]);
    expect(heap.sys.getAllocatedBlocks()).toBe(before + 1);
    heap.verify();
  });

  test("those that were released, or whose scope has ended, are not released again", async (context) => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    const keeper = new Node();
    (() => {
      for (let i = 0; i < 100; i++) keeper.clone().release();
      heap.scope(() => {
        for (let i = 0; i < 100; i++) keeper.clone();
      });
    })();
    (() => new Node())();
    expect(heap.sys.getRefCount(keeper)).toBe(1);
    // One more, so that a reference dropped twice shows in the count.
    heap.core.incref(keeper.address);
    await untilForgotten(context, () => heap.handleCount === 1);
    expect([heap.sys.getRefCount(keeper), heap.handleCount]).toEqual([2, 1]);
    heap.verify();
  });

  test("one that a scope kept is", async (context) => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    (() => {
      heap.scope((scope) => {
        scope.keep(new Node());
        return new Node();
      });
    })();
    expect(heap.handleCount).toBe(2);
    await untilForgotten(context, () => heap.handleCount === 0);
    expect(heap.handleCount).toBe(0);
    heap.verify();
  });

  test("of a heap that was disposed of are left alone", async (context) => {
    const events: UnraisableEvent[] = [];
    const heap = await Heap.create({ onUnraisable: (event) => events.push(event) });
    const witness = await openHeap();
    const Node = heap.struct("Node", { id: "u32" });
    const Other = witness.struct("Node", { id: "u32" });
    (() => {
      for (let i = 0; i < 100; i++) new Node();
      new Other();
    })();
    const before = heap.handleCount;
    heap[Symbol.dispose]();
    await untilForgotten(context, () => witness.handleCount === 0);
    expect([before, witness.handleCount, events]).toEqual([100, 0, []]);
  });

  test("that cannot be released without damage go to onUnraisable", async (context) => {
    const events: UnraisableEvent[] = [];
    const heap = await openHeap({ debug: true, onUnraisable: (event) => events.push(event) });
    const Node = heap.struct("Node", { a: "u32", b: "u32" });
    (() => {
      new Uint8Array(heap.memory.buffer)[new Node().address + 16] = 0;
    })();
    await untilForgotten(context, () => heap.handleCount === 0);
    expect(events).toEqual([
      {
        error: expect.objectContaining({ code: "OVERRUN" }),
        message: "Exception ignored while releasing a forgotten handle",
        object: expect.stringMatching(/^0x[0-9a-f]{8}$/),
      },
    ]);
  });
});
