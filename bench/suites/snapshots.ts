// V8 heap snapshots: what it takes to write one of a heap, beside what the engine takes for the same graph of plain objects.

import { SHIPPED } from "../json/source.js";
import { type Judged, judge } from "../objects/limit.js";
import { Partner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import { decimal, integer } from "../report/format.js";
import type { SnapshotTask, SnapshotTimes } from "../snapshots/task.js";
import { median } from "../statistics.js";
import { type Effort, round } from "./suite.js";

/** What one of the two takes for a graph. */
export interface SnapshotRow extends Judged {
  readonly graph: string;
  readonly by: string;
  readonly nodes: number;
  readonly edges: number;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Median of the rounds. */
  readonly milliseconds: number;
  /** Nanoseconds a node. */
  readonly nanoseconds: number;
  /** Bytes by which the process grows while it writes, at most of all rounds; null where the system does not say. */
  readonly memory: number | null;
  /** Milliseconds of heap.whyAlive for the last object, median; null for the engine. */
  readonly why: number | null;
  readonly samples: number;
}

/** Rows, and a sentence for each limit that was missed. */
export interface SnapshotTables {
  readonly rows: readonly SnapshotRow[];
  readonly failures: readonly string[];
}

interface Graph {
  readonly name: string;
  readonly task: SnapshotTask;
  /** Whether the limits are about it. */
  readonly judged: boolean;
}

const RECORDS = 1_000_000;
const SMOKE_RECORDS = 1000;
const ROUNDS = 5;
/** What a million nodes may take. */
const SECONDS_MOST = 10;
const MEMORY_MOST = 64;
const MIB = 2 ** 20;

export const OURS = "heap.heapSnapshot()";
export const ENGINE = "v8.writeHeapSnapshot";

const CHILD = projectPath("build", "bench", "snapshots", "child.js");

/** Writes snapshots of everything with both. */
export async function snapshotTables(effort: Effort): Promise<SnapshotTables> {
  const size = effort.smoke ? SMOKE_RECORDS : RECORDS;
  const graphs: readonly Graph[] = [
    { name: `${integer(size)} records`, task: { kind: "records", size }, judged: !effort.smoke },
    { name: "JSON document", task: { kind: "document", file: SHIPPED }, judged: false },
  ];
  const rows: SnapshotRow[] = [];
  for (const graph of graphs) rows.push(...(await measure(graph, effort)));
  return { rows, failures: failuresOf(rows) };
}

async function measure(graph: Graph, effort: Effort): Promise<SnapshotRow[]> {
  console.error(`  ${graph.name}`);
  const child = (who: string) => new Partner(who, process.execPath, ["--expose-gc", CHILD, who]);
  const [ours, engine] = [child("ours"), child("engine")];
  try {
    for (const partner of [ours, engine]) await partner.ask("begin", graph.task);
    const ask = (partner: Partner) => partner.ask<SnapshotTimes>("round");
    const rounds = await takeTurns([ours, engine], ROUNDS, effort, ask);
    return [
      rowOf(graph, OURS, rounds.get(ours) as SnapshotTimes[]),
      rowOf({ ...graph, judged: false }, ENGINE, rounds.get(engine) as SnapshotTimes[]),
    ];
  } finally {
    ours.end();
    engine.end();
  }
}

/** The row of one of the two. */
export function rowOf(
  { name, judged }: Pick<Graph, "name" | "judged">,
  by: string,
  rounds: readonly SnapshotTimes[],
): SnapshotRow {
  const { nodes, edges, bytes } = rounds.at(-1) as SnapshotTimes;
  const milliseconds = median(rounds.map((times) => times.milliseconds));
  const memories = rounds.flatMap(({ memory }) => (memory === null ? [] : [memory]));
  const memory = memories.length === 0 ? null : Math.max(...memories);
  const whys = rounds.flatMap(({ why }) => (why === null ? [] : [why]));
  const limits = [
    { value: milliseconds / 1000, most: SECONDS_MOST, unit: "s" },
    { value: memory === null ? Number.NaN : memory / MIB, most: MEMORY_MOST, unit: "MiB more" },
  ];
  return {
    graph: name,
    by,
    nodes,
    edges,
    bytes,
    milliseconds: round(milliseconds),
    nanoseconds: round((milliseconds * 1e6) / nodes),
    memory,
    why: whys.length === 0 ? null : round(median(whys)),
    samples: rounds.length,
    ...judge(judged ? limits : []),
  };
}

/** A sentence for each row that misses its limits. */
export function failuresOf(rows: readonly SnapshotRow[]): string[] {
  return rows
    .filter(({ met }) => met === false)
    .map(({ graph, by, milliseconds, memory, limit }) => {
      const grown = memory === null ? "" : ` and ${decimal(memory / MIB)} MiB more`;
      return `${graph}, ${by}: ${decimal(milliseconds / 1000)} s${grown}, which should be ${limit}`;
    });
}
