// A thread that does with a shared heap what it is asked to, one act after another.
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/index.js";

/** Words that threads wait on: the lock is held, and may be let go. */
const HELD = 0;
const FREE = 1;

const log = [];
const heap = await Heap.attach(workerData.share, { onUnraisable: ({ error }) => log.push(String(error)) });
const { gil } = heap;
let Node = null;
let kept = null;

const acts = {
  /** Declares the type that the test has, with a finalizer of this thread. */
  declare(finalize) {
    const fields = { id: "u32", next: "self", any: "ref" };
    gil.run(() => {
      Node = heap.struct("Node", fields, finalize ? { finalize: ({ id }) => void log.push(`worker: ${id}`) } : {});
    });
  },

  read: (name) => gil.run(() => heap.scope(() => heap.toJS(heap.globals.get(name)))),

  make: ({ name, id }) => gil.run(() => heap.scope(() => void heap.globals.set(name, new Node({ id })))),

  /** Adds plain data to the list of that name. */
  push: ({ name, item, times = 1 }) =>
    gil.run(() =>
      heap.scope(() => {
        const list = heap.globals.get(name);
        for (let i = 0; i < times; i++) list.push(item);
        return list.length;
      }),
    ),

  delete: (name) => gil.run(() => heap.globals.delete(name)),

  /** Keeps a handle of what the name stands for. */
  keep(name) {
    kept = gil.run(() => heap.globals.get(name));
  },

  release: () => kept.release(),

  /** Codes of what is thrown without the lock. */
  unlocked: () => [() => heap.list(), () => kept.length, () => heap.gc.collect()].map(codeOf),

  at: (address) => gil.run(() => heap.scope(() => Node.at(address).id)),

  /** Holds the lock until it is told not to. */
  hold(words) {
    gil.run(() => {
      Atomics.store(words, HELD, 1);
      Atomics.notify(words, HELD);
      Atomics.wait(words, FREE, 0);
    });
  },

  log: () => log.splice(0),

  verify: () => gil.run(() => heap.verify()),

  count: () => heap.handleCount,

  thread: () => gil.thread,

  dispose: () => heap[Symbol.dispose](),
};

function codeOf(action) {
  try {
    action();
  } catch (error) {
    return error.code;
  }
  return "nothing thrown";
}

parentPort.on("message", ({ act, argument }) => {
  try {
    parentPort.postMessage({ value: acts[act](argument) });
  } catch ({ name, code, message }) {
    parentPort.postMessage({ error: { name, code, message } });
  }
});
parentPort.postMessage({ value: "attached" });
