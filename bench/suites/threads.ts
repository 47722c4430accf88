// One heap in several threads: what the lock costs, what operations cost under it, how threads share it, and how long one waits for it.

import { type Judged, judge } from "../objects/limit.js";
import { Partner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { decimal } from "../report/format.js";
import { median } from "../statistics.js";
import type { AloneTask, Deed } from "../threads/task.js";
import { doTogether, type Together, waitAmong } from "../threads/together.js";
import { type Effort, round } from "./suite.js";

/** What an operation costs one thread that is alone: medians of the rounds, in nanoseconds. */
export interface AloneRow {
  readonly case: string;
  readonly shared: number;
  readonly plain: number;
  /** The median of the ratios of each round. */
  readonly overPlain: number;
  readonly samples: number;
}

/** What some threads take together. */
export interface TogetherRow extends Judged {
  readonly case: string;
  readonly threads: number;
  readonly operations: number;
  readonly milliseconds: number;
  /** Nanoseconds an operation, whoever does it. */
  readonly nanoseconds: number;
  readonly overOne: number | null;
  readonly switches: number;
  readonly faults: readonly string[];
}

/** How long a thread waits for a lock that others have in turn, in switch intervals. */
export interface WaitRow extends Judged {
  /** Threads that have the lock in turn. */
  readonly others: number;
  readonly waits: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly median: number;
  readonly most95: number;
}

export interface ThreadTables {
  readonly alone: readonly AloneRow[];
  readonly together: readonly TogetherRow[];
  readonly waits: readonly WaitRow[];
  /** A sentence for each thing that got lost, and each limit that was missed. */
  readonly failures: readonly string[];
}

const ALONE: Readonly<Record<string, AloneTask["kind"]>> = {
  "gil.run": "run",
  "gil.atomic": "atomic",
  "gil.acquire, gil.release": "acquire",
  "gil.checkpoint": "checkpoint",
  "field get": "get",
  "field set": "set",
  "field get of a reference": "get reference",
  "cursor: move, set and get": "cursor",
  "list.push": "push",
  "new object, and drop it": "new",
};
const DEEDS: Readonly<Record<Deed, string>> = {
  increment: "record.count += 1 in shared records",
  push: "push to one list",
  make: "new record into a list, which drops another",
};

const ROUNDS = 7;
/** Milliseconds of a sample, and before the first. */
const SAMPLE = 20;
const WARM_UP = 120;
const OPERATIONS = 10_000_000;
const SMOKE_OPERATIONS = 4000;
const TOGETHER_ROUNDS = 3;
const THREADS: readonly number[] = [1, 2, 4];
const OTHERS: readonly number[] = [1, 3];
const WAITS = 200;
const SMOKE_WAITS = 3;
/** Switch intervals that a thread may wait for the lock, in the median. */
const INTERVALS_MOST = 2;

/** Times everything. */
export async function threadTables(effort: Effort): Promise<ThreadTables> {
  const alone: AloneRow[] = [];
  for (const [name, kind] of Object.entries(ALONE)) alone.push(await measureAlone(name, kind, effort));
  const together: TogetherRow[] = [];
  for (const deed of Object.keys(DEEDS) as Deed[]) together.push(...(await measureTogether(deed, effort)));
  const waits: WaitRow[] = [];
  for (const others of OTHERS) waits.push(await measureWaits(others, effort));
  return { alone, together, waits, failures: failuresOf(together, waits) };
}

const CHILD = projectPath("build", "bench", "threads", "child.js");

async function measureAlone(name: string, kind: AloneTask["kind"], effort: Effort): Promise<AloneRow> {
  console.error(`  ${name}`);
  const child = (who: string) => new Partner(who, process.execPath, ["--expose-gc", CHILD, "ours"]);
  const [shared, plain] = [child("shared"), child("not shared")] as const;
  try {
    const begin = (partner: Partner, isShared: boolean) =>
      partner.ask("begin", { kind, shared: isShared } satisfies AloneTask);
    await begin(shared, true);
    await begin(plain, false);
    const take = (partner: Partner, milliseconds: number) =>
      partner.ask<number>("sample", effort.smoke ? 0.01 : milliseconds);
    for (const partner of [shared, plain]) await take(partner, WARM_UP);
    const answers = await takeTurns([shared, plain], ROUNDS, effort, (partner) => take(partner, SAMPLE));
    const times = (partner: Partner) => answers.get(partner) ?? [];
    return aloneRow(name, times(shared), times(plain));
  } finally {
    shared.end();
    plain.end();
  }
}

/** The row of an operation, of samples round by round. */
export function aloneRow(name: string, shared: readonly number[], plain: readonly number[]): AloneRow {
  return {
    case: name,
    shared: round(median(shared)),
    plain: round(median(plain)),
    overPlain: round(median(shared.map((time, i) => time / (plain[i] as number)))),
    samples: shared.length,
  };
}

async function measureTogether(deed: Deed, { smoke }: Effort): Promise<TogetherRow[]> {
  console.error(`  ${DEEDS[deed]}`);
  const operations = smoke ? SMOKE_OPERATIONS : OPERATIONS;
  const rounds = new Map<number, Together[]>(THREADS.map((threads) => [threads, []]));
  for (let number = 0; number < (smoke ? 1 : TOGETHER_ROUNDS); number++) {
    for (const threads of THREADS) rounds.get(threads)?.push(await doTogether(deed, threads, operations));
  }
  return togetherRows(DEEDS[deed], operations, rounds);
}

/** A row for each number of threads. */
export function togetherRows(
  name: string,
  operations: number,
  rounds: ReadonlyMap<number, readonly Together[]>,
): TogetherRow[] {
  const one = rounds.get(1) ?? [];
  return [...rounds].map(([threads, own]) => {
    const milliseconds = median(own.map((each) => each.milliseconds));
    const faults = own.flatMap((each) => each.faults);
    const ratios = own.map((each, i) => each.milliseconds / (one[i]?.milliseconds ?? Number.NaN));
    return {
      case: name,
      threads,
      operations,
      milliseconds: round(milliseconds),
      nanoseconds: round((milliseconds * 1e6) / operations),
      overOne: threads === 1 ? null : round(median(ratios)),
      switches: median(own.map((each) => each.switches)),
      faults,
      ...judge([{ value: faults.length, most: 0, unit: "updates lost" }]),
    };
  });
}

async function measureWaits(others: number, { smoke }: Effort): Promise<WaitRow> {
  console.error(`  waiting for the lock, ${others} with it in turn`);
  const { waits, interval } = await waitAmong(others, smoke ? SMOKE_WAITS : WAITS);
  return waitRow(others, waits, interval);
}

/** The row of some waits and the interval, in milliseconds. */
export function waitRow(others: number, waits: readonly number[], interval: number): WaitRow {
  const sorted = waits.map((wait) => wait / interval).sort((a, b) => a - b);
  const middle = median(sorted);
  return {
    others,
    waits: waits.length,
    interval,
    median: round(middle),
    most95: round(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN),
    ...judge([{ value: middle, most: INTERVALS_MOST, unit: "intervals in the median" }]),
  };
}

/** A sentence for each row with a fault, or above its limit. */
export function failuresOf(together: readonly TogetherRow[], waits: readonly WaitRow[]): string[] {
  return [
    ...together.flatMap(({ case: name, threads, faults }) =>
      faults.map((fault) => `${name}, ${threads} threads: ${fault}`),
    ),
    ...waits
      .filter(({ met }) => met === false)
      .map(
        ({ others, median: middle }) =>
          `a thread waits ${decimal(middle)} switch intervals in the median for a lock that ${others} others have in turn, which should be ${INTERVALS_MOST} at most`,
      ),
  ];
}
