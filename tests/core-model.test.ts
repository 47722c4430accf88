// Random programs on every build of the core, against a shadow that knows what must be true of a heap.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { ARENA_BYTES } from "../src/layout.js";
import { type CoreHeap, DOMAINS, VARIANTS } from "./helpers/core.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { type Block, Shadow } from "./helpers/shadow.js";
import { runWorkload } from "./helpers/workload.js";

const MIB = 2 ** 20;
/** Steps of all long programs together; npm run stress does more. */
const LONG_STEPS = 400_000;

beforeAll(() => console.info(`TEST_SEED=${TEST_SEED}`));

// ── short programs, looked at after every step, shrunk when they fail ──

const size = fc.oneof(
  { weight: 6, arbitrary: fc.nat(96) },
  { weight: 2, arbitrary: fc.nat(512) },
  { weight: 2, arbitrary: fc.integer({ min: 500, max: 530 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4060, max: 4120 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 65_560 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_536, max: MIB }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 8, 512, 513, 261_000, 262_144, 0x8000_0000, 0xffff_ffff) },
);
const step = fc.record({
  call: fc.constantFrom("malloc", "malloc", "malloc", "calloc", "realloc", "realloc", "free", "free", "drain"),
  domain: fc.constantFrom(...DOMAINS),
  size,
  /** How many blocks of this size: one pool's worth of blocks brings pools and arenas into play. */
  times: fc.constantFrom(1, 1, 1, 1, 5, 70),
  pick: fc.nat(),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(shadow: Shadow, { call, domain, size, times, pick }: Step): void {
  for (let i = 0; i < (size > 4200 ? 1 : times); i++) {
    const block = shadow.live[(pick + i) % (shadow.live.length || 1)] as Block | undefined;
    if (call === "malloc") shadow.malloc(domain, size);
    else if (call === "calloc") shadow.calloc(domain, 1, size);
    else if (call === "drain") shadow.heap.core.drain();
    else if (block === undefined) return;
    else if (call === "realloc") shadow.realloc(block, size);
    else shadow.free(block);
  }
}

/** Every byte of every arena in one row. */
function ledgerAddsUp(heap: CoreHeap): void {
  const { ledger, arenas } = heap.stats();
  const { total, ...rows } = ledger;
  expect(Object.values(rows).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
  expect(total).toBe(arenas.current * ARENA_BYTES);
}

describe.each(VARIANTS)("$name", ({ name, open }) => {
  test.each([
    ["with the ledger after every step", true],
    ["without draining quick lists in between", false],
  ])("short programs agree with the shadow, %s", (_, drained) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = open({ key: TEST_SEED });
        const shadow = new Shadow(heap, 128 * MIB);
        for (const each of steps) {
          take(shadow, each);
          heap.verify();
          if (drained) ledgerAddsUp(heap);
        }
        shadow.checkAll();
        shadow.freeAll();
        heap.settle();
        heap.verify();
        ledgerAddsUp(heap);
        expect(heap.stats().large.blocks).toBe(0);
        expect(heap.stats().arenas.current).toBeLessThanOrEqual(1);
      }),
      { seed: TEST_SEED, numRuns: 60 },
    );
  });

  test("a long program agrees with the shadow", () => {
    const seed = TEST_SEED;
    const heap = open({ key: seed, maximumPages: 4096 });
    try {
      const steps = LONG_STEPS / VARIANTS.length;
      runWorkload(heap, 256 * MIB, { steps, random: new Random(seed), verifyEvery: 5000 });
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${seed}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    heap.settle();
    heap.verify();
    expect(heap.stats().large.blocks).toBe(0);
    expect(heap.stats().arenas.current).toBeLessThanOrEqual(1);
  });
});
