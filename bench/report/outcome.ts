import type { Trace } from "#traces/format.js";
import { type Profile, profileOf } from "#traces/profile.js";
import type { Contestant } from "../allocators/allocator.js";
import { type MemoryUse, measureMemory } from "../replay/memory.js";
import { type Rounds, ratio, timeTrace } from "../replay/timing.js";

/** What one allocator made of one trace. */
export interface Result {
  readonly allocator: string;
  /** Median of the rounds; NaN if there are none. */
  readonly nanoseconds: number;
  /** Median of the time over the base's in the same round; null for the base itself and without one. */
  readonly overBase: number | null;
  /** Operations of a timed round; fewer than the trace has where patience came to an end. */
  readonly operations: number;
  readonly rounds: number;
  /** Null where memory was not measured or there is no such number. */
  readonly footprint: number | null;
  readonly failures: number;
  /** Times the allocator's own records were checked, and arenas left after freeing everything; only of ours. */
  readonly checks?: number;
  readonly arenasLeft?: number;
  /** Why figures are missing. */
  readonly error?: string;
}

/** What came out for one trace. */
export interface Outcome {
  readonly trace: string;
  readonly operations: number;
  readonly profile: Profile;
  readonly results: readonly Result[];
}

/** Steps of progress that `replayTrace` makes. */
export function stepsOf(contestants: readonly Contestant[], { warmUp, counted }: Rounds): number {
  return contestants.length * (warmUp + counted + 1);
}

/** Replays one trace with everybody: once for memory and correctness, then round by round for time. */
export async function replayTrace(
  trace: Trace,
  contestants: readonly Contestant[],
  rounds: Rounds,
  base: string,
  onStep: () => void,
): Promise<Outcome> {
  const profile = profileOf(trace);
  const memory = new Map<string, MemoryUse>();
  const errors = new Map<string, string>();
  for (const contestant of contestants) {
    try {
      if (!contestant.timedOnly) memory.set(contestant.name, await measureMemory(trace, contestant));
    } catch (error) {
      errors.set(contestant.name, (error as Error).message);
    }
    onStep();
  }
  const timings = timeTrace(trace, contestants, rounds, onStep);
  const baseTiming = timings.find(({ allocator }) => allocator === base);
  const results = timings.map((timing): Result => {
    const use = memory.get(timing.allocator);
    const error = errors.get(timing.allocator) ?? timing.error;
    return {
      allocator: timing.allocator,
      nanoseconds: timing.median,
      overBase: baseTiming === undefined || timing === baseTiming ? null : ratio(timing, baseTiming),
      operations: timing.operations,
      rounds: timing.nanoseconds.length,
      footprint: use?.footprint ?? null,
      failures: Math.max(timing.failures, use?.failures ?? 0),
      ...(use?.checks ? { checks: use.checks } : {}),
      ...(use?.arenasLeft === undefined ? {} : { arenasLeft: use.arenasLeft }),
      ...(error === undefined ? {} : { error }),
    };
  });
  return { trace: trace.name, operations: trace.operations, profile, results };
}

/** What must not happen to our own allocator and did, a sentence each: a breakdown, a call that failed, arenas that were not given back. */
export function complaints(outcomes: readonly Outcome[], allocator: string): string[] {
  return outcomes.flatMap(({ trace, results }) => {
    const result = results.find((other) => other.allocator === allocator);
    if (result === undefined) return [];
    const { failures, arenasLeft = 0, error } = result;
    const found: string[] = [];
    if (error !== undefined) found.push(`${trace}: ${allocator} broke down: ${error}`);
    if (failures > 0) found.push(`${trace}: ${failures} calls of ${allocator} failed`);
    if (arenasLeft > 1)
      found.push(`${trace}: ${arenasLeft} arenas are left when all is freed, which should be one at most`);
    return found;
  });
}
