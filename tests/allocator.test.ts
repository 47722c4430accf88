// The domains raw, mem and obj through the host: arguments, what comes back, and what is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressError, type Allocator, type Heap, MemoryError } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

const DOMAINS = ["raw", "mem", "obj"] as const;
const LIMIT = 2 ** 31 - 1;
const CASES = VARIANTS.flatMap((variant) => DOMAINS.map((domain) => ({ ...variant, domain })));

/** What is no size: a value, and the error it makes. */
const NO_SIZES: [unknown, new () => Error][] = [
  [-1, RangeError],
  [-(2 ** 31), RangeError],
  [0.5, RangeError],
  [100.000001, RangeError],
  [Number.NaN, RangeError],
  [Number.POSITIVE_INFINITY, RangeError],
  [Number.NEGATIVE_INFINITY, RangeError],
  ["8", TypeError],
  [8n, TypeError],
  [null, TypeError],
  [undefined, TypeError],
  [true, TypeError],
  [{ valueOf: () => 8 }, TypeError],
  [[8], TypeError],
  [Symbol("size"), TypeError],
];

/** What is too large a size, though a size. */
const TOO_LARGE = [LIMIT + 1, 2 ** 32, 2 ** 32 + 8, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE];

/** What is no address: a value, and the error it makes. */
const NO_ADDRESSES: [unknown, new (...args: never[]) => Error][] = [
  [-1, AddressError],
  [-0x8000_0000, AddressError],
  [0.5, AddressError],
  [Number.NaN, AddressError],
  [Number.POSITIVE_INFINITY, AddressError],
  [2 ** 32, AddressError],
  ["8", TypeError],
  [8n, TypeError],
  [null, TypeError],
  [undefined, TypeError],
  [{}, TypeError],
];

function name(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Runs `use`, which must throw and leave blocks and bytes as they are. */
function refused(heap: Heap, use: () => unknown): unknown {
  const before = heap.sys.memoryUsage();
  let thrown: unknown;
  try {
    use();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Error);
  expect(heap.sys.memoryUsage()).toMatchObject({ live: before.live, large: before.large, arenas: before.arenas });
  heap.verify();
  return thrown;
}

describe.each(CASES)("$domain of $name", ({ open, domain, debug }) => {
  async function fresh(): Promise<{ heap: Heap; at: Allocator }> {
    const heap = await open();
    return { heap, at: heap[domain] };
  }

  describe("arguments", () => {
    test.each(NO_SIZES.map(([value, error]) => ({ value, error, shown: name(value) })))(
      "$shown is no size",
      async ({ value, error }) => {
        const { heap, at } = await fresh();
        const size = value as number;
        const block = at.malloc(100);
        for (const use of [
          () => at.malloc(size),
          () => at.calloc(1, size),
          () => at.calloc(size, 1),
          () => at.realloc(block, size),
          () => at.realloc(0, size),
        ]) {
          const thrown = refused(heap, use) as Error;
          expect(thrown).toBeInstanceOf(error);
          expect(thrown.message).toMatch(new RegExp(`^${domain}\\.(malloc|calloc|realloc): (size|count) must be `));
        }
        at.free(block);
      },
    );

    test.each(TOO_LARGE)("%d bytes are a MemoryError before the core is asked", async (size) => {
      const { heap, at } = await fresh();
      const block = at.malloc(100);
      const error = { name: "MemoryError", code: "REQUEST_TOO_LARGE", requested: size };
      expect(refused(heap, () => at.malloc(size))).toMatchObject(error);
      expect(refused(heap, () => at.calloc(1, size))).toMatchObject(error);
      expect(refused(heap, () => at.calloc(size, 1))).toMatchObject(error);
      expect(refused(heap, () => at.realloc(block, size))).toMatchObject(error);
      expect(heap.memory.buffer.byteLength).toBe(2 ** 20);
      at.free(block);
    });

    test.each([
      [2, 2 ** 30],
      [65536, 65536],
      [65537, 65537],
      [2 ** 31, 2 ** 31],
      [3, 1431655766],
      [2 ** 52, 2 ** 52],
    ])("calloc(%d, %d) overflows into a MemoryError", async (count, size) => {
      const { heap, at } = await fresh();
      expect(refused(heap, () => at.calloc(count, size))).toMatchObject({
        name: "MemoryError",
        code: "REQUEST_TOO_LARGE",
        requested: count * size,
      });
    });

    test.each([
      [0, 8],
      [8, 0],
      [0, 0],
      [0, 2 ** 40],
      [2 ** 32 + 1, 0],
    ])("calloc(%d, %d) is a block of no bytes", async (count, size) => {
      const { heap, at } = await fresh();
      const block = at.calloc(count, size);
      expect(block).toBeGreaterThan(0);
      expect(heap.sys.getAllocatedBlocks()).toBe(1);
      at.free(block);
    });

    test.each(NO_ADDRESSES.map(([value, error]) => ({ value, error, shown: name(value) })))(
      "$shown is no address",
      async ({ value, error }) => {
        const { heap, at } = await fresh();
        const address = value as number;
        for (const use of [
          () => at.free(address),
          () => at.realloc(address, 8),
          () => at.usableSize(address),
          () => at.bytes(address),
        ]) {
          const thrown = refused(heap, use) as Error;
          expect(thrown).toBeInstanceOf(error);
          if (error === AddressError) expect(thrown).toMatchObject({ code: "BAD_ADDRESS", address });
        }
      },
    );

    test("0 is the address of no block", async () => {
      const { heap, at } = await fresh();
      for (const use of [() => at.usableSize(0), () => at.bytes(0), () => at.bytes(0, 0)]) {
        expect(refused(heap, use)).toMatchObject({ name: "AddressError", code: "BAD_ADDRESS", address: 0 });
      }
    });

    test("an address taken as signed gets a hint", async () => {
      const { at } = await fresh();
      expect(() => at.free(-0x4000_0000)).toThrow('may be 0xc0000000 taken as signed: apply ">>> 0"');
      expect(() => at.free(2 ** 32)).toThrow(/not 4294967296; the heap is unchanged$/);
      expect(() => at.free(-(2 ** 40))).toThrow(/not -1099511627776; the heap is unchanged$/);
    });
  });

  describe("blocks", () => {
    test("malloc(0) is a block of its own", async () => {
      const { heap, at } = await fresh();
      const blocks = Array.from({ length: 100 }, () => at.malloc(0));
      expect(new Set(blocks).size).toBe(100);
      expect(blocks).not.toContain(0);
      expect(at.bytes(blocks[0] as number, 0).length).toBe(0);
      heap.verify();
      for (const block of blocks) at.free(block);
      heap.verify();
    });

    test("free(0) does nothing", async () => {
      const { heap, at } = await fresh();
      at.free(0);
      at.free(-0);
      expect(heap.sys.getAllocatedBlocks()).toBe(0);
    });

    test("are aligned to 8, and hold what was asked for", async () => {
      const { at } = await fresh();
      for (const size of [1, 7, 8, 9, 63, 64, 65, 504, 511, 512, 513, 4000, 70_000]) {
        const block = at.malloc(size);
        expect(block % 8).toBe(0);
        const usable = at.usableSize(block);
        if (debug) expect(usable).toBe(size);
        else expect(usable).toBeGreaterThanOrEqual(size);
        expect(at.bytes(block).length).toBe(usable);
        expect(at.bytes(block).byteOffset).toBe(block);
      }
    });

    test("of calloc are zero, also where other blocks were", async () => {
      const { at } = await fresh();
      for (const size of [1, 24, 512, 513, 5000, 300_000]) {
        const before = Array.from({ length: 20 }, () => at.malloc(size));
        for (const block of before) at.bytes(block, size).fill(0xff);
        for (const block of before) at.free(block);
        for (let i = 0; i < 20; i++) {
          expect(at.bytes(at.calloc(size, 1), size).every((byte) => byte === 0)).toBe(true);
        }
      }
    });

    test("realloc(0, n) is malloc(n), and realloc(p, 0) resizes", async () => {
      const { heap, at } = await fresh();
      const block = at.realloc(0, 1000);
      expect(heap.sys.getAllocatedBlocks()).toBe(1);
      const small = at.realloc(block, 0);
      expect(small).toBeGreaterThan(0);
      at.usableSize(small);
      at.free(small);
      heap.verify();
    });

    test("keep their contents when they are resized", async () => {
      const { heap, at } = await fresh();
      let size = 16;
      let block = at.malloc(size);
      at.bytes(block, size).forEach((_, i, bytes) => {
        bytes[i] = i;
      });
      for (const next of [17, 100, 400, 512, 513, 2000, 100_000, 1000, 600, 200, 16]) {
        block = at.realloc(block, next);
        size = Math.min(size, next);
        expect(Array.from(at.bytes(block, 16))).toEqual(Array.from({ length: 16 }, (_, i) => i));
        heap.verify();
      }
      at.free(block);
    });

    test("bytes() takes no length that the block does not have", async () => {
      const { at } = await fresh();
      const block = at.malloc(64);
      const size = at.usableSize(block);
      expect(at.bytes(block, size).length).toBe(size);
      for (const length of [size + 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => at.bytes(block, length)).toThrow(RangeError);
      }
      expect(() => at.bytes(block, "8" as unknown as number)).toThrow(TypeError);
    });
  });

  describe("memory that runs out", () => {
    test("is a MemoryError, and the heap is usable afterwards", async () => {
      const heap = await open({ initialMemory: 2 ** 18, maximumMemory: 2 ** 20 });
      const at = heap[domain];
      const blocks: number[] = [];
      const fill = (size: number) => {
        for (;;) blocks.push(at.malloc(size));
      };
      for (const size of [100_000, 3000, 512, 100, 8]) {
        expect(() => fill(size)).toThrow(MemoryError);
        heap.verify();
      }
      expect(heap.memory.buffer.byteLength).toBe(2 ** 20);
      const block = blocks[0] as number;
      at.bytes(block, 1000).fill(3);
      expect(refused(heap, () => at.realloc(block, 2 ** 21))).toMatchObject({
        name: "MemoryError",
        code: "NO_MEMORY",
        requested: 2 ** 21,
        message: expect.stringContaining("it has 1048576 bytes and may grow to 1048576"),
      });
      expect(at.bytes(block, 1000).every((byte) => byte === 3)).toBe(true);
      for (const address of blocks) at.free(address);
      at.free(at.malloc(100_000));
      heap.verify();
    });

    test("the n-th growth fails, and nothing is lost", async () => {
      let failures = 0;
      for (const n of [1, 2, 5]) {
        const heap = await open({ initialMemory: 2 ** 17 });
        const at = heap[domain];
        const live = new Map<number, number>();
        heap.core.failGrowth(n);
        for (let i = 0; i < 1000; i++) {
          const size = (i * 37) % 1500;
          try {
            const block = at.malloc(size);
            at.bytes(block, size).fill(i);
            live.set(block, i);
          } catch (error) {
            expect(error).toMatchObject({ name: "MemoryError", code: "NO_MEMORY", requested: size });
            failures++;
            heap.verify();
            heap.core.failGrowth(n);
          }
        }
        for (const [block, i] of live) {
          expect(at.bytes(block, (i * 37) % 1500).every((byte) => byte === (i & 255))).toBe(true);
          at.free(block);
        }
        heap.verify();
      }
      // Not each n: a call that fails to grow may find memory in another way.
      expect(failures).toBeGreaterThan(0);
    });
  });

  test("any program of calls agrees with a map of blocks", async () => {
    const size = fc.oneof(fc.nat(80), fc.nat(600), fc.nat(40_000));
    const step = fc.record({ call: fc.nat(3), size, pick: fc.nat(), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
        const heap = await open({ initialMemory: 2 ** 17 });
        const at = heap[domain];
        const live: { block: number; size: number; byte: number }[] = [];
        for (const { call, size, pick, byte } of steps) {
          const index = pick % (live.length || 1);
          const chosen = live[index];
          if (call === 0 || chosen === undefined) {
            const block = byte % 2 ? at.malloc(size) : at.calloc(1, size);
            if (byte % 2 === 0) expect(at.bytes(block, size).every((is) => is === 0)).toBe(true);
            live.push({ block, size, byte });
          } else if (call === 1) {
            const kept = Math.min(chosen.size, size);
            const block = at.realloc(chosen.block, size);
            expect(at.bytes(block, kept).every((is) => is === chosen.byte)).toBe(true);
            live[index] = { block, size, byte };
          } else {
            expect(at.bytes(chosen.block, chosen.size).every((is) => is === chosen.byte)).toBe(true);
            at.free(chosen.block);
            live.splice(index, 1);
            continue;
          }
          const { block } = live.at(call === 0 || chosen === undefined ? -1 : index) as { block: number };
          at.bytes(block, size).fill(byte);
        }
        heap.verify();
        for (const { block, size, byte } of live) {
          expect(at.bytes(block, size).every((is) => is === byte)).toBe(true);
          at.free(block);
        }
        heap.verify();
        expect(heap.sys.getAllocatedBlocks()).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
