import Benchmark from "benchmark";
import { median } from "../statistics.js";

/** One figure: what one allocator takes for one case. */
export interface Row {
  readonly case: string;
  readonly allocator: string;
  /** Nanoseconds an operation: median of the samples. */
  readonly nanoseconds: number;
  readonly least: number;
  readonly samples: number;
  /** `nanoseconds` over that of the base; null without one. */
  readonly overBase: number | null;
}

/** A benchmark that benchmark.js runs: `run` performs `operations` operations. */
export interface Case {
  readonly case: string;
  readonly allocator: string;
  readonly operations: number;
  run(): void;
}

/** How long it may take. A smoke run only shows that everything works. */
export interface Effort {
  readonly smoke: boolean;
}

/** Passes over all cases: what the machine does for a few seconds should not fall on one of them alone. */
const PASSES = 3;
/** Options of benchmark.js; times in seconds. */
const OPTIONS = { maxTime: 0.25, minSamples: 10 };
const SMOKE_OPTIONS = { maxTime: 0.001, minTime: 0.001, minSamples: 1, initCount: 1 };
/** What times are divided by. */
export const BASE = "tlsf";

/** Runs the cases with benchmark.js, one after the other, several times over. */
export function measure(cases: readonly Case[], { smoke }: Effort): Row[] {
  const samples = cases.map(() => [] as number[]);
  for (let pass = 0; pass < (smoke ? 1 : PASSES); pass++) {
    cases.forEach((entry, index) => {
      const options = smoke ? SMOKE_OPTIONS : OPTIONS;
      const benchmark = new Benchmark(entry.case, () => entry.run(), options);
      benchmark.run();
      const failure = (benchmark as { error?: Error }).error;
      if (failure !== undefined) throw failure;
      samples[index]?.push(...benchmark.stats.sample.map((seconds) => (seconds * 1e9) / entry.operations));
    });
  }
  return rowsOf(cases, samples);
}

/** Rows out of samples in nanoseconds an operation. */
export function rowsOf(
  cases: readonly Pick<Case, "case" | "allocator">[],
  samples: readonly (readonly number[])[],
): Row[] {
  const medians = samples.map(median);
  return cases.map((entry, index) => {
    const base = cases.findIndex((other) => other.case === entry.case && other.allocator === BASE);
    const nanoseconds = medians[index] as number;
    return {
      case: entry.case,
      allocator: entry.allocator,
      nanoseconds: round(nanoseconds),
      least: round(Math.min(...(samples[index] as number[]))),
      samples: (samples[index] as number[]).length,
      overBase: base < 0 || base === index ? null : round(nanoseconds / (medians[base] as number)),
    };
  });
}

/** Four digits are more than any of this is good for. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
