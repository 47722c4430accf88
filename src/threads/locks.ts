// The locks that a thread knows: one for each memory it shares with others.

import { GIL, HEAP_START, L_IDENTITY } from "../layout.js";
import { randomWord } from "../random.js";
import { hearEndings } from "./endings.js";
import { Lock } from "./lock.js";

const IDENTITY = (GIL + L_IDENTITY) >> 2;

const locks = new Map<string, WeakRef<Lock>>();

/** The lock on this memory, the same for all who ask in this thread. `words` is memory from address 0 on. */
export function lockOf(words: Int32Array): Lock {
  if (words.byteOffset !== 0 || words.byteLength < HEAP_START || !(words.buffer instanceof SharedArrayBuffer)) {
    throw new TypeError("lockOf: wants the words of a shared memory from address 0 on");
  }
  const identity = identityOf(words);
  let lock = locks.get(identity)?.deref();
  if (lock === undefined) {
    lock = new Lock(words, identity, () => locks.delete(identity));
    locks.set(identity, new WeakRef(lock));
    hearEndings({
      threadEnded: (thread) => forEachLock((each) => each.threadEnded(thread)),
      exiting: () => forEachLock((each) => each.exiting()),
    });
  }
  return lock;
}

function forEachLock(act: (lock: Lock) => void): void {
  for (const reference of locks.values()) {
    const lock = reference.deref();
    if (lock !== undefined) act(lock);
  }
}

/** The same memory arrives as different objects: it is known by what is written in it. */
function identityOf(words: Int32Array): string {
  for (const index of [IDENTITY, IDENTITY + 1]) Atomics.compareExchange(words, index, 0, randomWord() | 1);
  return [IDENTITY, IDENTITY + 1].map((index) => (Atomics.load(words, index) >>> 0).toString(16)).join("-");
}
