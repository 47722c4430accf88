// How this thread hears of the end of others, and of its own, from the events of Node's workers and processes.

import { show } from "../arguments.js";
import { nodeProcess, numberOfWorker } from "./thread.js";

/** What is used of Node's `Worker`. */
export interface WatchedWorker {
  readonly threadId: number;
  once(event: "exit", listener: () => void): unknown;
}

/** Who wants to know. */
export interface Mourner {
  /** The thread of this number has ended. */
  threadEnded(thread: number): void;
  /** This thread is about to end. */
  exiting(): void;
}

const watched = new WeakSet<WatchedWorker>();
let mourner: Mourner | null = null;
let hearsOfNew = false;

/** From now on `heir` hears of the end of this thread, and of workers that are watched. One for all heaps of the thread; calls after the first do nothing. */
export function hearEndings(heir: Mourner): void {
  if (mourner !== null) return;
  mourner = heir;
  nodeProcess()?.on?.("exit", () => heir.exiting());
}

/** Watches every worker that this thread makes from now on. */
export function watchNewWorkers(): void {
  if (hearsOfNew) return;
  hearsOfNew = true;
  nodeProcess()?.on?.("worker", (worker: WatchedWorker) => watchWorker(worker));
}

/**
 * Watches a worker. Where workers have no exit event, in browsers, there is nothing to watch.
 *
 * @throws TypeError not a worker
 */
export function watchWorker(worker: WatchedWorker): void {
  if (typeof Worker === "function" && worker instanceof Worker) return;
  if (typeof worker?.threadId !== "number" || typeof worker.once !== "function") {
    throw new TypeError(`gil.watch: wants a Worker of node:worker_threads, not ${show(worker)}`);
  }
  // A worker that has ended already has no number any more: it is found out as those that nobody watches.
  if (worker.threadId < 0 || watched.has(worker)) return;
  watched.add(worker);
  const thread = numberOfWorker(worker.threadId);
  worker.once("exit", () => mourner?.threadEnded(thread));
}
