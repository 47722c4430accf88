// Which size class serves a request, and how many blocks of it a pool holds.
import { describe, expect, test } from "vitest";
import { POOL_BYTES, SIZE_CLASSES, SMALL_MAX_BYTES } from "../src/layout.js";
import { BAD_ADDRESS } from "../src/status.js";
import { PLAIN } from "./helpers/core.js";

const CLASSES = Array.from({ length: SIZE_CLASSES }, (_, index) => (index + 1) * 8);

function poolOf(address: number): number {
  return Math.floor(address / POOL_BYTES);
}

describe.each(PLAIN)("$name", ({ open }) => {
  test.each(["mem", "obj"] as const)("%s: each size from 0 to 512 gets the next multiple of 8", (domain) => {
    const heap = open();
    const calls = heap.in(domain);
    for (let size = 0; size <= SMALL_MAX_BYTES; size++) {
      const block = calls.malloc(size);
      expect(block % 8).toBe(0);
      expect(calls.usableSize(block), `size ${size}`).toBe(Math.max(8, Math.ceil(size / 8) * 8));
    }
    heap.verify();
    const { classes, large } = heap.stats();
    // Class 0 also serves the request for nothing.
    expect(classes.map(({ size, used }) => [size, used])).toEqual(CLASSES.map((size) => [size, size === 8 ? 9 : 8]));
    expect(large.blocks).toBe(0);
  });

  test("from 513 bytes on, and in the raw domain, no pool is used", () => {
    const heap = open();
    for (const size of [513, 520, 4096])
      expect(heap.mem.usableSize(heap.mem.malloc(size))).toBeGreaterThanOrEqual(size);
    for (const size of [0, 1, 8, 512]) expect(heap.raw.usableSize(heap.raw.malloc(size))).toBeGreaterThanOrEqual(size);
    expect(heap.stats()).toMatchObject({ classes: [], arenas: { current: 0 }, large: { blocks: 7 } });
  });

  // CPython keeps a header in the pool; here it lies outside, so that 4096 / size blocks fit.
  test.each(CLASSES)("a pool holds as many blocks of %i bytes as fit, one after the other", (size) => {
    const heap = open();
    const capacity = Math.floor(POOL_BYTES / size);
    const blocks = Array.from({ length: capacity + 1 }, () => heap.mem.malloc(size));
    const first = blocks[0] as number;
    expect(first % POOL_BYTES).toBe(0);
    expect(blocks.slice(0, capacity)).toEqual(Array.from({ length: capacity }, (_, i) => first + i * size));
    expect(poolOf(blocks[capacity] as number)).not.toBe(poolOf(first));
    const { classes, ledger } = heap.stats();
    expect(classes).toEqual([{ size, pools: 2, used: capacity + 1, available: capacity - 1 }]);
    expect(ledger.quantization).toBe(2 * (POOL_BYTES - capacity * size));
  });

  test.each(CLASSES)("of all addresses in a full pool of %i bytes a block, only its blocks are blocks", (size) => {
    const heap = open();
    const capacity = Math.floor(POOL_BYTES / size);
    const first = heap.mem.malloc(size);
    for (let i = 1; i < capacity; i++) heap.mem.malloc(size);
    const passed: number[] = [];
    for (let offset = 0; offset < POOL_BYTES; offset++) {
      if (heap.mem.usableSize(first + offset) !== 0) passed.push(offset);
      else if (heap.core.lastStatus() !== BAD_ADDRESS) throw new Error(`offset ${offset}: another status`);
    }
    expect(passed).toEqual(Array.from({ length: capacity }, (_, i) => i * size));
  });

  test("sizes on both sides of a class's limit are in different pools", () => {
    const heap = open();
    for (const size of CLASSES.slice(0, -1)) {
      expect(poolOf(heap.mem.malloc(size)), `${size} and ${size + 1}`).not.toBe(poolOf(heap.mem.malloc(size + 1)));
    }
  });

  test("no size above 0x7fffffff is served, also when freed blocks wait", () => {
    const heap = open();
    // A small chunk in a quick list, which a size that wraps around would find.
    heap.mem.free(heap.mem.realloc(heap.mem.malloc(600), 1));
    for (const size of [0x8000_0000, 0xffff_fff0, 0xffff_ffe9, 0xffff_ffff]) {
      for (const domain of ["raw", "mem", "obj"] as const) {
        expect(heap.in(domain).malloc(size)).toBe(0);
        expect(heap.in(domain).calloc(1, size)).toBe(0);
        expect(heap.in(domain).calloc(size, 2)).toBe(0);
      }
    }
    heap.verify();
  });
});
