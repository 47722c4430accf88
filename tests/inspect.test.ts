// heap.inspect(): a map that has every block where it is, read from the bytes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Allocator, type Heap, type HeapMap, MemoryError, type PoolMap } from "../src/index.js";
import { ARENA_BYTES, descriptorOf, HEAP_START, POOL_BYTES, POOL_FREE, POOLS_PER_ARENA } from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

function poolOf(map: HeapMap, block: number): PoolMap {
  const pools = map.arenas.flatMap(({ pools }) => pools);
  const pool = pools.find(({ address }) => block >= address && block < address + POOL_BYTES);
  if (pool === undefined) throw new Error(`no pool has ${block}`);
  return pool;
}

function bit(bits: Uint8Array | undefined, index: number): number {
  return ((bits?.[index >> 3] ?? 0) >> (index & 7)) & 1;
}

/** Addresses of all blocks in use, by the map. */
function blocksIn(map: HeapMap): number[] {
  const small = map.arenas.flatMap(({ pools }) =>
    pools.flatMap(({ address, blockSize, capacity, occupancy }) =>
      Array.from({ length: capacity }, (_, i) => i)
        .filter((i) => bit(occupancy, i) === 1)
        .map((i) => address + i * blockSize),
    ),
  );
  const large = map.large.filter(({ used }) => used).map(({ address }) => address + 8);
  return [...small, ...large].sort((a, b) => a - b);
}

function isLent(map: HeapMap, region: { readonly address: number }): boolean {
  return map.arenas.some(({ address }) => region.address >= address && region.address < address + ARENA_BYTES);
}

/** Arenas and regions follow each other without a gap, and so do the pools and chunks in them. */
function expectTiled(heap: Heap, map: HeapMap): void {
  expect(map.memoryEnd).toBe(heap.memory.buffer.byteLength);
  const parts = [
    ...map.arenas.map(({ address }) => ({ address, bytes: Math.min(ARENA_BYTES, map.memoryEnd - address) })),
    ...map.regions.filter((region) => !isLent(map, region)),
  ].sort((a, b) => a.address - b.address);
  let end = HEAP_START;
  for (const { address, bytes } of parts) {
    expect(address).toBe(end);
    end += bytes;
  }
  expect(end).toBe(map.memoryEnd);
  for (const { address, freePools, pools } of map.arenas) {
    expect(pools.map((pool) => pool.address)).toEqual(
      Array.from({ length: POOLS_PER_ARENA }, (_, i) => address + (i + 1) * POOL_BYTES),
    );
    expect(pools.filter(({ state }) => state === "empty" || state === "virgin").length).toBe(freePools);
  }
  const lent = map.arenas.flatMap(({ pools }) => pools.filter(({ state }) => state === "lent"));
  const inLent = map.regions.filter((region) => isLent(map, region));
  expect(
    inLent.flatMap(({ address, bytes }) =>
      Array.from({ length: bytes / POOL_BYTES }, (_, i) => address + i * POOL_BYTES),
    ),
  ).toEqual(lent.map(({ address }) => address));
  const chunks = [...map.large];
  for (const { address, bytes } of map.regions) {
    let at = address + 8;
    while (at < address + bytes - 8) {
      const chunk = chunks.shift();
      expect(chunk?.address).toBe(at);
      at += chunk?.bytes ?? 1;
    }
    expect(at).toBe(address + bytes - 8);
  }
  expect(chunks).toEqual([]);
}

describe("the map of a plain heap", () => {
  test("without a block is one region", async () => {
    const heap = await openHeap();
    const map = heap.inspect();
    expect(map).toEqual({
      memoryEnd: 2 ** 20,
      generations: [0, 0, 0],
      frozen: 0,
      types: [],
      arenas: [],
      regions: [{ address: HEAP_START, bytes: 2 ** 20 - HEAP_START }],
      large: [{ address: HEAP_START + 8, bytes: 2 ** 20 - HEAP_START - 16, used: false }],
    });
  });

  test("has pools in their states", async () => {
    const heap = await openHeap();
    const full = Array.from({ length: 8 }, () => heap.mem.malloc(456));
    const gone = heap.mem.malloc(24);
    const used = [heap.mem.malloc(100), heap.mem.malloc(100), heap.mem.malloc(100)];
    heap.mem.free(gone);
    heap.mem.free(used[1] as number);
    const map = heap.inspect({ blocks: true });
    expectTiled(heap, map);
    expect(poolOf(map, full[0] as number)).toMatchObject({
      state: "full",
      blockSize: 456,
      holds: "blocks",
      used: 8,
      capacity: 8,
      occupancy: Uint8Array.of(0xff),
    });
    expect(poolOf(map, used[0] as number)).toMatchObject({
      state: "used",
      blockSize: 104,
      used: 2,
      capacity: 39,
      occupancy: Uint8Array.of(0b101, 0, 0, 0, 0),
    });
    expect(poolOf(map, gone)).toMatchObject({ state: "empty", blockSize: 0, used: 0, capacity: 0 });
    expect(map.arenas).toHaveLength(1);
    expect(map.arenas[0]?.freePools).toBe(61);
    expect(map.arenas[0]?.pools.filter(({ state }) => state === "virgin")).toHaveLength(60);
  });

  test("has pools that are lent to large blocks, which lie in them", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 19, maximumMemory: 2 ** 19 });
    const large = [heap.raw.malloc(0)];
    const small = Array.from({ length: (POOLS_PER_ARENA * POOL_BYTES) / 512 }, () => heap.mem.malloc(512));
    expect(() => {
      for (;;) large.push(heap.raw.malloc(2000));
    }).toThrow(MemoryError);
    // Some blocks stay in each arena, so that it cannot go back as a whole.
    for (const [i, block] of small.entries()) if (i % 100 > 10) heap.mem.free(block);
    const lodger = heap.raw.malloc(20_000);
    const map = heap.inspect({ blocks: true });
    expectTiled(heap, map);
    expect(poolOf(map, lodger)).toMatchObject({ state: "lent", blockSize: 0, used: 0, capacity: 0 });
    expect(map.arenas[0]?.pools.filter(({ state }) => state === "lent")).toHaveLength(5);
    expect(map.large).toContainEqual({ address: lodger - 8, bytes: 20_016, used: true });
    const { ledger } = heap.sys.debugMallocStats();
    expect(ledger.lentPools).toBe(5 * POOL_BYTES);
    const { total, ...rows } = ledger;
    expect(Object.values(rows).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
    heap.raw.free(lodger);
    expect(heap.sys.debugMallocStats().ledger.lentPools).toBe(0);
  });

  test("has virgin pools where memory ends within an arena", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 17 });
    const block = heap.mem.malloc(8);
    const map = heap.inspect();
    const last = map.arenas[0];
    expect(last?.address).toBeLessThan(block);
    expect((last?.address ?? 0) + ARENA_BYTES).toBeGreaterThan(map.memoryEnd);
    expect(last?.pools.at(-1)).toMatchObject({ state: "virgin" });
    expectTiled(heap, map);
  });

  test("has no occupancy unless asked for", async () => {
    const heap = await openHeap();
    heap.mem.malloc(8);
    expect(heap.inspect().arenas[0]?.pools[0]).not.toHaveProperty("occupancy");
    expect(heap.inspect({ blocks: false }).arenas[0]?.pools[0]).not.toHaveProperty("occupancy");
  });

  test.each([
    [{ block: true }, 'there is no option "block"; there are blocks'],
    [{ blocks: 1 }, "blocks must be true or false, not 1"],
    [null, "options must be an object, not null"],
    [true, "options must be an object, not true"],
  ])("is not made with the options %o", async (options, words) => {
    const heap = await openHeap();
    expect(() => heap.inspect(options as { blocks?: boolean })).toThrow(new TypeError(`heap.inspect: ${words}`));
  });

  test("is plain data, and stays as it was", async () => {
    const heap = await openHeap();
    const block = heap.mem.malloc(8);
    const map = heap.inspect({ blocks: true });
    const copy = structuredClone(map);
    expect(copy).toEqual(map);
    heap.mem.free(block);
    heap.mem.malloc(100_000_000);
    expect(map).toEqual(copy);
  });

  test("has exactly the live blocks, whatever the program", async () => {
    const step = fc.record({
      free: fc.boolean(),
      size: fc.oneof(fc.nat(64), fc.nat(600), fc.nat(9000)),
      pick: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 400 }), async (steps) => {
        const heap = await openHeap({ initialMemory: 2 ** 17 });
        const live: { block: number; at: Allocator }[] = [];
        for (const { free, size, pick } of steps) {
          const [gone] = free ? live.splice(pick % (live.length || 1), 1) : [];
          if (gone) gone.at.free(gone.block);
          if (free) continue;
          const at = pick % 4 === 0 ? heap.raw : heap.mem;
          live.push({ block: at.malloc(size), at });
        }
        const map = heap.inspect({ blocks: true });
        expectTiled(heap, map);
        expect(blocksIn(map)).toEqual(live.map(({ block }) => block).sort((a, b) => a - b));
        for (const { pools } of map.arenas) {
          for (const { used, capacity, occupancy } of pools) {
            expect(occupancy?.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0)).toBe(used);
            expect(occupancy?.length).toBe(Math.ceil(capacity / 8));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("records that were overwritten", () => {
  const invariant = expect.objectContaining({ name: "CorruptionError", code: "INVARIANT", rule: "invariant" });

  test("a free list that leaves its pool is a CorruptionError", async () => {
    const heap = await openHeap();
    heap.mem.malloc(16);
    heap.mem.free(heap.mem.malloc(16));
    const map = heap.inspect({ blocks: true });
    const arena = map.arenas[0]?.address ?? 0;
    const words = new Uint32Array(heap.memory.buffer);
    const index = (poolOf(map, arena + POOL_BYTES).address - arena) / POOL_BYTES;
    words[(descriptorOf(arena, index) + POOL_FREE) / 4] = arena + 2 * POOL_BYTES;
    expect(() => heap.inspect({ blocks: true })).toThrow(invariant);
    expect(() => heap.inspect()).not.toThrow();
  });

  test("a free list in a circle is a CorruptionError", async () => {
    const heap = await openHeap();
    heap.mem.malloc(16);
    const block = heap.mem.malloc(16);
    heap.mem.free(block);
    heap.inspect();
    // Whatever led to the block, it now leads to itself.
    new Uint32Array(heap.memory.buffer)[block / 4] = block;
    expect(() => heap.inspect({ blocks: true })).toThrow(invariant);
  });

  test("a chunk that ends where no chunk begins is a CorruptionError", async () => {
    const heap = await openHeap();
    const block = heap.raw.malloc(1000);
    heap.raw.malloc(1000);
    new Uint32Array(heap.memory.buffer)[(block - 8) / 4] = 3;
    expect(() => heap.inspect()).toThrow(invariant);
    new Uint32Array(heap.memory.buffer)[(block - 8) / 4] = 0xfffffff3;
    expect(() => heap.inspect()).toThrow(invariant);
    expect(() => heap.sys.debugMallocStats()).toThrow(invariant);
  });
});

describe.each(VARIANTS)("$name", ({ open }) => {
  test("the map agrees with the statistics", async () => {
    const heap = await open();
    const blocks = Array.from({ length: 2000 }, (_, i) => heap.mem.malloc((i * 31) % 1100));
    for (const [i, block] of blocks.entries()) if (i % 3 === 0) heap.mem.free(block);
    const map = heap.inspect({ blocks: true });
    expectTiled(heap, map);
    const stats = heap.sys.debugMallocStats();
    expect(blocksIn(map)).toHaveLength(stats.classes.reduce((sum, { used }) => sum + used, stats.large.blocks));
    for (const { size, pools, used } of stats.classes) {
      const same = map.arenas.flatMap(({ pools }) => pools.filter(({ blockSize }) => blockSize === size));
      expect(same).toHaveLength(pools);
      expect(same.reduce((sum, pool) => sum + pool.used, 0)).toBe(used);
    }
    heap.verify();
  });
});
