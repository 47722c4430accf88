// node build/bench/replay.js [options] [trace…]
// Times replays of traces with several allocators and prints ns an operation: the quick look while tuning.

import { Command } from "commander";
import type { Contestant } from "./allocators/allocator.js";
import { allocators, count, main, stranger } from "./cli.js";
import { measured, ratio, SMOKE, timeTrace } from "./replay/timing.js";
import { geometricMean } from "./statistics.js";
import { readTraceFile, traceFiles } from "./trace/files.js";

const program = new Command("replay")
  .description("Times replays of allocation traces. A trace is a file, or the name of one that ships with the project.")
  .argument("[trace...]", "default: all that ship with the project")
  .option("--only <names>", "allocators that take part: ours, tlsf, dlmalloc, thi.ng, floor, unchecked", allocators)
  .option("--wasm <name=file>", "another allocator: a wasm file that exports malloc and free", stranger, [])
  .option("--rounds <n>", "counted rounds", count, 11)
  .option("--smoke", "one round: whether it works, not how fast")
  .option("--json", "print everything that was measured instead")
  .parse();

interface Options {
  readonly only?: Contestant[];
  readonly wasm: Contestant[];
  readonly rounds: number;
  readonly json?: boolean;
  readonly smoke?: boolean;
}

const BASE = "tlsf";
const options = program.opts<Options>();

await main(async () => {
  const contestants = [...(options.only ?? allocators("ours,tlsf,dlmalloc")), ...options.wasm];
  const traces = await Promise.all(traceFiles(program.args).map(readTraceFile));
  const rounds = options.smoke ? SMOKE : measured(options.rounds);
  if (options.json) {
    const measured = traces.map((trace) => ({
      trace: trace.name,
      timings: timeTrace(trace, contestants, rounds),
    }));
    process.stdout.write(`${JSON.stringify(measured)}\n`);
    return;
  }
  const ratios = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const width = Math.max(...traces.map(({ name }) => name.length));
  console.log(`ns an operation (median of ${rounds.counted} rounds), over ${BASE} in the same round, [least ns]`);
  for (const trace of traces) {
    const timings = timeTrace(trace, contestants, rounds);
    const base = timings.find(({ allocator }) => allocator === BASE);
    const cells = timings.map((timing) => {
      const over = base && timing !== base && timing.error === undefined ? ratio(timing, base) : null;
      if (over !== null) ratios.get(timing.allocator)?.push(over);
      if (timing.error !== undefined) return `${timing.allocator}: ${timing.error}`;
      const part = timing.operations < trace.operations ? `, first ${timing.operations} operations` : "";
      const failed = timing.failures > 0 ? `, ${timing.failures} FAILURES` : "";
      const quotient = over === null ? "" : ` ${over.toFixed(3)}`;
      return `${timing.allocator} ${timing.median.toFixed(1)}${quotient} [${timing.least.toFixed(1)}${part}${failed}]`;
    });
    console.log(`${trace.name.padEnd(width)}  ${cells.join("   ")}`);
  }
  for (const [name, values] of ratios) {
    if (values.length > 1) console.log(`${name} over ${BASE}, geometric mean: ${geometricMean(values).toFixed(3)}`);
  }
});
