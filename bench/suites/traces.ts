import { execFileSync } from "node:child_process";
import type { Trace } from "#traces/format.js";
import { profileOf } from "#traces/profile.js";
import type { Contestant } from "../allocators/allocator.js";
import { dlmalloc, floor, ours, thing, tlsf, unchecked } from "../allocators/contestants.js";
import { projectPath } from "../paths.js";
import { measureMemory } from "../replay/memory.js";
import { ratio, type Timing } from "../replay/timing.js";
import { median } from "../statistics.js";
import { readTraceFile, traceFiles } from "../trace/files.js";
import { BASE, type Effort, type Row, round } from "./suite.js";

/** What `replay --json` prints for a trace. */
export interface Replayed {
  readonly trace: string;
  readonly timings: readonly Timing[];
}

/** One trace with one allocator. */
export interface TraceRow extends Row {
  /** Operations replayed, where not all of them are. */
  readonly operations?: number;
  /** Most bytes of linear memory, and over the most bytes live. Null where it is not measured. */
  readonly footprint: number | null;
  readonly overLive: number | null;
  readonly failures: number;
}

/** What the misuse checks add to a trace. */
export interface CheckRow {
  readonly case: string;
  /** Nanoseconds more for each free, if all of the difference is put down to the frees. */
  readonly nanosecondsPerFree: number;
}

const PROCESSES = 5;
const ROUNDS = 9;
const MEASURED = [ours, tlsf, dlmalloc, floor, unchecked];

/**
 * Every trace, timed in several processes: where the engine puts code and data differs from process to process, and
 * that alone is good for some percent in either direction.
 */
export async function traceRows({ smoke }: Effort): Promise<{ traces: TraceRow[]; checks: CheckRow[] }> {
  const runs: Replayed[][] = [];
  for (let run = 0; run < (smoke ? 1 : PROCESSES); run++) {
    // It takes long, and its figures are three digits: once is enough.
    const names = [...MEASURED, ...(run === 0 ? [thing] : [])].map(({ name }) => name);
    runs.push(replayed(names, smoke));
  }
  const rows: TraceRow[] = [];
  const checks: CheckRow[] = [];
  for (const file of traceFiles([])) {
    const trace = await readTraceFile(file);
    const ofTrace = runs.map((run) => run.find((entry) => entry.trace === trace.name) as Replayed);
    for (const contestant of [ours, tlsf, dlmalloc, thing, floor]) rows.push(await rowOf(trace, contestant, ofTrace));
    checks.push(checkOf(trace, ofTrace));
  }
  return { traces: rows, checks };
}

function replayed(names: readonly string[], smoke: boolean): Replayed[] {
  const program = projectPath("build", "bench", "replay.js");
  const options = ["--json", "--only", names.join(","), ...(smoke ? ["--smoke"] : ["--rounds", String(ROUNDS)])];
  const output = execFileSync(process.execPath, [program, ...options], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const measured = JSON.parse(output) as Replayed[];
  for (const { trace, timings } of measured) {
    for (const { allocator, error } of timings) {
      if (error !== undefined) throw new Error(`${trace} with ${allocator}: ${error}`);
    }
  }
  return measured;
}

function timingOf({ timings }: Replayed, name: string): Timing | undefined {
  return timings.find(({ allocator }) => allocator === name);
}

async function rowOf(trace: Trace, contestant: Contestant, runs: readonly Replayed[]): Promise<TraceRow> {
  const { name } = contestant;
  const timings = runs.flatMap((run) => timingOf(run, name) ?? []);
  const ratios = runs.flatMap((run) => {
    const [timing, base] = [timingOf(run, name), timingOf(run, BASE)];
    return timing && base && name !== BASE ? ratio(timing, base) : [];
  });
  const use = contestant.timedOnly ? undefined : await measureMemory(trace, contestant);
  const footprint = use?.footprint ?? null;
  const operations = Math.min(...timings.map((timing) => timing.operations));
  return {
    case: trace.name,
    allocator: name,
    nanoseconds: round(median(timings.map((timing) => timing.median))),
    least: round(Math.min(...timings.map((timing) => timing.least))),
    samples: timings.reduce((sum, { nanoseconds }) => sum + nanoseconds.length, 0),
    overBase: ratios.length === 0 ? null : round(median(ratios)),
    ...(operations < trace.operations ? { operations } : {}),
    footprint,
    overLive: footprint === null ? null : round(footprint / profileOf(trace).peakBytes),
    failures: Math.max(use?.failures ?? 0, ...timings.map((timing) => timing.failures)),
  };
}

function checkOf(trace: Trace, runs: readonly Replayed[]): CheckRow {
  const differences = runs.map((run) => {
    const [checked, bare] = [timingOf(run, ours.name) as Timing, timingOf(run, unchecked.name) as Timing];
    return median(checked.nanoseconds.map((value, index) => value - (bare.nanoseconds[index] as number)));
  });
  const perFree = (median(differences) * trace.operations) / profileOf(trace).frees;
  return { case: trace.name, nanosecondsPerFree: round(perFree) };
}
