// A process for one task: no other has left anything in its heap, or taught the engine anything about its loops.

import { answer } from "./answer.js";
import { sample, type Work } from "./work.js";

/** Who does the work of tasks. */
export interface Worker<Task> {
  /** Null if there is nothing to do. */
  work(task: Task): Work | null | Promise<Work | null>;
  /** Of a sample, besides the work. */
  settle?(): void;
}

/** Answers with samples of the worker of that name, until nobody asks any more. */
export async function serveWork<Task>(workers: Readonly<Record<string, Worker<Task>>>, name = ""): Promise<void> {
  const worker = workers[name];
  if (worker === undefined) throw new Error(`there is no worker of the name ${name}`);
  let work: Work | null = null;
  await answer({
    /** Prepares a task; false if there is nothing to do. */
    begin: async (task: Task) => {
      work = await worker.work(task);
      return work !== null;
    },
    /** Nanoseconds an operation. */
    sample: (milliseconds: number) => (work === null ? null : sample(work, milliseconds, worker.settle)),
  });
}
