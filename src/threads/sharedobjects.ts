// The objects of a heap that threads share: what is dropped without the lock waits for it, and long loops let other threads in.

import { hex } from "../address.js";
import { type Hold, LENT } from "../handle.js";
import { Objects } from "../objects.js";
import type { Scope } from "../scope.js";
import type { ReportUnraisable } from "../unraisable.js";
import { addressAt } from "../word.js";
import { SharedTypeTable, Turns } from "./checkpoints.js";
import type { GIL } from "./gil.js";
import type { SharedEngine } from "./sharedengine.js";

/** What is needed of the lock. */
export interface Lock extends GIL {
  /** Takes the lock if that is possible at once. */
  tryAcquire(): boolean;
}

export class SharedObjects extends Objects {
  declare readonly engine: SharedEngine;
  readonly #gil: Lock;
  readonly turns: Turns;
  readonly #report: ReportUnraisable;
  /** Where objects lie of which a reference is to be dropped, by the index of their headers in a view of words. */
  #noted: number[] = [];

  constructor(engine: SharedEngine, report: ReportUnraisable, gil: Lock) {
    const turns = new Turns(gil, engine.memory);
    super(engine, report, (owner) => new SharedTypeTable(engine, owner, turns));
    this.#gil = gil;
    this.turns = turns;
    this.#report = report;
  }

  /** Without the lock, the reference is dropped when this thread has it next, which is at once if nobody has it. */
  override release(hold: Hold): void {
    const { index } = hold;
    super.release(hold);
    if (index < 0 || hold.state === LENT || !this.engine.isAway) return;
    this.#noted.push(index);
    // That alone drops what was noted.
    if (this.#gil.tryAcquire()) this.#gil.release();
  }

  override decref(index: number): void {
    if (this.engine.isAway) this.#noted.push(index);
    else super.decref(index);
  }

  /** There is something to be dropped. */
  get hasNoted(): boolean {
    return this.#noted.length > 0;
  }

  /** Drops what was noted while this thread was without the lock. Throws nothing. */
  dropNoted(): void {
    const noted = this.#noted;
    this.#noted = [];
    for (const index of noted) {
      try {
        this.decref(index);
      } catch (error) {
        this.#report(error, "Exception ignored while releasing a handle", hex(addressAt(index)));
      }
    }
  }

  /** What is made is made by an operation that changes nothing that was there. */
  override collectIfDue(): void {
    this.turns.read();
    super.collectIfDue();
  }

  /** In the middle of another operation, what a program has read before that must stay as it is. */
  override letOthersIn(): void {
    if (!this.turns.isInside) this.turns.letOthersIn();
  }

  override scoped<T>(body: (scope: Scope) => T): T {
    if (this.engine.down !== null) throw this.engine.refusal();
    return super.scoped(body);
  }
}
