// Values from JavaScript: containers, JSON documents and strings, beside JavaScript's own and CPython in wasm doing it itself.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHIPPED } from "../json/source.js";
import { type Judged, judge, type Limit } from "../objects/limit.js";
import { Partner, pyodidePartner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { integer } from "../report/format.js";
import { median } from "../statistics.js";
import { recordsText } from "../values/documents.js";
import type { Alphabet, Keys, ValueTask } from "../values/task.js";
import { type Effort, round } from "./suite.js";

/** What one operation takes in everybody. */
export interface ValueRow extends Judged {
  readonly case: string;
  /** Nanoseconds an operation: medians of the rounds. Null where somebody has no such thing. */
  readonly ours: number;
  readonly plain: number | null;
  readonly python: number | null;
  /** Medians of the ratios of each round. */
  readonly overPlain: number | null;
  readonly overPython: number | null;
  readonly samples: number;
}

/** Rows of all three tables, and the version of CPython. */
export interface ValueTables {
  readonly python: string;
  readonly values: readonly ValueRow[];
  readonly documents: readonly ValueRow[];
  readonly texts: readonly ValueRow[];
}

interface Case {
  readonly name: string;
  readonly task: ValueTask;
  /** How many times JavaScript's time ours may be. */
  readonly most?: number;
}

const ROUNDS = 7;
/** Milliseconds of a sample. Documents get more: each is only a few operations. */
const SAMPLE = 20;
const DOCUMENT_SAMPLE = 60;
/** Milliseconds before the first sample: engines optimize, on a thread of their own. */
const WARM_UP = 120;

/** Aims: a get may take so many times as long as Map's, loading JSON as JSON.parse. */
const GET_MOST: Readonly<Record<Keys, number>> = { integers: 6, "hot strings": 12, "new strings": 12 };
const PARSE_MOST = 3;

const KEYS: readonly Keys[] = ["integers", "hot strings", "new strings"];
const ALPHABETS: readonly Alphabet[] = ["ASCII", "Latin-1", "UTF-16"];

function containerCases(smoke: boolean): Case[] {
  const few = smoke ? 10 : 1000;
  const sizes = smoke ? [few] : [few, 100_000];
  const keyed = (kind: "dict set" | "dict fill" | "set has" | "set fill", words: string) =>
    KEYS.map((keys): Case => ({ name: `${words}, ${keys}, ${integer(few)}`, task: { kind, keys, size: few } }));
  return [
    { name: `list push, to ${integer(few)}`, task: { kind: "list push", size: few } },
    { name: `list read by index, ${integer(few)}`, task: { kind: "list read", size: few } },
    ...sizes.flatMap((size) =>
      KEYS.map(
        (keys): Case => ({
          name: `dict get, ${keys}, ${integer(size)}`,
          task: { kind: "dict get", keys, size },
          most: GET_MOST[keys],
        }),
      ),
    ),
    ...keyed("dict set", "dict set of keys that are there"),
    ...keyed("dict fill", "dict set of new keys"),
    ...keyed("set has", "set has"),
    ...keyed("set fill", "set add of new keys"),
    { name: `deque push and shift, ${integer(few)} in it`, task: { kind: "queue", size: few } },
  ];
}

function documentCases(files: readonly { readonly name: string; readonly file: string }[]): Case[] {
  return files.flatMap(({ name, file }): Case[] => [
    { name: `${name}: from JSON text`, task: { kind: "parse", file }, most: PARSE_MOST },
    { name: `${name}: from plain values`, task: { kind: "from", file } },
    { name: `${name}: to plain values`, task: { kind: "back", file } },
    { name: `${name}: let go`, task: { kind: "drop", file } },
  ]);
}

function textCases(smoke: boolean): Case[] {
  const lengths = smoke ? [8] : [1, 8, 64, 1024, 65_536];
  return (["text in", "text out"] as const).flatMap((kind) =>
    ALPHABETS.flatMap((alphabet) =>
      lengths.map(
        (length): Case => ({
          name: `${kind === "text in" ? "in" : "out"}, ${alphabet}, ${integer(length)}`,
          task: { kind, alphabet, length },
        }),
      ),
    ),
  );
}

/** Of a smoke run one case of each kind. */
function chosen(cases: readonly Case[], smoke: boolean): readonly Case[] {
  const first = ({ task }: Case) => cases.find((other) => other.task.kind === task.kind);
  return smoke ? cases.filter((each) => each === first(each)) : cases;
}

/** Times everything with everybody. */
export async function valueTables(effort: Effort): Promise<ValueTables> {
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  const files = [
    { name: "records of 1 MB", file: join(directory, "records.json") },
    { name: "the schema of npm start", file: join(directory, "schema.json") },
  ] as const;
  writeFileSync(files[0].file, recordsText(effort.smoke ? 10 : 4000));
  copyFileSync(SHIPPED, files[1].file);
  const python = pyodidePartner("values.py", ...files.map(({ file }) => file));
  try {
    const rowsOf = async (cases: readonly Case[], sample: number) => {
      const rows: ValueRow[] = [];
      for (const each of chosen(cases, effort.smoke)) rows.push(await rowOf(each, python, sample, effort));
      return rows;
    };
    return {
      python: await python.ask<string>("version"),
      values: await rowsOf(containerCases(effort.smoke), SAMPLE),
      documents: await rowsOf(documentCases(files), DOCUMENT_SAMPLE),
      texts: await rowsOf(textCases(effort.smoke), SAMPLE),
    };
  } finally {
    python.end();
    rmSync(directory, { recursive: true });
  }
}

const CHILD = projectPath("build", "bench", "values", "child.js");

async function rowOf({ name, task, most }: Case, python: Partner, length: number, effort: Effort): Promise<ValueRow> {
  console.error(`  ${name}`);
  const ours = new Partner("arenaria", process.execPath, ["--expose-gc", CHILD, "ours"]);
  const plain = new Partner("JavaScript", process.execPath, ["--expose-gc", CHILD, "plain"]);
  try {
    const able: Partner[] = [];
    for (const partner of [ours, plain, python]) if (await partner.ask<boolean>("begin", task)) able.push(partner);
    const take = (partner: Partner, milliseconds: number) =>
      partner.ask<number>("sample", effort.smoke ? 1 : milliseconds);
    for (const partner of able) await take(partner, WARM_UP);
    const answers = await takeTurns(able, ROUNDS, effort, (partner) => take(partner, length));
    const own = answers.get(ours) as number[];
    const times = (partner: Partner) => answers.get(partner) ?? [];
    const overPlain = ratioOf(own, times(plain));
    const limits: Limit[] =
      most === undefined || overPlain === null ? [] : [{ value: overPlain, most, unit: "times JavaScript's" }];
    return {
      case: name,
      ours: round(median(own)),
      plain: medianOf(times(plain)),
      python: medianOf(times(python)),
      overPlain,
      overPython: ratioOf(own, times(python)),
      samples: own.length,
      ...judge(limits),
    };
  } finally {
    ours.end();
    plain.end();
  }
}

function medianOf(times: readonly number[]): number | null {
  return times.length === 0 ? null : round(median(times));
}

/** Median of the ratios of each round. */
function ratioOf(own: readonly number[], others: readonly number[]): number | null {
  return medianOf(others.map((time, i) => (own[i] as number) / time));
}
