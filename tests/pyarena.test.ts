// heap.arena(): bump allocation out of blocks of 8 KiB, freed as one.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryError } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

const KIB = 1024;

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a new arena has one block of 8 KiB and nothing in it", async () => {
    const heap = await open();
    using arena = heap.arena();
    expect(arena.stats).toEqual({ allocations: 0, bytes: 0, blocks: 1, blockBytes: 8 * KIB, bigBlocks: 0 });
    // Its record, and its block.
    expect(heap.sys.getAllocatedBlocks()).toBe(2);
    heap.verify();
  });

  test("allocations follow each other, rounded up to 8", async () => {
    const heap = await open();
    using arena = heap.arena();
    const first = arena.malloc(1);
    expect(first % 8).toBe(0);
    expect(arena.malloc(8)).toBe(first + 8);
    expect(arena.malloc(9)).toBe(first + 16);
    expect(arena.malloc(0)).toBe(first + 32);
    expect(arena.malloc(20)).toBe(first + 32);
    expect(arena.stats).toMatchObject({ allocations: 5, bytes: 8 + 8 + 16 + 0 + 24, blocks: 1 });
  });

  test("what does not fit opens another block, and the rest of the old one is left", async () => {
    const heap = await open();
    using arena = heap.arena();
    const first = arena.malloc(8 * KIB - 8);
    const second = arena.malloc(16);
    expect(Math.abs(second - first)).toBeGreaterThanOrEqual(8 * KIB);
    expect(arena.malloc(8)).toBe(second + 16);
    expect(arena.stats).toMatchObject({ blocks: 2, blockBytes: 16 * KIB, bigBlocks: 0 });
  });

  test("what is larger than a block gets one of its own", async () => {
    const heap = await open();
    using arena = heap.arena();
    arena.malloc(8);
    arena.malloc(100_000);
    arena.malloc(8);
    expect(arena.stats).toEqual({
      allocations: 3,
      bytes: 100_016,
      blocks: 3,
      blockBytes: 8 * KIB + 100_000 + 8 * KIB,
      bigBlocks: 1,
    });
    heap.verify();
  });

  test("stats survive growth of memory", async () => {
    const heap = await open();
    const arena = heap.arena();
    arena.malloc(8);
    const before = arena.stats;
    heap.core.rawMalloc(10_000_000);
    expect(arena.stats).toEqual(before);
  });

  test("free gives everything back", async () => {
    const heap = await open();
    const arenas = [heap.arena(), heap.arena()] as const;
    for (let i = 0; i < 1000; i++) arenas[i % 2]?.malloc(i);
    heap.verify();
    arenas[0].free();
    heap.verify();
    arenas[1].malloc(10);
    arenas[1].free();
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
    heap.verify();
  });

  test("every use after free is an error, but not the end of `using`", async () => {
    const heap = await open();
    const arena = heap.arena();
    arena.free();
    const freed = expect.objectContaining({ name: "HeapError", code: "ARENA_FREED" });
    expect(() => arena.malloc(1)).toThrow(freed);
    expect(() => arena.stats).toThrow(freed);
    expect(() => arena.free()).toThrow(freed);
    arena[Symbol.dispose]();
    heap.verify();
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a size of %d is a RangeError", async (size) => {
    using arena = (await open()).arena();
    expect(() => arena.malloc(size)).toThrow(RangeError);
    expect(arena.stats.allocations).toBe(0);
  });

  test("a size that is no number is a TypeError", async () => {
    using arena = (await open()).arena();
    for (const size of ["8", 8n, null, undefined] as unknown[])
      expect(() => arena.malloc(size as number)).toThrow(TypeError);
  });

  test("memory that runs out is a MemoryError, and the arena is usable afterwards", async () => {
    const heap = await open({ initialMemory: 256 * KIB, maximumMemory: 512 * KIB });
    const arena = heap.arena();
    expect(() => arena.malloc(2 ** 31)).toThrow(MemoryError);
    expect(() => arena.malloc(2 ** 31 - 1)).toThrow(MemoryError);
    const before = arena.stats;
    expect(() => arena.malloc(600 * KIB)).toThrow(expect.objectContaining({ code: "NO_MEMORY", requested: 600 * KIB }));
    expect(arena.stats).toEqual(before);
    expect(() => {
      for (;;) arena.malloc(1000);
    }).toThrow(MemoryError);
    heap.verify();
    expect(() => {
      for (;;) heap.mem.malloc(5000);
    }).toThrow(MemoryError);
    expect(() => {
      for (;;) heap.arena();
    }).toThrow(MemoryError);
    heap.verify();
    arena.free();
    heap.arena().free();
    heap.verify();
  });

  test("allocations do not overlap, whatever the sizes", async () => {
    const size = fc.oneof(fc.nat(40), fc.nat(3000), fc.nat(20_000));
    await fc.assert(
      fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 100 }), async (sizes) => {
        const heap = await open();
        const arena = heap.arena();
        const parts = sizes.map((bytes) => ({ address: arena.malloc(bytes), bytes }));
        for (const [i, { address, bytes }] of parts.entries()) {
          new Uint8Array(heap.memory.buffer, address, bytes).fill(i + 1);
        }
        for (const [i, { address, bytes }] of parts.entries()) {
          expect(new Uint8Array(heap.memory.buffer, address, bytes).every((byte) => byte === i + 1)).toBe(true);
        }
        expect(arena.stats).toMatchObject({
          allocations: sizes.length,
          bytes: sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / 8) * 8, 0),
          bigBlocks: sizes.filter((bytes) => bytes > 8 * KIB).length,
        });
        heap.verify();
        arena.free();
        heap.verify();
        expect(heap.sys.getAllocatedBlocks()).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
