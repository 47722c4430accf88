// The lock that threads share, on its words in shared memory: CPython's take_gil and drop_gil (Python/ceval_gil.c). One for each
// thread and memory, however many heaps the thread has on it. It knows nothing of what it guards.
//
// A thread that finds the lock taken waits for it, one switch interval at a time. If the holder is the same after an interval, it asks
// it to let go (L_REQUEST). Threads that want the lock for longer than they get it at a time wait behind those that let go by
// themselves, for a while: else each of those would wait for as many intervals as there are others. A thread that has let go because it was asked does not take the lock again before another has had
// it: CPython's forced switching. There it waits when it lets go; here when it wants the lock back, so letting go never
// takes time. The words of the lock and what it guards are ordered by the atomic operations on L_HOLDER.

import type { HeapError } from "../errors.js";
import {
  GIL,
  L_BROKEN,
  L_BUSY,
  L_HOLDER,
  L_INTERVAL,
  L_LAST_HOLDER,
  L_PROBES,
  L_REQUEST,
  L_SWITCHES,
  L_TAKEN_OVER,
  SWITCH_INTERVAL,
} from "../layout.js";
import type { GilHooks } from "./gil.js";
import { Signs } from "./liveness.js";
import { cannotBlock, endedWithLock, heldElsewhere, lockBroken } from "./lockfailure.js";
import { behindMs, GIVE_WAY_MS, probeAfterMs, type Since, sleepMs } from "./patience.js";
import { othersMayWait, type Place, placeAhead, placeBehind, wakeAll, wakeOne } from "./queues.js";
import { mayBlock, threadNumber, waitLater } from "./thread.js";
import { watchByWebLocks } from "./weblocks.js";

const HOLDER = (GIL + L_HOLDER) >> 2;
const LAST_HOLDER = (GIL + L_LAST_HOLDER) >> 2;
const SWITCHES = (GIL + L_SWITCHES) >> 2;
const REQUEST = (GIL + L_REQUEST) >> 2;
const INTERVAL = (GIL + L_INTERVAL) >> 2;
const BUSY = (GIL + L_BUSY) >> 2;
const BROKEN = (GIL + L_BROKEN) >> 2;
const PROBES = (GIL + L_PROBES) >> 2;
const TAKEN_OVER = (GIL + L_TAKEN_OVER) >> 2;

/** A heap of this thread on the memory. */
export interface Member extends GilHooks {
  /** How often this heap has taken the lock and not let go. Only the lock and `SharedGil` write it. */
  depth: number;
}

/** One for a thread and a memory; {@link lockOf} makes it. */
export class Lock {
  readonly words: Int32Array;
  readonly thread: number;
  /** This thread has the lock. Not while others have it in between, nor if it did not get it back then. */
  holds = false;
  /** Bodies that are under way during which nobody else is to have it. */
  undivided = 0;
  readonly #signs: Signs;
  readonly #closed: () => void;
  readonly #stopWatching: () => void;
  readonly #mayBlock: boolean;
  readonly #members = new Set<Member>();
  /** Members that have the lock, or wait for it to come back. */
  readonly #inside: Member[] = [];
  /** Threads that this one took the lock from, not reported yet. */
  readonly #ended: { readonly thread: number; readonly isBusy: boolean }[] = [];
  /** It let go because it was asked. */
  #wasAsked = false;
  /** Then it gives way until then, in milliseconds of `performance.now()`; else 0. */
  #givesWayUntil = 0;

  /** `identity` tells the memory from others; `closed` is called when no heap of this thread is there any more. */
  constructor(words: Int32Array, identity: string, closed: () => void) {
    this.words = words;
    this.thread = threadNumber();
    this.#closed = closed;
    this.#signs = new Signs(words, this.thread);
    const self = new WeakRef(this);
    this.#stopWatching = watchByWebLocks(identity, this.thread, (thread) => self.deref()?.threadEnded(thread));
    this.#mayBlock = mayBlock();
  }

  // ── heaps ─────────────────────────────────────────────────────────────────────────────────────────

  add(member: Member): void {
    this.#members.add(member);
  }

  /** The heap is done with the memory; if it has the lock it lets go. */
  remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (member.depth > 0) {
      member.depth = 1;
      this.leave(member);
    }
    if (this.#members.size > 0) return;
    this.#signs.close();
    this.#stopWatching();
    this.#closed();
  }

  /** What the member does from now on is under the lock: takes it if this thread does not have it. */
  enter(member: Member, call: string): void {
    if (!this.holds) this.#take(call);
    // Another heap of this thread may have broken it meanwhile.
    else if (this.words[BROKEN] !== 0) throw this.#refusal(call);
    if (member.depth++ === 0) {
      this.#inside.push(member);
      this.#entered(member);
    }
    if (this.#ended.length > 0) this.#report();
  }

  /** What the heap does then may run functions of the program: they have the lock as callbacks have it. */
  #entered(member: Member): void {
    this.undivided++;
    try {
      member.entered();
    } catch {
      // The end of the stack: the body will come to it too, and lets go.
    } finally {
      this.undivided--;
    }
  }

  /** The opposite. */
  leave(member: Member): void {
    if (--member.depth > 0) return;
    const inside = this.#inside;
    if (inside.length === 1) inside.pop();
    else inside.splice(inside.indexOf(member), 1);
    if (!this.holds) return;
    try {
      member.leaving();
      if (inside.length === 0) this.#drop();
    } catch {
      // The end of the stack: whoever waits looks again after an interval.
      if (inside.length > 0) return;
      this.holds = false;
      this.words[HOLDER] = 0;
    }
  }

  /** Letting go of `member` once would give the lock up. */
  isLast(member: Member): boolean {
    return this.holds && member.depth === 1 && this.#inside.length === 1;
  }

  /** Another heap is at the memory, of this thread or of one that has not ended as far as anybody can know. */
  get hasOthers(): boolean {
    return this.#members.size > 1 || this.#signs.hasOthers;
  }

  // ── taking turns ──────────────────────────────────────────────────────────────────────────────────

  /** Takes the lock if that needs no waiting. `hasWaited` for it before, as others may. */
  tryTake(hasWaited = false): boolean {
    if (this.holds) return true;
    if (this.#owesTurn() || this.isBroken || !this.#grab()) return false;
    this.#taken();
    if (hasWaited) othersMayWait(this.words);
    return true;
  }

  /** Whoever waited here does not want the lock any more: wakes another, in case that it was woken. */
  passOn(): void {
    othersMayWait(this.words);
    wakeOne(this.words);
  }

  /** Somebody wants the lock: lets it have it, and waits for it to come back. Does nothing where that is not possible now. */
  switchOver(call: string): void {
    const inside = this.#inside;
    if (!this.holds || inside.length === 0 || !this.#mayBlock || this.isBusy || this.undivided > 0) return;
    for (const member of inside) member.leaving();
    this.#drop();
    this.#take(call);
    for (const member of inside) this.#entered(member);
    this.#report();
  }

  /** Waits without blocking for a good moment to try, at most for a while. `since` is what the last call returned, null at first. */
  async waitTurn(since: Since | null): Promise<Since | null> {
    const { words } = this;
    if (this.#owesTurn()) {
      await waitLater(words, LAST_HOLDER, this.thread, this.#givesWayUntil - performance.now());
      return since;
    }
    const holder = Atomics.load(words, HOLDER);
    if (holder === 0) return since;
    const now = this.#since(holder, since);
    const { index, value } = this.#place(now);
    if (Atomics.load(words, HOLDER) !== holder) return now;
    await waitLater(words, index, value, sleepMs(now, this.interval));
    this.#ask(now);
    this.#report();
    return now;
  }

  /** Microseconds that a thread waits before it asks for the lock. */
  get interval(): number {
    return (this.words[INTERVAL] as number) || SWITCH_INTERVAL;
  }

  get switches(): number {
    return Atomics.load(this.words, SWITCHES) >>> 0;
  }

  /** Somebody has waited for an interval. A plain read, as it is done before each operation: it may come a little late. */
  get isWanted(): boolean {
    return this.words[REQUEST] !== 0;
  }

  /** A call into the core has begun and not ended. */
  get isBusy(): boolean {
    return this.words[BUSY] !== 0;
  }

  get isBroken(): boolean {
    return Atomics.load(this.words, BROKEN) !== 0;
  }

  /** A call into the core did not come to its end: nobody gets the lock any more. */
  markBroken(thread = this.thread): void {
    Atomics.compareExchange(this.words, BROKEN, 0, thread + 1);
  }

  /** @throws HeapError `HEAP_UNUSABLE`, `CANNOT_BLOCK`, `BUSY`: {@link GIL.acquire} */
  #take(call: string): void {
    const { words, thread } = this;
    const isElsewhere = words[HOLDER] === thread;
    try {
      if (this.#givesWayUntil > 0) this.#giveWay();
      if (!this.#grab()) this.#wait(call);
      this.#taken();
    } catch (error) {
      // The end of the engine's stack may come when the lock is taken and that not noted yet, and then nothing can be called.
      this.holds = false;
      if (words[HOLDER] === thread && !isElsewhere) words[HOLDER] = 0;
      throw error;
    }
    // A plain read: whoever wrote it has let go of the lock since.
    if (words[BROKEN] === 0) return;
    this.#drop();
    throw this.#refusal(call);
  }

  #grab(): boolean {
    return Atomics.compareExchange(this.words, HOLDER, 0, this.thread) === 0;
  }

  #taken(): void {
    const { words, thread } = this;
    this.holds = true;
    this.#givesWayUntil = 0;
    const wasAsked = words[REQUEST] !== 0;
    if (wasAsked) Atomics.store(words, REQUEST, 0);
    if (words[LAST_HOLDER] === thread) return;
    words[SWITCHES] = (words[SWITCHES] as number) + 1;
    words[PROBES] = 0;
    Atomics.store(words, LAST_HOLDER, thread);
    if (wasAsked) Atomics.notify(words, LAST_HOLDER);
  }

  #drop(): void {
    const { words } = this;
    this.holds = false;
    this.#wasAsked = words[REQUEST] !== 0;
    if (this.#wasAsked) this.#givesWayUntil = performance.now() + GIVE_WAY_MS;
    Atomics.store(words, HOLDER, 0);
    wakeOne(words);
  }

  /** It let go because it was asked, and nobody has taken the lock since. */
  #owesTurn(): boolean {
    const until = this.#givesWayUntil;
    if (until === 0) return false;
    if (Atomics.load(this.words, LAST_HOLDER) === this.thread && performance.now() < until) return true;
    this.#givesWayUntil = 0;
    return false;
  }

  /** Whoever asked may have ended, or be busy with something else: this is given up after a while. */
  #giveWay(): void {
    while (this.#mayBlock && this.#owesTurn()) {
      Atomics.wait(this.words, LAST_HOLDER, this.thread, this.#givesWayUntil - performance.now());
    }
  }

  /** Blocks until the lock is this thread's. */
  #wait(call: string): void {
    const { words } = this;
    if (!this.#mayBlock) throw cannotBlock(call, Atomics.load(words, HOLDER));
    let since: Since | null = null;
    do {
      if (this.isBroken) throw this.#refusal(call);
      const holder = Atomics.load(words, HOLDER);
      if (holder === 0) continue;
      if (holder === this.thread) throw heldElsewhere(call);
      since = this.#since(holder, since);
      const { index, value } = this.#place(since);
      if (Atomics.load(words, HOLDER) !== holder) continue;
      Atomics.wait(words, index, value, sleepMs(since, this.interval));
      this.#ask(since);
    } while (!this.#grab());
    othersMayWait(words);
    this.#signs.keepUp();
  }

  /** Where to wait. Look at the holder again after this. */
  #place({ holder, began }: Since): Place {
    const isBehind = this.#wasAsked && performance.now() - began < behindMs(this.interval);
    return isBehind ? placeBehind(this.words, holder) : placeAhead(this.words);
  }

  /** When this thread first saw that `holder` has the lock; `last` is what it saw before. */
  #since(holder: number, last: Since | null): Since {
    const switches = Atomics.load(this.words, SWITCHES);
    if (last !== null && last.holder === holder && last.switches === switches) return last;
    const time = performance.now();
    return { holder, switches, time, began: last?.began ?? time };
  }

  /** If the lock has not changed hands for an interval, asks for it; and now and then, whether the holder is still alive. */
  #ask({ holder, switches, time }: Since): void {
    const { words } = this;
    if (Atomics.load(words, HOLDER) !== holder || Atomics.load(words, SWITCHES) !== switches) return;
    const waited = performance.now() - time;
    if (waited >= this.interval / 1000) Atomics.store(words, REQUEST, 1);
    const probes = Atomics.load(words, PROBES);
    if (waited < probeAfterMs(probes)) return;
    if (Atomics.compareExchange(words, PROBES, probes, probes + 1) !== probes) return;
    if (this.#signs.isGone(holder)) this.#takeFrom(holder);
  }

  // ── threads that end ──────────────────────────────────────────────────────────────────────────────

  /**
   * Takes the lock from a thread that has ended, if it has it. If the thread was in the middle of a call into the core the lock is
   * broken.
   */
  threadEnded(thread: number): void {
    this.#takeFrom(thread);
    this.#report();
  }

  #takeFrom(thread: number): void {
    const { words } = this;
    this.#signs.forget(thread);
    // As the holder, so that of all who find out one looks at what the thread has left.
    if (Atomics.compareExchange(words, HOLDER, thread, this.thread) !== thread) return;
    const isBusy = this.isBusy;
    if (isBusy) this.markBroken(thread);
    else this.#tidyUp();
    Atomics.store(words, HOLDER, 0);
    wakeAll(words);
    this.#ended.push({ thread, isBusy });
  }

  /** After a thread that has ended between two calls into the core. */
  #tidyUp(): void {
    Atomics.add(this.words, TAKEN_OVER, 1);
    const [member] = this.#members;
    member?.tookOver?.();
  }

  /** Not while this thread waits for the lock: those who hear of it may want it too. */
  #report(): void {
    for (const { thread, isBusy } of this.#ended.splice(0)) {
      const error = endedWithLock(thread, isBusy);
      for (const member of [...this.#members])
        member.report(error, "A thread ended while it held the lock", `thread ${thread}`);
    }
  }

  /** This thread is about to end: lets go of the lock. */
  exiting(): void {
    if (!this.holds) return;
    if (this.isBusy) this.markBroken();
    for (const member of this.#inside) {
      member.depth = 0;
      member.leaving();
    }
    this.#inside.length = 0;
    this.undivided = 0;
    this.#drop();
  }

  /** The error for a lock that is broken. */
  #refusal(call: string): HeapError {
    this.#report();
    return lockBroken(call, Atomics.load(this.words, BROKEN) - 1, this.thread);
  }
}
