// Records that come and go: counts, pairs, replacement, trees, a chain.

import { nodePartner, type Partner, pythonPartner, pythonVersion } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import type { Task } from "../objects/work.js";
import { integer } from "../report/format.js";
import { median } from "../statistics.js";
import { type Effort, round } from "./suite.js";

/** What one side takes for one case. */
export interface ObjectRow {
  readonly case: string;
  readonly by: string;
  /** Nanoseconds an operation: median of the rounds. */
  readonly nanoseconds: number;
  readonly least: number;
  readonly samples: number;
}

/** Rows, and the version of python3; null where there is none. */
export interface ObjectRows {
  readonly python: string | null;
  readonly rows: readonly ObjectRow[];
}

interface Case {
  readonly name: string;
  readonly task: Task;
}

const ROUNDS = 7;
/** Milliseconds of a sample. Plain objects get more, so that V8's collections are in each as often as they come. */
const SAMPLE = 20;
const PLAIN_SAMPLE = 200;
/** Milliseconds before the first sample: engines optimize, on a thread of their own. */
const WARM_UP = 150;
const PLAIN = "JavaScript objects";

/** All cases; of a smoke run, one of each kind. */
function cases(smoke: boolean): Case[] {
  const all = allCases(smoke);
  const first = ({ task }: Case) => all.find((other) => other.task.kind === task.kind);
  return smoke ? all.filter((each) => each === first(each)) : all;
}

function allCases(smoke: boolean): Case[] {
  const kinds = [true, false].map((referring) => ({ referring, of: referring ? "two references" : "two f64" }));
  const [longChain, depths] = smoke ? [1000, [4]] : [1_000_000, [8, 12, 18]];
  return [
    { name: "a reference more and one less", task: { kind: "counts" } },
    { name: "the same in a typed array, as the host does", task: { kind: "counts in place" } },
    ...kinds.map(({ referring, of }): Case => ({ name: `new and gone, ${of}`, task: { kind: "pairs", referring } })),
    ...kinds.map(
      ({ referring, of }): Case => ({
        name: `1 000 new, gone last first, ${of}`,
        task: { kind: "lifo", referring, live: 1000 },
      }),
    ),
    ...[1024, 65536].flatMap((live) =>
      kinds.map(
        ({ referring, of }): Case => ({
          name: `replace one of ${live / 1024} k, ${of}`,
          task: { kind: "replace", referring, live },
        }),
      ),
    ),
    ...depths.map(
      (depth): Case => ({
        name: `binary trees of depth ${depth}, a node`,
        task: { kind: "trees", depth, beside: 0 },
      }),
    ),
    {
      name: "binary trees of depth 10 beside one of 18 that stays, a node",
      task: { kind: "trees", depth: 10, beside: 18 },
    },
    {
      name: `a chain of ${integer(longChain)} let go, a node`,
      task: { kind: "chain", length: longChain },
    },
  ];
}

/** Times every case with everybody. */
export async function objectRows(effort: Effort): Promise<ObjectRows> {
  const python = await pythonVersion();
  const rows: ObjectRow[] = [];
  for (const { name, task } of cases(effort.smoke)) {
    console.error(`  ${name}`);
    const partners = [
      nodePartner("called from JavaScript", "records.js", "calls"),
      nodePartner("loop in wasm", "records.js", "linked"),
      nodePartner("in one module", "records.js", "inside"),
      nodePartner(PLAIN, "records.js", "plain"),
      ...(python === null ? [] : [pythonPartner("records.py")]),
    ];
    try {
      rows.push(...(await rowsOf(name, task, partners, effort)));
    } finally {
      for (const partner of partners) partner.end();
    }
  }
  return { python, rows };
}

async function rowsOf(name: string, task: Task, partners: readonly Partner[], effort: Effort): Promise<ObjectRow[]> {
  const able: Partner[] = [];
  for (const partner of partners) if (await partner.ask<boolean>("begin", task)) able.push(partner);
  const take = (partner: Partner, milliseconds: number) =>
    partner.ask<number>("sample", effort.smoke ? 1 : milliseconds);
  for (const partner of able) await take(partner, WARM_UP);
  const answers = await takeTurns(able, ROUNDS, effort, (partner) =>
    take(partner, partner.name === PLAIN ? PLAIN_SAMPLE : SAMPLE),
  );
  return able.map((partner) => {
    const samples = answers.get(partner) as number[];
    const nanoseconds = round(median(samples));
    return { case: name, by: partner.name, nanoseconds, least: round(Math.min(...samples)), samples: samples.length };
  });
}
