// One loop of frames, which rests while the page is hidden.

/** Milliseconds of a frame that a session may take to play and to read. */
const BUDGET_MS = 8;

/** Calls `frame` with its budget in milliseconds and the time, 60 times a second. Returns what ends it. */
export function runFrames(frame: (budgetMs: number, now: number) => void): () => void {
  let request = 0;
  function next(now: number): void {
    request = requestAnimationFrame(next);
    frame(BUDGET_MS, now);
  }
  request = requestAnimationFrame(next);
  return () => cancelAnimationFrame(request);
}

/** True now and then: at most once in so many milliseconds. */
export class Pace {
  readonly #interval: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(interval: number) {
    this.#interval = interval;
  }

  isDue(now: number): boolean {
    if (now - this.#last < this.#interval) return false;
    this.#last = now;
    return true;
  }

  /** The next question is answered with yes. */
  reset(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }
}
