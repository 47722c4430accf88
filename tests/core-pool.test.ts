// What becomes of a pool: blocks handed out in order, taken back last in, first out, and the pool used again.
import { describe, expect, test } from "vitest";
import { ARENA_BYTES, POOL_BYTES, POOL_VIRGIN, POOLS_PER_ARENA } from "../src/layout.js";
import { type Pool, poolArenas, poolsOf } from "../src/walk.js";
import { type CoreHeap, PLAIN } from "./helpers/core.js";

/** Pools of the heap's only arena. */
function pools(heap: CoreHeap): Pool[] {
  const [arena, ...others] = poolArenas(heap.memory);
  expect(others).toEqual([]);
  return poolsOf(heap.memory, arena as number);
}

function mallocs(heap: CoreHeap, count: number, size: number): number[] {
  return Array.from({ length: count }, () => heap.mem.malloc(size));
}

function isZero(heap: CoreHeap, start: number, end: number): boolean {
  return heap.memory.bytes.subarray(start, end).every((byte) => byte === 0);
}

describe.each(PLAIN)("$name", ({ open }) => {
  test.each([8, 24, 512])("blocks of %i bytes come back last in, first out", (size) => {
    const heap = open();
    const blocks = mallocs(heap, 7, size);
    const freed = [3, 0, 6, 1].map((i) => blocks[i] as number);
    for (const block of freed) heap.mem.free(block);
    expect(mallocs(heap, 4, size)).toEqual([...freed].reverse());
  });

  test("a freed block is handed out before one that never was", () => {
    const heap = open();
    const [first, second] = mallocs(heap, 2, 48);
    heap.mem.free(first as number);
    expect(mallocs(heap, 2, 48)).toEqual([first, (second as number) + 48]);
  });

  test("a pool is touched only as far as it was carved", () => {
    const heap = open({ pages: 16 });
    for (let size = 8; size <= 512; size += 8) heap.mem.malloc(size);
    const used = [...poolArenas(heap.memory)].flatMap((arena) => poolsOf(heap.memory, arena));
    expect(used.filter(({ state }) => state === "used" || state === "full")).toHaveLength(64);
    for (const { address, descriptor, state, blockSize } of used) {
      const carved = state === "virgin" ? 0 : heap.word(descriptor + POOL_VIRGIN);
      // 16 blocks at a time, or the whole pool if it has fewer.
      if (blockSize > 0) expect(carved).toBe(Math.min(16, Math.floor(POOL_BYTES / blockSize)) * blockSize);
      expect(isZero(heap, address + carved, Math.min(address + POOL_BYTES, heap.memory.byteLength))).toBe(true);
    }
  });

  test("an arena's pools are handed out one after the other, and the rest of it stays untouched", () => {
    const heap = open({ pages: 16 });
    const blocks = mallocs(heap, 5 * 8, 512);
    const arena = poolArenas(heap.memory)[0] as number;
    expect(new Set(blocks.map((block) => Math.floor((block - arena) / POOL_BYTES)))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(isZero(heap, arena + 6 * POOL_BYTES, arena + ARENA_BYTES - 16)).toBe(true);
    expect(pools(heap).filter(({ state }) => state === "virgin")).toHaveLength(POOLS_PER_ARENA - 5);
  });

  test("a pool that has room again is the next to be used", () => {
    const heap = open();
    const blocks = mallocs(heap, 3 * 64 - 5, 64);
    heap.core.drain();
    // The first two pools are full, the third has room.
    heap.mem.free(blocks[70] as number);
    heap.core.drain();
    expect(heap.mem.malloc(64)).toBe(blocks[70]);
  });

  test("of two pools with room, the one that got a block back last is used first", () => {
    const heap = open();
    const blocks = mallocs(heap, 3 * 64, 64);
    for (const block of [10, 80, 150]) {
      heap.mem.free(blocks[block] as number);
      heap.core.drain();
    }
    expect(mallocs(heap, 3, 64)).toEqual([150, 80, 10].map((i) => blocks[i]));
  });

  test("a pool whose blocks are all free serves any class", () => {
    const heap = open({ pages: 16 });
    for (let size = 8; size <= 512; size += 8) {
      const blocks = mallocs(heap, Math.floor(POOL_BYTES / size), size);
      expect(pools(heap).map(({ state, blockSize }) => `${state} ${blockSize}`)).toEqual([
        `full ${size}`,
        ...Array.from({ length: POOLS_PER_ARENA - 1 }, () => "virgin 0"),
      ]);
      for (const block of blocks) heap.mem.free(block);
      heap.core.drain();
      heap.verify();
      expect(pools(heap)[0]).toMatchObject({ state: "empty" });
    }
  });

  test("a pool that comes back to its class hands out the same blocks", () => {
    const heap = open();
    const blocks = mallocs(heap, 20, 100);
    for (const block of blocks) heap.mem.free(block);
    heap.core.drain();
    expect(pools(heap)[0]).toMatchObject({ state: "empty" });
    const again = mallocs(heap, 32, 100);
    expect(new Set(again.map((block) => Math.floor(block / POOL_BYTES)))).toEqual(
      new Set([Math.floor((blocks[0] as number) / POOL_BYTES)]),
    );
    heap.core.drain();
    heap.verify();
  });

  test("blocks that wait in quick lists are used before memory grows", () => {
    const heap = open({ pages: 8 });
    const fill = (size: number) => {
      const blocks: number[] = [];
      while (heap.core.pages() === 8) blocks.push(heap.mem.malloc(size));
      return blocks;
    };
    const blocks = fill(16);
    const pages = heap.core.pages();
    for (const block of blocks) heap.mem.free(block);
    // No pool is free before the quick list of class 1 is returned; all of them are after that. A drain is due after
    // 32 refills; until then memory may grow by a step.
    const others = mallocs(heap, (blocks.length * 16) / 512 - 8, 512);
    expect(others).not.toContain(0);
    expect(heap.core.pages()).toBeLessThanOrEqual(pages + 1);
    heap.verify();
  });

  test.each([
    ["one class after the other", [16, 48, 200, 512]],
    ["neighbouring classes", [8, 16, 24]],
    ["small and large in turn", [64, 600, 64, 4000]],
  ])("memory does not grow in a steady state: %s", (_, sizes) => {
    const heap = open();
    const round = (size: number) => {
      const blocks = mallocs(heap, 20_000 / (1 + (size >> 6)), size);
      for (const block of blocks) heap.mem.free(block);
    };
    for (const size of sizes) round(size);
    const pages = heap.core.pages();
    for (let i = 0; i < 20; i++) for (const size of sizes) round(size);
    expect(heap.core.pages()).toBe(pages);
    heap.verify();
  });
});
