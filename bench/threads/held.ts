// When a thread had the lock, as the thread itself notes it.

import type { GIL } from "arenaria";
import { now } from "./crew.js";

/** From when to when, on the clock of `now`. */
export type Span = readonly [from: number, until: number];

/**
 * Notes of one thread. A span begins after the thread has got the lock, and ends before it lets go of it, so that spans of two threads
 * never overlap if the lock does what it is for.
 */
export class Held {
  readonly spans: Span[] = [];
  readonly #gil: GIL;
  #from = 0;
  #switches = 0;

  constructor(gil: GIL) {
    this.#gil = gil;
  }

  /** Calls `body` with the lock. */
  run(body: () => void): void {
    this.#gil.run(() => {
      this.#begin();
      body();
      this.#end(now());
    });
  }

  /** A checkpoint. */
  checkpoint(): void {
    this.around(() => this.#gil.checkpoint());
  }

  /** An operation that may let others have the lock. */
  around(operation: () => unknown): void {
    const before = now();
    operation();
    if (this.#gil.switches === this.#switches) return;
    this.#end(before);
    this.#begin();
  }

  #begin(): void {
    this.#from = now();
    this.#switches = this.#gil.switches;
  }

  #end(until: number): void {
    this.spans.push([this.#from, until]);
  }
}

/** Milliseconds by which spans of different threads overlap, at most; 0 or less if none do. */
export function overlapOf(threads: readonly (readonly Span[])[]): number {
  const all = threads.flat().sort(([a], [b]) => a - b);
  let most = -Infinity;
  let end = -Infinity;
  for (const [from, until] of all) {
    most = Math.max(most, end - from);
    end = Math.max(end, until);
  }
  return most;
}
