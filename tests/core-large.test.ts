// Large blocks: cut from free chunks, joined again, and memory that is handed to and fro between them and the pools.
import { describe, expect, test } from "vitest";
import { ARENA_BYTES, HEAP_START, POOL_BYTES, QUICK_CHUNK_MAX } from "../src/layout.js";
import { type Chunk, chunksOf, poolArenas, poolsOf, regions } from "../src/walk.js";
import { type CoreHeap, PLAIN } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

function chunks(heap: CoreHeap): Chunk[] {
  return regions(heap.memory).flatMap((region) => chunksOf(heap.memory, region));
}

/** Bytes of each free chunk, in address order. */
function free(heap: CoreHeap): number[] {
  return chunks(heap).flatMap(({ bytes, used }) => (used ? [] : [bytes]));
}

/** Bytes of the chunk for a request: a header of 8, rounded up to 16, at least 32. */
function chunkBytes(request: number): number {
  return Math.max(32, Math.ceil((request + 8) / 16) * 16);
}

function lent(heap: CoreHeap): number {
  return poolArenas(heap.memory).flatMap((arena) => poolsOf(heap.memory, arena).filter((pool) => pool.state === "lent"))
    .length;
}

/** Blocks with a block between each two, so that none has a free neighbour when it is freed. */
function holes(heap: CoreHeap, sizes: readonly number[]): number[] {
  return sizes.map((size) => {
    const hole = heap.mem.malloc(size);
    heap.mem.malloc(600);
    return hole;
  });
}

describe.each(PLAIN)("$name", ({ name, open }) => {
  test("are aligned to 16 and waste no more than that", () => {
    const heap = open({ pages: 200 });
    for (const size of [513, 519, 520, 521, 1000, 4088, 4089, 65_536, 65_545, 262_144, 1_000_000]) {
      const block = heap.mem.malloc(size);
      expect(block % 16).toBe(0);
      expect(heap.mem.usableSize(block)).toBe(chunkBytes(size) - 8);
    }
    heap.verify();
    for (const size of [0, 1, 24, 25, 512]) {
      const block = heap.raw.malloc(size);
      expect(block % 16).toBe(0);
      expect(heap.raw.usableSize(block)).toBe(chunkBytes(size) - 8);
    }
  });

  describe("freed blocks", () => {
    test.each([513, 4096, 65_536])("of %i bytes come back last in, first out", (size) => {
      const heap = open();
      const blocks = [1, 2, 3, 4].map(() => heap.mem.malloc(size));
      for (const i of [2, 0, 3]) heap.mem.free(blocks[i] as number);
      expect([1, 2, 3].map(() => heap.mem.malloc(size))).toEqual([3, 0, 2].map((i) => blocks[i]));
    });

    test("of more than 64 KiB, and raw ones, are joined at once", () => {
      const heap = open({ pages: 32 });
      const large = heap.mem.malloc(QUICK_CHUNK_MAX - 7);
      const raw = heap.raw.malloc(1000);
      heap.mem.malloc(600);
      heap.mem.free(large);
      heap.raw.free(raw);
      expect(free(heap)[0]).toBe(chunkBytes(QUICK_CHUNK_MAX - 7) + chunkBytes(1000));
    });

    test("of up to 64 KiB are joined when quick lists are drained", () => {
      const heap = open({ pages: 32 });
      const [first, second] = [heap.mem.malloc(QUICK_CHUNK_MAX - 8), heap.mem.malloc(1000)];
      heap.mem.malloc(600);
      for (const block of [first, second]) heap.mem.free(block);
      expect(free(heap)).toHaveLength(1);
      heap.core.drain();
      expect(free(heap)).toHaveLength(2);
      expect(free(heap)[0]).toBe(QUICK_CHUNK_MAX + chunkBytes(1000));
    });

    test.each(["012", "021", "102", "120", "201", "210"])(
      "are joined on both sides, freed in the order %s",
      (order) => {
        for (const size of [600, 70_000]) {
          const heap = open({ pages: 8 });
          const before = heap.mem.malloc(600);
          const blocks = [1, 2, 3].map(() => heap.mem.malloc(size));
          const behind = heap.mem.malloc(600);
          for (const i of order) {
            heap.mem.free(blocks[Number(i)] as number);
            heap.core.drain();
            heap.verify();
          }
          expect(free(heap)[0]).toBe(3 * chunkBytes(size));
          heap.mem.free(before);
          heap.mem.free(behind);
          heap.core.drain();
          heap.verify();
          // All there is behind the runtime: a region's edges are 16 bytes.
          const bytes = heap.memory.byteLength - HEAP_START - 16;
          expect(chunks(heap)).toEqual([{ address: HEAP_START + 8, bytes, used: false }]);
        }
      },
    );
  });

  test("a request takes the smallest hole that fits, and leaves the rest of it for others", () => {
    const heap = open({ pages: 8 });
    const [a, b, c] = holes(heap, [2000, 1200, 1500]) as [number, number, number];
    for (const hole of [a, b, c]) heap.mem.free(hole);
    heap.core.drain();
    expect(heap.mem.malloc(1190)).toBe(b);
    expect(heap.mem.malloc(1400)).toBe(c);
    expect(heap.mem.malloc(900)).toBe(a);
    expect(heap.mem.malloc(1000)).toBe(a + chunkBytes(900));
    heap.verify();
  });

  test("a rest too small for a chunk stays with the block", () => {
    const heap = open({ pages: 8 });
    const [hole] = holes(heap, [1000]) as [number];
    heap.mem.free(hole);
    heap.core.drain();
    expect(heap.mem.malloc(1000 - 16)).toBe(hole);
    expect(heap.mem.usableSize(hole)).toBe(chunkBytes(1000) - 8);
    heap.mem.free(hole);
    heap.core.drain();
    expect(heap.mem.malloc(1000 - 32)).toBe(hole);
    expect(heap.mem.usableSize(hole)).toBe(chunkBytes(1000) - 32 - 8);
    heap.verify();
  });

  describe("memory", () => {
    test.each([1, 10, 100])("grows by what a block of %i MiB needs and little more", (mib) => {
      const heap = open();
      heap.mem.malloc(mib * MIB);
      expect(heap.memory.byteLength).toBeLessThanOrEqual(2 * 65_536 + mib * MIB + 65_536 * 2);
      heap.verify();
    });

    test("grows only by what the free end of it lacks", () => {
      const heap = open({ pages: 17 });
      heap.mem.malloc(MIB + 32 * KIB);
      expect(heap.core.pages()).toBe(18);
    });

    test("does not grow while its free end fits, however many smaller holes there are of that bin", () => {
      const heap = open({ pages: 24, maximumPages: 24 });
      const kept = holes(
        heap,
        Array.from({ length: 12 }, () => 65_600),
      );
      // What is left at the end falls into the bin of the holes, which lie in front of it there.
      heap.raw.malloc((free(heap)[0] as number) - 66_800 - 8);
      expect(free(heap)).toEqual([66_800]);
      for (const hole of kept) heap.mem.free(hole);
      expect(heap.mem.malloc(66_700)).not.toBe(0);
      heap.verify();
    });

    // Pairs of sizes that a first fit without joining, or lists of sizes without splitting, would not get over.
    test.each<[string, number[]]>([
      ["one size", [1000]],
      ["exact fits", [1000, 2008, 1000, 992]],
      ["a little more each time", Array.from({ length: 40 }, (_, i) => 600 + 16 * i)],
      ["twice as much each time", [600, 1200, 2400, 4800, 9600, 19_200]],
      ["around the size of a pool and of 64 KiB", [4080, 4096, 65_528, 65_544, 65_560]],
      ["large and small in turn", [300_000, 40, 300_016, 48]],
    ])("does not grow in a steady state: %s", (_, sizes) => {
      const heap = open();
      const live: number[] = [];
      const round = () => {
        for (const size of sizes) {
          live.push(heap.mem.malloc(size));
          if (live.length > 50) heap.mem.free(live.splice((live.length * 7) % 50, 1)[0] as number);
        }
      };
      for (let i = 0; i < 200; i++) round();
      const pages = heap.core.pages();
      for (let i = 0; i < 2000; i++) round();
      expect(heap.core.pages()).toBeLessThanOrEqual(pages + 1);
      expect(live).not.toContain(0);
      heap.verify();
    });

    test("does not grow when blocks of random sizes replace each other", () => {
      const random = new Random(TEST_SEED);
      const heap = open();
      const live: number[] = [];
      const sizes: number[] = [];
      let bytes = 0;
      let most = 0;
      for (let step = 0; step < 60_000; step++) {
        const index = random.below(600);
        heap.mem.free(live[index] ?? 0);
        bytes -= sizes[index] ?? 0;
        const size = random.chance(50) ? random.between(1, 512) : random.between(513, 20_000);
        live[index] = heap.mem.malloc(size);
        sizes[index] = size;
        bytes += size;
        most = Math.max(most, bytes);
      }
      expect(heap.memory.byteLength / most, `${name}, TEST_SEED=${TEST_SEED}`).toBeLessThan(1.4);
      heap.verify();
    });

    test("once taken by large blocks serves pools", () => {
      const heap = open();
      const large = heap.mem.malloc(3 * MIB);
      heap.mem.free(large);
      const pages = heap.core.pages();
      for (let i = 0; i < 2.5 * MIB; i += 128) expect(heap.mem.malloc(128)).not.toBe(0);
      expect(heap.core.pages()).toBe(pages);
      heap.verify();
    });
  });

  describe("empty pools", () => {
    /** A heap that cannot grow, whose arenas have a few blocks in every `every`-th pool, and nothing else free. */
    function tight(every: number): { heap: CoreHeap; kept: number[] } {
      const heap = open({ pages: 17, maximumPages: 17 });
      const blocks: number[] = [];
      // Until no arena is left to be had, and blocks come from chunks.
      for (let block = heap.mem.malloc(512); heap.stats().large.blocks === 0; block = heap.mem.malloc(512))
        blocks.push(block);
      while (heap.mem.malloc(600) !== 0);
      const isKept = (block: number) => ((block % ARENA_BYTES) >>> 12) % every === 0 && block % POOL_BYTES === 0;
      for (const block of blocks) if (!isKept(block)) heap.mem.free(block);
      return { heap, kept: blocks.filter(isKept) };
    }

    test("are lent to large blocks when nothing else is left, and come back", () => {
      const { heap, kept } = tight(16);
      const large = heap.mem.malloc(40_000);
      expect(large).not.toBe(0);
      expect(lent(heap)).toBe(10);
      expect(heap.stats().ledger.lentPools).toBe(10 * POOL_BYTES);
      heap.verify();
      heap.mem.free(large);
      heap.verify();
      heap.core.drain();
      expect(lent(heap)).toBe(0);
      heap.verify();
      for (const block of kept) expect(heap.mem.free(block)).toBe(0);
      heap.core.drain();
      expect(heap.stats().arenas.current).toBeLessThanOrEqual(1);
      heap.verify();
    });

    test("are lent as the fewest that hold the block", () => {
      const { heap } = tight(16);
      // A region's edges are 16 bytes, a block's header is 8.
      for (const [size, pools] of [
        [POOL_BYTES - 24, 1],
        [POOL_BYTES - 23, 2],
        [3 * POOL_BYTES - 24, 3],
      ] as const) {
        const before = lent(heap);
        expect(heap.raw.malloc(size)).not.toBe(0);
        expect(lent(heap) - before, `${size} bytes`).toBe(pools);
      }
      heap.verify();
    });

    test("that are lent hold several blocks, resized as any others", () => {
      const { heap } = tight(16);
      const first = heap.raw.malloc(50_000);
      heap.raw.realloc(first, 1000);
      const second = heap.raw.malloc(20_000);
      expect(second).toBe(first + chunkBytes(1000));
      expect(heap.raw.realloc(second, 30_000)).toBe(second);
      heap.verify();
      expect(heap.raw.free(first)).toBe(0);
      heap.verify();
      expect(heap.raw.free(second)).toBe(0);
      expect(lent(heap)).toBe(0);
      heap.verify();
    });

    test("that are lent do not keep two arenas empty", () => {
      const { heap, kept } = tight(16);
      const large = [heap.raw.malloc(20_000), heap.raw.malloc(50_000), heap.raw.malloc(30_000)];
      expect(large).not.toContain(0);
      expect(lent(heap)).toBeGreaterThan(0);
      for (const block of kept) heap.mem.free(block);
      heap.core.drain();
      for (const block of large) heap.raw.free(block);
      expect(heap.stats().arenas.current).toBe(1);
      heap.verify();
    });

    test("serve pools rather than large blocks while memory has room", () => {
      const heap = open();
      const blocks = Array.from({ length: 8 * 40 }, () => heap.mem.malloc(512));
      for (const block of blocks.slice(8)) heap.mem.free(block);
      heap.core.drain();
      heap.mem.malloc(1000);
      expect(lent(heap)).toBe(0);
    });
  });

  test("calloc clears memory that was in use", () => {
    const heap = open();
    for (const size of [8, 100, 512, 513, 5000, 65_536, 70_000, 300_000]) {
      for (const domain of ["mem", "raw"] as const) {
        const used = heap.in(domain).malloc(size);
        heap.memory.bytes.fill(0xa5, used, used + heap.in(domain).usableSize(used));
        heap.in(domain).free(used);
        const block = heap.in(domain).calloc(1, size);
        expect(block).toBe(used);
        expect(heap.memory.bytes.subarray(block, block + size).every((byte) => byte === 0)).toBe(true);
        heap.in(domain).free(block);
      }
    }
    heap.verify();
  });
});
