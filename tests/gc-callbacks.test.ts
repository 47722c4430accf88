// gc.callbacks: what they are told, and what they may do around a collection.
import { beforeEach, expect, test } from "vitest";
import type { CollectionInfo, Heap, UnraisableEvent } from "../src/index.js";
import { defineNode, dropRing, generationSizes, makeRing, type NodeType, trackedCount } from "./helpers/graph.js";
import { openHeap } from "./helpers/heap.js";

let heap: Heap;
let Node: NodeType;
let events: UnraisableEvent[];

beforeEach(async () => {
  events = [];
  heap = await openHeap({ gc: { enabled: false }, onUnraisable: (event) => events.push(event) });
  Node = defineNode(heap);
});

test("all numbers are 0 at start; at stop they are those of the stats", () => {
  const infos: CollectionInfo[] = [];
  heap.gc.callbacks.push((_, info) => infos.push(info));
  using _ = makeRing(heap, Node, 4);
  dropRing(heap, Node, 6);
  expect(heap.gc.collect(1)).toBe(6);
  expect(infos).toEqual([
    { generation: 1, candidates: 0, collected: 0, uncollectable: 0, duration: 0 },
    { generation: 1, candidates: 10, collected: 6, uncollectable: 0, duration: expect.any(Number) },
  ]);
  const [, stats] = heap.gc.getStats();
  expect(stats).toEqual({
    collections: 1,
    candidates: 10,
    collected: 6,
    uncollectable: 0,
    duration: infos[1]?.duration,
  });
});

test("the trash is there at start and gone at stop", () => {
  const sizes: number[] = [];
  heap.gc.callbacks.push(() => sizes.push(trackedCount(heap)));
  dropRing(heap, Node, 3);
  heap.gc.collect();
  expect(sizes).toEqual([3, 0]);
});

test("a collection inside a collection is 0 and calls nobody", () => {
  const results: [string, number][] = [];
  heap.gc.callbacks.push((phase) => results.push([phase, heap.gc.collect()]));
  dropRing(heap, Node, 3);
  expect(heap.gc.collect()).toBe(3);
  expect(results).toEqual([
    ["start", 0],
    ["stop", 0],
  ]);
  expect(heap.gc.getStats()[2].collections).toBe(1);
  heap.gc.callbacks.length = 0;
  dropRing(heap, Node, 2);
  expect(heap.gc.collect()).toBe(2);
});

test("objects made in a callback start no collection, not even through heap.core", () => {
  heap.gc.enable();
  heap.gc.setThreshold(5);
  let runs = 0;
  heap.gc.callbacks.push(() => {
    runs++;
    for (let i = 0; i < 20; i++) dropRing(heap, Node, 1);
    for (let i = 0; i < 20; i++) heap.core.decref(heap.core.newObject(Node.id));
    heap.gc.setThreshold(4);
  });
  heap.gc.collect();
  expect(runs).toBe(2);
  expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([0, 0, 1]);
  expect(trackedCount(heap)).toBe(20);
  heap.gc.callbacks.length = 0;
  dropRing(heap, Node, 1);
  expect(heap.gc.getStats().map(({ collections }) => collections)).toEqual([1, 0, 1]);
  heap.verify();
});

test("what they throw goes to onUnraisable, the others are called, and the collection goes on", () => {
  const error = new Error("no");
  const phases: string[] = [];
  heap.gc.callbacks.push(
    function first() {
      throw error;
    },
    (phase) => phases.push(phase),
    "no function" as unknown as () => void,
  );
  dropRing(heap, Node, 3);
  expect(heap.gc.collect()).toBe(3);
  expect(phases).toEqual(["start", "stop"]);
  const message = "Exception ignored while calling GC callback";
  const thrown = { error, message, object: "gc.callbacks[0] (first)" };
  const uncallable = { error: expect.any(TypeError), message, object: "gc.callbacks[2]" };
  expect(events).toEqual([thrown, uncallable, thrown, uncallable]);
  heap.verify();
});

test("one that adds another has it called at once, one that takes itself out is not called again", () => {
  const calls: string[] = [];
  heap.gc.callbacks.push(function once(phase) {
    calls.push(`once ${phase}`);
    heap.gc.callbacks.splice(heap.gc.callbacks.indexOf(once), 1, (later) => calls.push(`later ${later}`));
    heap.gc.callbacks.push((last) => calls.push(`last ${last}`));
  });
  heap.gc.collect();
  expect(calls).toEqual(["once start", "last start", "later stop", "last stop"]);
});

test.each(["start", "stop"])("one that releases, makes, stores and freezes at %s leaves a sound heap", (when) => {
  let ring = makeRing(heap, Node, 5);
  using keeper = new Node();
  heap.gc.callbacks.push((phase) => {
    if (phase !== when) return;
    ring.release();
    ring = makeRing(heap, Node, 3);
    keeper.next = ring;
    heap.gc.freeze();
    heap.verify();
  });
  dropRing(heap, Node, 2);
  heap.gc.collect();
  heap.verify();
  heap.gc.callbacks.length = 0;
  heap.gc.unfreeze();
  keeper.next = null;
  ring.release();
  heap.gc.collect();
  expect(trackedCount(heap)).toBe(1);
  heap.verify();
});

test("objects frozen at start are not collected", () => {
  heap.gc.callbacks.push((phase) => {
    if (phase === "start") heap.gc.freeze();
  });
  dropRing(heap, Node, 3);
  expect(heap.gc.collect()).toBe(0);
  expect(heap.gc.getFreezeCount()).toBe(3);
  heap.verify();
});

test("one that unfreezes at stop makes old objects", () => {
  using _ = makeRing(heap, Node, 3);
  heap.gc.freeze();
  heap.gc.callbacks.push((phase) => {
    if (phase === "stop") heap.gc.unfreeze();
  });
  heap.gc.collect(0);
  expect(generationSizes(heap)).toEqual([0, 0, 3]);
  heap.verify();
});

test("one that disposes of the heap at start ends the collection; at stop it was done already", async () => {
  const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });
  heap.gc.callbacks.push((phase) => {
    if (phase === "start") heap[Symbol.dispose]();
  });
  const { gc } = heap;
  expect(() => gc.collect()).toThrow(disposed);
  expect(events).toEqual([]);

  const other = await openHeap();
  dropRing(other, defineNode(other), 3);
  other.gc.callbacks.push((phase) => {
    if (phase === "stop") other[Symbol.dispose]();
  });
  expect(other.gc.collect()).toBe(3);
  expect(() => other.gc).toThrow(disposed);
});

test("one that disposes of the heap during an automatic collection: the object is refused", async () => {
  const other = await openHeap({ gc: { threshold: [5, 10, 10] } });
  const OtherNode = defineNode(other);
  other.gc.callbacks.push((phase) => {
    if (phase === "stop") other[Symbol.dispose]();
  });
  const nodes: InstanceType<NodeType>[] = [];
  expect(() => {
    for (let i = 0; i < 10; i++) nodes.push(new OtherNode());
  }).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  expect(nodes).toHaveLength(6);
});
