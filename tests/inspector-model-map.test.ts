// The maps that the inspector draws, against what heap.inspect() says.
import type { ArenaMap, Heap } from "arenaria";
import { afterEach, describe, expect, test } from "vitest";
import { partsOf } from "../src/heap.js";
import { LargeMap } from "../src/inspector/model/largemap.js";
import { liveBytes } from "../src/inspector/model/numbers.js";
import {
  BLOCK_USED,
  HOLDS_BLOCKS,
  PAGE_ABSENT,
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LARGE,
  PAGE_LENT,
  PAGE_RUNTIME,
  PAGE_USED,
  PAGE_VIRGIN,
} from "../src/inspector/model/pages.js";
import { placeIn } from "../src/inspector/model/places.js";
import { PoolMap } from "../src/inspector/model/poolmap.js";
import { QUICK_BLOCKS } from "../src/layout.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const opened: Heap[] = [];

afterEach(() => {
  for (const heap of opened.splice(0)) heap[Symbol.dispose]();
});

async function open(variant = VARIANTS[0] as (typeof VARIANTS)[number]): Promise<Heap> {
  const heap = await variant.open();
  opened.push(heap);
  return heap;
}

const POOL_STATES: Record<number, string> = {
  [PAGE_USED]: "used",
  [PAGE_FULL]: "full",
  [PAGE_EMPTY]: "empty",
  [PAGE_VIRGIN]: "virgin",
  [PAGE_LENT]: "lent",
};

interface Maps {
  heap: Heap;
  map: PoolMap;
  large: LargeMap;
}

async function mapsOf(heap: Heap): Promise<Maps> {
  const maps = { heap, map: new PoolMap(), large: new LargeMap() };
  read(maps);
  return maps;
}

function read({ heap, map, large }: Maps): void {
  const { memory } = partsOf(heap).engine;
  map.read(memory, Number.POSITIVE_INFINITY);
  large.read(memory, map);
}

/** An arena as `inspect({ blocks: true })` has it, by the map. */
function arenaIn({ heap, map }: Maps, address: number): ArenaMap {
  const { memory } = partsOf(heap).engine;
  const first = address / 4096;
  expect(map.state[first]).toBe(PAGE_HEAD);
  const pools = Array.from({ length: 63 }, (_, index) => {
    const page = first + 1 + index;
    const capacity = map.capacity[page] as number;
    const into = new Uint8Array(512);
    expect(map.blocks(memory, page, into)).toBe(capacity);
    const occupancy = new Uint8Array(Math.ceil(capacity / 8));
    for (let block = 0; block < capacity; block++) {
      if (into[block] === BLOCK_USED) occupancy[block >> 3] = (occupancy[block >> 3] as number) | (1 << (block & 7));
    }
    return {
      address: page * 4096,
      state: POOL_STATES[map.state[page] as number] as "used",
      blockSize: capacity === 0 ? 0 : ((map.sizeClass[page] as number) + 1) * 8,
      holds: map.holds[page] === HOLDS_BLOCKS ? ("blocks" as const) : ("objects" as const),
      // Of a lent pool it is bytes.
      used: capacity === 0 ? 0 : (map.used[page] as number),
      capacity,
      occupancy,
    };
  });
  const freePools = pools.filter(({ state }) => ["empty", "virgin"].includes(state)).length;
  return { address, freePools, pools };
}

/** Checks a map that was read before anything was drained, against the heap that is drained then. */
function requireMaps(maps: Maps, hint: string): void {
  const { map, large, heap } = maps;
  const before = maps.heap.memory.buffer.slice(0);
  read(maps);
  expect(Buffer.compare(Buffer.from(before), Buffer.from(heap.memory.buffer)), "reading changes nothing").toBe(0);
  const drawn = new Map<number, ArenaMap>();
  for (let slot = 0; slot < map.slots; slot++) {
    if (map.state[slot * 64] === PAGE_HEAD) drawn.set(slot * 2 ** 18, arenaIn(maps, slot * 2 ** 18));
  }
  const whole = [];
  for (let n = 0; n < large.count; n++) {
    whole.push({ address: large.address[n] as number, bytes: large.bytes[n] as number, used: large.used[n] === 1 });
  }
  const live = liveBytes(partsOf(heap).engine.memory, map);
  expect(live, hint).toBe(heap.sys.memoryUsage().live);
  const known = heap.inspect({ blocks: true });
  expect(map.memoryEnd).toBe(known.memoryEnd);
  // Arenas that are empty without what waits in quick lists are given back when these are drained, and so are pools that were lent.
  for (const arena of known.arenas) {
    if (arena.pools.some(({ state }) => state === "lent")) continue;
    const { pools, freePools } = drawn.get(arena.address) as ArenaMap;
    if (pools.some(({ state }) => state === "lent")) continue;
    expect({ pools, freePools }, hint).toEqual({ pools: arena.pools, freePools: arena.freePools });
  }
  const used = known.large.filter((chunk) => chunk.used);
  expect(
    whole.filter((chunk) => chunk.used),
    hint,
  ).toEqual(used);
  expect([large.blocks, large.usedBytes]).toEqual([used.length, used.reduce((sum, { bytes }) => sum + bytes, 0)]);
  read(maps);
  expect(map.settled).toBe(true);
  const allocated = known.arenas
    .flatMap(({ pools }) => pools)
    .reduce((sum, pool) => sum + pool.used * pool.blockSize, 0);
  expect(map.allocated, hint).toBe(allocated);
  expect(large.freeBytes, hint).toBe(
    known.large.filter((chunk) => !chunk.used).reduce((sum, { bytes }) => sum + bytes, 0),
  );
  for (const arena of known.arenas) expect(arenaIn(maps, arena.address), hint).toEqual(arena);
  requireCovered(maps, used);
}

/** Pages of regions have as many bytes in use as large blocks have in them. */
function requireCovered({ map }: Maps, used: readonly { address: number; bytes: number }[]): void {
  const covered = new Map<number, number>();
  for (const { address, bytes } of used) {
    for (let at = address; at < address + bytes; ) {
      const end = Math.min(address + bytes, (Math.floor(at / 4096) + 1) * 4096);
      const page = Math.floor(at / 4096);
      covered.set(page, (covered.get(page) ?? 0) + end - at);
      at = end;
    }
  }
  for (let page = 0; page < map.slots * 64; page++) {
    if (map.state[page] !== PAGE_LARGE && map.state[page] !== PAGE_LENT) continue;
    expect(map.used[page], `page ${page}`).toBe(covered.get(page) ?? 0);
  }
}

describe.each(VARIANTS.filter(({ debug }) => !debug))("$name", (variant) => {
  test("maps are what inspect() says, while blocks of all sizes come and go", async () => {
    const random = new Random(TEST_SEED);
    const heap = await open(variant);
    const maps = await mapsOf(heap);
    const blocks: number[] = [];
    const objects: { release(): void }[] = [];
    for (let round = 0; round < 12; round++) {
      const grows = round % 4 < 2;
      for (let n = 0; n < 4000; n++) {
        if (blocks.length === 0 || random.chance(grows ? 65 : 25)) {
          blocks.push(heap.core.malloc(random.chance(4) ? random.between(513, 90_000) : random.between(1, 512)) >>> 0);
        } else {
          const at = random.below(blocks.length);
          heap.core.free(blocks[at] as number);
          blocks[at] = blocks.at(-1) as number;
          blocks.pop();
        }
      }
      for (let n = 0; n < 60; n++) objects.push(heap.list(Array.from({ length: random.below(300) }, (_, k) => `${k}`)));
      while (!grows && objects.length > 20) objects.pop()?.release();
      requireMaps(maps, `round ${round}, seed ${TEST_SEED}`);
    }
  });
});

test("a slot changes in the version in which something in it changed, and in no other", async () => {
  const heap = await open();
  const maps = await mapsOf(heap);
  const small = heap.mem.malloc(24);
  read(maps);
  const { version } = maps.map;
  read(maps);
  expect(maps.map.version).toBe(version);
  const large = heap.mem.malloc(20_000);
  read(maps);
  const slotOf = (address: number) => Math.floor(address / 2 ** 18);
  expect(maps.map.changed[slotOf(large)]).toBeGreaterThan(version);
  expect(maps.map.changed[slotOf(small)]).toBeLessThanOrEqual(version);
  const later = maps.map.version;
  heap.mem.free(small);
  read(maps);
  expect(maps.map.changed[slotOf(small)]).toBeGreaterThan(later);
  expect(maps.map.changed[slotOf(large)]).toBeLessThanOrEqual(later);
});

test("memory that grows is taken in, and a map of a smaller heap shrinks", async () => {
  const heap = await open();
  const maps = await mapsOf(heap);
  const before = maps.map.slots;
  const block = heap.mem.malloc(40 << 20);
  const page = (block >>> 12) + 9000;
  read(maps);
  expect(maps.map.slots).toBeGreaterThan(before + 150);
  expect(maps.map.state[page]).toBe(PAGE_LARGE);
  expect(maps.map.used[page]).toBe(4096);
  expect(maps.map.state[0]).toBe(PAGE_RUNTIME);
  maps.heap = await open();
  read(maps);
  expect(maps.map.slots).toBe(before);
  expect(maps.map.state[page]).toBe(PAGE_ABSENT);
});

test("records that were overwritten bring no reading to a halt", async () => {
  const heap = await open();
  const blocks = Array.from({ length: 500 }, () => heap.core.malloc(48) >>> 0);
  const big = Array.from({ length: 20 }, () => heap.core.malloc(5000) >>> 0);
  for (const block of blocks) heap.core.free(block);
  const maps = await mapsOf(heap);
  const { memory } = partsOf(heap).engine;
  // A quick list that is a ring, one that leads to nowhere, a chunk of no size.
  memory.setWord(blocks[3] as number, blocks[3] as number);
  read({ ...maps, heap });
  memory.setWord(QUICK_BLOCKS + 4 * 9, 0xfffffff8);
  memory.setWord((big[4] as number) - 8, 3);
  read(maps);
  expect(maps.large.indexOf(big[2] as number)).toBeGreaterThanOrEqual(0);
  expect(maps.large.indexOf(big[9] as number)).toBe(-1);
  opened.splice(0);
});

test("what lies at an address, in words", async () => {
  const heap = await open();
  const block = heap.core.malloc(40) >>> 0;
  const freed = heap.core.malloc(40) >>> 0;
  heap.core.free(freed);
  const large = heap.core.malloc(10_000) >>> 0;
  const { map, large: chunks } = await mapsOf(heap);
  const { memory } = partsOf(heap).engine;
  const at = (address: number) => placeIn(map, chunks, memory, address);
  const hex = (address: number) => `0x${address.toString(16).padStart(8, "0")}`;
  expect(at(block + 39)).toMatchObject({
    kind: "block",
    start: block,
    bytes: 40,
    used: true,
    text: `block of 40 bytes at ${hex(block)}, in use`,
  });
  expect(at(freed)).toMatchObject({ kind: "block", used: false, text: expect.stringMatching(/, free$/) });
  expect(at(large + 500)).toMatchObject({ kind: "large", start: large - 8, used: true });
  expect(at(large + 500).text).toMatch(/^large block of 10,00\d bytes at /);
  expect(at(100).kind).toBe("runtime");
  const arena = Math.floor(block / 2 ** 18) * 2 ** 18;
  expect(at(arena + 40)).toMatchObject({ kind: "head", start: arena });
  expect(at(arena + 2 ** 18 - 1)).toMatchObject({ kind: "pool", used: false });
  expect(at(map.memoryEnd).kind).toBe("outside");
  expect(placeIn(map, chunks, null, block)).toMatchObject({ kind: "pool", text: expect.stringMatching(/^pool at /) });
});
