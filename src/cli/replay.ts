// arenaria replay: recorded traces, played with this library.

import type { Command } from "commander";
import type { Trace } from "../traces/format.js";
import { addCommand, type CommonOptions, positive } from "./command.js";
import { bytes, count, decimal, plural } from "./figures.js";
import { openTrace } from "./input.js";
import { mallocTables } from "./malloctables.js";
import { requireOthers, writeFile } from "./output.js";
import { FAILED, MISUSED, Problem } from "./problem.js";
import { startProgress } from "./progress.js";
import { type Replay, replay, roundsOf } from "./replaying.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly rounds: number;
  readonly debugHeap?: true;
  readonly traceEvents?: string;
}

const COLUMNS: readonly Column[] = [
  ["trace", "left"],
  ["operations", "right"],
  ["ns/op", "right"],
  ["peak asked", "right"],
  ["peak taken", "right"],
  ["memory", "right"],
  ["blocks left", "right"],
];

export function addReplay(program: Command, terminal: Terminal): void {
  addCommand(program, "replay", "play recorded traces: time, memory, soundness")
    .argument("<trace...>", "files of traces, .atrc or .atrc.gz")
    .option("--rounds <n>", "rounds that are timed", positive, 5)
    .option("--debug-heap", "in a heap in debug mode")
    .option("--trace-events <file>", "write what happens on the way, for Perfetto")
    .action((files: string[], options: Options) => run(terminal, files, options));
}

async function run(terminal: Terminal, files: readonly string[], options: Options): Promise<void> {
  const { json = false, traceEvents } = options;
  if (traceEvents !== undefined && files.length > 1) {
    throw new Problem(
      `--trace-events ${traceEvents}: takes one trace, not ${files.length}; replay them apart`,
      MISUSED,
    );
  }
  requireOthers(files, [traceEvents]);
  const traces: Trace[] = [];
  for (const file of files) traces.push(await openTrace(file));
  const replays = await replayAll(terminal, traces, options);
  if (traceEvents !== undefined) writeFile(traceEvents, [JSON.stringify(replays[0]?.traceEvents)]);
  if (replays.some(({ failures, left }) => failures > 0 || left > 0)) process.exitCode = FAILED;
  if (json) terminal.printJson(replays.map(({ traceEvents: _, ...rest }, i) => ({ file: files[i], ...rest })));
  else print(terminal, replays, options);
}

async function replayAll(terminal: Terminal, traces: readonly Trace[], options: Options): Promise<Replay[]> {
  const { rounds, debugHeap = false, json = false, traceEvents } = options;
  const record = traceEvents !== undefined;
  const settings = { rounds, debug: debugHeap, record, onRound: () => progress.advance(1) };
  const progress = startProgress(terminal, traces.length * roundsOf(settings), json);
  const replays: Replay[] = [];
  try {
    for (const trace of traces) {
      progress.part(trace.name);
      replays.push(await replay(trace, settings));
    }
  } finally {
    progress.end();
  }
  return replays;
}

function print(terminal: Terminal, replays: readonly Replay[], { rounds, debugHeap, traceEvents }: Options): void {
  const title = `${plural(replays.length, "trace")}, median of ${plural(rounds, "round")}${debugHeap ? ", debug mode" : ""}`;
  terminal.print(...table(terminal, title, COLUMNS, replays.map(cellsOf)));
  const [only] = replays;
  if (replays.length === 1 && only !== undefined) terminal.print(...mallocTables(terminal, only.malloc));
  for (const { trace, failures, left } of replays) {
    if (failures > 0) terminal.print(`${trace}: ${plural(failures, "call")} found no memory`);
    if (left > 0) terminal.print(`${trace}: ${plural(left, "block is", "blocks are")} left when all is freed`);
  }
  terminal.print("Verified: after the last operation, and when all was freed.");
  if (traceEvents !== undefined) terminal.print(`${traceEvents}: open it with https://ui.perfetto.dev`);
}

function cellsOf(replay: Replay): string[] {
  return [
    replay.trace,
    count(replay.operations),
    decimal(replay.median),
    bytes(replay.peakRequested),
    bytes(replay.peak),
    bytes(replay.reserved),
    count(replay.live),
  ];
}
