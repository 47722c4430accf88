// npm start [-- options] [-- trace…]
// The main job, in two parts, each with a table and pictures: real programs' allocations replayed through this project's
// allocator and others, and a real program's syntax tree in a heap, next to the same tree in other memories.

import { writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import { Command } from "commander";
import type { Contestant } from "./allocators/allocator.js";
import { CONTESTANTS, ours } from "./allocators/contestants.js";
import { measureTree, stepsOfTree, treeComplaints } from "./ast/outcome.js";
import { readSource, SHIPPED } from "./ast/parse.js";
import { allocators, count, main, stranger } from "./cli.js";
import { environment } from "./environment.js";
import { drawLives } from "./picture/lives.js";
import { drawPeak } from "./picture/peak.js";
import { measured, type Rounds, SMOKE } from "./replay/timing.js";
import { complaints, type Outcome, replayTrace, stepsOf } from "./report/outcome.js";
import { createProgress } from "./report/progress.js";
import { BASE, footOf, tableOf } from "./report/table.js";
import { treeFoot, treeLine, treeTable } from "./report/tree.js";
import { traceFiles } from "./trace/files.js";
import { readTrace } from "./trace/reader.js";

/** Counted rounds of each trace and allocator, and of the tree in each memory. */
const TRACE_ROUNDS = 17;
const TREE_ROUNDS = 5;

const program = new Command("npm start --")
  .description(
    "Replays recorded allocations of real programs through this project's allocator and others, and loads the syntax tree " +
      "of a large JavaScript file into a heap, next to plain JavaScript and Python objects. Prints tables of time and " +
      "memory, and draws the heap of each trace at its peak, and where the time of the tree goes. A trace is an .atrc or " +
      ".atrc.gz file, or the name of one that ships with the project. What is named is done, traces or a file for the " +
      "tree; if nothing is, everything is.",
  )
  .argument("[trace...]", "default: all that ship with the project")
  .option("--ast <file>", "JavaScript whose tree is taken; default: a large file of a package that is installed anyway")
  .option("--no-ast", "no syntax tree")
  .option("--no-traces", "no traces")
  .option("--rounds <n>", `counted rounds; default: ${TRACE_ROUNDS} of a trace, ${TREE_ROUNDS} of the tree`, count)
  .option("--only <names>", "allocators that take part: ours, tlsf, dlmalloc, thi.ng", allocators)
  .option("--wasm <name=file>", "another allocator: a wasm file that exports malloc and free", stranger, [])
  .option("--out <directory>", "where the pictures go", ".")
  .option("--no-picture", "draw nothing")
  .option("--json <file>", "write all figures there, too")
  .option("--smoke", "one round of each: whether it works, not how fast")
  .parse();

interface Options {
  /** A file, or false for no tree. */
  readonly ast?: string | false;
  readonly traces: boolean;
  readonly rounds?: number;
  readonly only?: Contestant[];
  readonly wasm: Contestant[];
  readonly out: string;
  readonly picture: boolean;
  readonly json?: string;
  readonly smoke?: boolean;
}

/** The files to work on: those named; if none is, all there are. */
function filesOf({ ast, traces }: Options, named: readonly string[]): { source: string | null; traces: string[] } {
  const given = typeof ast === "string";
  const source = given ? ast : ast === undefined && named.length === 0 ? SHIPPED : null;
  const files = traces && (named.length > 0 || !given) ? traceFiles(named) : [];
  if (source === null && files.length === 0) program.error("error: with these options there is nothing to do");
  return { source, traces: files };
}

await main(async () => {
  const options = program.opts<Options>();
  const contestants = [...(options.only ?? CONTESTANTS), ...options.wasm];
  const roundsOf = (usual: number): Rounds => (options.smoke ? SMOKE : measured(options.rounds ?? usual));
  const rounds = { traces: roundsOf(TRACE_ROUNDS), tree: roundsOf(TREE_ROUNDS) };
  const files = filesOf(options, program.args);
  // All of them before anything else: a file that is no good should not come up after a minute.
  const traces = await Promise.all(files.traces.map(readTrace));
  const source = files.source === null ? null : readSource(files.source);

  const traceSteps = stepsOf(contestants, rounds.traces) * traces.length;
  const treeSteps = source === null ? 0 : stepsOfTree(rounds.tree);
  const progress = createProgress(traceSteps + treeSteps, process.stderr.isTTY === true);
  const outcomes: Outcome[] = [];
  for (const trace of traces) {
    progress.part(trace.name);
    outcomes.push(await replayTrace(trace, contestants, rounds.traces, BASE, progress.step));
  }
  const tree = source === null ? null : await measureTree(source, rounds.tree, progress);
  progress.end();

  if (outcomes.length > 0) console.log(`${tableOf(outcomes)}\n${footOf(outcomes, contestants)}\n`);
  if (tree !== null) console.log(`${treeLine(tree)}\n${treeTable(tree)}\n${treeFoot(tree)}\n`);
  if (options.smoke) console.log("One round, nothing warm: these times say that it works, not how fast it is.\n");
  if (options.json !== undefined) {
    const figures = { environment: environment(), rounds, outcomes, tree };
    writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`figures   ${options.json}\n`);
  }
  const complained = complaints(outcomes, ours.name);
  for (const complaint of [...complained, ...(tree === null ? [] : treeComplaints(tree))]) {
    console.error(complaint);
    process.exitCode = 1;
  }
  if (!options.picture) return;
  const draw = (name: string, svg: string) => {
    const file = join(options.out, name);
    writeFileSync(file, svg);
    console.log(`  ${file}`);
  };
  console.log("pictures");
  for (const [index, trace] of traces.entries()) {
    if (complained.some((complaint) => complaint.startsWith(`${trace.name}: `))) continue;
    draw(`heap-${trace.name}.svg`, await drawPeak(trace, (outcomes[index] as Outcome).profile));
  }
  if (tree !== null) draw(`tree-${parse(tree.facts.name).name}.svg`, drawLives(tree));
});
