// Debug mode, byte by byte: the frame around a block, the fills, and the quarantine that freed blocks go through.
import { describe, expect, test } from "vitest";
import {
  QUARANTINE_BYTES,
  R_QUARANTINE_BYTES,
  R_QUARANTINE_HEAD,
  R_QUARANTINE_TAIL,
  REQUEST_MAX,
  RUNTIME,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_DOMAIN, NO_MEMORY, OK, OVERRUN, UNDERRUN, USE_AFTER_FREE } from "../src/status.js";
import { type CoreHeap, DEBUG, DOMAINS } from "./helpers/core.js";

const LETTER = { raw: 0x72, mem: 0x6d, obj: 0x6f };
const SIZES = [0, 1, 3, 4, 8, 20, 257, 500, 501, 2000, 70_000];

function bytes(heap: CoreHeap, start: number, end: number): number[] {
  return [...heap.memory.bytes.subarray(start, end)];
}

function all(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

function sizeBytes(size: number): number[] {
  return [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255];
}

/** The blocks in quarantine, the one freed first in front. */
function quarantine(heap: CoreHeap): number[] {
  const list: number[] = [];
  for (let at = heap.word(RUNTIME + R_QUARANTINE_HEAD); at !== 0; at = heap.word(at)) list.push(at + 8);
  expect(list.length === 0 ? 8 : list.at(-1)).toBe(heap.word(RUNTIME + R_QUARANTINE_TAIL) + 8);
  return list;
}

function poke(heap: CoreHeap, address: number, value: number): void {
  heap.memory.bytes[address] = value;
}

/** What free, realloc and usableSize say of a block; nothing but the notes of the last failure changes. */
function statuses(heap: CoreHeap, domain: "raw" | "mem" | "obj", block: number): number[] {
  const calls = heap.in(domain);
  const before = heap.snapshot();
  const found = [
    calls.free(block),
    calls.realloc(block, 5) || heap.core.lastStatus(),
    calls.usableSize(block) || heap.core.lastStatus(),
  ];
  expect(heap.firstChange(before)).toBe(-1);
  expect(heap.core.faultAddress() >>> 0).toBe(block);
  return found;
}

describe.each(DEBUG)("$name", ({ open }) => {
  describe.each(DOMAINS)("%s", (domain) => {
    test.each(SIZES)("the frame of %i bytes, and the fills of malloc, calloc and free", (size) => {
      const heap = open();
      const calls = heap.in(domain);
      for (const [block, fill] of [
        [calls.malloc(size), 0xcd],
        [calls.calloc(1, size), 0],
        [calls.realloc(0, size), 0xcd],
      ] as const) {
        expect(bytes(heap, block - 8, block)).toEqual([...sizeBytes(size), LETTER[domain], 0xfd, 0xfd, 0xfd]);
        expect(bytes(heap, block, block + size)).toEqual(all(fill, size));
        expect(bytes(heap, block + size, block + size + 4)).toEqual(all(0xfd, 4));
        expect(calls.usableSize(block)).toBe(size);
        expect(calls.free(block)).toBe(OK);
        // All but the link to the block freed next.
        expect(bytes(heap, block - 4, block + size + 4)).toEqual(all(0xdd, size + 8));
      }
      heap.verify();
    });

    test.each([
      [20, 300],
      [300, 20],
      [20, 20],
      [600, 5000],
      [5000, 600],
      [40, 0],
    ])("realloc from %i to %i bytes moves the block, and fills what is new and what is left", (from, to) => {
      const heap = open();
      const calls = heap.in(domain);
      const block = calls.malloc(from);
      const contents = Array.from({ length: from }, (_, i) => (i * 3) & 255);
      heap.memory.bytes.set(contents, block);
      const moved = calls.realloc(block, to);
      expect(moved).not.toBe(block);
      expect(bytes(heap, moved - 8, moved)).toEqual([...sizeBytes(to), LETTER[domain], 0xfd, 0xfd, 0xfd]);
      const kept = Math.min(from, to);
      expect(bytes(heap, moved, moved + kept)).toEqual(contents.slice(0, kept));
      expect(bytes(heap, moved + kept, moved + to)).toEqual(all(0xcd, to - kept));
      expect(bytes(heap, moved + to, moved + to + 4)).toEqual(all(0xfd, 4));
      expect(bytes(heap, block - 4, block + from + 4)).toEqual(all(0xdd, from + 8));
      expect(quarantine(heap)).toEqual([block]);
      expect(calls.free(block)).toBe(ALREADY_FREE);
      heap.verify();
    });

    // 21 + 12 bytes leave 7 in a block of 40: the pad is not at the end of it.
    test.each([0, 1, 8, 21, 28, 500, 3000])("each of the four bytes behind %i bytes is guarded", (size) => {
      const heap = open();
      const calls = heap.in(domain);
      const block = calls.malloc(size);
      for (let at = block + size; at < block + size + 4; at++) {
        poke(heap, at, 0xfc);
        expect(statuses(heap, domain, block)).toEqual(all(OVERRUN, 3));
        expect(heap.broken()).toMatch(/^frame /);
        expect([heap.core.lastStatus(), heap.core.faultAddress() >>> 0]).toEqual([OVERRUN, block]);
        poke(heap, at, 0xfd);
        heap.verify();
      }
      expect(calls.free(block)).toBe(OK);
    });

    test("each of the bytes before the data is guarded", () => {
      const heap = open();
      const calls = heap.in(domain);
      for (const size of [0, 21, 300, 3000]) {
        const block = calls.malloc(size);
        for (const at of [1, 2, 3, 4]) {
          poke(heap, block - at, 0x41);
          expect(statuses(heap, domain, block), `byte −${at}`).toEqual(all(UNDERRUN, 3));
          expect(heap.broken()).toMatch(/^frame /);
          expect([heap.core.lastStatus(), heap.core.faultAddress() >>> 0]).toEqual([UNDERRUN, block]);
          poke(heap, block - at, at === 4 ? LETTER[domain] : 0xfd);
        }
        for (const at of [5, 6, 7, 8]) {
          const before = heap.memory.bytes[block - at] as number;
          poke(heap, block - at, before ^ 0x40);
          // A size that fits into the block makes the pad behind the data look wrong instead.
          for (const status of statuses(heap, domain, block)) expect([UNDERRUN, OVERRUN]).toContain(status);
          expect(heap.broken()).toMatch(/^frame /);
          poke(heap, block - at, before);
        }
        heap.verify();
        expect(calls.free(block)).toBe(OK);
      }
    });

    test("the letter of another domain is a block of that domain", () => {
      const heap = open();
      const block = heap.in(domain).malloc(20);
      for (const other of DOMAINS.filter((name) => name !== domain)) {
        expect(statuses(heap, other, block)).toEqual(all(BAD_DOMAIN, 3));
        poke(heap, block - 4, LETTER[other]);
        expect(statuses(heap, domain, block)).toEqual(all(BAD_DOMAIN, 3));
        poke(heap, block - 4, LETTER[domain]);
      }
      expect(heap.in(domain).free(block)).toBe(OK);
    });

    test("a write to a freed block is found by verify, wherever it is", () => {
      const heap = open();
      for (const size of [0, 1, 30, 600]) {
        const block = heap.in(domain).malloc(size);
        heap.in(domain).free(block);
        for (let at = block - 4; at < block + size + 4; at++) {
          poke(heap, at, 0xcd);
          expect(heap.broken(), `byte ${at - block} of ${size}`).toMatch(/^frame /);
          // Without the dead bytes in front of it, it passes for a live block with a damaged frame.
          expect(heap.core.lastStatus()).toBe(at < block ? UNDERRUN : USE_AFTER_FREE);
          expect(heap.core.faultAddress() >>> 0).toBe(block);
          poke(heap, at, 0xdd);
        }
        heap.verify();
      }
    });

    test.each([0, 15, 29])("a write to byte %i of a freed block is reported by the free that ends its time", (at) => {
      const heap = open();
      const calls = heap.in(domain);
      const [written, other] = [calls.malloc(30), calls.malloc(30)];
      calls.free(written);
      calls.free(other);
      poke(heap, written + at, 0);
      const flood = calls.malloc(QUARANTINE_BYTES);
      expect(calls.free(flood)).toBe(USE_AFTER_FREE);
      expect([heap.core.lastStatus(), heap.core.faultAddress() >>> 0]).toEqual([USE_AFTER_FREE, written]);
      // The block that was given is freed all the same; it is said once; the damaged block is not used again.
      expect(quarantine(heap)).toEqual([]);
      expect(calls.free(flood)).toBe(ALREADY_FREE);
      const again = Array.from({ length: 500 }, () => calls.malloc(30));
      expect(again).toContain(other);
      expect(again).not.toContain(written);
      expect(calls.free(again[0] as number)).toBe(OK);
      expect(heap.broken()).toMatch(/^frame /);
      expect(heap.core.faultAddress() >>> 0).toBe(written);
    });

    test("a write to a freed block is reported by the next free, when a realloc or a malloc ended its time", () => {
      for (const end of ["realloc", "malloc"] as const) {
        const heap = open({ pages: 24, maximumPages: 24 });
        const calls = heap.in(domain);
        const [written, large] = [calls.malloc(30), calls.malloc(200_000)];
        const [kept, second] = [calls.malloc(10), calls.malloc(200_000)];
        calls.free(written);
        calls.free(large);
        poke(heap, written, 0);
        if (end === "realloc") expect(calls.realloc(second, 200_001)).not.toBe(0);
        else expect(calls.malloc(24 * 65_536)).toBe(0);
        expect(calls.free(kept)).toBe(USE_AFTER_FREE);
        expect(heap.core.faultAddress() >>> 0).toBe(written);
        expect(calls.free(kept)).toBe(ALREADY_FREE);
      }
    });
  });

  describe("quarantine", () => {
    test("keeps a freed block from being used again", () => {
      const heap = open();
      const block = heap.mem.malloc(20);
      heap.mem.free(block);
      for (let i = 0; i < 1000; i++) expect(heap.mem.malloc(20)).not.toBe(block);
      heap.settle();
      const again = Array.from({ length: 2000 }, () => heap.mem.malloc(20));
      expect(again).toContain(block);
    });

    test("gives blocks back in the order in which they were freed, as few as the bound takes", () => {
      const heap = open();
      const freed: { block: number; bytes: number }[] = [];
      for (let i = 0; i < 400; i++) {
        const domain = DOMAINS[i % 3] as "raw" | "mem" | "obj";
        const size = [40, 300, 2000, 9000][i % 4] as number;
        const block = heap.in(domain).malloc(size);
        // What the allocator below has for the frame and the data.
        const room = domain === "raw" ? heap.core.rawUsableSize(block - 8) : heap.core.usableSize(block - 8);
        expect(heap.in(domain).free(block)).toBe(OK);
        freed.push({ block, bytes: room });
        let bytes = 0;
        const kept: number[] = [];
        for (const each of [...freed].reverse()) {
          bytes += each.bytes;
          if (bytes > QUARANTINE_BYTES) break;
          kept.unshift(each.block);
        }
        expect(quarantine(heap)).toEqual(kept);
      }
      heap.verify();
    });

    test("holds a block as large as it is, and none that is larger", () => {
      const heap = open();
      // 262,144 bytes with the frame, and the allocator's header of 8 keeps it from being rounded up.
      const largest = heap.mem.malloc(QUARANTINE_BYTES - 12 - 8);
      heap.mem.free(largest);
      expect(quarantine(heap)).toEqual([largest]);
      const larger = heap.mem.malloc(QUARANTINE_BYTES - 11);
      heap.mem.free(larger);
      expect(quarantine(heap)).toEqual([]);
      expect(heap.word(RUNTIME + R_QUARANTINE_BYTES)).toBe(0);
      heap.verify();
    });

    test("that was written to is not followed", () => {
      for (const word of [0x6c6c6548, 0xffff_fff8, 8, 0]) {
        const heap = open();
        const freed = Array.from({ length: 4 }, () => heap.mem.malloc(50));
        const kept = heap.mem.malloc(50);
        for (const block of freed) heap.mem.free(block);
        // The link lies where the size was, 8 bytes before the data.
        heap.poke((freed[1] as number) - 8, word);
        expect(heap.broken()).toMatch(/^quarantine /);
        expect(heap.mem.free(heap.mem.malloc(QUARANTINE_BYTES))).toBe(USE_AFTER_FREE);
        expect(heap.core.faultAddress() >>> 0).toBe(freed[1]);
        expect(quarantine(heap)).toEqual([]);
        expect(heap.mem.usableSize(kept)).toBe(50);
        expect(heap.mem.free(kept)).toBe(OK);
        const again = Array.from({ length: 300 }, () => heap.mem.malloc(50));
        expect(again).toContain(freed[0]);
        for (const block of freed.slice(1)) expect(again).not.toContain(block);
      }
    });

    test("is emptied, the oldest first, when memory runs out", () => {
      const heap = open({ pages: 8, maximumPages: 8 });
      const blocks = [1, 2, 3, 4].map(() => heap.mem.malloc(50_000));
      // Nothing but what is in quarantine is left.
      for (let size = 100_000; size > 0; size = Math.floor(size / 1.1)) while (heap.raw.malloc(size) !== 0);
      for (const block of blocks) expect(heap.mem.free(block)).toBe(OK);
      expect(quarantine(heap)).toEqual(blocks);
      expect(heap.mem.malloc(50_000)).toBe(blocks[0]);
      expect(quarantine(heap)).toEqual(blocks.slice(1));
      expect(heap.mem.malloc(100_000)).toBe(blocks[1]);
      expect(quarantine(heap)).toEqual(blocks.slice(3));
      expect(heap.mem.malloc(400_000)).toBe(0);
      expect(heap.core.lastStatus()).toBe(NO_MEMORY);
      expect(quarantine(heap)).toEqual([]);
      heap.verify();
      expect(heap.mem.malloc(50_000)).not.toBe(0);
    });

    test("a block that realloc cannot move is as it was", () => {
      const heap = open({ pages: 8, maximumPages: 8 });
      const block = heap.mem.malloc(50_000);
      heap.memory.bytes.fill(7, block, block + 50_000);
      expect(heap.mem.realloc(block, 450_000)).toBe(0);
      expect(heap.core.lastStatus()).toBe(NO_MEMORY);
      expect(heap.mem.usableSize(block)).toBe(50_000);
      expect(heap.memory.bytes.subarray(block, block + 50_000).every((byte) => byte === 7)).toBe(true);
      heap.verify();
      expect(heap.mem.free(block)).toBe(OK);
    });
  });

  test("the largest request is less than without a frame", () => {
    const heap = open();
    for (const size of [REQUEST_MAX, REQUEST_MAX - 11, 0xffff_ffff, 0xffff_fff4]) {
      expect(heap.mem.malloc(size)).toBe(0);
      expect(heap.core.lastStatus()).toBe(NO_MEMORY);
      expect(heap.mem.calloc(1, size)).toBe(0);
      expect(heap.mem.calloc(size, 0xffff_ffff)).toBe(0);
    }
    heap.verify();
  });
});
