// Signs of life: how a thread finds out that another has ended, at once and without its help, also while it may not go back to its
// event loop.
//
// Each thread has an entry in THREADS, and a number of waits of `Atomics.waitAsync` under way on the entry's own word. When a
// thread ends, in whatever way, the engine removes them. So whoever wakes one of them, which `Atomics.notify` tells, knows that the
// thread lives; a thread that should have some and has none has ended. The thread itself need not run any code for that. A
// wait that was woken is gone until the thread makes another, so they are counted, and nobody asks often.

import { GIL, L_HOLDER, THREAD_NUMBER, THREAD_SHIFT, THREAD_SIGNS, THREADS, THREADS_CAPACITY } from "../layout.js";
import { waitAsync } from "./thread.js";

/** Waits that a thread keeps under way. */
const SIGNS_KEPT = 32;
/** So many are never asked for: the count may be that much too high for a moment, when two threads and the end of a third meet. */
const SIGNS_SPARED = 4;
/** A thread is taken for ended when so many of its waits were not there. */
const SIGNS_MISSING = 2;

const HOLDER = (GIL + L_HOLDER) >> 2;
const FIRST = (THREADS + THREAD_NUMBER) >> 2;
const END = FIRST + ((THREADS_CAPACITY << THREAD_SHIFT) >> 2);
const STEP = (1 << THREAD_SHIFT) >> 2;
const TO_SIGNS = (THREAD_SIGNS - THREAD_NUMBER) >> 2;

export class Signs {
  readonly #words: Int32Array;
  readonly #thread: number;
  readonly #woken: () => void;
  /** Index of this thread's entry, 0 if there is none, as 64 other threads are there: then it takes part, but nobody can ask for it. */
  #entry = 0;

  /** Gives this thread an entry and signs of life, as far as there is room and the engine can. `words` is memory from address 0 on. */
  constructor(words: Int32Array, thread: number) {
    this.#words = words;
    this.#thread = thread;
    // Pending waits last as long as the thread: they must not keep the memory.
    const self = new WeakRef(this);
    this.#woken = () => self.deref()?.renew();
    this.#enter();
  }

  /** Makes as many waits as there should be; cheap if there are enough. */
  renew(): void {
    const wait = waitAsync();
    const entry = this.#entry;
    if (entry === 0 || wait === undefined) return;
    while (Atomics.load(this.#words, entry + TO_SIGNS) < SIGNS_KEPT) {
      const waiting = wait(this.#words, entry, this.#thread);
      if (!waiting.async) return;
      (waiting.value as Promise<string>).then(this.#woken);
      // Counted after it is there: never more than there are.
      Atomics.add(this.#words, entry + TO_SIGNS, 1);
    }
  }

  /**
   * For a thread that may not come back to its event loop for long: makes waits if there are few, and looks for an entry again if
   * there was none.
   */
  keepUp(): void {
    if (this.#entry === 0) this.#enter();
    else if ((this.#words[this.#entry + TO_SIGNS] as number) < SIGNS_KEPT / 2) this.renew();
  }

  /** Whether a thread is known to have ended. Costs it a sign; false also where nothing can be known. */
  isGone(thread: number): boolean {
    const entry = this.#find(thread);
    return entry !== 0 && this.#isGone(entry, thread);
  }

  /** Other threads are there that live; true also where nothing can be known. */
  get hasOthers(): boolean {
    if (this.#entry === 0) return true;
    for (let at = FIRST; at < END; at += STEP) {
      const thread = this.#words[at] as number;
      if (thread !== 0 && thread !== this.#thread && !this.#isGone(at, thread)) return true;
    }
    return false;
  }

  /** Frees the entry of a thread that has ended. */
  forget(thread: number): void {
    const entry = this.#find(thread);
    if (entry !== 0) this.#free(entry, thread);
  }

  /** This thread has nothing to do with the memory any more. */
  close(): void {
    const entry = this.#entry;
    this.#entry = 0;
    if (entry === 0) return;
    Atomics.store(this.#words, entry + TO_SIGNS, 0);
    // While the entry is still this thread's, or it would wake the waits of the next.
    Atomics.notify(this.#words, entry);
    this.#free(entry, this.#thread);
  }

  #enter(): void {
    if (waitAsync() === undefined) return;
    this.#entry = this.#find(this.#thread) || this.#claim() || (this.#clear() ? this.#claim() : 0);
    this.renew();
  }

  #find(thread: number): number {
    for (let at = FIRST; at < END; at += STEP) if (this.#words[at] === thread) return at;
    return 0;
  }

  #claim(): number {
    for (let at = FIRST; at < END; at += STEP) {
      if (Atomics.compareExchange(this.#words, at, 0, this.#thread) === 0) return at;
    }
    return 0;
  }

  /** Frees the entries of threads that ended without the lock, of which nobody took notice. Returns whether there were any. */
  #clear(): boolean {
    let any = false;
    for (let at = FIRST; at < END; at += STEP) {
      const thread = this.#words[at] as number;
      // The holder's end must be seen by those who wait for the lock.
      if (thread === Atomics.load(this.#words, HOLDER) || !this.#isGone(at, thread)) continue;
      this.#free(at, thread);
      any = true;
    }
    return any;
  }

  #isGone(entry: number, thread: number): boolean {
    for (let missing = 0; missing < SIGNS_MISSING; missing++) {
      const left = Atomics.load(this.#words, entry + TO_SIGNS);
      if (left <= SIGNS_SPARED) return false;
      if (Atomics.compareExchange(this.#words, entry + TO_SIGNS, left, left - 1) !== left) return false;
      if (Atomics.notify(this.#words, entry, 1) > 0) return false;
    }
    return Atomics.load(this.#words, entry) === thread;
  }

  /** No signs first: whoever gets the entry next must not have more than it made. */
  #free(entry: number, thread: number): void {
    Atomics.store(this.#words, entry + TO_SIGNS, 0);
    Atomics.compareExchange(this.#words, entry, thread, 0);
  }
}
