// node --expose-gc records.js WHO
// A process for one task: no other has left anything in its heap, or taught the engine anything about its loops.

import { answer, collectJavaScript } from "./answer.js";
import { callWork } from "./callwork.js";
import { insideGround, linkedGround } from "./ours.js";
import { plainWork } from "./plainwork.js";
import { wasmWork } from "./wasmwork.js";
import { sample, type Task, type Work } from "./work.js";

interface Worker {
  work(task: Task): Work | null;
  /** Of a sample, besides the work. */
  settle?(): void;
}

const WORKERS: Readonly<Record<string, Worker>> = {
  calls: { work: (task) => callWork(linkedGround(), task) },
  linked: { work: (task) => wasmWork(linkedGround(), task) },
  inside: { work: (task) => wasmWork(insideGround(), task) },
  plain: { work: plainWork, settle: collectJavaScript },
};

const [name = ""] = process.argv.slice(2);
const worker = WORKERS[name];
if (worker === undefined) throw new Error(`there is no worker of the name ${name}`);

let work: Work | null = null;
await answer({
  /** Prepares a task; false if there is nothing to do. */
  begin: (task: Task) => {
    work = worker.work(task);
    return work !== null;
  },
  /** Nanoseconds an operation. */
  sample: (milliseconds: number) => (work === null ? null : sample(work, milliseconds, worker.settle)),
});
