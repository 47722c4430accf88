// npm start [-- options] [-- trace…]
// The main job: real programs' allocations replayed through this project's allocator and others, one table, pictures.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { Contestant } from "./allocators/allocator.js";
import { CONTESTANTS, ours } from "./allocators/contestants.js";
import { allocators, count, main, stranger } from "./cli.js";
import { environment } from "./environment.js";
import { drawPeak } from "./picture/peak.js";
import { measured, SMOKE } from "./replay/timing.js";
import { complaints, type Outcome, replayTrace, stepsOf } from "./report/outcome.js";
import { createProgress } from "./report/progress.js";
import { BASE, footOf, tableOf } from "./report/table.js";
import { traceFiles } from "./trace/files.js";
import { readTrace } from "./trace/reader.js";

const program = new Command("npm start --")
  .description(
    "Replays recorded allocations of real programs through this project's allocator and others, prints a table of time " +
      "and memory, and draws the heap at its peak. A trace is an .atrc or .atrc.gz file, or the name of one that ships " +
      "with the project.",
  )
  .argument("[trace...]", "default: all that ship with the project")
  .option("--rounds <n>", "counted rounds of each trace and allocator", count, 17)
  .option("--only <names>", "allocators that take part: ours, tlsf, dlmalloc, thi.ng", allocators)
  .option("--wasm <name=file>", "another allocator: a wasm file that exports malloc and free", stranger, [])
  .option("--out <directory>", "where the pictures go", ".")
  .option("--no-picture", "draw nothing")
  .option("--json <file>", "write all figures there, too")
  .option("--smoke", "one round of each: whether it works, not how fast")
  .parse();

interface Options {
  readonly rounds: number;
  readonly only?: Contestant[];
  readonly wasm: Contestant[];
  readonly out: string;
  readonly picture: boolean;
  readonly json?: string;
  readonly smoke?: boolean;
}

await main(async () => {
  const options = program.opts<Options>();
  const contestants = [...(options.only ?? CONTESTANTS), ...options.wasm];
  const rounds = options.smoke ? SMOKE : measured(options.rounds);
  // All of them before anything else: a file that is no good should not come up after a minute.
  const traces = await Promise.all(traceFiles(program.args).map(readTrace));

  const steps = stepsOf(contestants, rounds) * traces.length;
  const progress = createProgress(steps, process.stderr.isTTY === true);
  const outcomes: Outcome[] = [];
  for (const trace of traces) {
    progress.part(trace.name);
    outcomes.push(await replayTrace(trace, contestants, rounds, BASE, progress.step));
  }
  progress.end();
  console.log(tableOf(outcomes));
  console.log(footOf(outcomes, contestants));
  if (options.smoke) console.log("One round, nothing warm: these times say that it works, not how fast it is.");

  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ environment: environment(), rounds, outcomes }, null, 2)}\n`);
    console.log(`\nfigures   ${options.json}`);
  }
  const complained = complaints(outcomes, ours.name);
  for (const complaint of complained) {
    console.error(complaint);
    process.exitCode = 1;
  }
  if (options.picture) {
    console.log("\nthe heap at its peak");
    for (const [index, trace] of traces.entries()) {
      if (complained.some((complaint) => complaint.startsWith(`${trace.name}: `))) continue;
      const file = join(options.out, `heap-${trace.name}.svg`);
      writeFileSync(file, await drawPeak(trace, (outcomes[index] as Outcome).profile));
      console.log(`  ${file}`);
    }
  }
});
