// heap.gil: the lock of a heap, as Python's global interpreter lock. Here what it can do, and the one of a heap that is not shared.

import { show } from "../arguments.js";
import { HeapError } from "../errors.js";
import { laterOf } from "../scope.js";
import type { WatchedWorker } from "./endings.js";
import { threadNumber } from "./thread.js";

/**
 * The lock of a heap. In a heap made with `shared: true` a thread must hold it to do anything with the heap; threads take turns as in
 * CPython: one that has waited for `sys.getSwitchInterval()` seconds asks the holder to let go, which it does when its next
 * operation has ended that changes something, and does not get the lock back before another has had it. Re-entrant: what a thread takes n times it must
 * release n times; switching happens at any depth, but never inside a finalizer or a callback.
 *
 * A heap that is not shared has the same methods, never waits, and may be used without.
 */
export interface GIL {
  /**
   * Waits until this thread holds the lock. Release it in a `finally`; {@link run} does.
   *
   * @throws HeapError `CANNOT_BLOCK` another thread holds it, and this one may not wait (a browser's main thread): use
   * {@link runAsync}; `HEAP_UNUSABLE` a thread's call into the core did not come to its end; `HEAP_DISPOSED`
   */
  acquire(): void;
  /**
   * @throws HeapError `GIL_NOT_HELD` this thread does not hold it, or only because {@link run} took it; `BUSY` inside a finalizer or callback, the last release of a lock
   * taken outside, or of one taken by {@link atomic}
   */
  release(): void;
  /** This thread holds the lock. */
  readonly held: boolean;
  /**
   * Calls `body` with the lock, and returns what it returns. `body` must be synchronous.
   *
   * @throws TypeError `body` returned a promise or an iterator; what {@link acquire} throws; what `body` throws
   */
  run<T>(body: () => T): T;
  /**
   * The same for what must not be divided: nobody else has the lock before `body` has returned, whatever it does to the heap. Everybody
   * waits for it: keep it short.
   */
  atomic<T>(body: () => T): T;
  /** As {@link run}, but waits without blocking the thread, and so works everywhere; `body` is synchronous here too. */
  runAsync<T>(body: () => T): Promise<T>;
  /**
   * Lets a waiting thread have the lock if one has waited for the switch interval, and goes on when it is this thread's turn again. Operations
   * that change something do this by themselves when they have ended, and so do a thousand steps through containers; call it in long loops of your own. Does nothing without the lock, inside finalizers
   * and callbacks, inside {@link atomic}, or where blocking is not allowed.
   */
  checkpoint(): void;
  /** How often the lock has gone from a thread to another. */
  readonly switches: number;
  /** Number of this thread in messages: in Node `threadId` + 1. */
  readonly thread: number;
  /**
   * Node: looks out for the end of a worker, to take the lock from it if it ends while it has it. Only for workers made before
   * this thread's first `heap.share()`; of those made later this thread hears by itself.
   *
   * @throws TypeError not a worker
   */
  watch(worker: WatchedWorker): void;
}

/** What a heap gives its lock. No hook may throw. */
export interface GilHooks {
  /** This thread has just got the lock: for the first time, or again after others had it. */
  entered(): void;
  /** This thread is about to let go of it. */
  leaving(): void;
  /** This thread has the lock for a moment, taken from one that ended: what that left in the middle of something is to be put right. */
  tookOver?(): void;
  /** Hears of threads that ended while they held the lock. */
  report(error: unknown, message: string, object: string): void;
}

/** @throws TypeError what is given to {@link GIL.run} is no function */
export function requireBody(call: string, body: unknown): void {
  if (typeof body !== "function") throw new TypeError(`${call}: wants a function, not ${show(body)}`);
}

/** The error for `body` of {@link GIL.run} that is not synchronous; null if it is. */
export function refusalOfBody(call: string, result: unknown): TypeError | null {
  const later = laterOf(result);
  if (later === null) return null;
  return new TypeError(
    `${call}: the body returned ${later === "promise" ? "a promise" : "an iterator"}, and the lock is released already; ` +
      "take the lock for each synchronous piece of it",
  );
}

/** The error for a release without an acquire. */
export function notHeld(call: string): HeapError {
  return new HeapError(
    "GIL_NOT_HELD",
    `${call}: this thread does not hold the lock; acquire it first, or use heap.gil.run(() => …)`,
  );
}

/** The error for a release, inside a body, of what the body was run with. */
export function notAcquired(): HeapError {
  return new HeapError(
    "GIL_NOT_HELD",
    "gil.release: the lock was taken by gil.run, which lets go of it when its body has returned; release what was acquired",
  );
}

/** The lock of a heap that is not shared: it counts, and there is nobody to wait for. */
export class PlainGil implements GIL {
  readonly switches = 0;
  #depth = 0;
  /** Bodies that run. */
  #bodies = 0;

  get thread(): number {
    return threadNumber();
  }

  get held(): boolean {
    return this.#depth > 0;
  }

  acquire(): void {
    this.#depth++;
  }

  release(): void {
    if (this.#depth === 0) throw notHeld("gil.release");
    if (this.#depth === this.#bodies) throw notAcquired();
    this.#depth--;
  }

  run<T>(body: () => T): T {
    return this.#run("gil.run", body);
  }

  atomic<T>(body: () => T): T {
    return this.#run("gil.atomic", body);
  }

  async runAsync<T>(body: () => T): Promise<T> {
    return this.#run("gil.runAsync", body);
  }

  checkpoint(): void {}

  watch(): void {}

  #run<T>(call: string, body: () => T): T {
    requireBody(call, body);
    this.#depth++;
    this.#bodies++;
    let result: T;
    try {
      result = body();
    } finally {
      this.#bodies--;
      this.#depth--;
    }
    const refusal = refusalOfBody(call, result);
    if (refusal !== null) throw refusal;
    return result;
  }
}
