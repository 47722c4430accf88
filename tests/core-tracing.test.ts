// What the core tells of each block while allocations are traced, against a model of the calls.
import { describe, expect, test } from "vitest";
import { Heap } from "../src/index.js";
import { GC_BYTES, LARGE_OFFSET, R_MEMORY_END, R_QUICK_END, RUNTIME, T_TRACKED } from "../src/layout.js";
import { CORRUPT, OK } from "../src/status.js";
import { type CoreHeap, DOMAINS, type DomainName, PLAIN, VARIANTS } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** What a tracer knows by what it was told. */
class Ledger {
  readonly sizes = new Map<number, number>();
  current = 0;
  peak = 0;

  constructor({ host }: CoreHeap) {
    host.track = (block, bytes) => {
      host.untrack(block);
      this.sizes.set(block, bytes);
      this.current += bytes;
      this.peak = Math.max(this.peak, this.current);
    };
    host.untrack = (block) => {
      this.current -= this.sizes.get(block) ?? 0;
      this.sizes.delete(block);
    };
  }

  /** Sorted by address. */
  entries(): [number, number][] {
    return [...this.sizes].sort(([a], [b]) => a - b);
  }
}

interface Block {
  readonly domain: DomainName;
  readonly size: number;
}

const SIZES = [0, 1, 7, 8, 9, 24, 100, 511, 512, 513, 600, 4_000, 5_000, 20_000, 70_000];

for (const variant of VARIANTS) {
  describe(`traced blocks, ${variant.name}`, () => {
    // Without a frame there is no block of no bytes.
    const recorded = (size: number) => (variant.debug ? size : Math.max(size, 1));

    test("each block is told of with its size, and when it is freed", () => {
      const heap = variant.open();
      const ledger = new Ledger(heap);
      const before = heap.mem.malloc(40);
      heap.core.traceBegin();
      const blocks = DOMAINS.flatMap((domain) =>
        SIZES.map((size) => [heap.in(domain).malloc(size), size, domain] as const),
      );
      expect(ledger.entries()).toEqual(
        blocks.map(([address, size]) => [address, recorded(size)] as const).sort(([a], [b]) => a - b),
      );
      for (const [address, , domain] of blocks) expect(heap.in(domain).free(address)).toBe(OK);
      expect(heap.mem.free(before)).toBe(OK);
      heap.core.traceSettle();
      expect(ledger.entries()).toEqual([]);
      expect(heap.broken()).toBe("");
    });

    test("nothing is told before traceBegin and after traceEnd", () => {
      const heap = variant.open();
      const ledger = new Ledger(heap);
      const first = heap.mem.malloc(24);
      heap.core.traceBegin();
      heap.core.traceEnd();
      heap.mem.malloc(24);
      heap.mem.malloc(24_000);
      heap.mem.free(first);
      heap.raw.malloc(100);
      heap.core.traceSettle();
      expect(ledger.peak).toBe(0);
      expect(heap.broken()).toBe("");
    });

    test("objects have the size of their type, with gc words, and their blocks theirs", () => {
      const heap = variant.open();
      const ledger = new Ledger(heap);
      const { core } = heap;
      const tracked = core.defineType(2, 29, T_TRACKED, 0, 0);
      const plain = core.defineType(0, 13, 0, 0, 0);
      const large = core.defineType(1, 1_000, T_TRACKED, 0, 0);
      // So that the collector's arrays are there.
      for (const type of [tracked, large]) core.decref(core.newObject(type));
      core.traceBegin();
      const told = [tracked, plain, large].map((type) => {
        core.traceSettle();
        expect(ledger.entries()).toEqual([]);
        const object = core.newObject(type) >>> 0;
        const bytes = ledger.current;
        expect(core.decref(object)).toBe(OK);
        return bytes;
      });
      // Blocks have a multiple of eight bytes.
      expect(told).toEqual([32 + GC_BYTES, 16, 1_000 + LARGE_OFFSET]);
    });

    test(`random programs, seed ${TEST_SEED}`, () => {
      const random = new Random(TEST_SEED);
      for (let program = 0; program < 20; program++) {
        const heap = variant.open();
        const ledger = new Ledger(heap);
        const live = new Map<number, Block>();
        const known = new Map<number, Block>();
        let isTracing = false;
        let peak = 0;
        const put = (address: number, block: Block) => {
          live.set(address, block);
          if (!isTracing) return;
          known.set(address, block);
          peak = Math.max(peak, sum());
        };
        const sum = () => [...known.values()].reduce((bytes, { size }) => bytes + recorded(size), 0);
        const drop = (address: number) => {
          live.delete(address);
          known.delete(address);
        };
        for (let step = 0; step < 400; step++) {
          const domain = random.pick(DOMAINS);
          const size = random.chance(50) ? random.below(600) : random.pick(SIZES);
          const [address, block] = live.size > 0 ? random.pick([...live]) : [0, undefined];
          if (step % 40 === 20) {
            isTracing = !isTracing;
            if (isTracing) heap.core.traceBegin();
            else heap.core.traceEnd();
            known.clear();
            ledger.sizes.clear();
            ledger.current = 0;
            ledger.peak = 0;
            peak = 0;
          } else if (block === undefined || random.chance(45)) {
            const made = random.chance(30) ? heap.in(domain).calloc(1, size) : heap.in(domain).malloc(size);
            put(made, { domain, size });
          } else if (random.chance(40)) {
            const moved = heap.in(block.domain).realloc(address, size);
            // While it is copied there are two of it.
            if (isTracing && moved !== address) peak = Math.max(peak, sum() + recorded(size));
            drop(address);
            put(moved, { domain: block.domain, size });
          } else {
            expect(heap.in(block.domain).free(address)).toBe(OK);
            drop(address);
          }
          expect(ledger.peak).toBe(peak);
          if (isTracing && random.chance(20)) {
            heap.core.traceSettle();
            expect(ledger.entries()).toEqual(
              [...known].map(([at, { size }]) => [at, recorded(size)] as const).sort(([a], [b]) => a - b),
            );
            expect(ledger.current).toBe(sum());
          }
        }
        expect(heap.broken()).toBe("");
      }
    });
  });
}

test.each(PLAIN)(
  "a block that was written to after it was freed is told of, and does not go out, nor the ones behind it, $name",
  (variant) => {
    const heap = variant.open();
    const ledger = new Ledger(heap);
    const [first, second] = [heap.mem.malloc(24), heap.mem.malloc(24)];
    heap.core.traceBegin();
    heap.mem.free(first as number);
    heap.mem.free(second as number);
    heap.poke((second as number) + 4, 1);
    // Whatever is asked for next.
    expect([heap.mem.malloc(100), heap.core.lastStatus(), heap.core.faultAddress()]).toEqual([0, CORRUPT, second]);
    const next = heap.mem.malloc(24);
    expect([first, second]).not.toContain(next);
    expect(ledger.entries()).toEqual([[next, 24]]);
    expect(heap.broken()).toBe("");
  },
);

test.each([false, true])(
  "an image of a heap whose allocations are traced is that of one whose are not, debug %s",
  async (debug) => {
    const heap = await Heap.create({ debug });
    heap.globals.set("words", ["one", "two", 3.5]);
    const before = heap.snapshot();
    heap.core.traceBegin();
    const image = heap.snapshot();
    expect(image.length).toBe(before.length);
    const back = await Heap.restore(image);
    back.verify();
    const word = (from: Heap, offset: number) => new DataView(from.memory.buffer).getUint32(RUNTIME + offset, true);
    expect([word(heap, R_QUICK_END), word(back, R_QUICK_END)]).toEqual([0, word(back, R_MEMORY_END)]);
    heap.core.traceEnd();
    expect(heap.snapshot()).toEqual(before);
  },
);
