// npm start [-- options] [-- trace…]
// The main job, in parts, each with a table: real programs' allocations replayed through this project's allocator and others; a
// real program's syntax tree in a heap next to the same in other memories, saved and loaded, and shared by threads; a JSON document.

import { writeFileSync } from "node:fs";
import { join, parse, relative } from "node:path";
import { Command } from "commander";
import type { Trace } from "#traces/format.js";
import type { Contestant } from "./allocators/allocator.js";
import { CONTESTANTS, ours } from "./allocators/contestants.js";
import { measureTree, stepsOfTree, type TreeOutcome, type TreeParts, treeComplaints } from "./ast/outcome.js";
import { readSource, SHIPPED as SHIPPED_SOURCE } from "./ast/parse.js";
import { allocators, count, main, stranger } from "./cli.js";
import { environment } from "./environment.js";
import { jsonComplaints, measureJson, stepsOfJson } from "./json/outcome.js";
import { readJson, SHIPPED as SHIPPED_JSON } from "./json/source.js";
import { drawLives } from "./picture/lives.js";
import { drawPeak } from "./picture/peak.js";
import { drawTurns } from "./picture/turns.js";
import { measured, type Rounds, SMOKE } from "./replay/timing.js";
import { crowdFoot, crowdTable, treeImageFoot, treeImageTable } from "./report/crowd.js";
import { jsonFoot, jsonLine, jsonTable } from "./report/json.js";
import { lookLines } from "./report/look.js";
import { complaints, type Outcome, replayTrace, stepsOf } from "./report/outcome.js";
import { createProgress } from "./report/progress.js";
import { BASE, footOf, tableOf } from "./report/table.js";
import { treeFoot, treeLine, treeTable } from "./report/tree.js";
import { readTraceFile, traceFiles } from "./trace/files.js";

/** Counted rounds of each trace and allocator, and of the tree and the document in each memory. */
const TRACE_ROUNDS = 17;
const TREE_ROUNDS = 5;
const JSON_ROUNDS = 9;
/** Times that each of two threads goes through the tree. */
const PASSES = 8;

const program = new Command("npm start --")
  .description(
    "Replays recorded allocations of real programs through this project's allocator and others, and loads the syntax tree " +
      "of a large JavaScript file and a JSON document into a heap, next to plain JavaScript and Python objects; saves the " +
      "tree's heap and loads it again, and lets three threads loose on one. Prints tables of time and memory, and draws the " +
      "heap of each trace at its peak, where the time of the tree goes, and who had the lock when. A trace is an .atrc or " +
      ".atrc.gz file, or the name of one that ships with the project. What is named is done, traces, a file for the tree, " +
      "or a document; if nothing is, everything is.",
  )
  .argument("[trace...]", "default: all that ship with the project")
  .option("--ast <file>", "JavaScript whose tree is taken; default: a large file of a package that is installed anyway")
  .option("--no-ast", "no syntax tree")
  .option("--json <file>", "JSON that is loaded; default: a large file of a package that is installed anyway")
  .option("--no-json", "no JSON document")
  .option("--no-images", "do not save and load the tree")
  .option("--no-threads", "no threads that share the tree")
  .option("--no-traces", "no traces")
  .option(
    "--rounds <n>",
    `counted rounds; default: ${TRACE_ROUNDS} of a trace, ${TREE_ROUNDS} of the tree, ${JSON_ROUNDS} of the document`,
    count,
  )
  .option("--only <names>", "allocators that take part: ours, tlsf, dlmalloc, thi.ng", allocators)
  .option("--wasm <name=file>", "another allocator: a wasm file that exports malloc and free", stranger, [])
  .option("--out <directory>", "where the pictures and the image of the tree go", ".")
  .option("--no-picture", "draw nothing, and write no image unless --out is given")
  .option("--figures <file>", "write all figures there, too")
  .option("--smoke", "one round of each: whether it works, not how fast")
  .parse();

interface Options {
  /** A file, or false for no tree. */
  readonly ast?: string | false;
  /** A file, or false for no document. */
  readonly json?: string | false;
  readonly images: boolean;
  readonly threads: boolean;
  readonly traces: boolean;
  readonly rounds?: number;
  readonly only?: Contestant[];
  readonly wasm: Contestant[];
  readonly out: string;
  readonly picture: boolean;
  readonly figures?: string;
  readonly smoke?: boolean;
}

/** What there is to work on; null or empty: not that part. */
interface Work {
  readonly source: string | null;
  readonly document: string | null;
  readonly traces: readonly string[];
}

/** The files to work on: those named; if none is, all there are. */
function workOf({ ast, json, traces }: Options, named: readonly string[]): Work {
  const any = typeof ast === "string" || typeof json === "string" || named.length > 0;
  const chosen = (option: string | false | undefined, usual: string) => {
    if (typeof option === "string") return option;
    return option === undefined && !any ? usual : null;
  };
  const work = {
    source: chosen(ast, SHIPPED_SOURCE),
    document: chosen(json, SHIPPED_JSON),
    traces: traces && (named.length > 0 || !any) ? traceFiles(named) : [],
  };
  if (work.source === null && work.document === null && work.traces.length === 0) {
    program.error("error: with these options there is nothing to do");
  }
  return work;
}

await main(async () => {
  const options = program.opts<Options>();
  const contestants = [...(options.only ?? CONTESTANTS), ...options.wasm];
  const roundsOf = (usual: number): Rounds => (options.smoke ? SMOKE : measured(options.rounds ?? usual));
  const rounds = { traces: roundsOf(TRACE_ROUNDS), tree: roundsOf(TREE_ROUNDS), json: roundsOf(JSON_ROUNDS) };
  const work = workOf(options, program.args);
  // All of them before anything else: a file that is no good should not come up after a minute.
  const traces = await Promise.all(work.traces.map(readTraceFile));
  const source = work.source === null ? null : readSource(work.source);
  const document = work.document === null ? null : readJson(work.document);

  const traceSteps = stepsOf(contestants, rounds.traces) * traces.length;
  const parts: TreeParts = { images: options.images, passes: options.threads ? (options.smoke ? 1 : PASSES) : 0 };
  const treeSteps = source === null ? 0 : stepsOfTree(rounds.tree, parts);
  const jsonSteps = document === null ? 0 : stepsOfJson(rounds.json);
  const progress = createProgress(traceSteps + treeSteps + jsonSteps, process.stderr.isTTY === true);
  const outcomes: Outcome[] = [];
  for (const trace of traces) {
    progress.part(trace.name);
    outcomes.push(await replayTrace(trace, contestants, rounds.traces, BASE, progress.step));
  }
  const measuredTree = source === null ? null : await measureTree(source, rounds.tree, parts, progress);
  const tree = measuredTree?.outcome ?? null;
  const json = document === null ? null : await measureJson(document, rounds.json, progress);
  progress.end();

  if (outcomes.length > 0) console.log(`${tableOf(outcomes)}\n${footOf(outcomes, contestants)}\n`);
  if (tree !== null) {
    const { saved, crowd } = tree;
    console.log(`${treeLine(tree)}\n${treeTable(tree)}\n${treeFoot(tree)}\n`);
    if (saved !== null) console.log(`${treeImageTable(saved)}\n${treeImageFoot(saved)}\n`);
    if (crowd !== null) console.log(`${crowdTable(crowd)}\n${crowdFoot(crowd)}\n`);
  }
  if (json !== null) console.log(`${jsonLine(json)}\n${jsonTable(json)}\n${jsonFoot(json)}\n`);
  if (options.smoke) console.log("One round, nothing warm: these times say that it works, not how fast it is.\n");
  if (options.figures !== undefined) {
    const figures = { environment: environment(), rounds, outcomes, tree, json };
    writeFileSync(options.figures, `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`figures   ${options.figures}\n`);
  }
  const complained = complaints(outcomes, ours.name);
  const ofTree = tree === null ? [] : treeComplaints(tree);
  const ofJson = json === null ? [] : jsonComplaints(json);
  for (const complaint of [...complained, ...ofTree, ...ofJson]) {
    console.error(complaint);
    process.exitCode = 1;
  }
  const image = options.picture || program.getOptionValueSource("out") === "cli" ? measuredTree?.image : null;
  let imageFile: string | null = null;
  if (tree !== null && image) {
    imageFile = join(options.out, `tree-${parse(tree.facts.name).name}.image`);
    writeFileSync(imageFile, image);
    console.log(`image\n  ${imageFile}\n`);
  }
  if (options.picture) await drawAll(options.out, traces, outcomes, complained, tree);
  const traceFile = work.traces[0];
  for (const line of lookLines({ image: imageFile, trace: traceFile === undefined ? null : relative(".", traceFile) }))
    console.log(line);
});

/** Draws the heap of each trace that was replayed without a complaint, and the tree's pictures. */
async function drawAll(
  out: string,
  traces: readonly Trace[],
  outcomes: readonly Outcome[],
  complained: readonly string[],
  tree: TreeOutcome | null,
): Promise<void> {
  if (traces.length === 0 && tree === null) return;
  const draw = (name: string, svg: string) => {
    const file = join(out, name);
    writeFileSync(file, svg);
    console.log(`  ${file}`);
  };
  console.log("pictures");
  for (const [index, trace] of traces.entries()) {
    if (complained.some((complaint) => complaint.startsWith(`${trace.name}: `))) continue;
    draw(`heap-${trace.name}.svg`, await drawPeak(trace, (outcomes[index] as Outcome).profile));
  }
  if (tree !== null) {
    const { name } = parse(tree.facts.name);
    draw(`tree-${name}.svg`, drawLives(tree));
    if (tree.crowd !== null) draw(`threads-${name}.svg`, drawTurns(tree.crowd));
  }
  console.log();
}
