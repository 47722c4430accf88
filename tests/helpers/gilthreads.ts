// Threads that share a lock, and nothing else: no heap, and no core.
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import type { HeapError } from "../../src/errors.js";
import { GIL, HEAP_START, L_BROKEN, L_BUSY, L_REQUEST } from "../../src/layout.js";
import { Signs } from "../../src/threads/liveness.js";
import { SharedGil } from "../../src/threads/sharedgil.js";

/** Words of the tests, by index: what the lock guards, threads that are ready, threads are to stop, what is never woken. */
export const COUNT = 0x9000 >> 2;
export const READY = COUNT + 1;
export const STOP = COUNT + 2;
const OVER = COUNT + 4;

export interface Report {
  code: string;
  /** That of the error. */
  message: string;
  object: string;
}

export interface Thread {
  worker: Worker;
  /** The next message of the thread that has this property; an error if the thread ends without. */
  hear(property: string): Promise<unknown>;
  /** Resolves when the thread has ended, and does not mind how. */
  ended: Promise<number>;
}

export class Threads {
  readonly words = new Int32Array(new SharedArrayBuffer(HEAP_START));
  readonly reports: Report[] = [];
  readonly events: string[] = [];
  readonly gil: SharedGil;
  /** Index of the word that says that a call into the core is under way. */
  readonly busy = (GIL + L_BUSY) >> 2;
  readonly #threads: Thread[] = [];
  #watchdog: Worker | null = null;
  #onEntering = () => {};

  constructor() {
    this.gil = this.another();
  }

  /** Another heap of this thread on the same memory, as it arrives when it is posted: another object. */
  another(name = "heap"): SharedGil {
    return new SharedGil(new Int32Array(this.words.buffer), {
      entered: () => {
        this.events.push(`${name} entered`);
        this.#onEntering();
      },
      tookOver: () => this.events.push(`${name} took over`),
      leaving: () => this.events.push(`${name} leaving`),
      report: (error, message, object) => {
        expect(message).toBe("A thread ended while it held the lock");
        this.reports.push({ code: (error as HeapError).code, message: (error as HeapError).message, object });
      },
    });
  }

  /** Whenever a heap of this thread gets the lock. */
  readonly doOnEntering = (act: () => void): void => {
    this.#onEntering = act;
  };

  start(plan: string, options: object = {}): Thread {
    this.#watchdog ??= new Worker(new URL("../workers/gil-watchdog.mjs", import.meta.url), {
      workerData: { buffer: this.words.buffer, broken: (GIL + L_BROKEN) >> 2, over: OVER },
    });
    const worker = new Worker(new URL("../workers/gil-thread.mjs", import.meta.url), {
      workerData: { buffer: this.words.buffer, plan, options },
      stderr: true,
    });
    const messages: object[] = [];
    let wake = () => {};
    worker.on("message", (message: object) => {
      messages.push(message);
      wake();
    });
    let failure: unknown = null;
    worker.on("error", (error) => {
      failure = error;
    });
    const ended = new Promise<number>((resolve) => worker.once("exit", resolve));
    let isOver = false;
    ended.then(() => {
      isOver = true;
      wake();
    });
    const hear = async (property: string): Promise<unknown> => {
      for (;;) {
        const at = messages.findIndex((message) => property in message);
        if (at >= 0) return (messages.splice(at, 1)[0] as Record<string, unknown>)[property];
        if (isOver) throw new Error(`the thread ended without a message "${property}"`, { cause: failure });
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const thread = { worker, hear, ended };
    this.#threads.push(thread);
    return thread;
  }

  /** Until so many threads have said that they are ready. */
  async ready(threads: number): Promise<void> {
    for (let n = Atomics.load(this.words, READY); n < threads; n = Atomics.load(this.words, READY)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** The same, blocking: this thread's event loop does not turn. */
  readyAtOnce(threads: number): void {
    for (let n = Atomics.load(this.words, READY); n < threads; n = Atomics.load(this.words, READY)) {
      Atomics.wait(this.words, READY, n);
    }
  }

  /** Somebody has asked for the lock. */
  get isWanted(): boolean {
    return Atomics.load(this.words, (GIL + L_REQUEST) >> 2) !== 0;
  }

  /** The signs of life of a thread of that number, as this thread sees them. */
  signsOf(thread: number): Signs {
    return new Signs(this.words, thread);
  }

  /** Looks until it is so, without going back to the event loop. */
  lookUntil(isSo: () => boolean): void {
    const end = performance.now() + 30_000;
    while (!isSo()) if (performance.now() > end) throw new Error("it did not come to it in 30 seconds");
  }

  stop(): void {
    Atomics.store(this.words, STOP, 1);
  }

  async end(): Promise<void> {
    this.gil.close();
    Atomics.store(this.words, OVER, 1);
    Atomics.notify(this.words, OVER);
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    await this.#watchdog?.terminate();
  }
}
