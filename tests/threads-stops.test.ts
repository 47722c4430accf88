// Threads that end while others use the same heap. The same for long: npm run stress -- stops
import { expect, test } from "vitest";
import { TEST_SEED } from "./helpers/random.js";
import { runEnds } from "./stress/ends.js";

/** Ways to end that tests/workers/threads-stops.mjs knows. */
const WAYS = 17;

test(`a thread ends in each of ${WAYS} ways, and the others go on or are told, seed ${TEST_SEED}`, async () => {
  const outcomes = await runEnds({ count: WAYS, seed: TEST_SEED });
  expect(Object.keys(outcomes)).toHaveLength(WAYS);
  // In the middle of the core nothing can be known of what is half done.
  expect(outcomes["in a finalizer"]).toEqual({ unusable: 1 });
  expect(outcomes["by process.exit in a finalizer"]).toEqual({ unusable: 1 });
}, 600_000);
