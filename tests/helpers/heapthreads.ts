// Threads with heaps at one memory, which do what they are asked to.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Heap } from "../../src/index.js";

/** What a thread threw. */
export interface Thrown {
  name: string;
  code: string;
  message: string;
}

/** A thread of tests/workers/shared-heap.mjs. */
export class HeapThread {
  readonly worker: Worker;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  /** A thread that has attached to the heap. */
  static async start(heap: Heap): Promise<HeapThread> {
    const worker = new Worker(new URL("../workers/shared-heap.mjs", import.meta.url), {
      workerData: { share: heap.share() },
    });
    const thread = new HeapThread(worker);
    await thread.#answer();
    return thread;
  }

  /** What the act returns; throws what it throws, as plain data. */
  ask(act: string, argument?: unknown): Promise<unknown> {
    const answer = this.#answer();
    this.worker.postMessage({ act, argument });
    return answer;
  }

  async #answer(): Promise<unknown> {
    const [{ value, error }] = (await once(this.worker, "message")) as [{ value?: unknown; error?: Thrown }];
    if (error !== undefined) throw error;
    return value;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
