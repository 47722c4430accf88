// The thread that this code runs in: its number, whether it may block, and how it waits without blocking.

import { randomWord } from "../random.js";

/** What is used of Node's `process`. */
export interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): { readonly threadId?: number } | undefined;
  on?(event: string, listener: (...args: never[]) => void): unknown;
}

/** Node's `process`; null elsewhere. */
export function nodeProcess(): NodeProcess | null {
  const { process } = globalThis as { process?: NodeProcess };
  return typeof process?.versions?.node === "string" ? process : null;
}

/** Threads that have no number of their own get a random one from here on. */
const RANDOM_FROM = 2 ** 20;

let number = 0;

/** Number of this thread, the same for all heaps: in Node worker_threads' `threadId` + 1, elsewhere a random one above 2^20. */
export function threadNumber(): number {
  if (number === 0) number = numberOfThread();
  return number;
}

function numberOfThread(): number {
  const id = nodeProcess()?.getBuiltinModule?.("node:worker_threads")?.threadId;
  return id === undefined ? RANDOM_FROM + (randomWord() >>> 2) : numberOfWorker(id);
}

/** The number of the thread that Node's worker_threads know by this id. */
export function numberOfWorker(threadId: number): number {
  return threadId + 1;
}

/** Whether `Atomics.wait` is allowed here: everywhere but in a browser's main thread, and some kinds of workers. */
export function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
  milliseconds?: number,
) => { readonly async: boolean; readonly value: string | Promise<string> };

/** `Atomics.waitAsync`, where the engine has it. */
export function waitAsync(): WaitAsync | undefined {
  return (Atomics as { waitAsync?: WaitAsync }).waitAsync;
}

/** What a process has to live for while a promise of `Atomics.waitAsync` is pending: Node does not count those. */
const FOREVER = 2 ** 31 - 1;
/** Where there is no `Atomics.waitAsync`, a word is looked at this often, in milliseconds. */
const LOOK_EVERY = 1;

/** Waits until `words[index]` may be another than `value`, or for so many milliseconds. Returns whether the time was up. */
export async function waitLater(
  words: Int32Array,
  index: number,
  value: number,
  milliseconds: number,
): Promise<boolean> {
  const wait = waitAsync();
  if (wait === undefined) {
    const end = performance.now() + milliseconds;
    do await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    while (Atomics.load(words, index) === value && performance.now() < end);
    return Atomics.load(words, index) === value;
  }
  const waiting = wait(words, index, value, milliseconds);
  if (!waiting.async) return waiting.value === "timed-out";
  const alive = setTimeout(() => {}, FOREVER);
  try {
    return (await waiting.value) === "timed-out";
  } finally {
    clearTimeout(alive);
  }
}
