// The cycle collector: full collections of graphs, young ones under an old heap; what V8's own collector has of it; bytes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgesOf, type Graph, type Shape, strideOf } from "../objects/graph.js";
import { type Judged, judge } from "../objects/limit.js";
import { nodePartner, type Partner, pythonPartner, pythonVersion } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { median } from "../statistics.js";
import { type Effort, round } from "./suite.js";

/** A full collection of a graph. */
export interface CollectionRow extends Judged {
  readonly graph: string;
  /** "live": nothing to free. "dead": all of it is garbage; freeing included. */
  readonly state: "live" | "dead";
  /** Nanoseconds an object, medians. CPython's is null where there is no python3. */
  readonly nanoseconds: number;
  readonly python: number | null;
  /** Median of the ratios of each round. */
  readonly overPython: number | null;
  readonly samples: number;
}

/** A collection of generation 0. */
export interface YoungRow extends Judged {
  readonly old: number;
  readonly state: "live" | "dead";
  readonly microseconds: number;
  readonly python: number | null;
  readonly samples: number;
}

/** V8's own full collection. */
export interface PauseRow extends Judged {
  readonly heap: string;
  readonly milliseconds: number;
  /** Over that of a process where nothing lives: median of the ratios of each round. */
  readonly overEmpty: number | null;
  readonly samples: number;
}

/** What a record takes. */
export interface BytesRow {
  readonly case: string;
  readonly by: string;
  readonly bytes: number;
}

/** Rows of all four tables, and the version of python3; null where there is none. */
export interface CollectionTables {
  readonly python: string | null;
  readonly collections: readonly CollectionRow[];
  readonly young: readonly YoungRow[];
  readonly pauses: readonly PauseRow[];
  readonly bytes: readonly BytesRow[];
}

/** How often the graphs of one size are taken. CPython needs half a minute for a large one. */
interface Size {
  readonly nodes: number;
  readonly kinds: readonly (readonly [Shape, boolean])[];
  readonly warmUp: number;
  readonly rounds: number;
  readonly pythonRounds: number;
  /** Collections of each graph while it lives. */
  readonly lives: number;
}

const YOUNG = 2000;
const YOUNG_ROUNDS = 5;
const YOUNG_TIMES = 20;
const PAUSE_ROUNDS = 15;
const PAUSE_TIMES = 3;

const KINDS: Size["kinds"] = [
  ["pairs", false],
  ["pairs", true],
  ["rings", false],
  ["rings", true],
  // Random edges are the same in any order.
  ["random", false],
  ["giant", false],
  ["giant", true],
];

function sizes(smoke: boolean): Size[] {
  const once = { warmUp: 0, rounds: 1, pythonRounds: 1, lives: 1 };
  if (smoke) return [{ ...once, nodes: 4000, kinds: KINDS }];
  return [
    { nodes: 400_000, kinds: KINDS, warmUp: 1, rounds: 5, pythonRounds: 5, lives: 3 },
    { nodes: 4_000_000, kinds: KINDS, warmUp: 0, rounds: 3, pythonRounds: 1, lives: 2 },
  ];
}

/** Everything there is to measure about collections. */
export async function collectionTables(effort: Effort): Promise<CollectionTables> {
  const python = await pythonVersion();
  const ours = nodePartner("arenaria", "graphs.js");
  const theirs = python === null ? null : pythonPartner("graphs.py");
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  try {
    const collections: CollectionRow[] = [];
    for (const size of sizes(effort.smoke)) {
      for (const [shape, shuffled] of size.kinds) {
        const graph = { shape, nodes: size.nodes, shuffled };
        console.error(`  ${nameOf(graph)}`);
        collections.push(...(await collectionRows(graph, size, ours, theirs, join(directory, "edges"))));
      }
    }
    const young = await youngRows(ours, theirs, effort);
    const pauses = await pauseTables(ours, theirs, effort);
    return { python, collections, young, ...pauses };
  } finally {
    rmSync(directory, { recursive: true });
    ours.end();
    theirs?.end();
  }
}

// ── full collections ────────────────────────────────────────────────────────────────────────────────

interface Life {
  readonly live: number[];
  readonly dead: { readonly milliseconds: number; readonly freed: number };
}

const WORDS: Readonly<Record<Shape, string>> = {
  pairs: "in pairs",
  rings: "in rings of 20",
  random: "random edges",
  giant: "one component",
};

function thousands(count: number): string {
  return count >= 1e6 ? `${count / 1e6} M` : count >= 1000 ? `${count / 1000} k` : String(count);
}

function nameOf({ shape, nodes, shuffled }: Graph): string {
  return `${thousands(nodes)} ${WORDS[shape]}${shape === "random" ? "" : shuffled ? ", shuffled" : ", in order"}`;
}

async function collectionRows(
  graph: Graph,
  { warmUp, rounds, pythonRounds, lives }: Size,
  ours: Partner,
  python: Partner | null,
  file: string,
): Promise<CollectionRow[]> {
  writeFileSync(file, edgesOf(graph));
  const { nodes, shuffled } = graph;
  const pairs: { own: Life; theirs: Life | null }[] = [];
  for (let i = 0; i < warmUp + rounds; i++) {
    const own = await ours.ask<Life>("graph", graph, lives);
    if (i < warmUp) continue;
    const asked = i - warmUp < pythonRounds ? python : null;
    const theirs = (await asked?.ask<Life>("graph", file, nodes, shuffled, strideOf(graph), lives)) ?? null;
    if (theirs !== null && theirs.dead.freed !== own.dead.freed) {
      throw new Error(
        `${nameOf(graph)}: our collection freed ${own.dead.freed} objects, CPython's ${theirs.dead.freed}`,
      );
    }
    pairs.push({ own, theirs });
  }
  const row = (state: CollectionRow["state"], of: (life: Life) => number): CollectionRow => {
    const own = pairs.map((pair) => of(pair.own));
    const theirs = pairs.flatMap((pair) => (pair.theirs === null ? [] : of(pair.theirs)));
    const ratio = median(theirs.map((value, i) => (own[i] as number) / value));
    return {
      graph: nameOf(graph),
      state,
      nanoseconds: round(median(own)),
      python: theirs.length > 0 ? round(median(theirs)) : null,
      overPython: theirs.length > 0 ? round(ratio) : null,
      samples: own.length,
      ...judge(limitsOf(graph, state, median(own), ratio)),
    };
  };
  return [
    row("live", ({ live }) => (median(live) * 1e6) / nodes),
    row("dead", ({ dead }) => (dead.milliseconds * 1e6) / dead.freed),
  ];
}

function limitsOf({ shape, nodes, shuffled }: Graph, state: string, nanoseconds: number, ratio: number) {
  const [time, share] = ["ns", "of CPython's"];
  if (shape === "random" && nodes === 4_000_000 && state === "live") {
    return [{ value: nanoseconds, most: 250, unit: time }];
  }
  if (shape !== "pairs" || shuffled || nodes !== 400_000) return [];
  const [most, mostShare] = state === "live" ? [20, 0.2] : [45, 0.25];
  return [
    { value: nanoseconds, most, unit: time },
    { value: ratio, most: mostShare, unit: share },
  ];
}

// ── young collections ───────────────────────────────────────────────────────────────────────────────

async function youngRows(ours: Partner, python: Partner | null, effort: Effort): Promise<YoungRow[]> {
  const rows: YoungRow[] = [];
  const partners = [ours, ...(python === null ? [] : [python])];
  for (const old of effort.smoke ? [0, 4000] : [0, 100_000, 4_000_000]) {
    console.error(`  young collections over ${thousands(old)} old objects`);
    for (const partner of partners) await partner.ask("old", old);
    for (const state of ["live", "dead"] as const) {
      const answers = await takeTurns(partners, YOUNG_ROUNDS, effort, (partner) =>
        partner.ask<number[]>("young", YOUNG, state === "dead", effort.smoke ? 2 : YOUNG_TIMES),
      );
      const times = (answers.get(ours) as number[][]).flat();
      const theirs = python === null ? [] : (answers.get(python) as number[][]).flat();
      const microseconds = median(times) * 1000;
      const alone = rows.find((row) => row.old === 0 && row.state === state)?.microseconds ?? Number.NaN;
      rows.push({
        old,
        state,
        microseconds: round(microseconds),
        python: theirs.length > 0 ? round(median(theirs) * 1000) : null,
        samples: times.length,
        ...judge([
          { value: microseconds, most: 60, unit: "µs" },
          { value: microseconds / alone, most: 1.25, unit: "times that over none" },
        ]),
      });
    }
  }
  for (const partner of partners) await partner.ask("old", 0);
  return rows;
}

// ── V8's own collector, and bytes ───────────────────────────────────────────────────────────────────

async function pauseTables(ours: Partner, python: Partner | null, effort: Effort) {
  const count = effort.smoke ? 4000 : 4_000_000;
  const processes = {
    empty: nodePartner("nothing", "pauses.js", "nothing", "0"),
    records: nodePartner(`${thousands(count)} records in linear memory`, "pauses.js", "records", String(count)),
    objects: nodePartner(`${thousands(count)} plain objects`, "pauses.js", "objects", String(count)),
  };
  const partners = Object.values(processes);
  try {
    console.error("  V8's own collections");
    const answers = await takeTurns(partners, PAUSE_ROUNDS, effort, (partner) =>
      partner.ask<number[]>("pause", PAUSE_TIMES),
    );
    for (const partner of partners) await partner.ask("held");
    const medians = (partner: Partner) => (answers.get(partner) as number[][]).map(median);
    const empty = medians(processes.empty);
    const pauses = partners.map((partner): PauseRow => {
      const own = medians(partner);
      const ratio = median(own.map((value, i) => value / (empty[i] as number)));
      return {
        heap: partner.name,
        milliseconds: round(median(own)),
        overEmpty: partner === processes.empty ? null : round(ratio),
        samples: own.length,
        ...judge(partner === processes.records ? [{ value: ratio, most: 1.1, unit: "times that of nothing" }] : []),
      };
    });
    return { pauses, bytes: await bytesRows(ours, processes.empty, python, effort) };
  } finally {
    for (const partner of partners) partner.end();
  }
}

async function bytesRows(ours: Partner, plain: Partner, python: Partner | null, { smoke }: Effort) {
  console.error("  bytes of a record");
  const count = smoke ? 10_000 : 1_000_000;
  const rows: BytesRow[] = [];
  for (const [kind, name] of [
    ["referring", "two references"],
    ["numeric", "two f64"],
  ]) {
    const add = (by: string, bytes: number) => rows.push({ case: `${name}`, by, bytes: round(bytes) });
    add("arenaria", await ours.ask<number>("bytes", kind, count));
    add("JavaScript objects", await plain.ask<number>("bytes", kind, count));
    if (python !== null) add(python.name, await python.ask<number>("bytes", kind));
  }
  return rows;
}
