import type { Contestant } from "../allocators/allocator.js";
import { median } from "../statistics.js";
import type { Trace } from "../trace/trace.js";
import { Player, type Round, scoreOf } from "./player.js";

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
  const entries = contestants.map((contestant) => ({
    contestant,
    player: new Player(contestant.create(), score),
    rounds: [] as Round[],
  }));
  for (let round = 0; round < warmUp + counted; round++) {
    // Begin with another one each time: who plays first finds other caches than who plays last.
    for (let turn = 0; turn < entries.length; turn++) {
      const entry = entries[(turn + round) % entries.length] as (typeof entries)[number];
      onRound?.();
      if (entry.rounds.length === entry.contestant.rounds) continue;
      const patience = entry.contestant.patience ?? Number.POSITIVE_INFINITY;
      const result = entry.player.play(patience);
      if (round >= warmUp) entry.rounds.push(result);
    }
  }
  return entries.map(({ contestant, rounds: played }) => {
    const nanoseconds = played.map(({ milliseconds, operations }) => (milliseconds * 1e6) / operations);
    return {
      allocator: contestant.name,
      nanoseconds,
      median: median(nanoseconds),
      least: Math.min(...nanoseconds),
      operations: Math.min(...played.map(({ operations }) => operations)),
      failures: Math.max(...played.map(({ failures }) => failures)),
    };
  });
}

/** Median over the rounds of `timing` over `base` in the same round. */
export function ratio(timing: Timing, base: Timing): number {
  return median(timing.nanoseconds.map((value, round) => value / (base.nanoseconds[round] as number)));
}
