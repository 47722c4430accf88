// Threads that end at random moments, and what becomes of the heap that they share with others: node threads-stops.mjs '{"seed":1,"first":0,"count":10}'
// Prints a line of JSON for each stop. The main thread of this process is one of those that use the heap.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/index.js";
import * as layout from "../../dist/src/layout.js";
import { Dice, fail } from "./threads-kit.mjs";

/** Words of the control block. */
const STOPPED = 1;
const PROGRESS = 2;
const HOLDS = 3;
const FIRST_PHASE = 8;
const PHASES = ["begins", "attaches", "outside the lock", "wants the lock", "has the lock", "has ended"];
const [, ATTACHES, OUTSIDE, WANTS, HAS, ENDED] = PHASES.keys();

/** Rounds that each of the others must do after the stop. */
const ROUNDS_AFTER = 20;
/** Milliseconds without progress after which the process says who waits for what, and ends. */
const PATIENCE = 60_000;

/** How a thread comes to its end, and what the main thread does: true if it ends by itself, false if it is to be terminated. */
const WAYS = {
  "between operations": false,
  "inside run": false,
  "inside atomic": false,
  "in collections": false,
  "in heap.from": false,
  "in deep deaths": false,
  "in a finalizer": false,
  "while it waits": false,
  "while it attaches": false,
  "under forced switching": false,
  "inside runAsync": false,
  "by process.exit inside run": true,
  "by process.exit in a finalizer": true,
  "by an error with the lock taken": true,
  "by dispose with the lock taken": true,
  "by its last line with the lock taken": true,
  "with a worker of its own that has the lock": false,
};

// ── workers ─────────────────────────────────────────────────────────────────────────────────────────

const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** A thread that uses the heap, and says in the control block where it is. */
class Thread {
  constructor(heap, control, number, size) {
    this.heap = heap;
    this.control = control;
    this.number = number;
    this.size = size;
  }

  phase(phase) {
    Atomics.store(this.control, FIRST_PHASE + this.number, phase);
  }

  run(body, how = "run") {
    this.phase(WANTS);
    const result = this.heap.gil[how](() => {
      this.phase(HAS);
      const value = body();
      this.phase(HAS);
      return value;
    });
    this.phase(OUTSIDE);
    return result;
  }

  /** One more of what this thread is counted by, and a little of everything. */
  round() {
    const { heap, number } = this;
    heap.scope(() => {
      const counts = heap.globals.get("counts");
      const things = heap.globals.get("things");
      if (things.length > 100) things.splice(0, 50);
      things.push({ of: number, text: `${number}: …`, list: [1, 2.5, null] });
      const ring = heap.list();
      ring.push(ring);
      counts.set(number, counts.at(number) + 1);
    });
  }

  /** As long as the body says nothing else. */
  loop(body) {
    Atomics.store(this.control, HOLDS, 1);
    for (;;) body();
  }
}

/** What a thread does until it is stopped, or stops. */
const LIVES = {
  "between operations": (thread) =>
    thread.loop(() => {
      thread.run(() => thread.round());
      pause(1);
    }),
  "inside run": (thread) => thread.run(() => thread.loop(() => thread.round())),
  "inside atomic": (thread) =>
    thread.loop(() =>
      thread.run(() => {
        for (let n = 0; n < 100; n++) thread.round();
      }, "atomic"),
    ),
  "in collections": (thread) => {
    const { heap, size } = thread;
    // So much that lives that this thread is hardly ever outside the core.
    const live = thread.run(() => heap.from(Array.from({ length: 20 * size }, (_, n) => [n])));
    again(thread, () => {
      live.set(0, null);
      heap.gc.collect();
    });
  },
  "in heap.from": (thread) => {
    const data = Array.from({ length: thread.size }, (_, n) => ({ n, text: `text ${n}`, list: [n, n + 0.5] }));
    again(thread, () => thread.heap.from(data).release());
  },
  "in deep deaths": (thread) => {
    let data = [];
    for (let depth = 0; depth < 20 * thread.size; depth++) data = [depth, data];
    again(thread, () => thread.heap.from(data).release());
  },
  "in a finalizer": (thread) =>
    mourn(thread, () => {
      Atomics.store(thread.control, HOLDS, 1);
      pause(PATIENCE);
    }),
  "while it waits": (thread) => thread.loop(() => thread.run(() => {})),
  "under forced switching": (thread) =>
    thread.loop(() => {
      thread.phase(WANTS);
      thread.heap.gil.acquire();
      thread.phase(HAS);
      for (let n = 0; n < 50; n++) {
        thread.round();
        thread.heap.gil.checkpoint();
      }
      thread.heap.gil.release();
      thread.phase(OUTSIDE);
    }),
  "inside runAsync": async (thread) => {
    Atomics.store(thread.control, HOLDS, 1);
    for (;;) await thread.heap.gil.runAsync(() => thread.round());
  },
  "by process.exit inside run": (thread) =>
    thread.run(() => {
      thread.round();
      process.exit(3);
    }),
  "by process.exit in a finalizer": (thread) => mourn(thread, () => process.exit(3)),
  "by an error with the lock taken": (thread) => {
    thread.heap.gil.acquire();
    thread.phase(HAS);
    thread.round();
    throw new Error("as it should be");
  },
  "by dispose with the lock taken": (thread) => {
    thread.heap.gil.acquire();
    thread.phase(HAS);
    thread.round();
    thread.heap.list([1, 2, 3]);
    thread.heap[Symbol.dispose]();
  },
  "by its last line with the lock taken": (thread) => {
    thread.heap.gil.acquire();
    thread.phase(HAS);
    thread.round();
  },
  "with a worker of its own that has the lock": async (thread) => {
    const { control, number } = thread;
    const data = { control, number: number + 1, size: thread.size, role: "victim", way: "inside run" };
    await once(startWorker(data, thread.heap.share()), "message");
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  },
};

/** What takes long in the core, over and over, so that it is there that the thread is stopped. */
function again(thread, body) {
  thread.loop(() =>
    thread.run(() => {
      for (let n = 0; n < 10; n++) body();
    }, "atomic"),
  );
}

/** An object is dropped whose finalizer does this. */
function mourn(thread, finalize) {
  thread.run(() => {
    const Last = thread.heap.struct(`Last ${thread.number}`, { id: "u32" }, { finalize });
    new Last({ id: 1 }).release();
  });
}

/** One of those that go on: counts rounds until another has ended, and then some more. */
function goOn(thread) {
  const { control } = thread;
  let rounds = 0;
  for (let after = 0; after < ROUNDS_AFTER; ) {
    if (Atomics.load(control, STOPPED) !== 0) after++;
    thread.run(() => thread.round());
    rounds++;
  }
  return rounds;
}

async function beWorker() {
  const { control, number, size, role, way } = workerData;
  const phase = (value) => Atomics.store(control, FIRST_PHASE + number, value);
  const share = workerData.share ?? (await once(parentPort, "message"))[0];
  phase(ATTACHES);
  const heard = [];
  const heap = await Heap.attach(share, { onUnraisable: ({ error }) => heard.push(error.code ?? String(error)) });
  const thread = new Thread(heap, control, number, size);
  phase(OUTSIDE);
  parentPort.postMessage({ attached: true });
  if (role === "victim") return LIVES[way](thread);
  const report = { rounds: 0, code: "", heard };
  try {
    report.rounds = goOn(thread);
    report.handles = heap.gil.run(() => heap.handleCount);
    heap[Symbol.dispose]();
  } catch (error) {
    report.code = error.code ?? error.stack;
  }
  phase(ENDED);
  // What others report about this thread's end may come later than this thread's last use of the lock.
  parentPort.postMessage({ report });
}

function startWorker(data, share) {
  return new Worker(new URL(import.meta.url), { workerData: { ...data, share }, stdout: true, stderr: true });
}

// ── the main thread ─────────────────────────────────────────────────────────────────────────────────

/** What is drawn for a stop, from its number alone. */
function draw(seed, index) {
  const dice = new Dice(seed * 1_000_003 + index);
  const ways = Object.keys(WAYS);
  return {
    index,
    // Each way as often as the others.
    way: ways[index % ways.length],
    others: 1 + dice.below(4),
    size: 50 + dice.below(2000),
    delay: dice.once(4) ? 0 : dice.below(40),
    blocks: dice.once(2),
    early: dice.once(4),
    interval: dice.pick([0.0001, 0.001, 0.005]),
  };
}

async function stop(plan, control, watch) {
  control.fill(0, 0, PROGRESS);
  control.fill(0, HOLDS);
  const { way, others, size, delay, blocks, early } = plan;
  const heard = [];
  const onUnraisable = ({ error }) => heard.push(error.code ?? String(error));
  const heap = await Heap.create({ shared: true, maximumMemory: 2 ** 28, onUnraisable });
  const victimNumber = others + 1;
  const main = new Thread(heap, control, 0, size);
  main.run(() => {
    heap.sys.setSwitchInterval(plan.interval);
    heap.globals.set("counts", new Array(victimNumber + 2).fill(0));
    heap.globals.set("things", []);
    // What the last does that lets go of the heap, and that is this thread, however the others have ended.
    const Farewell = heap.struct("Farewell", { id: "u32" }, { finalize: () => heard.push("farewell") });
    heap.scope(() => heap.globals.set("farewell", new Farewell()));
  });

  const victimData = { control, number: victimNumber, size, role: "victim", way };
  // One that is there before the heap is shared is not heard of without being watched.
  const first = early ? startWorker(victimData, undefined) : undefined;
  const share = heap.share();
  watch(share.memory);
  const rest = Array.from({ length: others }, (_, n) =>
    startWorker({ control, number: n + 1, size, role: "other" }, share),
  );
  const reports = rest.map(reportOf);
  await Promise.all(reports.map(({ attached }) => attached));

  const victim = first ?? startWorker(victimData, share);
  const victimError = [];
  victim.on("error", (error) => victimError.push(error.message));
  if (first !== undefined) {
    heap.gil.watch(victim);
    victim.postMessage(share);
  }
  let isOver = false;
  const ended = new Promise((resolve) => victim.on("exit", resolve)).then(() => {
    isOver = true;
  });
  if (way !== "while it attaches") {
    await Promise.race([new Promise((resolve) => victim.once("message", resolve)), ended]);
    while (!WAYS[way] && !isOver && Atomics.load(control, HOLDS) === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  if (!WAYS[way]) void victim.terminate();

  // This thread goes on as the others do: at once, and blocked while it waits, or when it has heard of the end.
  let rounds = 0;
  let code = "";
  const told = (error) => {
    code = error.code ?? error.stack;
  };
  try {
    for (; blocks && rounds < ROUNDS_AFTER; rounds++) main.run(() => main.round());
  } catch (error) {
    told(error);
  }
  await ended;
  Atomics.store(control, STOPPED, 1);
  for (let after = 0; code === "" && after < ROUNDS_AFTER; after++) {
    main.phase(WANTS);
    await heap.gil.runAsync(() => main.round()).then(() => rounds++, told);
    main.phase(OUTSIDE);
  }
  const all = await Promise.all(reports.map(({ finished }) => finished));
  return judge(plan, heap, { rounds, code, heard }, all, victimError);
}

function reportOf(worker) {
  const attached = once(worker, "message");
  const finished = attached.then(async () => {
    const [{ report }] = await once(worker, "message");
    await worker.terminate();
    return report;
  });
  worker.on("error", (error) => fail(`one that should go on: ${error.stack}`));
  return { attached, finished };
}

/** The outcome, if it is one that may be. */
async function judge(plan, heap, main, others, victimError) {
  const all = [main, ...others];
  const told = all.flatMap(({ heard }) => heard);
  const complain = (what) => fail(`${what}: ${JSON.stringify({ plan, main, others, victimError })}`);
  if (told.some((code) => code !== "THREAD_ENDED")) complain("an error that nobody could catch");
  const expected = plan.way === "by an error with the lock taken" ? ["as it should be"] : [];
  if (JSON.stringify(victimError) !== JSON.stringify(expected)) complain("an error of the thread that ended");
  if (all.some(({ code }) => code !== "")) {
    if (all.some(({ code }) => code !== "HEAP_UNUSABLE")) complain("not all were told that the heap is unusable");
    if (plan.way === "while it waits") complain("a thread that waits had the heap made unusable");
    heap[Symbol.dispose]();
    return { ...plan, outcome: "unusable", told: told.length };
  }
  if (/finalizer/.test(plan.way)) complain("the heap goes on after a thread ended in the middle of the core");
  const words = new Int32Array(heap.share().memory.buffer);
  const takenOver = words[(layout.GIL + layout.L_TAKEN_OVER) >> 2];
  if (told.length !== takenOver) complain(`taken over ${takenOver} times, and told ${told.length} times`);
  if (takenOver > 1) complain("the lock was taken over more than once");
  const complaint = heap.gil.run(() => {
    heap.verify();
    const counts = heap.toJS(heap.globals).counts;
    const mistaken = all.findIndex(({ rounds }, n) => counts[n] !== rounds);
    if (mistaken >= 0) return `thread ${mistaken} counted ${all[mistaken].rounds} and not ${counts[mistaken]}`;
    heap.gc.collect();
    heap.verify();
    return heap.handleCount === 0 ? "" : "handles are left";
  });
  if (complaint !== "") complain(complaint);
  if (others.some(({ handles }) => handles !== 0)) complain("handles of the others are left");
  heap[Symbol.dispose]();
  if (main.heard.at(-1) !== "farewell") complain("the end of the heap was not what it should be");
  return { ...plan, outcome: takenOver > 0 ? "taken over" : "goes on", told: told.length };
}

// ── somebody who looks out for it that something happens ────────────────────────────────────────────

function beWatchdog() {
  const { control } = workerData;
  let words;
  parentPort.on("message", (memory) => {
    words = new Int32Array(memory.buffer);
  });
  let last = -1;
  let since = Date.now();
  setInterval(() => {
    const now = Atomics.load(control, PROGRESS);
    if (now !== last) {
      last = now;
      since = Date.now();
    }
    if (Date.now() - since < PATIENCE) return;
    const phases = [...control.subarray(FIRST_PHASE, FIRST_PHASE + 8)].map((phase, n) => `${n} ${PHASES[phase]}`);
    const lock = Object.entries(layout)
      .filter(([name]) => name.startsWith("L_"))
      .map(([name, offset]) => `${name} ${words?.[(layout.GIL + offset) >> 2]}`);
    // The main thread may be blocked, and console.error goes through it.
    writeSync(2, `nothing happens any more. Threads: ${phases.join(", ")}. The lock: ${lock.join(", ")}\n`);
    process.kill(process.pid, "SIGKILL");
  }, 1000);
}

async function beMain() {
  const { seed, first, count } = JSON.parse(process.argv[2]);
  const control = new Int32Array(new SharedArrayBuffer(4 * 64));
  const watchdog = new Worker(new URL(import.meta.url), { workerData: { role: "watchdog", control } });
  watchdog.unref();
  for (let index = first; index < first + count; index++) {
    const plan = draw(seed, index);
    try {
      writeSync(1, `${JSON.stringify(await stop(plan, control, (memory) => watchdog.postMessage(memory)))}\n`);
    } catch (error) {
      writeSync(2, `stop ${index} of seed ${seed}, ${JSON.stringify(plan)}: ${error.stack}\n`);
      process.exit(1);
    }
    Atomics.add(control, PROGRESS, 1);
  }
  // Nothing of the heaps keeps the process: it ends here by itself, or the watchdog's patience does.
}

if (isMainThread) await beMain();
else if (workerData.role === "watchdog") beWatchdog();
else await beWorker();
