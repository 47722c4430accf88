// Threads of this process that use one heap: how they are started together, and how they answer.

import { parentPort, Worker, workerData } from "node:worker_threads";
import { Heap, type HeapShare } from "arenaria";

/** Words that threads share besides the heap: 0 until all begin; 0 until those that go on for ever are to end. */
const BEGIN = 0;
const END = 1;
const WORDS = 2;

/** What a thread is given. */
interface Given<Job> {
  readonly share: HeapShare;
  readonly signals: Int32Array;
  readonly job: Job;
}

/** Threads that are ready to begin. */
export interface Crew<Answer> {
  /** Lets all begin at once, and waits until all have answered. The last so many are told to end when the others have. */
  work(endless?: number): Promise<Answer[]>;
}

/** Starts a thread for each job, which runs `program`. The heap's lock must be free. */
export async function gather<Job, Answer>(heap: Heap, program: string, jobs: readonly Job[]): Promise<Crew<Answer>> {
  const share = heap.share();
  const signals = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  const workers = jobs.map((job) => {
    const given: Given<Job> = { share, signals, job };
    return new Worker(program, { workerData: given });
  });
  await Promise.all(workers.map(answerOf));
  const signal = (word: number) => {
    Atomics.store(signals, word, 1);
    Atomics.notify(signals, word);
  };
  const work = async (endless = 0) => {
    const answers = workers.map((worker) => answerOf<Answer>(worker));
    signal(BEGIN);
    await Promise.all(answers.slice(0, answers.length - endless));
    signal(END);
    return Promise.all(answers);
  };
  return { work };
}

/** The next message of a worker. */
function answerOf<Answer>(worker: Worker): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (status) => reject(new Error(`a thread ended with status ${status} before it answered`)));
  });
}

/** What a thread that has begun can ask. */
export class Signals {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Those that go on for ever are to end. */
  get isOver(): boolean {
    return Atomics.load(this.#words, END) !== 0;
  }

  /** Blocks the thread, but not longer than until it is to end. */
  sleep(milliseconds: number): void {
    Atomics.wait(this.#words, END, 0, milliseconds);
  }
}

/** The life of a thread: what `prepare` returns is called when all begin, without the lock, and what that returns is the answer. */
export async function serveCrew<Job, Answer>(
  prepare: (heap: Heap, job: Job, signals: Signals) => () => Answer,
): Promise<void> {
  const { share, signals, job } = workerData as Given<Job>;
  const heap = await Heap.attach(share);
  const work = prepare(heap, job, new Signals(signals));
  parentPort?.postMessage("ready");
  Atomics.wait(signals, BEGIN, 0);
  const answer = work();
  heap[Symbol.dispose]();
  parentPort?.postMessage(answer);
}

/** Milliseconds on a clock that all threads of a process have in common. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
