// A thread with a lock, which does what `workerData.plan` says. Runs the built library: workers load no TypeScript.
import { parentPort, Worker, workerData } from "node:worker_threads";

const { buffer, plan, options = {} } = workerData;
if (options.noWaitAsync) delete Atomics.waitAsync;
const { SharedGil } = await import("../../dist/src/threads/sharedgil.js");
const { GIL, L_BUSY } = await import("../../dist/src/layout.js");

const words = new Int32Array(buffer);
const BUSY = (GIL + L_BUSY) >> 2;
/** Words of the test, see helpers/gilthreads.ts. */
const [COUNT, READY, STOP, NEVER] = [0, 1, 2, 3].map((i) => (0x9000 >> 2) + i);

const gil = new SharedGil(words, {
  entered() {},
  leaving() {},
  report: (error, _message, object) =>
    parentPort.postMessage({ report: { code: error.code, message: error.message, object } }),
});

function ready() {
  Atomics.add(words, READY, 1);
  Atomics.notify(words, READY);
}

function allReady(threads) {
  ready();
  for (let n = Atomics.load(words, READY); n < threads; n = Atomics.load(words, READY)) Atomics.wait(words, READY, n);
}

const blockForever = () => Atomics.wait(words, NEVER, 0);
const spinForever = () => {
  for (;;);
};
const rest = { wait: blockForever, spin: spinForever, events: () => {} }[options.rest ?? "wait"];
const stopped = () => Atomics.load(words, STOP) !== 0;

/** Counts without atomics: without a lock, counts would be lost. */
function count() {
  words[COUNT] = words[COUNT] + 1;
}

const ways = {
  /** Under the lock all the time but for checkpoints. */
  poll(times) {
    gil.run(() => {
      for (let i = 0; i < times; i++) {
        count();
        gil.checkpoint();
      }
    });
  },
  run(times) {
    for (let i = 0; i < times; i++) gil.run(count);
  },
  async async(times) {
    for (let i = 0; i < times; i++) await gil.runAsync(count);
  },
};

const plans = {
  async count({ way, times, threads }) {
    allReady(threads);
    await ways[way](times);
    parentPort.postMessage({ counted: times });
  },
  /** Takes the lock and keeps it. */
  hold() {
    gil.acquire();
    words[BUSY] = options.busy ?? 0;
    ready();
    if (options.end === "exit") process.exit(0);
    if (options.end === "throw") throw new Error("on purpose");
    rest();
    setInterval(() => {}, 1000);
  },
  /** Waits for the lock, and has it only after having been stopped. */
  wait() {
    ready();
    gil.acquire();
    parentPort.postMessage({ got: true });
    gil.release();
  },
  async waitAsync() {
    ready();
    const thread = await gil.runAsync(() => gil.thread);
    parentPort.postMessage({ got: thread });
  },
  /** Takes the lock over and over, until told to stop. */
  churn() {
    ready();
    while (!stopped()) gil.run(() => (options.polls ? gil.checkpoint() : undefined));
    parentPort.postMessage({ switches: gil.switches });
  },
  async churnAsync() {
    ready();
    while (!stopped()) await gil.runAsync(count);
    parentPort.postMessage({ switches: gil.switches });
  },
  /** Has a child that does `options.child`, and does nothing itself. */
  parent() {
    new Worker(new URL(import.meta.url), { workerData: { buffer, ...options.child } });
    rest();
  },
  nothing() {
    ready();
  },
};

await plans[plan](options);
