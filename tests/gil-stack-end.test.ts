// The lock at the end of the engine's stack: whatever call it comes in, nobody is left with the lock.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

test("run and atomic let go of the lock, or do not take it", async () => {
  const worker = new Worker(new URL("workers/gil-stack-end.mjs", import.meta.url), {
    resourceLimits: { stackSizeMb: 1 },
  });
  const [results] = await once(worker, "message");
  const good = { done: true, failed: 200, left: 0 };
  expect(results).toEqual([good, good]);
});
