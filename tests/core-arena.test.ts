// Which arena a pool comes from, and what becomes of arenas: CPython's policies (Objects/obmalloc.c), against a model of
// them that searches where the core keeps tables.
import { describe, expect, test } from "vitest";
import {
  ARENA_BYTES,
  ARENA_FREE_COUNT,
  ARENA_NEXT,
  HEAP_START,
  LAST_ARENA_WITH,
  POOL_BYTES,
  POOLS_PER_ARENA,
  R_USABLE_ARENAS,
  RUNTIME,
} from "../src/layout.js";
import { poolArenas } from "../src/walk.js";
import { type CoreHeap, PLAIN } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const PAGES_PER_ARENA = ARENA_BYTES / 65_536;

// ── the model ───────────────────────────────────────────────────────────────────────────────────────

interface ModelArena {
  readonly address: number;
  /** Addresses of empty pools, the one to be used next last. */
  readonly empty: number[];
  /** The next pool never handed out, from 1. */
  virgin: number;
  free: number;
}

/** Arenas of a heap whose memory is all committed. */
class ArenaModel {
  readonly all = new Map<number, ModelArena>();
  /** Those with free pools, most full first. */
  readonly usable: ModelArena[] = [];

  take(): number {
    if (this.usable.length === 0) this.#open();
    const arena = this.usable[0] as ModelArena;
    const pool = arena.empty.pop() ?? arena.address + arena.virgin++ * POOL_BYTES;
    if (--arena.free === 0) this.usable.shift();
    return pool;
  }

  /** The last usable arena with 1, 2, … 63 free pools, 0 where there is none. */
  lastWith(): number[] {
    const last = Array.from({ length: POOLS_PER_ARENA }, () => 0);
    for (const { free, address } of this.usable) last[free - 1] = address;
    return last;
  }

  #open(): void {
    let address = ARENA_BYTES;
    while (this.all.has(address)) address += ARENA_BYTES;
    const arena = { address, empty: [], virgin: 1, free: POOLS_PER_ARENA };
    this.all.set(address, arena);
    this.usable.push(arena);
  }

  give(pool: number): void {
    const arena = this.all.get(pool - (pool % ARENA_BYTES)) as ModelArena;
    arena.empty.push(pool);
    const before = arena.free++;
    if (before === 0) {
      this.usable.unshift(arena);
      return;
    }
    const last = this.usable.at(-1) === arena;
    const index = this.usable.indexOf(arena);
    const behind = this.usable.map(({ free }, i) => free === before && i !== index).lastIndexOf(true);
    if (arena.free === POOLS_PER_ARENA && !last) {
      this.usable.splice(index, 1);
      this.all.delete(arena.address);
    } else if (behind > index) {
      this.usable.splice(behind + 1, 0, arena);
      this.usable.splice(index, 1);
    }
  }
}

function usableArenas(heap: CoreHeap): { address: number; free: number }[] {
  const list: { address: number; free: number }[] = [];
  for (let arena = heap.word(RUNTIME + R_USABLE_ARENAS); arena !== 0; arena = heap.word(arena + ARENA_NEXT)) {
    list.push({ address: arena, free: heap.word(arena + ARENA_FREE_COUNT) });
  }
  return list;
}

function lastWith(heap: CoreHeap): number[] {
  return Array.from({ length: POOLS_PER_ARENA }, (_, i) => heap.word(LAST_ARENA_WITH + 4 * (i + 1)));
}

// ── whole pools at a time: of these sizes a pool is carved at once ──

interface Handle {
  address: number;
  blocks: number[];
}

function takePool(heap: CoreHeap, size = 512): Handle {
  const blocks = Array.from({ length: Math.floor(POOL_BYTES / size) }, () => heap.mem.malloc(size));
  const address = Math.min(...blocks);
  if (address % POOL_BYTES !== 0 || Math.max(...blocks) >= address + POOL_BYTES) throw new Error("not one pool");
  return { address, blocks };
}

function givePool(heap: CoreHeap, { blocks }: Handle): void {
  for (const block of blocks) heap.mem.free(block);
  heap.core.drain();
}

describe.each(PLAIN)("$name", ({ name, open }) => {
  test("pools come from the arenas that the model says, in the order it says", () => {
    const random = new Random(TEST_SEED);
    const heap = open({ pages: 12 * PAGES_PER_ARENA });
    const model = new ArenaModel();
    const live: Handle[] = [];
    let target = 0;
    for (let step = 1; step <= 6000; step++) {
      const at = `${name}, TEST_SEED=${TEST_SEED}, step ${step}`;
      if (step % 300 === 1) target = random.below(10 * POOLS_PER_ARENA);
      if (random.chance(live.length < target ? 80 : 20)) {
        const pool = takePool(heap, 8 * random.between(32, 64));
        expect(pool.address, at).toBe(model.take());
        live.push(pool);
      } else if (live.length > 0) {
        const [pool] = live.splice(random.below(live.length), 1);
        givePool(heap, pool as Handle);
        model.give((pool as Handle).address);
      }
      expect(usableArenas(heap), at).toEqual(model.usable.map(({ address, free }) => ({ address, free })));
      expect(poolArenas(heap.memory), at).toEqual([...model.all.keys()].sort((a, b) => a - b));
      expect(lastWith(heap), at).toEqual(model.lastWith());
      if (step % 50 === 0) heap.verify();
    }
    expect(heap.core.pages()).toBe(12 * PAGES_PER_ARENA);
  });

  test("a pool comes from the most full arena that has one", () => {
    const heap = open({ pages: 5 * PAGES_PER_ARENA });
    const pools = Array.from({ length: 3 * POOLS_PER_ARENA }, () => takePool(heap));
    const of = (arena: number) => pools.slice(arena * POOLS_PER_ARENA, (arena + 1) * POOLS_PER_ARENA);
    for (const [arena, count] of [5, 2, 9].entries())
      for (const pool of of(arena).slice(0, count)) givePool(heap, pool);
    const order = Array.from({ length: 16 }, () => Math.floor(takePool(heap).address / ARENA_BYTES));
    expect(order).toEqual([2, 2, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
  });

  test("an arena whose pools are in memory is preferred to one for which memory would have to grow", () => {
    const heap = open({ pages: 2 });
    const first = Array.from({ length: POOLS_PER_ARENA }, () => takePool(heap));
    const second = takePool(heap);
    expect(Math.floor(second.address / ARENA_BYTES)).toBe(2);
    for (const pool of first.slice(0, 60)) givePool(heap, pool);
    // Fill what is committed of the second, and more full, arena.
    const pages = heap.core.pages();
    while (heap.core.pages() === pages) {
      if (Math.floor(takePool(heap).address / ARENA_BYTES) === 1) break;
    }
    expect(heap.core.pages()).toBe(pages);
    heap.verify();
  });

  test("one empty arena is kept, the others are given back", () => {
    const heap = open({ pages: 2 });
    const pools = Array.from({ length: 5 * POOLS_PER_ARENA }, () => takePool(heap));
    expect(heap.stats().arenas).toMatchObject({ allocated: 5, current: 5, highWater: 5, reclaimed: 0 });
    for (const pool of pools) givePool(heap, pool);
    expect(heap.stats().arenas).toMatchObject({ allocated: 5, current: 1, highWater: 5, reclaimed: 4 });
    heap.verify();
  });

  test("the arena that is kept is not taken and given back with every pool", () => {
    const heap = open();
    for (let i = 0; i < 10; i++) givePool(heap, takePool(heap));
    expect(heap.stats().arenas).toMatchObject({ allocated: 1, current: 1 });
  });

  test("arenas given back serve large blocks, and pools again", () => {
    const heap = open({ pages: 2 });
    const pools = Array.from({ length: 6 * POOLS_PER_ARENA }, () => takePool(heap));
    for (const pool of pools) givePool(heap, pool);
    const pages = heap.core.pages();
    const large = heap.mem.malloc(4 * ARENA_BYTES);
    expect(large).not.toBe(0);
    expect(heap.core.pages()).toBe(pages);
    heap.verify();
    heap.mem.free(large);
    const again = Array.from({ length: 6 * POOLS_PER_ARENA }, () => takePool(heap).address);
    expect(heap.core.pages()).toBe(pages);
    expect(new Set(again)).toEqual(new Set(pools.map(({ address }) => address)));
    heap.verify();
  });

  test("an arena takes the lowest slot that is free", () => {
    const heap = open({ pages: 8 * PAGES_PER_ARENA });
    const large = Array.from({ length: 6 }, () => heap.mem.malloc(ARENA_BYTES - 8));
    for (const index of [4, 1, 2]) heap.mem.free(large[index] as number);
    // Each is as long as a slot and begins within one, so that only two neighbours leave a whole slot.
    const arena = takePool(heap).address;
    const from = (large[1] as number) - 8;
    expect(arena - POOL_BYTES).toBe(Math.ceil(from / ARENA_BYTES) * ARENA_BYTES);
    heap.verify();
  });

  // The second slot is cut out of free space between two blocks, if what is left of that on both sides is a chunk or nothing.
  test.each([
    [0, 0, true],
    [16, 0, false],
    [32, 0, true],
    [0, 16, false],
    [0, 32, true],
    [16, 16, false],
    [48, 48, true],
    [-16, 0, false],
    [0, -16, false],
  ])("a slot with %i bytes of free space before it and %i behind it is taken or not", (before, behind, taken) => {
    const heap = open({ pages: 4 * PAGES_PER_ARENA });
    const from = ARENA_BYTES - 8 - before;
    const to = 2 * ARENA_BYTES + 8 + behind;
    heap.raw.malloc(from - (HEAP_START + 8) - 8);
    const space = heap.raw.malloc(to - from - 8);
    expect(space).toBe(from + 8);
    heap.raw.malloc(600);
    heap.raw.free(space);
    heap.verify();
    const pool = takePool(heap);
    expect(Math.floor(pool.address / ARENA_BYTES) === 1).toBe(taken);
    heap.verify();
    givePool(heap, pool);
    heap.verify();
    // With a second arena in use, the first is given back, and joins what is free on both sides of it.
    const pools = Array.from({ length: POOLS_PER_ARENA + 1 }, () => takePool(heap));
    for (const each of [...pools].reverse()) givePool(heap, each);
    heap.verify();
  });

  test("freeing everything leaves at most the spare arena, in any order", () => {
    const random = new Random(TEST_SEED);
    for (let round = 0; round < 8; round++) {
      const heap = open({ key: round });
      const blocks = Array.from({ length: 20_000 }, () =>
        heap.mem.malloc(random.chance(90) ? random.below(400) : 3000),
      );
      for (const block of random.shuffled(blocks)) heap.mem.free(block);
      heap.core.drain();
      heap.verify();
      expect(heap.stats(), `TEST_SEED=${TEST_SEED}, round ${round}`).toMatchObject({
        arenas: { current: 1 },
        large: { blocks: 0 },
        classes: [],
      });
    }
  });
});
