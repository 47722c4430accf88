// A heap that was restored goes on as the one of which its image was taken: whatever is done to both comes to the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Handle } from "../src/handle.js";
import type { Heap } from "../src/index.js";
import { G_CALLS, GC, GC_STATS, HEAP_START, R_STATUS, RUNTIME, S_DURATION, STATS_SHIFT } from "../src/layout.js";
import { ImageProgram, programTypes } from "./helpers/imageprograms.js";
import { firstDifference, HEADER, IMAGE_HEAPS, offsetOf } from "./helpers/images.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { differenceOf } from "./helpers/sameshape.js";

/** Pairs of heaps for each variant: 300 in all, or as many as IMAGE_RUNS says. */
const RUNS = Math.ceil(Number(process.env.IMAGE_RUNS ?? 300) / IMAGE_HEAPS.length);

/**
 * What an image says of pages, and the runtime in it, without what two heaps need not have alike: how long collections took, how often the host was called, and what
 * failed last. What was in blocks that are free is gone in a heap that was restored.
 */
function comparable(heap: Heap): Uint8Array {
  const image = heap.snapshot();
  for (const generation of [0, 1, 2]) {
    const at = offsetOf(image, GC_STATS + (generation << STATS_SHIFT) + S_DURATION);
    image.fill(0, at, at + 8);
  }
  const calls = offsetOf(image, GC + G_CALLS);
  image.fill(0, calls, calls + 4);
  const status = offsetOf(image, RUNTIME + R_STATUS);
  image.fill(0, status, status + 12);
  return image.fill(0, HEADER.checksum, HEADER.checksum + 8).subarray(0, offsetOf(image, HEAP_START));
}

function counts(heap: Heap): unknown {
  const { gc, sys } = heap;
  const switches = [gc.getCount(), gc.getThreshold(), gc.getFreezeCount(), gc.isEnabled()];
  // What handles held takes a page of memory more while a heap is restored.
  const { reserved, ...usage } = sys.memoryUsage();
  expect(reserved).toBeGreaterThan(0);
  return [switches, usage, heap.inspect({ blocks: true })];
}

describe.each(IMAGE_HEAPS)("$name", ({ open, restore }) => {
  test("random programs before and after", async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 400 }),
      fc.integer({ min: 0, max: 150 }),
      async (seed, before, after) => {
        const log: number[] = [];
        const called = () => log.splice(0).join();
        using heap = await open({ gc: { threshold: [40, 3, 3] } });
        const types = programTypes(heap, (id) => log.push(id));
        const first = new ImageProgram(heap, types, new Random(seed), true);
        for (let i = 0; i < before; i++) first.step();
        const held = holdSome(heap, new Random(seed + 2));
        called();
        using back = await restore(heap.snapshot(), { structs: Object.values(types) });
        back.verify();
        const released = called();
        for (const handle of held) handle.release();
        expect(released).toBe(called());
        expect(differenceOf(back.toJS(back.globals), heap.toJS(heap.globals))).toBe(null);
        expect(counts(back)).toEqual(counts(heap));
        const [one, other] = [heap, back].map(
          (each) => new ImageProgram(each, programsOf(each, types), new Random(seed + 1)),
        ) as [ImageProgram, ImageProgram];
        for (let i = 0; i < after; i++) {
          const outcome = `${one.step()}; ${called()}`;
          expect(`${other.step()}; ${called()}`).toBe(outcome);
          if (i % 8 === 0) back.verify();
        }
        back.verify();
        expect(differenceOf(back.toJS(back.globals), heap.toJS(heap.globals))).toBe(null);
        expect(counts(back)).toEqual(counts(heap));
        expect(firstDifference(comparable(back), comparable(heap))).toBe(-1);
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: TEST_SEED | 0 });
  });
});

/** Handles of some objects, those with lower addresses first. */
function holdSome(heap: Heap, random: Random): Handle[] {
  const held: Handle[] = [];
  for (let i = random.below(8); i > 0; i--) {
    const value = heap.globals.get(`v${random.below(14)}`);
    if (value instanceof Handle) held.push(value);
    held.push(heap.list([i, value ?? null]));
    if (random.chance(30)) heap.globals.delete(`v${random.below(14)}`);
  }
  return held.sort((a, b) => a.address - b.address);
}

/** The types that a heap has of those of another. */
function programsOf(heap: Heap, types: ReturnType<typeof programTypes>): ReturnType<typeof programTypes> {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, heap.struct(type as never)])) as never;
}
