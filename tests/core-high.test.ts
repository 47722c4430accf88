// Memory above 2 GiB, where addresses are negative to whoever takes them as signed. What is not touched costs nothing.
import { describe, expect, test } from "vitest";
import { R_PEAK_BYTES, REQUEST_MAX, RUNTIME } from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_DOMAIN, NO_MEMORY, OK } from "../src/status.js";
import { type CoreHeap, DOMAINS, PLAIN, VARIANTS } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { runWorkload } from "./helpers/workload.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Raw blocks, untouched, up to 2 GiB and a little more. Debug mode fills every block, so that these are without frames. */
function fillLow(heap: CoreHeap): number[] {
  const blocks = [GIB, GIB].map((size) => heap.core.rawMalloc(size) >>> 0);
  expect(blocks).not.toContain(0);
  return blocks;
}

/** Milliseconds that verify takes. */
function timeOfVerify(heap: CoreHeap): number {
  const started = performance.now();
  heap.verify();
  return performance.now() - started;
}

describe.each(PLAIN)("$name", ({ name, open }) => {
  test("blocks of all sizes lie and work above 2 GiB", () => {
    const heap = open();
    const low = fillLow(heap);
    for (const domain of DOMAINS) {
      const calls = heap.in(domain);
      for (const size of [1, 24, 512, 513, 4096, 65_536, 100_000, MIB, 20 * MIB]) {
        const blocks = [calls.malloc(size), calls.calloc(1, size), calls.realloc(calls.malloc(size), size * 2)];
        for (const [i, block] of blocks.entries()) {
          expect(block).toBeGreaterThanOrEqual(2 * GIB);
          expect(calls.usableSize(block)).toBeGreaterThanOrEqual(size);
          heap.memory.bytes.fill(i + 1, block, block + size);
        }
        for (const [i, block] of blocks.entries()) {
          expect([heap.memory.bytes[block], heap.memory.bytes[block + size - 1]]).toEqual([i + 1, i + 1]);
          expect(calls.free(block)).toBe(OK);
          expect(calls.free(block)).toBe(ALREADY_FREE);
          expect(heap.core.faultAddress() >>> 0).toBe(block);
          expect(calls.free(block + 4)).toBe(BAD_ADDRESS);
          expect(heap.core.faultAddress() >>> 0).toBe(block + 4);
        }
      }
    }
    expect(heap.core.free(low[1] as number)).toBe(BAD_DOMAIN);
    expect(timeOfVerify(heap)).toBeLessThan(2000);
    heap.core.drain();
    heap.verify();
    for (const block of low) expect(heap.raw.free(block)).toBe(OK);
    heap.verify();
  });

  test("arenas above 2 GiB are kept in order, given back and used again", () => {
    const heap = open();
    fillLow(heap);
    const blocks = Array.from({ length: 4 * 63 * 8 }, () => heap.mem.malloc(512));
    expect(Math.min(...blocks)).toBeGreaterThanOrEqual(2 * GIB);
    heap.verify();
    const random = new Random(TEST_SEED);
    for (const block of random.shuffled(blocks)) heap.mem.free(block);
    heap.core.drain();
    heap.verify();
    expect(heap.stats().arenas).toMatchObject({ allocated: 4, current: 1 });
    const pages = heap.core.pages();
    // Two of the three that were given back are neighbours, whichever is kept.
    expect(heap.mem.malloc(500_000)).toBeGreaterThanOrEqual(2 * GIB);
    expect(heap.core.pages()).toBe(pages);
    heap.verify();
  });

  test("a random program agrees with the shadow there", () => {
    const heap = open({ key: TEST_SEED });
    const low = fillLow(heap);
    try {
      runWorkload(heap, 2 ** 32, {
        steps: 20_000,
        random: new Random(TEST_SEED),
        liveBytes: 4 * MIB,
        verifyEvery: 4000,
      });
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${TEST_SEED}: ${error}`, { cause: error });
    }
    for (const block of low) expect(heap.raw.free(block)).toBe(OK);
    heap.core.drain();
    heap.verify();
    expect(heap.stats().large.blocks).toBe(0);
  });

  test("the largest request, and the peak it leaves", () => {
    const heap = open();
    const block = heap.raw.malloc(REQUEST_MAX);
    expect(block).not.toBe(0);
    expect(heap.raw.usableSize(block)).toBeGreaterThanOrEqual(REQUEST_MAX);
    expect(heap.word(RUNTIME + R_PEAK_BYTES)).toBeGreaterThanOrEqual(REQUEST_MAX);
    expect(heap.stats().large).toMatchObject({ blocks: 1 });
    expect(heap.raw.realloc(block, 1000)).toBe(block);
    heap.verify();
    expect(heap.raw.realloc(block, REQUEST_MAX)).toBe(block);
    heap.verify();
    expect(heap.raw.free(block)).toBe(OK);
    heap.verify();
  });

  test("memory is used up to its very end, and comes back as one", () => {
    const heap = open();
    const blocks: number[] = [];
    for (let size = GIB; size > 100; size = Math.floor(size / 2)) {
      for (let block = heap.raw.malloc(size); block !== 0; block = heap.raw.malloc(size)) blocks.push(block);
    }
    expect(heap.core.lastStatus()).toBe(NO_MEMORY);
    expect(heap.core.pages()).toBe(65_532);
    expect(Math.max(...blocks)).toBeGreaterThan(4 * GIB - MIB);
    expect(heap.mem.malloc(100_000)).toBe(0);
    expect(heap.raw.realloc(blocks.at(-1) as number, MIB)).toBe(0);
    heap.verify();
    // Pools and large blocks in the last slots there are.
    const top = blocks.filter((block) => block > 4 * GIB - 8 * MIB);
    for (const block of top) expect(heap.raw.free(block)).toBe(OK);
    const small: number[] = [];
    for (let block = heap.mem.malloc(400); block !== 0; block = heap.mem.malloc(400)) small.push(block);
    expect(Math.max(...small)).toBeGreaterThan(4 * GIB - MIB);
    heap.verify();
    expect(small.filter((block) => heap.mem.free(block) !== OK)).toEqual([]);
    for (const block of blocks) if (!top.includes(block)) expect(heap.raw.free(block)).toBe(OK);
    heap.core.drain();
    heap.verify();
    const { large, arenas } = heap.stats();
    expect(large.blocks).toBe(0);
    expect(large.free).toBeGreaterThan(4 * GIB - 2 * MIB);
    expect(arenas.current).toBe(1);
  });
});

describe.each(VARIANTS.filter(({ debug }) => debug))("$name", ({ open }) => {
  test("frames and quarantine above 2 GiB", () => {
    // Two thirds of a heap without frames, so that verify has no frames to look for below.
    const heap = open({ pages: 40_000, maximumPages: 40_000 });
    const { mem } = heap;
    const filler = heap.core.rawMalloc(2 * GIB - 1) >>> 0;
    expect(filler).not.toBe(0);
    const blocks = [10, 500, 5000, 100_000].map((size) => mem.malloc(size));
    for (const block of blocks) {
      expect(block).toBeGreaterThan(2 * GIB);
      expect(mem.free(block)).toBe(OK);
      expect(mem.free(block)).toBe(ALREADY_FREE);
      expect(heap.core.faultAddress() >>> 0).toBe(block);
    }
    heap.settle();
    const again = mem.calloc(3, 100);
    expect(again).toBeGreaterThan(2 * GIB);
    heap.poke(again + 300, 0);
    expect(heap.core.verify()).not.toBe(0);
  });
});
