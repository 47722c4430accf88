// Heap images: what it takes to save and load a heap, beside what the engine takes for the same graph of plain objects.

import type { GraphFacts, ImageTask, OurPart, PlainPart, RoundTimes } from "../images/task.js";
import { SHIPPED } from "../json/source.js";
import { type Judged, judge, type Limit } from "../objects/limit.js";
import { Partner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { decimal, integer } from "../report/format.js";
import { median } from "../statistics.js";
import { type Effort, round } from "./suite.js";

/** What one step takes. */
export interface ImageRow extends Judged {
  readonly graph: string;
  readonly step: string;
  /** Bytes of the image, or of what v8.serialize makes of the graph. */
  readonly bytes: number;
  /** Median of the rounds. */
  readonly milliseconds: number;
  /** Nanoseconds a record, or a value of a document. */
  readonly nanoseconds: number;
  /** Of these bytes a nanosecond. */
  readonly gigabytes: number;
  /** What the engine does in place of the step, and how many times as long it takes: the median of the ratios of each round. */
  readonly against: string | null;
  readonly faster: number | null;
  readonly samples: number;
}

/** Rows, and a sentence for each limit that was missed. */
export interface ImageTables {
  readonly rows: readonly ImageRow[];
  readonly failures: readonly string[];
}

/** A graph under a name. */
interface Graph {
  readonly name: string;
  readonly task: ImageTask;
  /** Whether the limits are about it: they are about heaps in which what a call costs by itself is nothing. */
  readonly judged: boolean;
  readonly rounds: number;
  /** Milliseconds of each part in a round; it is done once if it takes longer. */
  readonly sample: number;
}

const RECORDS = 4_000_000;
const SMOKE_RECORDS = 1000;
/** What saving and loading must reach. */
const SPEED: Pick<Limit, "least" | "unit"> = { least: 1, unit: "GB/s" };
const FASTER: Pick<Limit, "least" | "unit"> = { least: 20, unit: "times as fast as the engine" };

/** A step of ours. */
interface Step {
  readonly name: string;
  timeIn(times: RoundTimes<OurPart>): number;
  /** What the engine does in its place. */
  readonly against?: PlainPart;
  /** What it must reach. */
  readonly wanted?: "speed" | "faster";
}

const STEPS: readonly Step[] = [
  { name: "save: heap.snapshot()", timeIn: ({ save }) => save, against: "serialize", wanted: "faster" },
  { name: "load: Heap.restore()", timeIn: ({ load }) => load, against: "deserialize", wanted: "faster" },
  { name: "save and load", timeIn: ({ save, load }) => save + load, against: "clone", wanted: "faster" },
  {
    name: "save: heap.snapshot(into)",
    timeIn: (times) => times["save into"],
    against: "serialize",
    wanted: "speed",
  },
  { name: "load, memory touched before", timeIn: (times) => times["load, touched"], wanted: "speed" },
  { name: "of a save: which pages", timeIn: ({ pages }) => pages },
  { name: "of both: checksum", timeIn: ({ checksum }) => checksum },
  { name: "of both: copy", timeIn: ({ copy }) => copy },
  { name: "of a load: verify", timeIn: ({ verify }) => verify },
  { name: "first touch of the memory", timeIn: (times) => times["first touch"] },
];
const ENGINE: Readonly<Record<PlainPart, string>> = {
  serialize: "v8.serialize",
  deserialize: "v8.deserialize",
  clone: "structuredClone",
};

function graphs(smoke: boolean): Graph[] {
  const size = smoke ? SMOKE_RECORDS : RECORDS;
  const document = { kind: "document", file: SHIPPED } as const;
  return [
    { name: `${integer(size)} records`, task: { kind: "records", size }, judged: !smoke, rounds: 5, sample: 0 },
    { name: "JSON document", task: document, judged: false, rounds: 9, sample: 20 },
  ];
}

/** Times everything with both. */
export async function imageTables(effort: Effort): Promise<ImageTables> {
  const rows: ImageRow[] = [];
  for (const graph of graphs(effort.smoke)) rows.push(...(await measure(graph, effort)));
  return { rows, failures: failuresOf(rows) };
}

const CHILD = projectPath("build", "bench", "images", "child.js");

/** What somebody says about a graph, and their rounds with it. */
export interface ImageSamples<Part extends string> {
  readonly facts: GraphFacts;
  readonly rounds: readonly RoundTimes<Part>[];
}

async function measure(graph: Graph, effort: Effort): Promise<ImageRow[]> {
  console.error(`  ${graph.name}`);
  const child = (who: string) => new Partner(who, process.execPath, ["--expose-gc", CHILD, who]);
  const [ours, plain] = [child("ours"), child("plain")];
  try {
    const begin = (partner: Partner) => partner.ask<GraphFacts>("begin", graph.task);
    const facts = { ours: await begin(ours), plain: await begin(plain) };
    const sample = effort.smoke ? 0 : graph.sample;
    const ask = (partner: Partner) => partner.ask<RoundTimes<string>>("round", sample);
    const rounds = await takeTurns([ours, plain], graph.rounds, effort, ask);
    return rowsOf(
      graph,
      { facts: facts.ours, rounds: rounds.get(ours) as RoundTimes<OurPart>[] },
      { facts: facts.plain, rounds: rounds.get(plain) as RoundTimes<PlainPart>[] },
    );
  } finally {
    ours.end();
    plain.end();
  }
}

/** Rows of a graph: our steps, and the engine's. */
export function rowsOf(
  { name, judged }: Pick<Graph, "name" | "judged">,
  ours: ImageSamples<OurPart>,
  plain: ImageSamples<PlainPart>,
): ImageRow[] {
  const ourRows = STEPS.map((step): ImageRow => {
    const own = ours.rounds.map((times) => step.timeIn(times));
    const row = basicRow(name, step.name, ours.facts, own);
    const { against, wanted } = step;
    const faster =
      against === undefined ? null : round(median(plain.rounds.map((times, i) => times[against] / (own[i] as number))));
    const limits: Limit[] = [];
    if (judged && wanted === "speed") limits.push({ value: row.gigabytes, ...SPEED });
    if (judged && wanted === "faster") limits.push({ value: faster ?? Number.NaN, ...FASTER });
    return { ...row, against: against === undefined ? null : ENGINE[against], faster, ...judge(limits) };
  });
  const engineRows = (Object.keys(ENGINE) as PlainPart[]).map((part) => {
    const own = plain.rounds.map((times) => times[part]);
    return basicRow(name, ENGINE[part], plain.facts, own);
  });
  return [...ourRows, ...engineRows];
}

function basicRow(graph: string, step: string, { bytes, records }: GraphFacts, own: readonly number[]): ImageRow {
  const milliseconds = median(own);
  return {
    graph,
    step,
    bytes,
    milliseconds: round(milliseconds),
    nanoseconds: round((milliseconds * 1e6) / records),
    gigabytes: round(bytes / milliseconds / 1e6),
    against: null,
    faster: null,
    samples: own.length,
    ...judge([]),
  };
}

/** A sentence for each row that misses its limit. */
export function failuresOf(rows: readonly ImageRow[]): string[] {
  return rows
    .filter(({ met }) => met === false)
    .map(({ graph, step, gigabytes, faster, against, limit }) => {
      const isSpeed = limit?.endsWith(SPEED.unit) === true;
      const found = isSpeed
        ? `${decimal(gigabytes)} GB/s`
        : `${decimal(faster ?? Number.NaN)} times as fast as ${against}`;
      return `${graph}, ${step}: ${found}, which should be ${limit}`;
    });
}
