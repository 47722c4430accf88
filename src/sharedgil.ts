// The lock of a heap that threads share.

import type { GIL, GilHooks, WatchedWorker } from "./gil.js";

/**
 * One for each heap object on a shared memory; those of one thread on the same memory re-enter each other. `words` is linear memory
 * from address 0 on, at least up to HEAP_START: it may stay the view of when memory was smaller.
 */
export declare class SharedGil implements GIL {
  constructor(words: Int32Array, hooks: GilHooks);
  readonly held: boolean;
  readonly switches: number;
  readonly thread: number;
  /** Microseconds; what sys.setSwitchInterval sets for all threads. */
  interval: number;
  acquire(): void;
  /** Takes the lock if it is free, or this thread's already. */
  tryAcquire(): boolean;
  release(): void;
  run<T>(body: () => T): T;
  runAsync<T>(body: () => T): Promise<T>;
  checkpoint(): void;
  /** The same: one plain read unless a thread waits. */
  poll(): void;
  watch(worker: WatchedWorker): void;
  /** From now on hears of the workers that this thread makes (Node). */
  watchNew(): void;
  /** A call into the core did not come to its end: nobody gets the lock any more. */
  markBroken(): void;
  /** Lets go of everything: the heap object is disposed of, or the thread ends. After it, acquire throws `HEAP_DISPOSED`. */
  close(): void;
}
