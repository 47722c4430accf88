// Counts of blocks and bytes: what they say about known programs, and that they add up after every step of unknown ones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Heap } from "../src/index.js";
import {
  ARENA_BYTES,
  blocksPerPool,
  POOL_BYTES,
  POOLS_PER_ARENA,
  R_CHUNK_BYTES,
  R_CHUNKS,
  RUNTIME,
  SLOT_POOLS,
  SLOTS,
} from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

function word(heap: Heap, address: number): number {
  return new Uint32Array(heap.memory.buffer)[address / 4] as number;
}

/** The bytes of all arenas, counted neither by the host's walk nor by the core's counter. */
function bytesOfArenas(heap: Heap): number {
  const slots = new Uint8Array(heap.memory.buffer, SLOTS, 16384);
  return slots.filter((owner) => owner === SLOT_POOLS).length * 262144;
}

/** Everything that must be true of the numbers of any heap at any time. */
function expectSound(heap: Heap): void {
  const stats = heap.sys.debugMallocStats();
  const { allocated, available, unusedPools, lentPools, poolHeaders, quantization, total } = stats.ledger;
  expect(allocated + available + unusedPools + lentPools + poolHeaders + quantization).toBe(total);
  expect(total).toBe(bytesOfArenas(heap));
  expect(stats.arenas.bytes).toBe(total);
  expect(stats.arenas.current).toBe(stats.arenas.allocated - stats.arenas.reclaimed);
  expect(stats.arenas.highWater).toBeGreaterThanOrEqual(stats.arenas.current);
  expect(stats.classes.reduce((sum, { size, used }) => sum + size * used, 0)).toBe(allocated);
  expect(stats.classes.reduce((sum, { size, available }) => sum + size * available, 0)).toBe(available);
  for (const { size, pools, used, available } of stats.classes) {
    expect(pools).toBeGreaterThan(0);
    expect(used + available).toBe(pools * blocksPerPool(size));
  }
  expect(stats.large.blocks).toBe(word(heap, RUNTIME + R_CHUNKS));
  expect(stats.large.bytes).toBe(word(heap, RUNTIME + R_CHUNK_BYTES));
  const usage = heap.sys.memoryUsage();
  expect(usage.reserved).toBe(heap.memory.buffer.byteLength);
  expect(usage.arenas).toBe(total);
  expect(usage.large).toBe(stats.large.bytes);
  expect(usage.live + usage.own).toBeLessThanOrEqual(usage.arenas + usage.large);
  expect(usage.peak).toBeGreaterThanOrEqual(usage.arenas + usage.large);
}

describe("a plain heap", () => {
  test("keeps types and lists of its own, which are no blocks of the program", async () => {
    const heap = await openHeap();
    const Node = heap.struct("Node", { next: "self" });
    const fields = Array.from({ length: 200 }, (_, index) => [`f${index}`, "ref"] as const);
    const Large = heap.struct("Large", Object.fromEntries(fields));
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
    const node = new Node();
    const large = new Large();
    expect(heap.sys.getAllocatedBlocks()).toBe(2);
    node.release();
    large.release();
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
  });

  test("that is empty has no arena and no block", async () => {
    const heap = await openHeap();
    expectSound(heap);
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
    expect(heap.sys.memoryUsage()).toMatchObject({ reserved: 2 ** 20, arenas: 0, large: 0, live: 0 });
    expect(heap.sys.debugMallocStats()).toMatchObject({
      classes: [],
      arenas: { allocated: 0, reclaimed: 0, highWater: 0, current: 0, bytes: 0 },
      ledger: { allocated: 0, available: 0, unusedPools: 0, lentPools: 0, poolHeaders: 0, quantization: 0, total: 0 },
      large: { blocks: 0, bytes: 0 },
    });
  });

  test("has every byte of an arena in the row it belongs to", async () => {
    const heap = await openHeap();
    // A whole pool of 8 blocks of 512 bytes, and 3 of the 102 blocks of 40 bytes that a pool has.
    for (let i = 0; i < 8; i++) heap.mem.malloc(505);
    for (let i = 0; i < 3; i++) heap.obj.malloc(33);
    const { classes, ledger, arenas } = heap.sys.debugMallocStats();
    expect(classes).toEqual([
      { size: 40, pools: 1, used: 3, available: 99 },
      { size: 512, pools: 1, used: 8, available: 0 },
    ]);
    expect(ledger).toEqual({
      allocated: 3 * 40 + 8 * 512,
      available: 99 * 40,
      unusedPools: 61 * 4096,
      lentPools: 0,
      poolHeaders: 4096,
      quantization: 4096 - 102 * 40,
      total: 262144,
    });
    expect(arenas).toEqual({ allocated: 1, reclaimed: 0, highWater: 1, current: 1, bytes: 262144 });
    expect(heap.sys.getAllocatedBlocks()).toBe(11);
    expectSound(heap);
  });

  test("counts large blocks with their headers, and free bytes between them", async () => {
    const heap = await openHeap();
    const before = heap.sys.debugMallocStats().large;
    const [one] = [heap.mem.malloc(1000), heap.raw.malloc(8), heap.mem.malloc(100_000)];
    const { large } = heap.sys.debugMallocStats();
    expect(large.blocks).toBe(3);
    expect(large.bytes).toBe(1008 + 32 + 100_016);
    expect(large.free).toBe(before.free - large.bytes);
    const { live } = heap.sys.memoryUsage();
    expect(live).toBe(large.bytes - 3 * 8);
    heap.mem.free(one);
    expect(heap.sys.debugMallocStats().large).toEqual({
      blocks: 2,
      bytes: large.bytes - 1008,
      free: large.free + 1008,
    });
    expectSound(heap);
  });

  test("counts arenas that come and go", async () => {
    const heap = await openHeap();
    const perArena = POOLS_PER_ARENA * blocksPerPool(512);
    const blocks = Array.from({ length: 3 * perArena }, () => heap.mem.malloc(512));
    expect(heap.sys.debugMallocStats().arenas).toMatchObject({ allocated: 3, reclaimed: 0, highWater: 3, current: 3 });
    expect(heap.sys.debugMallocStats().ledger.unusedPools).toBe(0);
    for (const block of blocks) heap.mem.free(block);
    // The last one is kept.
    expect(heap.sys.debugMallocStats().arenas).toMatchObject({ allocated: 3, reclaimed: 2, highWater: 3, current: 1 });
    expect(heap.sys.debugMallocStats().ledger.unusedPools).toBe(ARENA_BYTES - POOL_BYTES);
    expect(heap.sys.memoryUsage()).toMatchObject({ arenas: ARENA_BYTES, live: 0, peak: 3 * ARENA_BYTES });
    expectSound(heap);
  });

  test("says it all as a text table", async () => {
    const heap = await openHeap();
    for (let i = 0; i < 3; i++) heap.mem.malloc(40);
    heap.mem.malloc(1_000_000);
    const lines = String(heap.sys.debugMallocStats()).split("\n");
    const words = (start: string) =>
      lines
        .find((line) => line.trimStart().startsWith(start))
        ?.trim()
        .split(/\s\s+/);
    expect(words("class")).toEqual(["class", "block bytes", "pools", "blocks used", "blocks free"]);
    expect(words("4 ")).toEqual(["4", "40", "1", "3", "99"]);
    expect(words("arenas now")).toEqual(["arenas now", "1"]);
    expect(words("bytes in allocated blocks")).toEqual(["bytes in allocated blocks", "120"]);
    expect(words("bytes in unused pools")).toEqual(["bytes in unused pools", "253,952"]);
    expect(words("total")).toEqual(["total", "262,144"]);
    expect(words("bytes in large blocks")).toEqual(["bytes in large blocks", "1,000,016"]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("gives statistics that are plain data", async () => {
    const heap = await openHeap();
    heap.mem.malloc(8);
    const stats = heap.sys.debugMallocStats();
    expect(JSON.parse(JSON.stringify(stats))).toEqual({ ...stats });
    expect(Object.keys(stats)).toEqual(["classes", "arenas", "ledger", "large"]);
  });
});

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test("what the heap keeps for itself is not live, but its own", async () => {
    const heap = await open();
    expect(heap.sys.memoryUsage()).toMatchObject({ live: 0, own: 0 });
    const Node = heap.struct("Node", { next: "self", value: "f64" });
    // The text that describes the type.
    const one = heap.sys.memoryUsage();
    expect(one.live).toBe(0);
    expect(one.own).toBeGreaterThan(30);
    expect(one.own).toBeLessThan(200);
    // The 16th has no place in the first table any more, and the next has room for 64 types of 32 bytes.
    for (let i = 1; i < 16; i++) heap.struct(`Type${i}`, {});
    expect(heap.sys.memoryUsage().own).toBeLessThan(2048);
    heap.struct("Type16", {});
    const types = heap.sys.memoryUsage();
    expect(types.live).toBe(0);
    expect(types.own).toBeGreaterThan(2048);
    const node = new Node();
    // The young array has room for 1024 addresses at first.
    const used = heap.sys.memoryUsage();
    expect(used.own - types.own).toBeGreaterThanOrEqual(4096);
    expect(used.own - types.own).toBeLessThan(4096 + 32);
    // 8 bytes of gc words, 8 of header, 4 of reference and as many of nothing, 8 of value; in debug mode 12 of frame, rounded up.
    expect(used.live).toBe(debug ? 48 : 32);
    const large = heap.raw.malloc(100_000);
    expect(heap.sys.memoryUsage()).toMatchObject({ own: used.own });
    expect(heap.sys.memoryUsage().live).toBeGreaterThanOrEqual(used.live + 100_000);
    heap.raw.free(large);
    node.release();
    expect(heap.sys.memoryUsage()).toMatchObject({ live: 0, own: used.own });
    expectSound(heap);
  });

  test("the table of weakly referenced objects is its own", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { x: "f64" });
    using node = new Node();
    const { own } = heap.sys.memoryUsage();
    const blocks = heap.sys.getAllocatedBlocks();
    const ref = heap.weakref.ref(node);
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks + 1);
    expect(heap.sys.memoryUsage().own).toBeGreaterThan(own);
    ref.release();
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    expectSound(heap);
  });

  test("nothing is live when everything is freed, and the peak stays", async () => {
    const heap = await open();
    const blocks = Array.from({ length: 1000 }, (_, i) => heap.mem.malloc(i));
    const raw = heap.raw.malloc(1_000_000);
    const { live, peak } = heap.sys.memoryUsage();
    expect(live).toBeGreaterThanOrEqual(1_000_000 + 499_500);
    expect(peak).toBeGreaterThanOrEqual(live);
    // The large one first: it would drive the others out of what debug mode keeps back.
    heap.raw.free(raw);
    for (const block of blocks) heap.mem.free(block);
    expect(heap.sys.memoryUsage()).toMatchObject({ live: 0, peak });
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
    expectSound(heap);
  });

  test("numbers add up after every step", async () => {
    const size = fc.oneof(fc.nat(64), fc.nat(520), fc.nat(50_000));
    const step = fc.record({ call: fc.constantFrom("malloc", "free", "realloc"), size, pick: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const heap = await open({ initialMemory: 2 ** 17 });
        const live: number[] = [];
        for (const { call, size, pick } of steps) {
          const index = pick % (live.length || 1);
          const block = live[index];
          if (call === "malloc" || block === undefined) live.push(heap.mem.malloc(size));
          else if (call === "realloc") live[index] = heap.mem.realloc(block, size);
          else heap.mem.free(live.splice(index, 1)[0] as number);
          expectSound(heap);
          expect(heap.sys.getAllocatedBlocks()).toBe(live.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});
