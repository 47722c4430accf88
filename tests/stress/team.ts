// Workers on one heap, and somebody who looks after them: what they post, when they fail, and who waits for what if nothing happens.
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { Heap } from "../../src/index.js";
import * as layout from "../../src/layout.js";

/** Words of the control block; tests/workers/threads-kit.mjs has them too. */
const GO = 0;
const CONTROL_WORDS = 64;

/** Milliseconds without a word from anybody after which a test fails instead of waiting on. */
const PATIENCE = 120_000;

/** The lock's words, as they stand: who waits for what. */
export function showLock(memory: WebAssembly.Memory): string {
  const words = new Int32Array(memory.buffer);
  return Object.entries(layout)
    .filter(([name]) => name.startsWith("L_"))
    .map(([name, offset]) => `${name} ${words[(layout.GIL + Number(offset)) >> 2]}`)
    .join(", ");
}

export class Team {
  readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  readonly workers: Worker[];
  readonly #heap: Heap;
  readonly #memory: WebAssembly.Memory;
  readonly #finished: Promise<unknown[]>;
  readonly #ready: Promise<void>;

  /** `data` of each worker, besides the heap and the control block. */
  constructor(heap: Heap, script: string, data: readonly object[]) {
    this.#heap = heap;
    const share = heap.share();
    this.#memory = share.memory;
    const waiting = data.map((each, number) => {
      const worker = new Worker(resolve("tests/workers", script), {
        workerData: { share, control: this.control, number, workers: data.length, ...each },
      });
      return { worker, ...posts(worker, number) };
    });
    this.workers = waiting.map(({ worker }) => worker);
    this.#ready = Promise.all(waiting.map(({ ready }) => ready)).then(() => {});
    this.#finished = Promise.all(waiting.map(({ finished }) => finished));
    this.#finished.catch(() => {});
  }

  /** Lets all workers begin when all have attached, and waits for what they report. `meanwhile` is called again and again, with the lock. */
  async run<T>(meanwhile: () => void = () => {}): Promise<T[]> {
    try {
      await this.#patiently("the workers attach", this.#ready);
      Atomics.store(this.control, GO, 1);
      Atomics.notify(this.control, GO);
      let isOver = false;
      const finished = this.#finished.finally(() => {
        isOver = true;
      });
      finished.catch(() => {});
      while (!isOver) {
        await this.#patiently("this thread gets the lock", this.#heap.gil.runAsync(meanwhile));
        await Promise.race([finished, pause(100)]);
      }
      return (await finished) as T[];
    } finally {
      await Promise.all(this.workers.map((worker) => worker.terminate()));
    }
  }

  #patiently<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const tell = () => reject(new Error(`${PATIENCE / 1000} s, and not yet: ${what}; ${showLock(this.#memory)}`));
      timer = setTimeout(tell, PATIENCE);
    });
    // A worker that fails ends the waiting too.
    return Promise.race([promise, late, this.#finished.then(() => promise)]).finally(() => clearTimeout(timer));
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A worker posts { ready: true }, and then what it has to report. */
function posts(worker: Worker, number: number): { ready: Promise<void>; finished: Promise<unknown> } {
  let tellReady: () => void;
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  const finished = new Promise<unknown>((resolve, reject) => {
    worker.on("message", (message) => (message.ready ? tellReady() : resolve(message)));
    worker.on("error", (error) => reject(new Error(`worker ${number}: ${String(error)}`, { cause: error })));
    worker.on("exit", (code) => reject(new Error(`worker ${number} ended with ${code} before it had reported`)));
  });
  return { ready, finished };
}
