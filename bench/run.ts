// npm run bench [-- options] [suite…]
// Runs the benchmarks, writes bench/results/<suite>.json, and puts the figures into bench/README.md.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { unchecked } from "./allocators/contestants.js";
import { main } from "./cli.js";
import { environment } from "./environment.js";
import { projectPath } from "./paths.js";
import { updateReadme } from "./report/readme.js";
import { collectionTables } from "./suites/collections.js";
import { fieldRows } from "./suites/fields.js";
import { imageTables } from "./suites/images.js";
import { javascriptCases } from "./suites/javascript.js";
import { checkCases, growthCases, insideCases, pairCases, replacementCases } from "./suites/micro.js";
import { objectRows } from "./suites/objects.js";
import { sizes } from "./suites/size.js";
import { sizeRows } from "./suites/sizes.js";
import { snapshotTables } from "./suites/snapshots.js";
import { type Effort, measure, round } from "./suites/suite.js";
import { threadTables } from "./suites/threads.js";
import { type CheckRow, traceRows } from "./suites/traces.js";
import { tracingTables } from "./suites/tracing.js";
import { valueTables } from "./suites/values.js";
import { weakTables } from "./suites/weak.js";

/** A file of bench/results/, less where it was measured. */
interface Result {
  readonly rows: readonly object[];
  /** What is no success, a sentence each. */
  readonly failures?: readonly string[];
}

type Results = Readonly<Record<string, Result>>;

const SUITES: Readonly<Record<string, (effort: Effort) => Results | Promise<Results>>> = {
  pairs: (effort) => ({ pairs: { rows: measure([...pairCases(), ...insideCases()], effort) } }),
  replacement: (effort) => ({ replacement: { rows: measure(replacementCases(), effort) } }),
  growth: (effort) => ({ growth: { rows: measure(growthCases(), effort) } }),
  javascript: async (effort) => ({ javascript: { rows: measure(await javascriptCases(), effort) } }),
  size: () => ({ size: { rows: sizes() } }),
  traces: async (effort) => {
    const { traces, checks } = await traceRows(effort);
    return { traces: { rows: traces }, checks: { rows: [...checksOfPairs(effort), ...checks] } };
  },
  objects: async (effort) => ({ objects: await objectRows(effort) }),
  collections: async (effort) => {
    const { python, collections, young, pauses, bytes } = await collectionTables(effort);
    return {
      collections: { python, rows: collections },
      young: { python, rows: young },
      pauses: { rows: pauses },
      bytes: { python, rows: bytes },
    };
  },
  fields: async (effort) => ({ fields: { rows: await fieldRows(effort) } }),
  values: async (effort) => {
    const { python, values, documents, texts } = await valueTables(effort);
    return { values: { python, rows: values }, documents: { python, rows: documents }, texts: { rows: texts } };
  },
  weak: async (effort) => {
    const { python, collections, references, failures } = await weakTables(effort);
    return { weak: { python, rows: collections, failures }, references: { python, rows: references } };
  },
  sizes: async (effort) => ({ sizes: await sizeRows(effort) }),
  images: async (effort) => ({ images: await imageTables(effort) }),
  snapshots: async (effort) => ({ snapshots: await snapshotTables(effort) }),
  tracing: async (effort) => {
    const { tracing, bulk } = await tracingTables(effort);
    return { tracing: { rows: tracing }, bulk: { rows: bulk } };
  },
  threads: async (effort) => {
    const { alone, together, waits, failures } = await threadTables(effort);
    return { alone: { rows: alone }, together: { rows: together, failures }, waits: { rows: waits } };
  },
};

const program = new Command("npm run bench --")
  .description("Runs the benchmarks and writes their results.")
  .addArgument(new Argument("[suite...]", "default: all").choices(Object.keys(SUITES)))
  .option("--out <directory>", "where the results go", projectPath("bench", "results"))
  .option("--smoke", "run everything as shortly as possible and write nothing: whether it works, not how fast")
  .parse();

interface Options {
  readonly out: string;
  readonly smoke?: boolean;
}

/** Each of these cases frees one block an operation, so what the core takes longer than without checks is theirs. */
function checksOfPairs(effort: Effort): CheckRow[] {
  return measure(checkCases(), effort, unchecked.name).flatMap((row) => {
    if (row.overBase === null) return [];
    return [{ case: row.case, nanosecondsPerFree: round(row.nanoseconds * (1 - 1 / row.overBase)) }];
  });
}

function show(name: string, rows: readonly object[]): void {
  console.log(`\n${name}`);
  console.table(rows);
}

await main(async () => {
  const { out, smoke = false } = program.opts<Options>();
  const names = program.args.length > 0 ? program.args : Object.keys(SUITES);
  const where = environment();
  const command = ["npm run bench", ...(program.args.length > 0 ? ["--", ...program.args] : [])].join(" ");
  for (const name of names) {
    console.error(`${name} …`);
    const results = await (SUITES[name] as (typeof SUITES)[string])({ smoke });
    for (const [file, result] of Object.entries(results)) {
      show(file, result.rows);
      for (const failure of result.failures ?? []) {
        console.error(failure);
        process.exitCode = 1;
      }
      if (smoke) continue;
      mkdirSync(out, { recursive: true });
      writeFileSync(
        join(out, `${file}.json`),
        `${JSON.stringify({ command, environment: where, ...result }, null, 2)}\n`,
      );
    }
  }
  if (!smoke && out === projectPath("bench", "results")) updateReadme();
});
