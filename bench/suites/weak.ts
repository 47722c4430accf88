// Weak references, weak collections and finalizers from JavaScript, beside JavaScript's own and CPython in wasm doing it itself; and
// whether an entry costs the same however many there are.

import { type Judged, judge } from "../objects/limit.js";
import { Partner, pyodidePartner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { decimal, integer } from "../report/format.js";
import { median } from "../statistics.js";
import type { Collection, End, Rite, WeakTask } from "../weak/task.js";
import { type Effort, round } from "./suite.js";

/** What one operation takes in everybody. */
export interface WeakRow extends Judged {
  readonly case: string;
  /** Entries or objects; null where the number does not matter. */
  readonly size: number | null;
  /** Nanoseconds an operation: medians of the rounds. Null where somebody has no such thing, or has it in another way. */
  readonly ours: number;
  readonly plain: number | null;
  readonly python: number | null;
  /** Medians of the ratios of each round. */
  readonly overPlain: number | null;
  readonly overPython: number | null;
  /** Our time over that of the same with fewer entries. */
  readonly growth: number | null;
  readonly samples: number;
}

/** Rows of both tables, the version of CPython, and a sentence for each operation that is not flat. */
export interface WeakTables {
  readonly python: string;
  readonly collections: readonly WeakRow[];
  readonly references: readonly WeakRow[];
  readonly failures: readonly string[];
}

/** A task in several sizes: one that has none in one. */
interface Case {
  readonly name: string;
  readonly tasks: readonly WeakTask[];
}

const ROUNDS = 7;
/** Milliseconds of a sample, and before the first: of deaths less, as making what dies takes far longer. */
const SAMPLE = 20;
const WARM_UP = 120;
const DEATH_SAMPLE = 5;
const DEATH_WARM_UP = 30;

/** Entries of the collections. */
const SIZES: readonly number[] = [100, 1000, 10_000, 100_000];
const SMOKE_SIZES: readonly number[] = [10];
/** With the most entries an operation may take so many times as long as with so few. The caches have their share in it. */
const FEW = 1000;
const GROWTH_MOST = 3;
/** Objects whose deaths are timed without a collection. */
const DYING = 10_000;

const COLLECTIONS: Readonly<Record<Collection, string>> = {
  values: "WeakValueDictionary",
  keys: "WeakKeyDictionary",
  set: "WeakSet",
};
const ENDS: Readonly<Record<End, string>> = {
  singly: "deaths one by one",
  together: "deaths through one owner",
  collected: "deaths in a collection",
};
const RITES: Readonly<Record<Rite, string>> = {
  nothing: "nothing else",
  reference: "a weak reference",
  callback: "a weak reference with a callback",
  finalizer: "a finalizer",
  finalize: "weakref.finalize",
};
const REFERENCES: Readonly<Record<string, WeakTask["kind"]>> = {
  "ref: make and drop": "make",
  "ref: the one there is": "again",
  "ref with a callback: make and drop": "make with callback",
  deref: "deref",
  "weak field: read": "read field",
  "weak field: write": "write field",
};

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

function collectionCases(smoke: boolean): Case[] {
  const sizes = smoke ? SMOKE_SIZES : SIZES;
  return keysOf(COLLECTIONS).flatMap((collection): Case[] => [
    ...(["insert", "lookup"] as const).map((kind) => ({
      name: `${COLLECTIONS[collection]}, ${kind}`,
      tasks: sizes.map((size): WeakTask => ({ kind, collection, size })),
    })),
    ...keysOf(ENDS).map((end) => ({
      name: `${COLLECTIONS[collection]}, ${ENDS[end]}`,
      tasks: sizes.map((size): WeakTask => ({ kind: "entries die", collection, end, size })),
    })),
  ]);
}

function referenceCases(smoke: boolean): Case[] {
  const size = smoke ? 10 : DYING;
  return [
    ...Object.entries(REFERENCES).map(([name, kind]) => ({ name, tasks: [{ kind } as WeakTask] })),
    ...(["together", "collected"] as const).flatMap((end) =>
      keysOf(RITES).map((rite) => ({
        name: `death ${end === "together" ? "by count" : "in a collection"}, ${RITES[rite]}`,
        tasks: [{ kind: "objects die", rite, end, size } as const],
      })),
    ),
  ];
}

/** Of a smoke run one case of each kind. */
function chosen(cases: readonly Case[], smoke: boolean): readonly Case[] {
  const kindOf = ({ tasks }: Case) => tasks[0]?.kind;
  return smoke ? cases.filter((each) => each === cases.find((other) => kindOf(other) === kindOf(each))) : cases;
}

/** Times everything with everybody. */
export async function weakTables(effort: Effort): Promise<WeakTables> {
  const pythons = (effort.smoke ? SMOKE_SIZES : SIZES).map(() => pyodidePartner("weak.py"));
  try {
    const rowsOf = async (cases: readonly Case[]) => {
      const rows: WeakRow[] = [];
      for (const each of chosen(cases, effort.smoke)) rows.push(...(await measure(each, pythons, effort)));
      return rows;
    };
    const collections = await rowsOf(collectionCases(effort.smoke));
    const references = await rowsOf(referenceCases(effort.smoke));
    const python = await (pythons[0] as Partner).ask<string>("version");
    return { python, collections, references, failures: failuresOf(collections) };
  } finally {
    for (const python of pythons) python.end();
  }
}

const CHILD = projectPath("build", "bench", "weak", "child.js");

/** Samples of one task by everybody, a round each: of those who cannot do it none. */
export interface Samples {
  readonly task: WeakTask;
  readonly ours: readonly number[];
  readonly plain: readonly number[];
  readonly python: readonly number[];
}

/** All sizes take turns, so that what else the machine does falls on all of them alike. */
async function measure({ name, tasks }: Case, pythons: readonly Partner[], effort: Effort): Promise<WeakRow[]> {
  console.error(`  ${name}`);
  const child = (who: string) => new Partner(who, process.execPath, ["--expose-gc", CHILD, who]);
  const sides = tasks.map((task, i) => ({
    task,
    ours: child("ours"),
    plain: child("plain"),
    python: pythons[i] as Partner,
  }));
  try {
    const able: Partner[] = [];
    for (const { task, ours, plain, python } of sides) {
      for (const partner of [ours, plain, python]) if (await partner.ask<boolean>("begin", task)) able.push(partner);
    }
    const take = (partner: Partner, milliseconds: number) =>
      partner.ask<number>("sample", effort.smoke ? 0.01 : milliseconds);
    const dying = tasks.some(({ kind }) => kind.endsWith("die"));
    for (const partner of able) await take(partner, dying ? DEATH_WARM_UP : WARM_UP);
    const length = dying ? DEATH_SAMPLE : SAMPLE;
    const answers = await takeTurns(able, ROUNDS, effort, (partner) => take(partner, length));
    const times = (partner: Partner) => answers.get(partner) ?? [];
    const samples = sides.map(({ task, ours, plain, python }) => {
      return { task, ours: times(ours), plain: times(plain), python: times(python) };
    });
    return rowsOf(name, samples);
  } finally {
    for (const { ours, plain } of sides) {
      ours.end();
      plain.end();
    }
  }
}

/** A row for each size; the last is judged. */
export function rowsOf(name: string, samples: readonly Samples[]): WeakRow[] {
  const few = samples.find(({ task }) => sizeOf(task) === FEW);
  const most = samples.at(-1);
  return samples.map((own) => {
    const growth = own === most && few !== undefined && few !== own ? ratioOf(own.ours, few.ours) : null;
    const limits =
      growth === null ? [] : [{ value: growth, most: GROWTH_MOST, unit: `times that with ${integer(FEW)}` }];
    return {
      case: name,
      size: sizeOf(own.task),
      ours: round(median(own.ours)),
      plain: medianOf(own.plain),
      python: medianOf(own.python),
      overPlain: ratioOf(own.ours, own.plain),
      overPython: ratioOf(own.ours, own.python),
      growth,
      samples: own.ours.length,
      ...judge(limits),
    };
  });
}

/** A sentence for each row whose growth is above the limit. */
export function failuresOf(rows: readonly WeakRow[]): string[] {
  return rows
    .filter(({ met }) => met === false)
    .map((row) => {
      const most = `with ${integer(row.size ?? 0)} entries`;
      return `${row.case}: ${most} an operation takes ${decimal(row.growth ?? 0)} times as long as with ${integer(FEW)}`;
    });
}

function sizeOf(task: WeakTask): number | null {
  return "size" in task ? task.size : null;
}

function medianOf(times: readonly number[]): number | null {
  return times.length === 0 ? null : round(median(times));
}

/** Median of the ratios of each round. */
function ratioOf(own: readonly number[], others: readonly number[]): number | null {
  return medianOf(others.map((time, i) => (own[i] as number) / time));
}
