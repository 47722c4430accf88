// Where threads wait for the lock: two queues, of which the engine keeps the order. Those of the first are woken before those of the
// second. Each wait is a timed one, so nobody is lost who was not woken.

import { GIL, L_CALLS, L_HOLDER, L_WAITING } from "../layout.js";

const HOLDER = (GIL + L_HOLDER) >> 2;
const WAITING = (GIL + L_WAITING) >> 2;
const CALLS = (GIL + L_CALLS) >> 2;

/** Bits of L_WAITING: somebody may be in the first queue, who waits on L_CALLS; in the second, on L_HOLDER. */
const AHEAD = 1;
const BEHIND = 2;

/** What to wait on: the index of a word, and what it is as long as there is nothing new. */
export interface Place {
  readonly index: number;
  readonly value: number;
}

/** A place in the first queue. Wait only if the lock is still taken after this. */
export function placeAhead(words: Int32Array): Place {
  const value = Atomics.load(words, CALLS);
  Atomics.or(words, WAITING, AHEAD);
  return { index: CALLS, value };
}

/** A place in the second queue, while `holder` has the lock. */
export function placeBehind(words: Int32Array, holder: number): Place {
  Atomics.or(words, WAITING, BEHIND);
  return { index: HOLDER, value: holder };
}

/** Somebody has got the lock after having waited: there may be others, so whoever lets go next must look. */
export function othersMayWait(words: Int32Array): void {
  Atomics.or(words, WAITING, AHEAD | BEHIND);
}

/** The lock is free: wakes one who waits for it. */
export function wakeOne(words: Int32Array): void {
  const waiting = Atomics.load(words, WAITING);
  if (waiting === 0) return;
  if ((waiting & AHEAD) !== 0) {
    Atomics.and(words, WAITING, ~AHEAD);
    Atomics.add(words, CALLS, 1);
    if (Atomics.notify(words, CALLS, 1) > 0) return;
  }
  if ((waiting & BEHIND) === 0) return;
  Atomics.and(words, WAITING, ~BEHIND);
  Atomics.notify(words, HOLDER, 1);
}

/** Wakes all who wait. */
export function wakeAll(words: Int32Array): void {
  Atomics.add(words, CALLS, 1);
  Atomics.notify(words, CALLS);
  Atomics.notify(words, HOLDER);
}
