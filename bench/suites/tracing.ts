// What heap.tracemalloc costs: while it traces, before it ever did, and after.

import { type Judged, judge } from "../objects/limit.js";
import { Partner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { median } from "../statistics.js";
import { type Bulk, STATES, type State, TASKS, type TaskName } from "../tracing/task.js";
import { type Effort, round } from "./suite.js";

/** What a task takes in one state. */
export interface TracingRow extends Judged {
  readonly case: TaskName;
  readonly by: State;
  /** Nanoseconds an operation: median of the rounds. */
  readonly nanoseconds: number;
  readonly least: number;
  readonly samples: number;
  /** Over that of the process that never traced, round by round; null for that one itself. */
  readonly overNever: number | null;
}

/** What many traces take. */
export interface TraceRow {
  readonly by: State;
  readonly traces: number;
  /** Bytes outside the heap, by trace; CPython's take about 29 in wasm. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly snapshot: number;
  readonly statistics: number;
  readonly json: number;
  readonly jsonBytes: number;
}

export interface TracingTables {
  readonly tracing: readonly TracingRow[];
  readonly bulk: readonly TraceRow[];
}

/** Processes of each state, one after another: two of the same may differ by more than what is looked for. */
const PASSES = 7;
/** Rounds in each. */
const ROUNDS = 5;
/** Milliseconds of a sample. */
const SAMPLE = 40;
/** Milliseconds before the first one: the engine optimizes. */
const WARM_UP = 150;
/** What a heap that was traced may take longer than one that never was; the rest is how differently two processes of the same may run. */
const MOST_AFTER = 1.05;
const TRACES = 1_000_000;
const SMOKE_TRACES = 1000;

export async function tracingTables(effort: Effort): Promise<TracingTables> {
  const samples = new Map(TASKS.map((task) => [task, new Map(STATES.map((state) => [state, [] as number[]]))]));
  const passes = effort.smoke ? 1 : PASSES;
  let bulk: TraceRow[] = [];
  for (let pass = 1; pass <= passes; pass++) {
    const partners = newPartners();
    try {
      for (const task of TASKS) {
        console.error(`  ${task}, ${pass} of ${passes}`);
        await takeSamples(task, partners, effort, samples.get(task) as Samples);
      }
      if (pass === passes) bulk = await bulkRows(partners, effort);
    } finally {
      for (const partner of partners.values()) partner.end();
    }
  }
  return { tracing: TASKS.flatMap((task) => rowsOf(task, samples.get(task) as Samples)), bulk };
}

type Partners = ReadonlyMap<State, Partner>;
/** Nanoseconds an operation, of each round. */
type Samples = ReadonlyMap<State, number[]>;

function newPartners(): Partners {
  const child = projectPath("build", "bench", "tracing", "child.js");
  return new Map(STATES.map((state) => [state, new Partner(state, process.execPath, ["--expose-gc", child, state])]));
}

async function takeSamples(task: TaskName, partners: Partners, effort: Effort, into: Samples): Promise<void> {
  for (const partner of partners.values()) await partner.ask("sample", task, effort.smoke ? 1 : WARM_UP);
  const answers = await takeTurns(STATES, ROUNDS, effort, (state) =>
    (partners.get(state) as Partner).ask<number>("sample", task, effort.smoke ? 1 : SAMPLE),
  );
  for (const [state, samples] of into) samples.push(...(answers.get(state) as number[]));
}

function rowsOf(task: TaskName, answers: Samples): TracingRow[] {
  const never = answers.get("never") as number[];
  return STATES.map((by) => {
    const samples = answers.get(by) as number[];
    const over = round(median(samples.map((sample, index) => sample / (never[index] as number))));
    return {
      case: task,
      by,
      nanoseconds: round(median(samples)),
      least: round(Math.min(...samples)),
      samples: samples.length,
      overNever: by === "never" ? null : over,
      ...judge(by === "stopped" ? [{ value: over, most: MOST_AFTER, unit: "times never" }] : []),
    };
  });
}

async function bulkRows(partners: Partners, { smoke }: Effort): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  for (const by of ["1 frame", "25 frames"] as const) {
    const traces = smoke ? SMOKE_TRACES : TRACES;
    console.error(`  ${traces} traces, ${by}`);
    const bulk = await (partners.get(by) as Partner).ask<Bulk>("bulk", traces);
    rows.push({
      by,
      traces,
      bytes: round(bulk.bytes),
      snapshot: round(bulk.snapshot),
      statistics: round(bulk.statistics),
      json: round(bulk.json),
      jsonBytes: round(bulk.jsonBytes),
    });
  }
  return rows;
}
