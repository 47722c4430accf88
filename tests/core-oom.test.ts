// Memory that does not grow: the call says so, nothing is lost, and later calls work.
import { describe, expect, test } from "vitest";
import { ARENA_BYTES, HEAP_START, R_FAIL_GROWTH, RUNTIME } from "../src/layout.js";
import { NO_MEMORY, OK } from "../src/status.js";
import { chunksOf, regions } from "../src/walk.js";
import { type Calls, type CoreHeap, DOMAINS, VARIANTS } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { type Block, Shadow } from "./helpers/shadow.js";
import { anySize } from "./helpers/workload.js";

const MIB = 2 ** 20;

/** A program that grows memory every few calls. Returns how often a call found none. */
function run(heap: CoreHeap, seed: number): number {
  const random = new Random(seed);
  const shadow = new Shadow(heap, 64 * MIB);
  for (let step = 0; step < 200; step++) {
    const domain = random.pick(DOMAINS);
    const size = anySize(random, [30, 5, 40, 15, 10]);
    const before = shadow.failures;
    const roll = random.below(100);
    const block = shadow.live.length === 0 ? undefined : (random.pick(shadow.live) as Block);
    if (block !== undefined && roll < 20) shadow.realloc(block, size);
    else if (block !== undefined && roll < 35) shadow.free(block);
    else if (roll < 50) shadow.calloc(domain, 1, size);
    else for (let i = 0; i < (size < 512 ? 60 : 1); i++) shadow.malloc(domain, size);
    if (shadow.failures > before) {
      heap.verify();
      shadow.checkAll();
      // The next call of the kind gets memory.
      if (shadow.malloc(domain, size) === null) throw new Error(`step ${step}: no memory the second time either`);
    }
  }
  shadow.checkAll();
  shadow.freeAll();
  heap.settle();
  heap.verify();
  expect(heap.stats().large.blocks).toBe(0);
  expect(heap.stats().classes).toEqual([]);
  return shadow.failures;
}

function freeAll(calls: Calls, blocks: readonly number[]): void {
  expect(blocks.filter((block) => calls.free(block) !== OK)).toEqual([]);
}

describe.each(VARIANTS)("$name", ({ name, open, debug }) => {
  test("the n-th growth fails, for each n", () => {
    const failed: number[] = [];
    for (let n = 1; ; n++) {
      const heap = open({ key: TEST_SEED });
      heap.core.failGrowth(n);
      try {
        failed.push(run(heap, TEST_SEED));
      } catch (error) {
        throw new Error(`${name}, TEST_SEED=${TEST_SEED}, growth ${n}: ${error}`, { cause: error });
      }
      // The countdown did not come to its end: there are fewer growths than that.
      if (heap.word(RUNTIME + R_FAIL_GROWTH) !== 0) break;
    }
    expect(failed.length).toBeGreaterThan(20);
    // One call fails, or none where memory can be had in another way: in debug heaps quarantine is emptied and it is tried again.
    expect(Math.max(...failed)).toBeLessThanOrEqual(1);
    if (!debug) expect(failed.filter((calls) => calls === 1).length).toBeGreaterThan(failed.length / 2);
  });

  test("failGrowth counts growths, fails one, and 0 switches it off", () => {
    const heap = open();
    heap.core.failGrowth(3);
    const got = [1, 2, 3, 4].map(() => heap.mem.malloc(MIB) !== 0);
    expect(got).toEqual([true, true, false, true]);
    heap.core.failGrowth(1);
    heap.core.failGrowth(0);
    expect(heap.mem.malloc(2 * MIB)).not.toBe(0);
    heap.verify();
  });

  describe.each(DOMAINS)("%s", (domain) => {
    test.each([8, 40, 500, 600, 5000, 100_000])("memory full of blocks of %i bytes", (size) => {
      const heap = open({ maximumPages: 24 });
      const calls = heap.in(domain);
      const fill = () => {
        const blocks: number[] = [];
        for (let block = calls.malloc(size); block !== 0; block = calls.malloc(size)) blocks.push(block);
        expect(heap.core.lastStatus()).toBe(NO_MEMORY);
        return blocks;
      };
      const blocks = fill();
      expect(heap.core.pages()).toBe(24);
      expect(blocks.length * size).toBeGreaterThan(
        size < 24 ? 0 : (24 * 65_536 - ARENA_BYTES) * (size < 100 ? 0.5 : 0.7),
      );
      heap.verify();
      expect(calls.calloc(1, size)).toBe(0);
      expect(calls.malloc(10 * MIB)).toBe(0);
      expect(calls.realloc(blocks[0] as number, 10 * MIB)).toBe(0);
      expect(heap.core.lastStatus()).toBe(NO_MEMORY);
      expect(calls.usableSize(blocks[0] as number)).toBeGreaterThanOrEqual(size);
      heap.verify();
      // What one call frees, another gets, be it of another size and domain.
      freeAll(calls, blocks.splice(-Math.ceil(300_000 / size)));
      for (const other of DOMAINS) {
        for (const wanted of [8, 500, 3000, 20_000]) {
          const block = heap.in(other).malloc(wanted);
          expect(block, `${wanted} bytes of ${other}`).not.toBe(0);
          expect(heap.in(other).free(block)).toBe(OK);
        }
      }
      heap.verify();
      freeAll(calls, blocks);
      heap.settle();
      heap.verify();
      expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 0 } });
      expect(heap.core.pages()).toBe(24);
    });

    test("all memory is one free chunk before and after each arena, once everything was freed", () => {
      const heap = open({ pages: 24, maximumPages: 24 });
      const calls = heap.in(domain);
      for (const size of [1_400_000, 100, 3000, 400_000, 500, 70_000]) {
        const blocks: number[] = [];
        for (let block = calls.malloc(size); block !== 0; block = calls.malloc(size)) blocks.push(block);
        expect(blocks.length).toBeGreaterThan(0);
        freeAll(calls, blocks);
        heap.settle();
        heap.verify();
        const all = regions(heap.memory);
        for (const region of all) expect(chunksOf(heap.memory, region)).toHaveLength(1);
        const { arenas, large } = heap.stats();
        expect(arenas.current).toBeLessThanOrEqual(1);
        expect(large.free + 16 * all.length + arenas.bytes).toBe(heap.memory.byteLength - HEAP_START);
      }
    });

    test("realloc that finds no memory leaves the block and its contents", () => {
      const heap = open({ pages: 8, maximumPages: 8 });
      const calls = heap.in(domain);
      const shadow = new Shadow(heap, MIB);
      const blocks = [8, 100, 500, 600, 4000, 70_000].map((size) => shadow.malloc(domain, size) as Block);
      for (let size = 100_000; size > 0; size = Math.floor(size / 1.3)) while (heap.mem.malloc(size) !== 0);
      for (const block of blocks) {
        for (const size of [200_000, 0x7fff_ffff, 0x8000_0000]) expect(shadow.realloc(block, size)).toBe(false);
        expect(calls.usableSize(block.address)).toBe(block.usable);
        heap.verify();
      }
      // Shrinking needs no memory in plain heaps; in debug heaps a block always moves.
      if (!heap.debug) for (const block of blocks) expect(shadow.realloc(block, block.size - 3)).toBe(true);
      shadow.checkAll();
      shadow.freeAll();
      heap.verify();
    });
  });

  // What is free waits in quick lists of one size, in pools of one class, and is wanted in another.
  test.each([
    [16, 512],
    [512, 16],
    [200, 600],
    [600, 200],
    [1000, 1016],
    [5000, 40],
    [40, 5000],
    [60_000, 100],
    [100, 60_000],
    [3000, 60_000],
  ])(
    "memory that was full of blocks of %i bytes holds nine tenths as many of %i bytes as it did before",
    (first, second) => {
      const heap = open({ pages: 32, maximumPages: 32 });
      const fill = (size: number) => {
        const blocks: number[] = [];
        for (let block = heap.mem.malloc(size); block !== 0; block = heap.mem.malloc(size)) blocks.push(block);
        return blocks;
      };
      const fresh = fill(second);
      freeAll(heap.mem, fresh);
      freeAll(heap.mem, fill(first));
      const again = fill(second);
      expect(again.length / fresh.length).toBeGreaterThan(0.9);
      heap.verify();
      freeAll(heap.mem, again);
      heap.settle();
      heap.verify();
      expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 0 } });
    },
  );

  test("PyArena: the n-th growth fails, for each n, and no block is lost", () => {
    let failures = 0;
    for (let n = 1; n <= 12; n++) {
      const heap = open({ pages: 1 });
      heap.core.failGrowth(n);
      const arenas: number[] = [];
      for (let i = 0; i < 30; i++) {
        const arena = heap.core.pyArenaNew() >>> 0;
        if (arena === 0) {
          failures++;
          expect(heap.core.lastStatus()).toBe(NO_MEMORY);
          heap.verify();
          continue;
        }
        arenas.push(arena);
        for (const size of [100, 3000, 9000, 30, 20_000]) {
          const block = heap.core.pyArenaMalloc(arena, size) >>> 0;
          if (block !== 0) {
            heap.memory.bytes.fill(0xee, block, block + size);
            continue;
          }
          failures++;
          heap.verify();
          expect(heap.core.pyArenaMalloc(arena, size)).not.toBe(0);
        }
      }
      heap.verify();
      for (const arena of arenas) expect(heap.core.pyArenaFree(arena)).toBe(OK);
      heap.settle();
      heap.verify();
      expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 0 } });
    }
    expect(failures).toBeGreaterThan(6);
  });

  test("the smallest heap there can be", () => {
    const heap = open({ pages: 1, maximumPages: 1 });
    const blocks: number[] = [];
    for (let block = heap.mem.malloc(600); block !== 0; block = heap.mem.malloc(600)) blocks.push(block);
    expect(blocks.length).toBeGreaterThan(15);
    expect(heap.core.lastStatus()).toBe(NO_MEMORY);
    heap.verify();
    freeAll(heap.mem, blocks);
    heap.core.drain();
    heap.verify();
    expect(heap.mem.malloc(600)).not.toBe(0);
  });
});
