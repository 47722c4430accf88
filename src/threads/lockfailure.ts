// Errors of the lock.

import { HeapError } from "../errors.js";

/** The holder is another, and waiting is not allowed here. */
export function cannotBlock(call: string, holder: number): HeapError {
  return new HeapError(
    "CANNOT_BLOCK",
    `${call}: thread ${holder} holds the lock, and this thread may not block to wait for it; use await heap.gil.runAsync(() => …)`,
  );
}

/** It would never get what it has. */
export function heldElsewhere(call: string): HeapError {
  return new HeapError(
    "BUSY",
    `${call}: this thread holds the lock already, through another copy of this library, and would wait for itself; use one copy`,
  );
}

/** What the heap hears of a thread that ended while it held the lock. */
export function endedWithLock(thread: number, isBusy: boolean): HeapError {
  const consequence = isBusy
    ? "It was in the middle of a call into the core, so the heap cannot be used any more; make another with Heap.create"
    : "The lock was taken from it; what it was about to do with the heap is half done, and the references of its handles stay";
  return new HeapError("THREAD_ENDED", `thread ${thread} ended while it held the lock. ${consequence}`);
}

/** A call of `thread` into the core did not come to its end; `self` is this thread. */
export function lockBroken(call: string, thread: number, self: number): HeapError {
  const who = thread === self ? `this thread (${thread})` : `thread ${thread}`;
  return new HeapError(
    "HEAP_UNUSABLE",
    `${call}: a call of ${who} into the core did not come to its end, so the heap cannot be used any more; make another with Heap.create`,
  );
}
