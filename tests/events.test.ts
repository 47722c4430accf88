// heap.events: collections and growth, to whoever listens.
import * as diagnostics from "node:diagnostics_channel";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { liveMemory } from "../src/events/livememory.js";
import { partsOf } from "../src/heap.js";
import type { CollectionEvent, GrowthEvent, Heap, HeapEvent, UnraisableEvent } from "../src/index.js";
import { openHeap, SHARED, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const heaps: Heap[] = [];
afterEach(() => {
  for (const heap of heaps.splice(0)) heap[Symbol.dispose]();
});

/** Bytes of pools that have blocks, and of large blocks. */
function inUse(heap: Heap): number {
  const { ledger, large } = heap.sys.debugMallocStats();
  const { allocated, available, quantization } = ledger;
  return allocated + available + quantization + large.bytes;
}

/** Leaves so many rings of two lists behind. */
function makeRings(heap: Heap, rings: number): void {
  heap.scope(() => {
    for (let n = 0; n < rings; n++) {
      const one = heap.list();
      one.push(heap.list([one]));
    }
  });
}

function collectionsOf(events: readonly HeapEvent[]): CollectionEvent[] {
  return events.filter((event) => event.kind === "collection");
}

function growthsOf(events: readonly HeapEvent[]): GrowthEvent[] {
  return events.filter((event) => event.kind === "growth");
}

describe.each([...VARIANTS, SHARED])("$name", ({ open }) => {
  async function opened(options = {}): Promise<Heap> {
    const heap = await open(options);
    heaps.push(heap);
    return heap;
  }

  test("a collection is told with what it did, and what was in use before and after it", async () => {
    const heap = await opened({ gc: { enabled: false } });
    const events: HeapEvent[] = [];
    const stop = heap.events.subscribe((event) => events.push(event));
    makeRings(heap, 10);
    const bytes = inUse(heap);
    const began = performance.now();
    expect(heap.gc.collect(1)).toBe(20);
    const ended = performance.now();
    expect(events).toHaveLength(1);
    const [event] = collectionsOf(events) as [CollectionEvent];
    expect(event).toMatchObject({ generation: 1, trigger: "manual", candidates: 20, collected: 20, uncollectable: 0 });
    const { reserved } = heap.sys.memoryUsage();
    expect(event.before).toEqual({ bytes, objects: 20, reserved });
    expect(event.after).toEqual({ bytes: inUse(heap), objects: 0, reserved });
    expect(event.start).toBeGreaterThanOrEqual(began);
    expect(event.start + event.duration).toBeLessThanOrEqual(ended);
    expect(event.duration).toBeCloseTo(heap.gc.getStats()[1].duration * 1000, 9);
    stop();
    heap.gc.collect();
    expect(events).toHaveLength(1);
    heap.verify();
  });

  test("the numbers of events are those of sys, whatever is in the heap", async () => {
    const heap = await opened({ gc: { enabled: false } });
    const random = new Random(TEST_SEED);
    const blocks: number[] = [];
    const Node = heap.struct("Node", { next: "self", id: "u32" });
    // What a listener throws fails no test.
    const seen: [actual: unknown, expected: unknown][] = [];
    heap.events.subscribe((event) => {
      if (event.kind !== "collection") return;
      const { generations, frozen } = heap.inspect();
      const objects = generations.reduce((sum, count) => sum + count, frozen);
      const { live, reserved } = heap.sys.memoryUsage();
      seen.push([event.after, { bytes: inUse(heap), objects, reserved }]);
      const { bytes, blocks } = liveMemory(partsOf(heap).engine);
      seen.push([
        { bytes, blocks },
        { bytes: live, blocks: heap.sys.getAllocatedBlocks() },
      ]);
    });
    // Empty pools are lent to large blocks where memory would have to grow.
    const small = Array.from({ length: 1500 }, () => heap.mem.malloc(400));
    for (const [n, block] of small.entries()) if (n % 100 > 10) heap.mem.free(block);
    for (let n = 0; n < 200; n++) heap.raw.malloc(20_000);
    expect(heap.sys.debugMallocStats().ledger.lentPools).toBeGreaterThan(0);
    for (let n = 0; n < 200; n++) {
      if (random.chance(50)) blocks.push(heap.mem.malloc(random.below(1500)));
      if (random.chance(30) && blocks.length > 0)
        heap.mem.free(blocks.splice(random.below(blocks.length), 1)[0] as number);
      heap.globals.set(`${random.below(20)}`, random.chance(50) ? new Node() : "x".repeat(random.below(3000)));
      makeRings(heap, random.below(3));
      if (random.chance(3)) heap.gc.freeze();
      if (random.chance(20)) heap.gc.collect(random.pick([0, 1, 2] as const));
    }
    expect(seen.length).toBeGreaterThan(20);
    for (const [actual, expected] of seen) expect(actual, `TEST_SEED=${TEST_SEED}`).toEqual(expected);
  });

  test("collections that start by themselves are told as such", async () => {
    const heap = await opened({ gc: { threshold: [10, 2, 2] } });
    const events: HeapEvent[] = [];
    heap.events.subscribe((event) => events.push(event));
    makeRings(heap, 200);
    const told = collectionsOf(events);
    expect(new Set(told.map(({ trigger }) => trigger))).toEqual(new Set(["automatic"]));
    const counts = heap.gc.getStats().map(({ collections }) => collections);
    expect([0, 1, 2].map((n) => told.filter(({ generation }) => generation === n).length)).toEqual(counts);
  });

  test("growth is told with the time at which it happened, before the next collection or once the code has returned", async () => {
    const heap = await opened({ initialMemory: 2 ** 17 });
    const events: HeapEvent[] = [];
    heap.events.subscribe((event) => events.push(event));
    const before = heap.sys.memoryUsage().reserved;
    const big = heap.raw.malloc(2 ** 20);
    const after = heap.sys.memoryUsage().reserved;
    const grown = performance.now();
    expect(events).toEqual([]);
    await null;
    const [first] = growthsOf(events) as [GrowthEvent];
    expect([first.before, growthsOf(events).at(-1)?.after]).toEqual([before, after]);
    expect(first.start).toBeLessThanOrEqual(grown);
    heap.raw.free(big);
    const again = heap.raw.malloc(2 ** 22);
    heap.gc.collect();
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe("collection");
    expect(kinds.slice(0, -1).every((kind) => kind === "growth")).toBe(true);
    expect(kinds.length).toBeGreaterThan(2);
    heap.raw.free(again);
  });

  test("what a listener throws goes to onUnraisable, and the others are told all the same", async () => {
    const unraisable: UnraisableEvent[] = [];
    const heap = await opened({ onUnraisable: (event: UnraisableEvent) => void unraisable.push(event) });
    const told: string[] = [];
    heap.events.subscribe(() => {
      throw new Error("a listener");
    });
    heap.events.subscribe(({ kind }) => told.push(kind));
    makeRings(heap, 3);
    expect(heap.gc.collect()).toBe(6);
    expect(told).toEqual(["collection"]);
    expect(unraisable).toMatchObject([{ error: { message: "a listener" }, object: "collection" }]);
    heap.verify();
  });

  test("a listener may use the heap, and no collection begins meanwhile", async () => {
    const heap = await opened({ gc: { threshold: [5, 2, 2] } });
    let calls = 0;
    const inside: number[] = [];
    heap.events.subscribe((event) => {
      if (event.kind !== "collection") return;
      calls++;
      makeRings(heap, 50);
      inside.push(heap.gc.collect());
    });
    heap.gc.collect();
    expect(calls).toBe(1);
    makeRings(heap, 3);
    expect(calls).toBeGreaterThan(1);
    expect(new Set(inside)).toEqual(new Set([0]));
    heap.verify();
  });

  test("gc.callbacks are called first, and their work is not in the numbers of the event", async () => {
    const heap = await opened({ gc: { enabled: false } });
    const order: string[] = [];
    let kept: { release(): void } | undefined;
    heap.gc.callbacks.push((phase) => {
      order.push(phase);
      if (phase === "stop") kept = heap.list([1, 2, 3]);
    });
    const events: CollectionEvent[] = [];
    heap.events.subscribe((event) => {
      order.push(event.kind);
      if (event.kind === "collection") events.push(event);
    });
    heap.gc.collect();
    expect(order).toEqual(["start", "stop", "collection"]);
    expect(events[0]?.after.bytes).toBe(events[0]?.before.bytes);
    kept?.release();
  });

  test("subscriptions are apart from each other, and end once", async () => {
    const heap = await opened();
    const told: HeapEvent[] = [];
    const listener = (event: HeapEvent) => void told.push(event);
    const stops = [heap.events.subscribe(listener), heap.events.subscribe(listener)];
    heap.gc.collect();
    expect(told).toHaveLength(2);
    expect(inspect(heap.events)).toBe("HeapEvents { listeners: 2 }");
    stops[0]?.();
    stops[0]?.();
    heap.gc.collect();
    expect(told).toHaveLength(3);
    // @ts-expect-error not a function
    expect(() => heap.events.subscribe(5)).toThrow(
      new TypeError("events.subscribe: the listener must be a function, not 5"),
    );
  });

  test("what was not told yet is told when the heap is disposed of, and nothing after that", async () => {
    const heap = await opened({ initialMemory: 2 ** 17 });
    const told: string[] = [];
    heap.events.subscribe(({ kind }) => told.push(kind));
    heap.raw.malloc(2 ** 20);
    heap[Symbol.dispose]();
    const ended = told.length;
    expect(told.slice(0, 1)).toEqual(["growth"]);
    await null;
    expect(told).toHaveLength(ended);
  });

  test("events are published on the channels of node:diagnostics_channel as long as they have subscribers", async () => {
    const heap = await opened({ initialMemory: 2 ** 17 });
    const published: [string | symbol, HeapEvent][] = [];
    const onMessage = (message: unknown, name: string | symbol) => {
      if ((message as HeapEvent).heap === number) published.push([name, message as HeapEvent]);
    };
    let number = 0;
    heap.events.subscribe((event) => {
      number = event.heap;
    });
    heap.gc.collect();
    diagnostics.subscribe("arenaria:collection", onMessage);
    diagnostics.subscribe("arenaria:growth", onMessage);
    heap.gc.collect(0);
    heap.raw.malloc(2 ** 20);
    await null;
    diagnostics.unsubscribe("arenaria:collection", onMessage);
    diagnostics.unsubscribe("arenaria:growth", onMessage);
    heap.gc.collect();
    expect(published[0]).toMatchObject(["arenaria:collection", { kind: "collection", generation: 0 }]);
    expect(new Set(published.slice(1).map(([name]) => name))).toEqual(new Set(["arenaria:growth"]));
  });
});

test("a full collection for want of memory is told as such", async () => {
  const heap = await openHeap({
    initialMemory: 2 ** 17,
    maximumMemory: 2 ** 19,
    gc: { threshold: [1_000_000, 10, 10] },
  });
  heaps.push(heap);
  const triggers = new Set<string>();
  heap.events.subscribe((event) => event.kind === "collection" && triggers.add(event.trigger));
  for (let n = 0; n < 100 && triggers.size === 0; n++) makeRings(heap, 100);
  expect([...triggers]).toEqual(["memory"]);
});

test("heaps are told apart by number", async () => {
  const pair = [await openHeap(), await openHeap()];
  heaps.push(...pair);
  const numbers: number[] = [];
  for (const heap of pair) heap.events.subscribe(({ heap: number }) => numbers.push(number));
  for (const heap of pair) heap.gc.collect();
  expect(numbers[1]).toBe((numbers[0] as number) + 1);
});

test("a listener may dispose of the heap, unless threads share it; the other listeners are told all the same", async () => {
  for (const variant of [...VARIANTS, SHARED]) {
    const unraisable: UnraisableEvent[] = [];
    const heap = await variant.open({ onUnraisable: (event) => void unraisable.push(event) });
    heaps.push(heap);
    const told: string[] = [];
    heap.events.subscribe(() => heap[Symbol.dispose]());
    heap.events.subscribe(({ kind }) => told.push(kind));
    makeRings(heap, 2);
    expect(heap.gc.collect(), variant.name).toBe(4);
    expect(told, variant.name).toEqual(["collection"]);
    if (variant === SHARED) expect(unraisable).toMatchObject([{ error: { code: "BUSY" } }]);
    else expect(() => heap.gc, variant.name).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  }
});
