// A heap of the program under inspection: read without a throw in whatever state it is, and left as it was.
import { Heap } from "arenaria";
import { afterEach, describe, expect, test } from "vitest";
import { partsOf } from "../src/heap.js";
import { openHeap } from "../src/inspector/model/open.js";
import type { Session } from "../src/inspector/model/session.js";
import { G_YOUNG_END, GC, GC_STATS } from "../src/layout.js";
import { HeapThread } from "./helpers/heapthreads.js";

const ended: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

function inspected(heap: Heap, name?: string): Session {
  const session = openHeap(heap, name);
  ended.push(() => session.close());
  return session;
}

async function heapOf(options: Parameters<typeof Heap.create>[0] = {}): Promise<Heap> {
  const heap = await Heap.create(options);
  ended.push(() => heap[Symbol.dispose]());
  return heap;
}

/** Frames until something holds; fails after two seconds. */
async function framesUntil(session: Session, holds: () => boolean): Promise<void> {
  const end = performance.now() + 2000;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it does not come to be");
    session.frame(2);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function requireNumbersOf(session: Session, heap: Heap): void {
  session.frame(1);
  const numbers = session.numbers();
  const { toString: _, ...malloc } = heap.sys.debugMallocStats();
  expect(numbers.malloc).toEqual(malloc);
  expect(numbers.usage).toEqual(heap.sys.memoryUsage());
  expect(numbers.blocks).toBe(heap.sys.getAllocatedBlocks());
  expect(numbers.gc.stats).toEqual(heap.gc.getStats());
  expect(numbers.gc.objects).toEqual(heap.inspect().generations);
  expect(numbers.handles).toBe(heap.handleCount);
}

describe("a heap that works while it is looked at", () => {
  test("numbers follow it", async () => {
    const heap = await heapOf();
    const session = inspected(heap, "mine");
    expect(session).toMatchObject({ kind: "heap", name: "mine", state: "ready", stateText: "", player: null, heap });
    requireNumbersOf(session, heap);
    const lists = Array.from({ length: 500 }, (_, n) => heap.list([n, `item ${n}`, n / 3]));
    requireNumbersOf(session, heap);
    for (const list of lists) list.release();
    const large = heap.mem.malloc(3 << 20);
    requireNumbersOf(session, heap);
    heap.mem.free(large);
    requireNumbersOf(session, heap);
  });

  test("in debug mode too, where freed blocks are kept back", async () => {
    const heap = await heapOf({ debug: true });
    const session = inspected(heap);
    const blocks = Array.from({ length: 100 }, (_, n) => heap.mem.malloc(10 * n));
    for (const block of blocks.slice(0, 60)) heap.mem.free(block);
    heap.list([1, 2, "three"]).release();
    requireNumbersOf(session, heap);
    for (const block of blocks.slice(60)) heap.mem.free(block);
  });

  test("types are counted again when there are others", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    const Node = heap.struct("Node", { next: "self" });
    const countOf = (name: string) => session.numbers().types.find((type) => type.name === name)?.objects ?? 0;
    const nodes = Array.from({ length: 40 }, () => new Node());
    await framesUntil(session, () => countOf("Node") === 40 && !session.numbers().counting);
    nodes.pop()?.release();
    await framesUntil(session, () => countOf("Node") === 39);
  });

  test("collections and curves are told, in milliseconds since the beginning", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    const Node = heap.struct("Node", { next: "self" });
    session.frame(1);
    const ring = new Node();
    ring.next = ring;
    ring.release();
    heap.gc.collect(1);
    expect(session.collections.records).toEqual([
      {
        generation: 1,
        automatic: false,
        at: expect.any(Number),
        pause: expect.any(Number),
        candidates: 1,
        collected: 1,
      },
    ]);
    await framesUntil(session, () => session.series.columns().x.length >= 3);
    const { x, reserved, liveHigh } = session.series.columns();
    expect([...x]).toEqual([...x].sort((a, b) => a - b));
    expect(reserved.at(-1)).toBe(heap.memory.buffer.byteLength);
    expect(liveHigh.at(-1)).toBe(heap.sys.memoryUsage().live);
    session.close();
    heap.gc.collect();
    expect(session.collections.records).toHaveLength(1);
  });

  test("a look leaves the heap as it was: counts, handles and collections", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    heap.globals.set("data", [{ a: 1 }, ["x", "y"], new Map([[1, "one"]])]);
    const before = heap.inspect();
    const stats = partsOf(heap).engine.memory.words.slice(GC_STATS >>> 2, (GC_STATS >>> 2) + 24);
    const { handleCount } = heap;
    await session.look(() => {
      for (const { address } of session.browser.list(null, 0, 100).items) {
        session.browser.details(address);
        session.browser.referents(address, 0, 10);
        session.browser.referrers(address, 0, 10);
        session.browser.retained(address);
        session.browser.path(address);
        session.placeAt(address);
      }
    });
    for (let n = 0; n < 20; n++) session.frame(1);
    expect(heap.inspect()).toEqual(before);
    expect(heap.handleCount).toBe(handleCount);
    const after = partsOf(heap).engine.memory.words.slice(GC_STATS >>> 2, (GC_STATS >>> 2) + 24);
    expect(after).toEqual(stats);
    heap.verify();
  });

  test("memory that grows between two frames harms nothing", async () => {
    const heap = await heapOf({ initialMemory: 1 << 20 });
    const session = inspected(heap);
    session.frame(1);
    const blocks = Array.from({ length: 40 }, () => heap.mem.malloc(1 << 20));
    expect(session.placeAt(blocks[39] as number)).toMatchObject({ kind: "large", used: true });
    heap.mem.malloc(8 << 20);
    session.frame(1);
    expect(session.map.memoryEnd).toBe(heap.memory.buffer.byteLength);
    expect(session.placeAt(session.map.memoryEnd).kind).toBe("outside");
  });
});

describe("a heap that cannot be read", () => {
  test("is gone once it was disposed of, and what was read last stays", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    const block = heap.mem.malloc(100);
    session.frame(1);
    const numbers = session.numbers();
    heap[Symbol.dispose]();
    session.frame(1);
    expect(session.state).toBe("gone");
    expect(session.stateText).toMatch(/disposed of/);
    expect(session.numbers()).toEqual(numbers);
    expect(session.blocksOf(block >>> 12, new Uint8Array(512))).toBe(0);
    expect(session.placeAt(block)).toMatchObject({ kind: "pool" });
    await expect(session.look(() => session.graph())).rejects.toMatchObject({ code: "HEAP_DISPOSED" });
    session.close();
    session.frame(1);
    expect(() => openHeap(heap)).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });

  test("is broken when a call into its core did not come to its end", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    session.frame(1);
    const { engine } = partsOf(heap);
    expect(() =>
      engine.run(() => {
        throw new Error("a trap");
      }),
    ).toThrow();
    session.frame(1);
    expect(session.state).toBe("broken");
    expect(session.stateText).toMatch(/core/);
    session.numbers();
    session.placeAt(0x40000);
  });

  test("because its records make no sense says so, until they do", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    session.frame(1);
    const numbers = session.numbers();
    const { memory } = partsOf(heap).engine;
    const end = memory.word(GC + G_YOUNG_END);
    memory.setWord(GC + G_YOUNG_END, 0x3fffffff);
    session.frame(1);
    expect(session.numbers()).toEqual(numbers);
    expect(session.state).toBe("broken");
    expect(session.stateText).toMatch(/^The heap cannot be read: no young array/);
    session.frame(1);
    expect(session.state).toBe("broken");
    memory.setWord(GC + G_YOUNG_END, end);
    session.frame(1);
    session.numbers();
    expect(session).toMatchObject({ state: "ready", stateText: "" });
  });

  test("is looked at from a callback in the middle of a collection", async () => {
    const heap = await heapOf();
    const session = inspected(heap);
    let looks = 0;
    let ring = 0;
    const Node = heap.struct(
      "Node",
      { next: "self" },
      {
        finalize: ({ address }) => {
          ring = address;
          session.frame(5);
          session.numbers();
          expect(session.placeAt(ring).text).toMatch(/^Node — block/);
          looks++;
        },
      },
    );
    for (let n = 0; n < 5; n++) {
      const node = new Node();
      node.next = node;
      node.release();
    }
    heap.gc.collect();
    expect(looks).toBe(5);
    heap.verify();
    requireNumbersOf(session, heap);
  });
});

describe("a heap that threads share", () => {
  test("is read with its lock, and waited for while another thread has it", async () => {
    const heap = await heapOf({ shared: true });
    const session = inspected(heap, "shared");
    const thread = await HeapThread.start(heap);
    ended.unshift(() => thread.stop());
    await framesUntil(session, () => session.map.slots > 0);
    expect(session.state).toBe("ready");
    const used = () => session.numbers().usage.live;
    heap.gil.run(() => heap.mem.malloc(100_000));
    await framesUntil(session, () => used() >= 100_000);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const held = thread.ask("hold", words);
    await framesUntil(session, () => Atomics.load(words, 0) === 1);
    await framesUntil(session, () => session.state === "waiting");
    expect(session.stateText).toMatch(/lock/);
    expect(used()).toBeGreaterThanOrEqual(100_000);
    expect(session.blocksOf(70, new Uint8Array(512))).toBe(0);
    session.placeAt(0x40000);
    const look = session.look(() => session.browser.list(null, 0, 5).total);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await held;
    expect(await look).toBeGreaterThanOrEqual(0);
    await framesUntil(session, () => session.state === "ready");
    await thread.stop();
  });

  test("which this thread holds the lock of is read at once", async () => {
    const heap = await heapOf({ shared: true });
    const session = inspected(heap);
    heap.gil.run(() => {
      session.frame(1);
      requireNumbersOf(session, heap);
    });
    expect(session.numbers().usage.reserved).toBeGreaterThan(0);
  });
});
