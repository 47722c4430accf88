import type { Trace } from "#traces/format.js";
import type { Contestant } from "../allocators/allocator.js";
import { median } from "../statistics.js";
import { Player, type Round, type Score, scoreOf } from "./player.js";

/** How often a trace is replayed. */
export interface Rounds {
  readonly warmUp: number;
  readonly counted: number;
}

/** Rounds at the beginning that do not count: memory grows, pages are touched first, code is optimized. */
const WARM_UP_ROUNDS = 3;

/** Rounds of a measurement that is meant to be one. */
export function measured(counted: number): Rounds {
  return { warmUp: WARM_UP_ROUNDS, counted };
}

/** As little as shows that everything works. */
export const SMOKE: Rounds = { warmUp: 0, counted: 1 };

/** What was measured of one allocator on one trace. */
export interface Timing {
  readonly allocator: string;
  /** Nanoseconds an operation, of each counted round. */
  readonly nanoseconds: readonly number[];
  readonly median: number;
  readonly least: number;
  /** Operations of a round; fewer than the trace has if patience came to an end. */
  readonly operations: number;
  readonly failures: number;
  /** Why there are no figures: the allocator trapped, or there was no room for the tables of the loop. */
  readonly error?: string;
}

/**
 * Replays a trace with several allocators, taking turns round by round, so that whatever else the machine does falls
 * on all of them alike. `onRound` is called before every round of every allocator.
 */
export function timeTrace(
  trace: Trace,
  contestants: readonly Contestant[],
  { warmUp, counted }: Rounds,
  onRound?: () => void,
): Timing[] {
  const score = scoreOf(trace);
  const turns = contestants.map((contestant) => new Turns(contestant, score));
  for (let round = 0; round < warmUp + counted; round++) {
    // Begin with another one each time: who plays first finds other caches than who plays last.
    for (let turn = 0; turn < turns.length; turn++) {
      onRound?.();
      turns[(turn + round) % turns.length]?.take(round >= warmUp);
    }
  }
  return turns.map((each) => each.timing());
}

/** The rounds of one allocator. One that breaks down takes no more turns; the others go on. */
class Turns {
  readonly #contestant: Contestant;
  readonly #rounds: Round[] = [];
  #player: Player | undefined;
  #error: string | undefined;

  constructor(contestant: Contestant, score: Score) {
    this.#contestant = contestant;
    this.#guard(() => {
      this.#player = new Player(contestant.create(), score);
    });
  }

  take(counts: boolean): void {
    const { rounds, patience = Number.POSITIVE_INFINITY } = this.#contestant;
    if (this.#player === undefined || this.#rounds.length === rounds) return;
    this.#guard(() => {
      const round = this.#player?.play(patience);
      if (counts && round !== undefined) this.#rounds.push(round);
    });
  }

  timing(): Timing {
    const nanoseconds = this.#rounds.map(({ milliseconds, operations }) => (milliseconds * 1e6) / operations);
    return {
      allocator: this.#contestant.name,
      nanoseconds,
      median: median(nanoseconds),
      least: Math.min(...nanoseconds),
      operations: Math.min(...this.#rounds.map(({ operations }) => operations)),
      failures: Math.max(0, ...this.#rounds.map(({ failures }) => failures)),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  #guard(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#player = undefined;
      this.#rounds.length = 0;
      this.#error = (error as Error).message;
    }
  }
}

/** Median over the rounds of `timing` over `base` in the same round. */
export function ratio(timing: Timing, base: Timing): number {
  return median(timing.nanoseconds.map((value, round) => value / (base.nanoseconds[round] as number)));
}
