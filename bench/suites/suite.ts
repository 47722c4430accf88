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
  /** Time over that of the base, pass by pass; null without one. */
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

/**
 * Passes over all cases. Those of one case are next to each other, so that allocators take turns within a second or
 * two: what else the machine does then falls on all of them alike.
 */
const PASSES = 9;
/** Options of benchmark.js; times in seconds. */
const OPTIONS = { maxTime: 0.08, minTime: 0.02, minSamples: 3 };
const SMOKE_OPTIONS = { maxTime: 0.001, minTime: 0.001, minSamples: 1, initCount: 1 };
/** What times are divided by. */
export const BASE = "tlsf";

/** Samples of a case in each pass, nanoseconds an operation. */
export type Samples = readonly (readonly number[])[];

/** Runs the cases with benchmark.js, one after the other, several times over. */
export function measure(cases: readonly Case[], { smoke }: Effort, baseName = BASE): Row[] {
  const samples = cases.map(() => [] as number[][]);
  for (let pass = 0; pass < (smoke ? 1 : PASSES); pass++) {
    cases.forEach((entry, index) => {
      const benchmark = new Benchmark(entry.case, () => entry.run(), smoke ? SMOKE_OPTIONS : OPTIONS);
      benchmark.run();
      const failure = (benchmark as { error?: Error }).error;
      if (failure !== undefined) throw failure;
      samples[index]?.push(benchmark.stats.sample.map((seconds) => (seconds * 1e9) / entry.operations));
    });
  }
  return rowsOf(cases, samples, baseName);
}

/** Rows out of samples. A ratio is the median over the passes of the ratio in each pass. */
export function rowsOf(
  cases: readonly Pick<Case, "case" | "allocator">[],
  samples: readonly Samples[],
  baseName = BASE,
): Row[] {
  return cases.map((entry, index) => {
    const own = samples[index] as Samples;
    const base = cases.findIndex((other) => other.case === entry.case && other.allocator === baseName);
    const all = own.flat();
    const ratios = own.map((pass, number) => median(pass) / median(samples[base]?.[number] ?? []));
    return {
      case: entry.case,
      allocator: entry.allocator,
      nanoseconds: round(median(all)),
      least: round(Math.min(...all)),
      samples: all.length,
      overBase: base < 0 || base === index ? null : round(median(ratios)),
    };
  });
}

/** Four digits are more than any of this is good for. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
