// Records that come and go: counts, pairs, replacement, trees, a chain.

import { nodePartner, type Partner, pythonPartner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import type { Task } from "../objects/work.js";
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
const PLAIN = "JavaScript objects";

function cases(smoke: boolean): Case[] {
  const kinds = [true, false].map((referring) => ({ referring, of: referring ? "two references" : "two f64" }));
  const [longChain, depths, beside] = smoke ? [1000, [4, 6], 8] : [1_000_000, [8, 12, 18], 18];
  const tree = (depth: number) => (smoke ? Math.min(depth, 6) : depth);
  return [
    { name: "a reference more and one less", task: { kind: "counts" } },
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
      name: `binary trees of depth ${tree(10)} beside one of ${beside} that stays, a node`,
      task: { kind: "trees", depth: tree(10), beside },
    },
    {
      name: `a chain of ${longChain.toLocaleString("en").replaceAll(",", " ")} let go, a node`,
      task: { kind: "chain", length: longChain },
    },
  ];
}

/** Times every case with everybody. */
export async function objectRows(effort: Effort): Promise<ObjectRows> {
  const python = await pythonPartner("records.py");
  const partners = [
    nodePartner("called from JavaScript", "records.js", "calls"),
    nodePartner("loop in wasm", "records.js", "linked"),
    nodePartner("in one module", "records.js", "inside"),
    nodePartner(PLAIN, "records.js", "plain"),
    ...(python === null ? [] : [python.partner]),
  ];
  try {
    const rows: ObjectRow[] = [];
    for (const { name, task } of cases(effort.smoke)) {
      console.error(`  ${name}`);
      rows.push(...(await rowsOf(name, task, partners, effort)));
    }
    return { python: python?.version ?? null, rows };
  } finally {
    for (const partner of partners) partner.end();
  }
}

async function rowsOf(name: string, task: Task, partners: readonly Partner[], effort: Effort): Promise<ObjectRow[]> {
  const able: Partner[] = [];
  for (const partner of partners) if (await partner.ask<boolean>("begin", task)) able.push(partner);
  const milliseconds = (partner: Partner) => (effort.smoke ? 1 : partner.name === PLAIN ? PLAIN_SAMPLE : SAMPLE);
  const answers = await takeTurns(able, ROUNDS, effort, (partner) =>
    partner.ask<number>("sample", milliseconds(partner)),
  );
  return able.map((partner) => {
    const samples = answers.get(partner) as number[];
    const nanoseconds = round(median(samples));
    return { case: name, by: partner.name, nanoseconds, least: round(Math.min(...samples)), samples: samples.length };
  });
}
