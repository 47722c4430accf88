// Random programs with tracing on: what is traced are the blocks that a walk finds, current and peak are those of a model.
import { describe, expect, test } from "vitest";
import type { BlockAddress, Handle, Heap } from "../src/index.js";
import { Tracebacks } from "../src/tracing/tracebacks.js";
import { Traces } from "../src/tracing/traces.js";
import { VARIANTS } from "./helpers/heap.js";
import { liveBlocks } from "./helpers/liveblocks.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const DOMAINS = ["raw", "mem", "obj"] as const;
type DomainName = (typeof DOMAINS)[number];

const STEPS = 1000;

/** Calls of the allocators, and what they should add up to. */
class Blocks {
  readonly live = new Map<BlockAddress, { domain: DomainName; size: number }>();
  current = 0;
  peak = 0;
  readonly #heap: Heap;
  readonly #random: Random;
  /** Bytes recorded for a block of none. */
  readonly #least: number;

  constructor(heap: Heap, random: Random, debug: boolean) {
    this.#heap = heap;
    this.#random = random;
    this.#least = debug ? 0 : 1;
  }

  step(): void {
    const random = this.#random;
    const some = random.pick([...this.live]);
    if (some === undefined || random.chance(45)) {
      const domain = random.pick(DOMAINS);
      const size = this.#size();
      const block = random.chance(20) ? this.#heap[domain].calloc(1, size) : this.#heap[domain].malloc(size);
      this.live.set(block, { domain, size });
      this.#count(size);
    } else if (random.chance(30)) {
      const [block, { domain, size: old }] = some;
      const size = this.#size();
      const moved = this.#heap[domain].realloc(block, size);
      this.live.delete(block);
      this.live.set(moved, { domain, size });
      // One that moved was there twice for a moment.
      if (moved === block) this.current -= this.#recorded(old);
      this.#count(size);
      if (moved !== block) this.current -= this.#recorded(old);
    } else {
      const [block, { domain, size }] = some;
      this.#heap[domain].free(block);
      this.live.delete(block);
      this.current -= this.#recorded(size);
    }
  }

  sizes(): [number, number][] {
    return Array.from(this.live, ([address, { size }]) => [address, this.#recorded(size)]);
  }

  #recorded(size: number): number {
    return Math.max(size, this.#least);
  }

  #count(size: number): void {
    this.current += this.#recorded(size);
    this.peak = Math.max(this.peak, this.current);
  }

  #size(): number {
    const random = this.#random;
    return random.chance(80) ? random.below(200) : random.chance(80) ? random.below(5000) : random.below(300_000);
  }
}

/** Objects that are made, linked, dropped and collected. */
class Things {
  readonly #heap: Heap;
  readonly #random: Random;
  readonly #Node;
  readonly #handles: Handle[] = [];

  constructor(heap: Heap, random: Random) {
    this.#heap = heap;
    this.#random = random;
    const finalize = () => {
      heap.mem.free(heap.mem.malloc(random.below(100)));
    };
    this.#Node = heap.struct("Node", { next: "self", value: "ref", weight: "f64" }, { finalize });
  }

  step(): void {
    const random = this.#random;
    const heap = this.#heap;
    if (this.#handles.length > 0 && random.chance(40)) {
      const [handle] = this.#handles.splice(random.below(this.#handles.length), 1);
      handle?.release();
      return;
    }
    const made = random.below(8);
    if (made === 0) this.#handles.push(heap.list(Array.from({ length: random.below(300) }, (_, i) => i + 0.5)));
    if (made === 1) this.#handles.push(heap.str("x".repeat(random.below(3000))));
    if (made === 2) this.#handles.push(heap.from({ a: [1, "two", { three: 3.5 }], b: new Set([1, 2]) }));
    if (made === 3) heap.globals.set(`name ${random.below(20)}`, random.below(2 ** 32));
    if (made === 4) heap.gc.collect(random.pick([0, 1, 2]));
    if (made > 4) {
      const node = new this.#Node({ value: random.pick([1.5, "text", null]) });
      node.next = random.chance(50) ? node : null;
      if (random.chance(50)) this.#handles.push(node);
      else node.release();
    }
  }
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test(`blocks alone: current and peak to the byte (seed ${TEST_SEED})`, async () => {
    const heap = await open();
    heap.tracemalloc.start();
    const blocks = new Blocks(heap, new Random(TEST_SEED), debug);
    for (let i = 0; i < STEPS; i++) {
      blocks.step();
      if (i % 50 !== 0) continue;
      expect(heap.tracemalloc.getTracedMemory(), `step ${i}`).toEqual({ current: blocks.current, peak: blocks.peak });
      const traced = heap.tracemalloc.takeSnapshot().traces.map(({ address, size }) => [address, size]);
      expect(new Map(traced as [number, number][]), `step ${i}`).toEqual(new Map(blocks.sizes()));
    }
    heap.verify();
  });

  test(`objects too: every block that a walk finds is traced, and no other (seed ${TEST_SEED})`, async () => {
    const heap = await open();
    const before = heap.mem.malloc(100);
    const untraced = new Set(liveBlocks(heap).keys());
    heap.tracemalloc.start(3);
    const random = new Random(TEST_SEED);
    const blocks = new Blocks(heap, random, debug);
    const things = new Things(heap, random);
    for (let i = 0; i < STEPS; i++) {
      if (random.chance(50)) blocks.step();
      else things.step();
      if (i % 100 !== 99) continue;
      const { current, peak } = heap.tracemalloc.getTracedMemory();
      const { traces } = heap.tracemalloc.takeSnapshot();
      const live = liveBlocks(heap);
      const expected = [...live.keys()].filter((address) => !untraced.has(address)).sort((a, b) => a - b);
      expect(
        traces.map(({ address }) => address),
        `step ${i}`,
      ).toEqual(expected);
      expect(traces.reduce((sum, { size }) => sum + size, 0)).toBe(current);
      expect(peak).toBeGreaterThanOrEqual(current);
      for (const { address, size } of traces) {
        const room = live.get(address) as number;
        expect(size, `step ${i}`).toBeLessThanOrEqual(room);
        const own = blocks.live.get(address);
        // A block that was resized may have room for what it had before.
        if (own !== undefined) expect(size, `step ${i}`).toBe(Math.max(own.size, debug ? 0 : 1));
        else expect(room, `step ${i}, ${size} bytes`).toBeLessThan(size + 32);
      }
    }
    heap.mem.free(before);
    heap.verify();
  });
});

test(`the table of traces is one (seed ${TEST_SEED})`, () => {
  const random = new Random(TEST_SEED);
  const traces = new Traces();
  const model = new Map<number, [bytes: number, traceback: number]>();
  let peak = 0;
  const sum = () => [...model.values()].reduce((total, [bytes]) => total + bytes, 0);
  for (let i = 0; i < 20_000; i++) {
    const address = 8 + 8 * random.below(i % 5000 < 2500 ? 3000 : 300);
    if (random.chance(60)) {
      const entry: [number, number] = [random.below(1000), random.below(50)];
      traces.set(address, ...entry);
      model.set(address, entry);
      peak = Math.max(peak, i % 100 === 0 || traces.current > peak ? sum() : 0);
    } else {
      expect(traces.delete(address), `step ${i}`).toBe(model.get(address)?.[1] ?? -1);
      model.delete(address);
    }
    const other = 8 + 8 * random.below(3000);
    expect(traces.tracebackOf(other), `step ${i}`).toBe(model.get(other)?.[1] ?? -1);
  }
  expect(traces.size).toBe(model.size);
  expect(traces.current).toBe(sum());
  expect(traces.peak).toBe(peak);
  const { addresses, sizes, tracebacks } = traces.columns();
  expect(Array.from(addresses)).toEqual([...model.keys()].sort((a, b) => a - b));
  addresses.forEach((address, i) => {
    expect([sizes[i], tracebacks[i]]).toEqual(model.get(address));
  });
});

test(`equal tracebacks have the same number, others have others (seed ${TEST_SEED})`, () => {
  const random = new Random(TEST_SEED);
  const tracebacks = new Tracebacks();
  const model = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const frames = Array.from(
      { length: random.between(1, 5) },
      () => [random.pick(["a", "b"]), random.below(5)] as const,
    );
    const places = frames.map(([filename, lineno]) => tracebacks.place(filename, lineno));
    const key = JSON.stringify(frames);
    expect(tracebacks.find(places, places.length), key).toBe(model.get(key) ?? -1);
    const id = tracebacks.add(places, places.length, 7);
    expect(id).toBe(model.get(key) ?? model.size + 1);
    model.set(key, id);
    const shown = tracebacks.traceback(id);
    expect(shown.map(({ filename, lineno }) => [filename, lineno]).reverse()).toEqual(frames);
    expect(tracebacks.traceback(id)).toBe(shown);
  }
  expect(tracebacks.size).toBe(model.size + 1);
});
