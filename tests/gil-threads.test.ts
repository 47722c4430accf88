// Several threads with one lock: nothing is lost, everybody has a turn, and who waits is let in.
import { afterEach, describe, expect, test } from "vitest";
import { GIL, L_HOLDER, L_INTERVAL } from "../src/layout.js";
import { COUNT, Threads } from "./helpers/gilthreads.js";

const HOLDER = (GIL + L_HOLDER) >> 2;

let threads = new Threads();

function open(): Threads {
  threads = new Threads();
  return threads;
}

afterEach(() => threads.end());

describe.each([2, 4, 8])("%i threads that count under the lock", (n) => {
  test.each([
    ["with checkpoints", ["poll"], 20_000],
    ["taking it for each step", ["run"], 20_000],
    ["waiting for it without blocking", ["async"], 2_000],
    ["each in its own way", ["poll", "async", "run"], 2_000],
  ])("%s lose no step", async (_how, ways, times) => {
    const { words, gil } = open();
    const all = Array.from({ length: n }, (_, i) =>
      threads.start("count", { way: ways[i % ways.length], times, threads: n }),
    );
    await Promise.all(all.map(({ hear }) => hear("counted")));
    expect(words[COUNT]).toBe(n * times);
    expect(words[HOLDER]).toBe(0);
    expect(gil.switches).toBeGreaterThanOrEqual(n - 1);
    expect(threads.reports).toEqual([]);
  });
});

// In each of these the thread that churns goes on until this one has had the lock: it would never end without switching.
describe("a thread that wants the lock gets it", () => {
  test.each([
    ["from one that has checkpoints", { polls: true }],
    ["from one that lets go and takes it again at once", {}],
  ])("%s, blocking", async (_how, options) => {
    const { gil } = open();
    const churn = threads.start("churn", options);
    await threads.ready(1);
    for (let i = 0; i < 20; i++) gil.run(() => expect(gil.held).toBe(true));
    gil.run(() => threads.stop());
    expect(await churn.hear("switches")).toBeGreaterThan(0);
  });

  test("blocking, from one that waits without blocking and takes it again at once", async () => {
    const { gil } = open();
    threads.start("churnAsync");
    await threads.ready(1);
    for (let i = 0; i < 20; i++) gil.run(() => {});
    gil.run(() => threads.stop());
  });

  test("without blocking, from ones that let go and take it again at once", async () => {
    const { gil } = open();
    const churns = [threads.start("churn"), threads.start("churn", { polls: true })];
    await threads.ready(2);
    for (let i = 0; i < 20; i++) expect(await gil.runAsync(() => gil.held)).toBe(true);
    threads.stop();
    await Promise.all(churns.map(({ hear }) => hear("switches")));
  });

  test("without blocking, where the engine has no Atomics.waitAsync", async () => {
    const { gil } = open();
    gil.acquire();
    const waiter = threads.start("waitAsync", { noWaitAsync: true });
    const thread = waiter.worker.threadId + 1;
    await threads.ready(1);
    gil.release();
    expect(await waiter.hear("got")).toBe(thread);
  });

  test("with a switch interval of a microsecond", async () => {
    const { gil, words } = open();
    words[(GIL + L_INTERVAL) >> 2] = 1;
    threads.start("churn");
    threads.start("churn", { polls: true });
    await threads.ready(2);
    for (let i = 0; i < 100; i++) gil.run(() => {});
    threads.stop();
  });
});

test("a checkpoint lets several threads in, and this one goes on", async () => {
  const { gil } = open();
  gil.acquire();
  const before = gil.switches;
  const waiters = Array.from({ length: 4 }, () => threads.start("wait"));
  await threads.ready(4);
  threads.lookUntil(() => {
    gil.checkpoint();
    return gil.switches >= before + 5;
  });
  gil.release();
  await Promise.all(waiters.map(({ hear }) => hear("got")));
});

test("a heap hears that others have had the lock at a checkpoint", async () => {
  const { gil, events } = open();
  gil.acquire();
  const before = gil.switches;
  const waiter = threads.start("wait");
  await threads.ready(1);
  threads.lookUntil(() => {
    gil.checkpoint();
    return gil.switches > before;
  });
  expect(events.slice(0, 3)).toEqual(["heap entered", "heap leaving", "heap entered"]);
  gil.release();
  await waiter.hear("got");
});

test("inside a call into the core nobody is let in", async () => {
  const { gil, words, busy } = open();
  gil.acquire();
  const before = gil.switches;
  const waiter = threads.start("wait");
  await threads.ready(1);
  words[busy] = 1;
  threads.lookUntil(() => threads.isWanted);
  for (let i = 0; i < 1000; i++) gil.checkpoint();
  expect(gil.switches).toBe(before);
  words[busy] = 0;
  gil.release();
  await waiter.hear("got");
});

test("a thread lives on while it waits without blocking", async () => {
  const { gil } = open();
  gil.acquire();
  const waiter = threads.start("waitAsync");
  await threads.ready(1);
  // Its event loop has nothing else to live for: it would have ended long since.
  const idle = threads.start("nothing");
  await idle.ended;
  gil.release();
  expect(await waiter.hear("got")).toBeGreaterThan(1);
});
