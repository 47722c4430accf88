// The core's XXH64 agrees with an implementation that has nothing to do with it.
import { describe, expect, test } from "vitest";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { firstDifference, IMAGE_HEAPS, seal, xxh64 } from "./helpers/images.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const STRIPE = 32;

/** The checksum by the core of bytes in its memory, taken in pieces of these lengths. */
function byCore({ core }: CoreHeap, at: number, pieces: readonly number[]): bigint {
  core.checksumBegin();
  let next = at;
  for (const bytes of pieces) {
    core.checksumAdd(next, bytes);
    next += bytes;
  }
  return BigInt.asUintN(64, core.checksumEnd());
}

/** A length in pieces that are multiples of a stripe, here and there an empty one. */
function cutAnywhere(random: Random, length: number): number[] {
  const pieces: number[] = [];
  for (let left = length; left > 0; ) {
    const piece = Math.min(left, STRIPE * random.below(random.pick([2, 8, 200])));
    pieces.push(piece);
    left -= piece;
  }
  return pieces;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("bytes of all lengths, whole and cut anywhere", () => {
    const random = new Random(TEST_SEED);
    const heap = open();
    const at = heap.core.rawMalloc(200_000) >>> 0;
    for (let i = 0; i < 400; i++) {
      const length = STRIPE * (i < 40 ? i + 1 : random.between(1, 6000));
      // The pieces of an image lie at multiples of 32 in it, but anywhere in memory.
      const start = at + random.below(64);
      for (let byte = 0; byte < length; byte++) heap.memory.bytes[start + byte] = random.below(256);
      if (random.chance(10)) heap.memory.bytes.fill(random.pick([0, 255]), start, start + length);
      const wanted = xxh64(heap.memory.bytes.slice(start, start + length));
      expect(byCore(heap, start, [length]), `TEST_SEED=${TEST_SEED}, ${length} bytes`).toBe(wanted);
      expect(byCore(heap, start, cutAnywhere(random, length)), `TEST_SEED=${TEST_SEED}, in pieces`).toBe(wanted);
    }
  });

  test("what is left of a piece that is no multiple of 32 does not count", () => {
    const heap = open();
    const at = heap.core.rawMalloc(100) >>> 0;
    expect(byCore(heap, at, [95])).toBe(byCore(heap, at, [64]));
  });
});

test("values that are known", () => {
  // Of no bytes, and of 0, 1, 2 … 31.
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(xxh64(new Uint8Array(0))).toBe(0xef46db3751d8e999n);
  const heap = (VARIANTS[0] as (typeof VARIANTS)[number]).open();
  const at = heap.core.rawMalloc(32) >>> 0;
  heap.memory.bytes.set(bytes, at);
  expect(byCore(heap, at, [32])).toBe(0xcbf59c5116ff32b4n);
});

describe.each(IMAGE_HEAPS)("$name", ({ open }) => {
  test("the checksum of an image is that of all its bytes", async () => {
    using heap = await open();
    for (const text of ["a", "b".repeat(5000)]) {
      heap.globals.set(text, [text, { text }]);
      const image = heap.snapshot();
      expect(firstDifference(seal(image.slice()), image)).toBe(-1);
    }
  });
});
