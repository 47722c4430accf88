// Threads that end while they hold the lock, or wait for it: nobody waits for them, and those who go on hear of it.
import { afterEach, describe, expect, test } from "vitest";
import {
  GIL,
  L_BROKEN,
  L_HOLDER,
  L_INTERVAL,
  L_REQUEST,
  L_TAKEN_OVER,
  THREADS,
  THREADS_CAPACITY,
} from "../src/layout.js";
import { Threads } from "./helpers/gilthreads.js";

const [HOLDER, REQUEST, BROKEN, TAKEN_OVER] = [L_HOLDER, L_REQUEST, L_BROKEN, L_TAKEN_OVER].map(
  (at) => (GIL + at) >> 2,
) as [number, number, number, number];

let threads = new Threads();

function open(): Threads {
  threads = new Threads();
  return threads;
}

afterEach(() => threads.end());

const broken = expect.objectContaining({ name: "HeapError", code: "HEAP_UNUSABLE" });

function expectTakenOver(thread: number): void {
  expect(threads.words[TAKEN_OVER]).toBe(1);
  expect(threads.words[BROKEN]).toBe(0);
  expect(threads.reports).toEqual([
    {
      code: "THREAD_ENDED",
      message: expect.stringMatching(`^thread ${thread} ended while it held the lock\\. The lock was taken from it;`),
      object: `thread ${thread}`,
    },
  ]);
}

/** What a thread may be doing when it is stopped. */
const RESTS = [["blocked"], ["running"], ["in its event loop"]].map(
  ([name], i) => [name, ["wait", "spin", "events"][i]] as const,
);

describe.each(RESTS)("a thread that is stopped with the lock, %s,", (_name, rest) => {
  test("loses it to one that blocks at once", async () => {
    const { gil } = open();
    const holder = threads.start("hold", { rest });
    const thread = holder.worker.threadId + 1;
    threads.readyAtOnce(1);
    expect(threads.words[HOLDER]).toBe(thread);
    holder.worker.terminate();
    gil.run(() => expect(threads.words[HOLDER]).toBe(1));
    expectTakenOver(thread);
    expect(threads.events).toEqual(["heap took over", "heap entered", "heap leaving"]);
  });

  test("loses it to one that waits without blocking", async () => {
    const { gil } = open();
    const holder = threads.start("hold", { rest });
    const thread = holder.worker.threadId + 1;
    await threads.ready(1);
    const waiting = gil.runAsync(() => gil.held);
    await holder.worker.terminate();
    expect(await waiting).toBe(true);
    expectTakenOver(thread);
  });

  test("loses it to its brother, while their parent has other things to do", async () => {
    open();
    const holder = threads.start("hold", { rest });
    const thread = holder.worker.threadId + 1;
    await threads.ready(1);
    const brother = threads.start("wait");
    await threads.ready(2);
    holder.worker.terminate();
    expect(await brother.hear("report")).toMatchObject({ code: "THREAD_ENDED", object: `thread ${thread}` });
    expect(await brother.hear("got")).toBe(true);
    expect(threads.words[TAKEN_OVER]).toBe(1);
  });

  test("in the middle of a call into the core, breaks it", async () => {
    const { gil } = open();
    const holder = threads.start("hold", { rest, busy: 1 });
    const thread = holder.worker.threadId + 1;
    threads.readyAtOnce(1);
    holder.worker.terminate();
    expect(() => gil.acquire()).toThrow(broken);
    expect(() => gil.acquire()).toThrow(`thread ${thread} into the core`);
    await expect(gil.runAsync(() => {})).rejects.toEqual(broken);
    expect([gil.held, threads.words[HOLDER], threads.words[BROKEN]]).toEqual([false, 0, thread + 1]);
    expect(threads.words[TAKEN_OVER]).toBe(0);
    expect(threads.reports).toMatchObject([
      { code: "THREAD_ENDED", message: expect.stringContaining("cannot be used any more"), object: `thread ${thread}` },
    ]);
  });
});

test("those who block are told that the lock has broken", async () => {
  open();
  const holder = threads.start("hold", { busy: 1 });
  await threads.ready(1);
  const waiters = [threads.start("wait"), threads.start("wait"), threads.start("waitAsync")];
  await threads.ready(4);
  holder.worker.terminate();
  for (const waiter of waiters) {
    await expect(waiter.hear("got")).rejects.toMatchObject({ cause: { code: "HEAP_UNUSABLE" } });
  }
});

describe("without signs of life, as where there is no Atomics.waitAsync,", () => {
  test("the end of a worker that is watched is heard of", async () => {
    const { gil } = open();
    const holder = threads.start("hold", { noWaitAsync: true });
    gil.watch(holder.worker);
    gil.watch(holder.worker);
    const thread = holder.worker.threadId + 1;
    await threads.ready(1);
    const waiting = gil.runAsync(() => gil.held);
    holder.worker.terminate();
    expect(await waiting).toBe(true);
    expectTakenOver(thread);
  });

  test("so is the end of workers made after the heap was shared, by others who wait for it too", async () => {
    const { gil } = open();
    gil.watchNew();
    const holder = threads.start("hold", { noWaitAsync: true });
    const thread = holder.worker.threadId + 1;
    await threads.ready(1);
    const brother = threads.start("wait", { noWaitAsync: true });
    await threads.ready(2);
    holder.worker.terminate();
    expect(await brother.hear("got")).toBe(true);
    expectTakenOver(thread);
  });
});

test.each(["exit", "throw"])("a thread that ends by itself with the lock (%s) gives it back", async (end) => {
  const { gil, words } = open();
  threads.start("hold", { end });
  threads.readyAtOnce(1);
  gil.run(() => {});
  expect(words[TAKEN_OVER]).toBe(0);
  expect(threads.reports).toEqual([]);
});

test("a thread that ends by itself in the middle of a call into the core breaks it", async () => {
  const { gil } = open();
  const { worker } = threads.start("hold", { end: "exit", busy: 1 });
  const thread = worker.threadId + 1;
  threads.readyAtOnce(1);
  expect(() => gil.acquire()).toThrow(broken);
  expect(() => gil.acquire()).toThrow(`thread ${thread} into the core`);
});

test("a grandchild that held the lock ends with its parent", async () => {
  const { gil } = open();
  const parent = threads.start("parent", { child: { plan: "hold" } });
  threads.readyAtOnce(1);
  const holder = threads.words[HOLDER] as number;
  expect(holder).toBeGreaterThan(parent.worker.threadId + 1);
  parent.worker.terminate();
  gil.run(() => {});
  expectTakenOver(holder);
});

describe("a thread that is stopped while it waits", () => {
  test.each(["wait", "waitAsync"])("(%s) leaves nothing behind that others wait for", async (plan) => {
    const { gil, words } = open();
    gil.acquire();
    const waiters = [threads.start(plan), threads.start(plan)];
    await threads.ready(2);
    while (words[REQUEST] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all(waiters.map(({ worker }) => worker.terminate()));
    // It asked, and never comes.
    gil.checkpoint();
    expect(gil.held).toBe(true);
    gil.release();
    const other = threads.start("wait");
    await other.hear("got");
    expect(threads.reports).toEqual([]);
  });

  test("to have the lock back at a checkpoint, does so too", async () => {
    const { gil, words } = open();
    const churn = threads.start("churn", { polls: true });
    await threads.ready(1);
    gil.acquire();
    while (words[REQUEST] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await churn.worker.terminate();
    gil.checkpoint();
    gil.release();
    gil.run(() => {});
    expect(threads.reports).toEqual([]);
  });
});

test("with a long switch interval the end of a thread is found out as soon, and nobody oversleeps", async () => {
  const { gil, words } = open();
  words[(GIL + L_INTERVAL) >> 2] = 2_000_000_000;
  const holder = threads.start("hold");
  const thread = holder.worker.threadId + 1;
  threads.readyAtOnce(1);
  holder.worker.terminate();
  gil.acquire();
  expectTakenOver(thread);
  // One waits without blocking, and others behind it: who gets the lock by the first way must wake the next.
  const waiters = [
    threads.start("waitAsync"),
    threads.start("wait"),
    threads.start("waitAsync"),
    threads.start("wait"),
  ];
  await threads.ready(5);
  gil.release();
  await Promise.all(waiters.map(({ hear }) => hear("got")));
});

test("threads that have ended leave room for others", async () => {
  const { gil, words } = open();
  const entries = () =>
    Array.from({ length: THREADS_CAPACITY }, (_, i) => words[(THREADS >> 2) + 2 * i]).filter((thread) => thread !== 0);
  // As threads that ended while nobody looked: no signs of life are there.
  for (let i = 0; i < THREADS_CAPACITY; i++) {
    const at = (THREADS >> 2) + 2 * i;
    if (words[at] !== 0) continue;
    words[at] = 1000 + i;
    words[at + 1] = 20;
  }
  expect(entries().length).toBe(THREADS_CAPACITY);
  const holder = threads.start("hold");
  const thread = holder.worker.threadId + 1;
  threads.readyAtOnce(1);
  expect(entries().sort()).toEqual([1, thread].sort());
  holder.worker.terminate();
  gil.run(() => {});
  expectTakenOver(thread);
  expect(entries()).toEqual([1]);
});

test("a thread that found no room gets an entry when there is some", async () => {
  const { gil, words } = open();
  // Threads of which nobody can know whether they live: they are not asked.
  for (let at = THREADS >> 2; at < (THREADS >> 2) + 2 * THREADS_CAPACITY; at += 2)
    if (words[at] === 0) words[at] = 1000;
  gil.acquire();
  const other = threads.start("churn");
  const thread = other.worker.threadId + 1;
  await threads.ready(1);
  expect(words.indexOf(thread, THREADS >> 2)).toBe(-1);
  words[(THREADS >> 2) + 2 * (THREADS_CAPACITY - 1)] = 0;
  gil.release();
  threads.lookUntil(() => words[(THREADS >> 2) + 2 * (THREADS_CAPACITY - 1)] === thread);
  threads.stop();
});

test("a thread that runs for long is not taken for ended, however often it is asked", async () => {
  const { gil, words } = open();
  threads.start("hold", { rest: "spin" });
  threads.readyAtOnce(1);
  const thread = words[HOLDER] as number;
  const signs = threads.signsOf(1);
  for (let i = 0; i < 1000; i++) expect(signs.isGone(thread)).toBe(false);
  expect(gil.tryAcquire()).toBe(false);
});
