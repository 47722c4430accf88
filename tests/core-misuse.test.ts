// Addresses that are no block of the domain they are given to: refused with a status, and no byte of the heap changed.
import { describe, expect, test } from "vitest";
import {
  ARENA_BYTES,
  HEAP_START,
  POOL_BYTES,
  QUICK_BLOCKS,
  QUICK_CHUNKS,
  RINGS,
  RUNTIME,
  SLOTS,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_DOMAIN, CORRUPT, OK } from "../src/status.js";
import { chunksOf, poolArenas, poolsOf, regions } from "../src/walk.js";
import { type CoreHeap, type DomainName, PLAIN, VARIANTS } from "./helpers/core.js";

interface Misuse {
  name: string;
  /** Does what has to be done before, and returns the address. */
  address(heap: CoreHeap): number;
  /** One of these. */
  status: number | readonly number[];
  /** Whose calls get the address; mem if not given. */
  given?: DomainName;
  /** Only debug hooks can tell. */
  onlyDebug?: boolean;
}

const EITHER = [ALREADY_FREE, BAD_ADDRESS];

/** Blocks of all kinds, some of them freed, so that there is something to be damaged. */
function furnish(heap: CoreHeap): void {
  const blocks: [DomainName, number][] = [];
  for (const domain of ["raw", "mem", "obj"] as const) {
    for (const size of [1, 24, 100, 400, 512, 600, 5000, 70_000]) {
      for (let i = 0; i < 3; i++) {
        const block = heap.in(domain).malloc(size);
        heap.memory.bytes.fill(0x5a, block, block + size);
        blocks.push([domain, block]);
      }
    }
  }
  for (const [i, [domain, block]] of blocks.entries()) if (i % 3 === 1) heap.in(domain).free(block);
}

/** An address as the domains give it out, for where the allocator below the debug hooks has a block. */
function outer(heap: CoreHeap, block: number): number {
  return heap.debug ? block + 8 : block;
}

function mallocs(heap: CoreHeap, count: number, size: number, domain: DomainName = "mem"): number[] {
  return Array.from({ length: count }, () => heap.in(domain).malloc(size));
}

function freeAll(heap: CoreHeap, blocks: readonly number[], domain: DomainName = "mem"): void {
  for (const block of blocks) heap.in(domain).free(block);
}

/** Writes what would be a framed block's head, so that debug hooks cannot tell by that. */
function forgeFrame(heap: CoreHeap, address: number, size: number): void {
  if (heap.debug) heap.memory.bytes.set([0, 0, size >> 8, size & 255, 0x6d, 0xfd, 0xfd, 0xfd], address - 8);
}

// ── freed already ───────────────────────────────────────────────────────────────────────────────────

const FREED: Misuse[] = [
  {
    name: "a small block freed just now",
    address: (heap) => {
      const block = heap.mem.malloc(24);
      heap.mem.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a small block freed before others of its class",
    address: (heap) => {
      const blocks = mallocs(heap, 300, 24);
      freeAll(heap, blocks);
      return blocks[7] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a small block that went back to its pool",
    address: (heap) => {
      const blocks = mallocs(heap, 300, 24);
      freeAll(heap, blocks.slice(10, 20));
      heap.settle();
      return blocks[12] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a block of a pool that became empty",
    address: (heap) => {
      const blocks = mallocs(heap, 300, 240);
      freeAll(heap, blocks);
      heap.settle();
      return blocks[12] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a block of a pool that serves another class now",
    address: (heap) => {
      const blocks = mallocs(heap, 300, 240);
      freeAll(heap, blocks);
      heap.settle();
      mallocs(heap, 1000, 500);
      return blocks[13] as number;
    },
    status: BAD_ADDRESS,
  },
  {
    name: "a block of an arena that was given back",
    address: (heap) => {
      const blocks = mallocs(heap, 4 * 504, 500);
      freeAll(heap, blocks);
      heap.settle();
      const arenas = new Set(poolArenas(heap.memory));
      return blocks.find((block) => !arenas.has(block - (block % ARENA_BYTES))) as number;
    },
    status: BAD_ADDRESS,
  },
  {
    name: "a small block that realloc moved",
    address: (heap) => {
      const block = heap.mem.malloc(24);
      heap.mem.realloc(block, 300);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a large block freed just now",
    address: (heap) => {
      const block = heap.mem.malloc(3000);
      heap.mem.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a large block freed before others of its size",
    address: (heap) => {
      const blocks = mallocs(heap, 5, 3000);
      freeAll(heap, blocks);
      return blocks[1] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a large block joined with the one before it",
    address: (heap) => {
      const blocks = mallocs(heap, 4, 3000);
      freeAll(heap, blocks.slice(1, 3));
      heap.settle();
      return blocks[2] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a large block joined with the one behind it",
    address: (heap) => {
      const blocks = mallocs(heap, 4, 3000);
      freeAll(heap, blocks.slice(1, 3));
      heap.settle();
      return blocks[1] as number;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a block of more than 64 KiB",
    address: (heap) => {
      const block = heap.mem.malloc(100_000);
      heap.mem.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a block that has become the inside of another",
    address: (heap) => {
      const blocks = mallocs(heap, 3, 40_000);
      freeAll(heap, blocks);
      heap.settle();
      heap.mem.malloc(120_000);
      return blocks[1] as number;
    },
    status: EITHER,
  },
  {
    name: "a large block that realloc moved",
    address: (heap) => {
      const [block] = mallocs(heap, 2, 3000) as [number];
      heap.mem.realloc(block, 30_000);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a raw block",
    given: "raw",
    address: (heap) => {
      const block = heap.raw.malloc(24);
      heap.raw.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a raw block, given to the wrong domain besides",
    address: (heap) => {
      const block = heap.raw.malloc(24);
      heap.raw.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
  {
    name: "a small block, given to the raw domain besides",
    given: "raw",
    address: (heap) => {
      const block = heap.mem.malloc(24);
      heap.mem.free(block);
      return block;
    },
    status: ALREADY_FREE,
  },
];

// ── inside a block ──────────────────────────────────────────────────────────────────────────────────

function inside(name: string, size: number, offset: number, given: DomainName = "mem"): Misuse {
  return { name, given, address: (heap) => heap.in(given).malloc(size) + offset, status: BAD_ADDRESS };
}

const INTERIOR: Misuse[] = [
  inside("8 bytes into a small block", 24, 8),
  inside("16 bytes into a small block", 24, 16),
  inside("1 byte into a small block", 24, 1),
  inside("4 bytes into a small block", 24, 4),
  inside("1 byte before a small block", 24, -1),
  inside("256 bytes into a small block", 512, 256),
  inside("8 bytes into a large block", 3000, 8),
  inside("16 bytes into a large block", 3000, 16),
  inside("1 byte into a large block", 3000, 1),
  inside("at the header of a large block", 3000, -8),
  inside("16 bytes into a raw block", 3000, 16, "raw"),
  inside("4 bytes into a raw block", 24, 4, "raw"),
];

// ── no block at all ─────────────────────────────────────────────────────────────────────────────────

function at(name: string, place: number | ((heap: CoreHeap) => number)): Misuse {
  const find = typeof place === "number" ? () => place : place;
  return { name, address: (heap) => outer(heap, find(heap)) >>> 0, status: BAD_ADDRESS };
}

/** A small block's pool: its address. */
function pool(heap: CoreHeap, size: number): number {
  const block = heap.mem.malloc(size);
  return block - (block % POOL_BYTES);
}

function arena(heap: CoreHeap): number {
  return poolArenas(heap.memory)[0] as number;
}

const FOREIGN: Misuse[] = [
  at("8, just past null", 8),
  at("16, in the guard page", 16),
  at("the runtime record", RUNTIME),
  at("the inside of the runtime record", RUNTIME + 0x10),
  at("the rings", RINGS),
  at("the quick lists of blocks", QUICK_BLOCKS),
  at("the table of slots", SLOTS + 16),
  at("the quick lists of chunks", QUICK_CHUNKS + 0x20),
  at("the first byte behind the runtime", HEAP_START),
  at("the first chunk's header", HEAP_START + 8),
  at("an arena's head page", arena),
  at("an arena's record", (heap) => arena(heap) + 16),
  at("a pool's descriptor", (heap) => arena(heap) + 64),
  at("a pool's tag", (heap) => arena(heap) + 3840),
  at("the last header of memory", (heap) => heap.memory.byteLength - 8),
  at("the end of memory", (heap) => heap.memory.byteLength),
  at("16 bytes past the end of memory", (heap) => heap.memory.byteLength + 16),
  at("a slot past the end of memory", (heap) => heap.memory.byteLength + ARENA_BYTES),
  at("2 GiB less 16", 0x7fff_fff0),
  at("2 GiB", 0x8000_0000),
  at("the last 16 bytes of the address space", 0xffff_ffe0),
  { name: "0xffffffff", address: () => 0xffff_ffff, status: BAD_ADDRESS },
  { name: "-1", address: () => -1, status: BAD_ADDRESS },
  { name: "3", address: () => 3, status: BAD_ADDRESS },
  { name: "0xfffffff8", address: () => 0xffff_fff8, status: BAD_ADDRESS },
];

const NEVER_ALLOCATED: Misuse[] = [
  at("a block of a pool that was not handed out yet", (heap) => pool(heap, 136) + 26 * (heap.debug ? 152 : 136)),
  {
    // Blocks are made 16 at a time; one that was made and not handed out is free as if it had been freed.
    name: "a block that was made together with others",
    address: (heap) => outer(heap, pool(heap, 136) + 9 * (heap.debug ? 152 : 136)),
    status: ALREADY_FREE,
  },
  at("a pool that was not handed out yet", (heap) => {
    return poolsOf(heap.memory, arena(heap)).find(({ state }) => state === "virgin")?.address as number;
  }),
  at("a place in an empty pool where no block was", (heap) => {
    const blocks = mallocs(heap, 300, 240);
    freeAll(heap, blocks);
    heap.settle();
    const block = heap.block(blocks[12] as number);
    return block - (block % POOL_BYTES) + 8;
  }),
  {
    name: "free space between large blocks",
    address: (heap) => outer(heap, freeChunk(heap) + 8),
    status: ALREADY_FREE,
  },
  at("the inside of free space", (heap) => freeChunk(heap) + 8 + 32),
  at("the fence before an arena", (heap) => arena(heap) - 8),
  at("the fence at the end of memory", (heap) => heap.memory.byteLength - 16),
  {
    name: "a small block whose pool was lent",
    address: (heap) => {
      const blocks: number[] = [];
      for (let block = heap.mem.malloc(480); block !== 0; block = heap.mem.malloc(480)) blocks.push(block);
      freeAll(heap, blocks);
      heap.settle();
      for (let size = 240_000; size > 3000; size /= 1.5) while (heap.raw.malloc(size) !== 0);
      const lent = poolArenas(heap.memory)
        .flatMap((of) => poolsOf(heap.memory, of))
        .filter(({ state }) => state === "lent");
      expect(lent.length).toBeGreaterThan(0);
      const starts = new Set(lent.map(({ address }) => address));
      return blocks.find((b) => starts.has(b - (b % POOL_BYTES)) && heap.block(b) % POOL_BYTES !== 0) as number;
    },
    status: EITHER,
  },
];

/** The largest free chunk. */
function freeChunk(heap: CoreHeap): number {
  const chunks = regions(heap.memory).flatMap((region) => chunksOf(heap.memory, region));
  const free = chunks.filter(({ used }) => !used).sort((a, b) => b.bytes - a.bytes);
  return (free[0] as { address: number }).address;
}

// ── contents that look like a block ─────────────────────────────────────────────────────────────────

const FORGED: Misuse[] = [
  {
    name: "its own header, copied into a large block",
    address: (heap) => {
      const block = heap.block(heap.mem.malloc(3000));
      heap.memory.bytes.copyWithin(block + 32 - 8, block - 8, block);
      forgeFrame(heap, block + 32 + 8, 100);
      return outer(heap, block + 32);
    },
    status: BAD_ADDRESS,
  },
  {
    name: "a fitting header with another block's seal",
    address: (heap) => {
      const [block, other] = mallocs(heap, 2, 3000).map((address) => heap.block(address)) as [number, number];
      heap.poke(block + 32 - 8, 1024 | 3);
      heap.poke(block + 32 - 4, heap.word(other - 4));
      forgeFrame(heap, block + 32 + 8, 100);
      return outer(heap, block + 32);
    },
    status: BAD_ADDRESS,
  },
  {
    name: "a header without a seal",
    address: (heap) => {
      const block = heap.block(heap.mem.malloc(3000));
      heap.poke(block + 32 - 8, 1024 | 3);
      heap.poke(block + 32 - 4, 0);
      forgeFrame(heap, block + 32 + 8, 100);
      return outer(heap, block + 32);
    },
    status: BAD_ADDRESS,
  },
  {
    name: "a large block's header at the end of a pool",
    address: (heap) => {
      // The last block of a pool ends where an address that is aligned to a pool has its header.
      const blocks = mallocs(heap, 2 * 8, heap.debug ? 500 : 512);
      const last = blocks.find((block) => heap.block(block) % POOL_BYTES === 7 * 512) as number;
      const header = heap.block(heap.mem.malloc(3000)) - 8;
      const end = heap.block(last) + 512;
      if (!heap.debug) heap.memory.bytes.copyWithin(end - 8, header, header + 8);
      return outer(heap, end) + 8;
    },
    status: BAD_ADDRESS,
  },
];

// ── the domain ──────────────────────────────────────────────────────────────────────────────────────

function wrong(from: DomainName, to: DomainName, size: number): Misuse {
  return {
    name: `a ${from} block of ${size} bytes, given to ${to}`,
    given: to,
    address: (heap) => heap.in(from).malloc(size),
    status: BAD_DOMAIN,
    onlyDebug: from !== "raw" && to !== "raw",
  };
}

const DOMAIN: Misuse[] = [24, 512, 3000, 100_000].flatMap((size) => [
  wrong("raw", "mem", size),
  wrong("raw", "obj", size),
  wrong("mem", "raw", size),
  wrong("obj", "raw", size),
  wrong("mem", "obj", size),
  wrong("obj", "mem", size),
]);

const TABLE: [string, Misuse[]][] = [
  ["freed already", FREED],
  ["inside a block", INTERIOR],
  ["outside the heap", FOREIGN],
  ["never allocated", NEVER_ALLOCATED],
  ["a forgery", FORGED],
  ["another domain", DOMAIN],
];

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  describe.each(TABLE)("%s", (_, misuses) => {
    const cases = misuses.filter(({ onlyDebug }) => debug || !onlyDebug);
    test.each(cases)("$name", ({ address, status, given = "mem" }) => {
      const heap = open({ maximumPages: 80 });
      furnish(heap);
      const bad = address(heap);
      heap.verify();
      const before = heap.snapshot();
      const calls = heap.in(given);
      const statuses: Record<string, () => number> = {
        free: () => calls.free(bad),
        "realloc to less": () => calls.realloc(bad, 4) || heap.core.lastStatus(),
        "realloc to more": () => calls.realloc(bad, 4000) || heap.core.lastStatus(),
        usableSize: () => calls.usableSize(bad) || heap.core.lastStatus(),
      };
      for (const [call, make] of Object.entries(statuses)) {
        const got = make();
        expect([status].flat(), call).toContain(got);
        expect(heap.core.lastStatus(), call).toBe(got);
        expect(heap.core.faultAddress() >>> 0, call).toBe(bad >>> 0);
        expect(heap.firstChange(before), `${call}: a byte changed`).toBe(-1);
      }
      heap.verify();
      expect(heap.firstChange(before), "verify changed a byte").toBe(-1);
    });
  });

  test("0 is no block, and freeing it is no mistake", () => {
    const heap = open();
    furnish(heap);
    const before = heap.snapshot();
    for (const domain of ["raw", "mem", "obj"] as const) {
      expect(heap.in(domain).free(0)).toBe(OK);
      expect(heap.in(domain).usableSize(0)).toBe(0);
    }
    expect(heap.firstChange(before)).toBe(-1);
  });
});

describe.each(PLAIN)("$name", ({ open }) => {
  test("a live block whose contents are the stamp of a free one is freed, once", () => {
    const heap = open();
    furnish(heap);
    for (const size of [8, 24, 512]) {
      const [block, other] = mallocs(heap, 2, size) as [number, number];
      heap.mem.free(block);
      const stamp = heap.word(block + 4);
      expect(heap.mem.malloc(size)).toBe(block);
      heap.poke(block + 4, stamp);
      expect(heap.mem.usableSize(block)).toBe(size);
      expect(heap.mem.realloc(block, size)).toBe(block);
      heap.verify();
      expect(heap.mem.free(block)).toBe(OK);
      expect(heap.mem.free(block)).toBe(ALREADY_FREE);
      expect(heap.mem.free(other)).toBe(OK);
      heap.core.drain();
      heap.verify();
    }
  });

  describe("a freed block that was written to is not handed out", () => {
    test("a small one: malloc says so, once", () => {
      const heap = open();
      const blocks = mallocs(heap, 4, 40);
      freeAll(heap, blocks);
      heap.memory.bytes.fill(0x41, blocks[3], (blocks[3] as number) + 40);
      expect(heap.broken()).toMatch(/^stamp /);
      expect(heap.mem.malloc(40)).toBe(0);
      expect(heap.core.lastStatus()).toBe(CORRUPT);
      expect(heap.core.faultAddress() >>> 0).toBe(blocks[3]);
      expect(blocks).not.toContain(heap.mem.malloc(40));
      heap.verify();
    });

    test("a small one whose link still leads on: those behind it are handed out", () => {
      const heap = open();
      const blocks = mallocs(heap, 4, 40);
      freeAll(heap, blocks);
      heap.poke((blocks[3] as number) + 4, 0x41414141);
      expect(mallocs(heap, 4, 40)).toEqual([0, blocks[2], blocks[1], blocks[0]]);
      heap.verify();
    });

    test("a large one: malloc takes another", () => {
      const heap = open();
      const block = heap.mem.malloc(1000);
      heap.mem.malloc(600);
      heap.mem.free(block);
      heap.memory.bytes.fill(0x41, block - 4, block + 1000);
      expect(heap.mem.malloc(1000)).not.toBe(block);
      expect(heap.core.lastStatus()).toBe(CORRUPT);
    });

    test.each([
      [40, 0x6c6c6548],
      [40, 0xffff_fff8],
      [40, 0x8000_0000],
      [40, 1],
      [40, 0],
      [1000, 0x6c6c6548],
      [1000, 0xffff_fff8],
      [1000, 0x8000_0008],
      [1000, 1],
      [1000, 0],
    ])("of %i bytes: its first word leads nowhere when that was overwritten with %i", (size, word) => {
      const heap = open();
      const blocks = mallocs(heap, 4, size);
      const kept = mallocs(heap, 4, size);
      freeAll(heap, blocks);
      heap.poke(blocks[3] as number, word);
      const again = mallocs(heap, 6, size).filter((block) => block !== 0);
      expect(again.length).toBeGreaterThan(4);
      expect(new Set(again).size).toBe(again.length);
      for (const block of kept) expect(again).not.toContain(block);
      for (const block of again) expect(heap.mem.usableSize(block)).toBeGreaterThanOrEqual(size);
    });

    test.each([40, 1000])("of %i bytes: drain leaves it and what came behind it where they are", (size) => {
      const heap = open();
      const blocks = mallocs(heap, 4, size);
      freeAll(heap, blocks);
      const damaged = blocks[2] as number;
      heap.memory.bytes.fill(0x41, size > 512 ? damaged - 4 : damaged, damaged + 40);
      heap.core.drain();
      expect(heap.core.lastStatus()).toBe(CORRUPT);
      const again = mallocs(heap, 4, size);
      expect(again.filter((block) => [0, damaged, blocks[0], blocks[1]].includes(block))).toEqual([]);
    });
  });
});
