// realloc: when a block stays where it is, and that its contents do.
import { describe, expect, test } from "vitest";
import { REQUEST_MAX, SMALL_MAX_BYTES } from "../src/layout.js";
import { NO_MEMORY } from "../src/status.js";
import { type CoreHeap, PLAIN, VARIANTS } from "./helpers/core.js";

/** Writes and later recognises the contents of a block. */
function fill(heap: CoreHeap, address: number, size: number): void {
  for (let i = 0; i < size; i++) heap.memory.bytes[address + i] = (i * 7 + 1) & 255;
}

function isKept(heap: CoreHeap, address: number, size: number): boolean {
  const { bytes } = heap.memory;
  for (let i = 0; i < size; i++) if (bytes[address + i] !== ((i * 7 + 1) & 255)) return false;
  return true;
}

describe.each(PLAIN)("$name", ({ open }) => {
  // CPython's rule: a block that shrinks moves when a quarter of it or more would be left over. It moves there also when
  // the smaller size is of the same class, for nothing.
  test("a small block stays unless it grows out of its class, or shrinks to three quarters into another", () => {
    const heap = open();
    const wrong: string[] = [];
    for (let have = 8; have <= SMALL_MAX_BYTES; have += 8) {
      for (let size = 0; size <= SMALL_MAX_BYTES + 8; size++) {
        const block = heap.mem.malloc(have);
        fill(heap, block, have);
        const sameClass = Math.max(1, size) > have - 8;
        const stays = size <= have && (4 * Math.max(1, size) > 3 * have || sameClass);
        const resized = heap.mem.realloc(block, size);
        if ((resized === block) !== stays) wrong.push(`${have} to ${size}`);
        if (!isKept(heap, resized, Math.min(have, size))) wrong.push(`contents, ${have} to ${size}`);
        if (heap.mem.usableSize(resized) < size) wrong.push(`room, ${have} to ${size}`);
        heap.mem.free(resized);
      }
    }
    expect(wrong).toEqual([]);
    heap.verify();
    heap.core.drain();
    expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 0 } });
  });

  test("a small block that outgrows the pools becomes a large one, and that stays one", () => {
    const heap = open();
    const small = heap.mem.malloc(512);
    fill(heap, small, 512);
    const large = heap.mem.realloc(small, 513);
    expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 1 } });
    expect(heap.mem.realloc(large, 10)).toBe(large);
    expect(isKept(heap, large, 10)).toBe(true);
    expect(heap.mem.usableSize(large)).toBe(24);
    expect(heap.stats()).toMatchObject({ classes: [], large: { blocks: 1 } });
    heap.verify();
  });

  test("a large block shrinks in place, and what it leaves is free", () => {
    const heap = open({ pages: 16 });
    const block = heap.mem.malloc(100_000);
    const behind = heap.mem.malloc(600);
    fill(heap, block, 100_000);
    for (const size of [99_000, 50_000, 50_000 - 15, 1000, 0]) {
      expect(heap.mem.realloc(block, size)).toBe(block);
      expect(isKept(heap, block, size)).toBe(true);
      heap.verify();
    }
    const rest = heap.mem.malloc(99_000);
    expect(rest).toBeGreaterThan(block);
    expect(rest).toBeLessThan(behind);
  });

  // The block is of 1008 bytes with its header, the free one behind it too.
  test.each([
    ["part of", 1200],
    ["all but 16 bytes of", 2016 - 8 - 16],
    ["exactly all of", 2016 - 8],
  ])("a large block grows in place into %s the free one behind it", (_, size) => {
    const heap = open();
    const [block, behind] = [heap.mem.malloc(1000), heap.mem.malloc(1000)];
    heap.mem.malloc(600);
    fill(heap, block, 1000);
    heap.mem.free(behind);
    heap.core.drain();
    expect(heap.mem.realloc(block, size)).toBe(block);
    expect(isKept(heap, block, 1000)).toBe(true);
    expect(heap.mem.usableSize(block)).toBeGreaterThanOrEqual(size);
    heap.verify();
  });

  test("a large block that shrinks by less than 128 bytes stays as it is", () => {
    const heap = open();
    const block = heap.mem.malloc(2040);
    expect(heap.mem.realloc(block, 2040 - 127)).toBe(block);
    expect(heap.mem.usableSize(block)).toBe(2040);
    expect(heap.mem.realloc(block, 2040 - 128)).toBe(block);
    expect(heap.mem.usableSize(block)).toBe(2040 - 128);
    heap.verify();
  });

  test("a large block that grew keeps 128 bytes in hand, and when it is freed its space is joined at once", () => {
    const heap = open({ pages: 8 });
    const block = heap.mem.malloc(1000);
    expect(heap.mem.realloc(block, 2000)).toBe(block);
    expect(heap.mem.usableSize(block)).toBe(2016 + 128 - 8);
    heap.verify();
    expect(heap.mem.realloc(block, 2100)).toBe(block);
    expect(heap.mem.usableSize(block)).toBe(2016 + 128 - 8);
    expect(heap.mem.free(block)).toBe(0);
    expect(heap.mem.malloc(100_000)).toBe(block);
    heap.verify();
  });

  test.each([
    ["more than is free behind it", true, 2016],
    ["with a block in use behind it", false, 1100],
  ])("a large block moves: %s", (_, freed, size) => {
    const heap = open();
    const [block, behind] = [heap.mem.malloc(1000), heap.mem.malloc(1000)];
    heap.mem.malloc(600);
    fill(heap, block, 1000);
    if (freed) heap.mem.free(behind);
    heap.core.drain();
    const moved = heap.mem.realloc(block, size);
    expect(moved).not.toBe(block);
    expect(isKept(heap, moved, 1000)).toBe(true);
    expect(heap.mem.usableSize(block)).toBe(0);
    heap.verify();
    heap.core.drain();
    expect(heap.mem.malloc(1000)).toBe(block);
  });

  test.each(["mem", "raw"] as const)("%s: the last block grows with memory, never moving", (domain) => {
    const heap = open();
    const calls = heap.in(domain);
    const block = calls.malloc(1000);
    fill(heap, block, 1000);
    for (let size = 1000; size < 8 * 2 ** 20; size = Math.ceil(size * 1.3))
      expect(calls.realloc(block, size)).toBe(block);
    expect(isKept(heap, block, 1000)).toBe(true);
    // Growth by a 64th of memory at most is room beyond what the block needs.
    expect(heap.memory.byteLength).toBeLessThan(calls.usableSize(block) * 1.05);
    heap.verify();
  });

  test("two blocks that grow in turn do not leave more behind than they use", () => {
    const heap = open();
    let [a, b] = [heap.mem.malloc(1000), heap.mem.malloc(1000)];
    let size = 1000;
    for (; size < 4 * 2 ** 20; size = Math.ceil(size * 1.2)) {
      a = heap.mem.realloc(a, size);
      b = heap.mem.realloc(b, size);
      heap.verify();
    }
    expect(heap.memory.byteLength).toBeLessThan(2 * 2 * size);
  });
});

describe.each(VARIANTS)("$name", ({ open }) => {
  test.each(["raw", "mem", "obj"] as const)("%s: sizes of zero, and no block", (domain) => {
    const heap = open();
    const calls = heap.in(domain);
    const [zero, other] = [calls.malloc(0), calls.malloc(0)];
    expect(zero).not.toBe(0);
    expect(other).not.toBe(zero);
    expect(calls.calloc(0, 5)).not.toBe(0);
    expect(calls.calloc(5, 0)).not.toBe(0);
    const fresh = calls.realloc(0, 30);
    expect(calls.usableSize(fresh)).toBeGreaterThanOrEqual(30);
    fill(heap, fresh, 30);
    const none = calls.realloc(fresh, 0);
    expect(none).not.toBe(0);
    const again = calls.realloc(none, 30);
    expect(again).not.toBe(0);
    for (const block of [zero, other, again]) expect(calls.free(block)).toBe(0);
    expect(calls.free(0)).toBe(0);
    heap.verify();
  });

  test.each(["raw", "mem", "obj"] as const)("%s: a size above the limit leaves the block as it was", (domain) => {
    const heap = open();
    const calls = heap.in(domain);
    for (const have of [40, 512, 3000]) {
      const block = calls.malloc(have);
      fill(heap, block, have);
      for (const size of [REQUEST_MAX + 1, 0xffff_fff0, 0xffff_ffff]) {
        expect(calls.realloc(block, size)).toBe(0);
        expect(heap.core.lastStatus()).toBe(NO_MEMORY);
      }
      expect(isKept(heap, block, have)).toBe(true);
      expect(calls.free(block)).toBe(0);
    }
    heap.verify();
  });
});
