// heap.gil of a heap that threads share.

import { disposed } from "../engine.js";
import { HeapError } from "../errors.js";
import { type WatchedWorker, watchNewWorkers, watchWorker } from "./endings.js";
import { type GIL, type GilHooks, notAcquired, notHeld, refusalOfBody, requireBody } from "./gil.js";
import type { Lock, Member } from "./lock.js";
import { lockOf } from "./locks.js";

/** One for each heap object on a shared memory; those of one thread on the same memory re-enter each other. */
export class SharedGil implements GIL {
  readonly #lock: Lock;
  readonly #member: Member;
  #isOpen = true;
  /** Bodies that run. */
  #bodies = 0;

  /** `words` is linear memory from address 0 on, at least up to HEAP_START: it may stay the view of when memory was smaller. */
  constructor(words: Int32Array, hooks: GilHooks) {
    this.#lock = lockOf(words);
    this.#member = {
      depth: 0,
      entered: () => hooks.entered(),
      leaving: () => hooks.leaving(),
      tookOver: () => hooks.tookOver?.(),
      report: (error, message, object) => hooks.report(error, message, object),
    };
    this.#lock.add(this.#member);
  }

  get held(): boolean {
    return this.#lock.holds && this.#member.depth > 0;
  }

  get switches(): number {
    return this.#lock.switches;
  }

  get thread(): number {
    return this.#lock.thread;
  }

  acquire(): void {
    this.#enter("gil.acquire");
  }

  /** Takes the lock if it is this thread's or free, and nobody else is to have it first. */
  tryAcquire(): boolean {
    if (!this.#isOpen || !this.#lock.tryTake()) return false;
    this.#enter("gil.acquire");
    return true;
  }

  release(): void {
    const lock = this.#lock;
    const member = this.#member;
    if (member.depth === 0) throw notHeld("gil.release");
    if ((lock.isBusy || lock.undivided > 0) && lock.isLast(member) && !lock.isBroken) {
      throw new HeapError(
        "BUSY",
        "gil.release: the heap is in the middle of something, such as a finalizer or gil.atomic; release the lock where it was acquired",
      );
    }
    if (member.depth === this.#bodies) throw notAcquired();
    lock.leave(member);
  }

  run<T>(body: () => T): T {
    return this.#run("gil.run", body);
  }

  atomic<T>(body: () => T): T {
    return this.#run("gil.atomic", body, 1);
  }

  async runAsync<T>(body: () => T): Promise<T> {
    requireBody("gil.runAsync", body);
    const lock = this.#lock;
    let since: Awaited<ReturnType<Lock["waitTurn"]>> = null;
    // From the moment that the lock is there to the body nothing is awaited: other code of this thread would have it too.
    while (this.#isOpen && !lock.isBroken && !lock.tryTake(since !== null)) since = await lock.waitTurn(since);
    if (!this.#isOpen) lock.passOn();
    return this.#run("gil.runAsync", body);
  }

  checkpoint(): void {
    if (this.#lock.isWanted) this.#lock.switchOver("gil.checkpoint");
  }

  watch(worker: WatchedWorker): void {
    watchWorker(worker);
  }

  /** From now on hears of the end of workers that this thread makes (Node). */
  watchNew(): void {
    watchNewWorkers();
  }

  /** Nobody is let in now, and the lock is not let go of: in {@link GIL.atomic}, or while what others left to do is being done. */
  get isUndivided(): boolean {
    return this.#lock.undivided > 0;
  }

  /** A call into the core did not come to its end: nobody gets the lock any more. */
  markBroken(): void {
    this.#lock.markBroken();
  }

  /** Another heap is at the memory whose thread has not ended, as far as anybody can know. */
  get hasOthers(): boolean {
    return this.#lock.hasOthers;
  }

  /** The heap is disposed of: lets go of the lock, however often it was taken. From now on it cannot be acquired. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#lock.remove(this.#member);
  }

  #enter(call: string): void {
    if (!this.#isOpen) throw disposed();
    this.#lock.enter(this.#member, call);
    // What it ran on entering may have disposed of the heap.
    if (!this.#isOpen) throw disposed();
  }

  /** `undivided` is 1 if nobody else is to have the lock before the body has returned. Takes it as deep in the stack as it lets go. */
  #run<T>(call: string, body: () => T, undivided = 0): T {
    const lock = this.#lock;
    const member = this.#member;
    let result: T;
    requireBody(call, body);
    this.#enter(call);
    lock.undivided += undivided;
    this.#bodies++;
    try {
      result = body();
    } finally {
      this.#bodies--;
      lock.undivided -= undivided;
      // The body may have disposed of the heap.
      if (member.depth > 0) this.#end();
    }
    const refusal = refusalOfBody(call, result);
    if (refusal !== null) throw refusal;
    return result;
  }

  #end(): void {
    const lock = this.#lock;
    const member = this.#member;
    // Nothing can be under way when the outermost body has ended, unless it will never end.
    if (lock.isBusy && lock.isLast(member)) lock.markBroken();
    lock.leave(member);
  }
}
