// Play, pause, speed, step and seek, over whatever can do one operation after another.

import type { Player } from "./session.js";

/** Milliseconds of playing before a seek lets the page do something else. */
const SLICE_MS = 12;
/** Operations between two looks at the clock. */
const AT_ONCE = 256;
/** A frame that came late is not made up for beyond this. */
const LATE_MAX_MS = 100;

/** What is played. */
export interface Score {
  readonly length: number;
  readonly position: number;
  /** Does the next `n` operations, of which there are as many. */
  play(n: number): void;
  /** Goes to the best place that is known from which `position` can be reached by playing; that may be where it is already. */
  approach(position: number): Promise<void>;
  /** The operation that comes next, in words; asked for only if there is one. */
  describe(): string;
}

export class Transport implements Player {
  readonly #score: Score;
  #playing = false;
  #speed = 1000;
  #target = -1;
  /** The seek that is under way. */
  #seek: Promise<void> | null = null;
  #last = 0;
  /** Operations that are due, a part of one included. */
  #due = 0;

  constructor(score: Score) {
    this.#score = score;
  }

  get length(): number {
    return this.#score.length;
  }

  get position(): number {
    return this.#score.position;
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(on: boolean) {
    if (on === this.#playing) return;
    this.#playing = on && this.position < this.length && !this.seeking;
    this.#last = performance.now();
    this.#due = 0;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(operations: number) {
    if (!(operations > 0)) throw new RangeError(`speed must be above 0, not ${operations}`);
    this.#speed = operations;
  }

  get seeking(): boolean {
    return this.#target >= 0;
  }

  get target(): number {
    return this.seeking ? this.#target : this.position;
  }

  step(n = 1): void {
    this.#playing = false;
    if (this.seeking) return;
    const count = Math.min(Math.floor(n), this.length - this.position);
    if (count > 0) this.#score.play(count);
  }

  seek(position: number): Promise<void> {
    if (Number.isNaN(position)) return Promise.reject(new RangeError("seek: the position is no number"));
    this.#playing = false;
    this.#target = Math.min(Math.max(0, Math.round(position)), this.length);
    this.#seek ??= this.#go();
    return this.#seek;
  }

  /** Goes to the target, also where that becomes another on the way. */
  async #go(): Promise<void> {
    try {
      for (let target = -1; this.seeking; ) {
        if (target !== this.#target) {
          target = this.#target;
          await this.#score.approach(target);
          continue;
        }
        const deadline = performance.now() + SLICE_MS;
        while (this.position < target && performance.now() < deadline) {
          this.#score.play(Math.min(AT_ONCE, target - this.position));
        }
        if (this.position >= target) break;
        await aMoment();
      }
    } finally {
      this.#target = -1;
      this.#seek = null;
    }
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#playing = false;
    this.#target = -1;
  }

  advance(budgetMs: number): void {
    if (!this.#playing) return;
    const now = performance.now();
    const deadline = now + budgetMs;
    // Twice in the same millisecond is 0 times Infinity.
    if (now > this.#last) this.#due += (Math.min(now - this.#last, LATE_MAX_MS) / 1000) * this.#speed;
    this.#last = now;
    while (this.#due >= 1 && this.position < this.length && performance.now() < deadline) {
      const count = Math.min(AT_ONCE, Math.floor(this.#due), this.length - this.position);
      this.#score.play(count);
      this.#due -= count;
    }
    // What the time was too short for is not made up for.
    if (this.#due > AT_ONCE) this.#due = 0;
    if (this.position === this.length) this.#playing = false;
  }

  describe(): string {
    return this.position < this.length ? this.#score.describe() : "the end";
  }
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
