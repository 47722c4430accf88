// Several threads on one heap: what they did must add up. The same for long: npm run stress -- threads
import { describe, expect, test } from "vitest";
import { TEST_SEED } from "./helpers/random.js";
import { runMix } from "./stress/mix.js";
import { runSums } from "./stress/sums.js";

/** Seconds; so short that the lock changes hands often even in a short test. */
const INTERVAL = 0.0002;

describe(`workers on one heap, seed ${TEST_SEED}`, () => {
  test.each([
    [2, false],
    [4, false],
    [2, true],
  ])("%i of them lose nothing; debug: %s", { timeout: 300_000 }, async (workers, debug) => {
    const report = await runSums({ workers, operations: 40_000, seed: TEST_SEED, interval: INTERVAL, debug });
    expect(report.operations).toBe(40_000);
    expect(report.switches).toBeGreaterThan(workers);
    expect(report.collections).toBeGreaterThan(0);
    expect(report.verified).toBeGreaterThan(0);
  });

  test.each([
    [2, false],
    [4, false],
    [3, true],
  ])("%i of them find each operation in one piece; debug: %s", { timeout: 300_000 }, async (workers, debug) => {
    const report = await runMix({ workers, operations: 12_000, seed: TEST_SEED, interval: INTERVAL, debug });
    expect(report.checks).toBeGreaterThan(3000);
    expect(report.switches).toBeGreaterThan(workers);
    expect(report.verified).toBeGreaterThan(0);
  });
});
