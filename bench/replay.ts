// node build/bench/replay.js [options] [trace…]
// Times replays of traces with several allocators and prints ns an operation: the quick look while tuning.

import { resolve } from "node:path";
import { Command } from "commander";
import type { Contestant } from "./allocators/allocator.js";
import { CONTESTANTS, floor } from "./allocators/contestants.js";
import { fromWasm } from "./allocators/foreign.js";
import { ratio, timeTrace } from "./replay/timing.js";
import { geometricMean } from "./statistics.js";
import { traceFiles } from "./trace/files.js";
import { readTrace, TraceError } from "./trace/reader.js";

const program = new Command("replay")
  .description("Times replays of allocation traces. A trace is a file, or the name of one that ships with the project.")
  .argument("[trace...]", "default: all that ship with the project")
  .option(
    "--only <names>",
    "allocators that take part, separated by commas: ours, tlsf, dlmalloc, thi.ng, floor",
    "ours,tlsf,dlmalloc",
  )
  .option("--wasm <name=file>", "another allocator: a wasm file that exports malloc and free", collect, [])
  .option("--rounds <n>", "counted rounds", "11")
  .parse();

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

const options = program.opts<{ only: string; wasm: string[]; rounds: string }>();
const strangers = options.wasm.map((given): Contestant => {
  const [name = "", file = ""] = given.split("=");
  return { name, description: file, create: () => fromWasm(name, resolve(file)) };
});
const wanted = options.only.split(",");
const contestants = [...[...CONTESTANTS, floor].filter(({ name }) => wanted.includes(name)), ...strangers];

try {
  const traces = await Promise.all(traceFiles(program.args).map(readTrace));
  const base = contestants.find(({ name }) => name === "tlsf")?.name;
  const ratios = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const width = Math.max(...traces.map(({ name }) => name.length));
  console.log(`ns an operation (median of ${options.rounds} rounds), over tlsf in the same round, [least ns]`);
  for (const trace of traces) {
    const timings = timeTrace(trace, contestants, Number(options.rounds));
    const baseTiming = timings.find(({ allocator }) => allocator === base);
    const cells = timings.map((timing) => {
      const over = baseTiming && timing !== baseTiming ? ratio(timing, baseTiming) : Number.NaN;
      if (!Number.isNaN(over)) ratios.get(timing.allocator)?.push(over);
      const part = timing.operations < trace.operations ? `, first ${timing.operations} operations` : "";
      const failed = timing.failures > 0 ? `, ${timing.failures} FAILURES` : "";
      const quotient = Number.isNaN(over) ? "" : ` ${over.toFixed(3)}`;
      return `${timing.allocator} ${timing.median.toFixed(1)}${quotient} [${timing.least.toFixed(1)}${part}${failed}]`;
    });
    console.log(`${trace.name.padEnd(width)}  ${cells.join("   ")}`);
  }
  for (const [name, values] of ratios) {
    if (values.length > 1) console.log(`${name} over tlsf, geometric mean: ${geometricMean(values).toFixed(3)}`);
  }
} catch (error) {
  if (!(error instanceof TraceError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
