// npm run oracle -- [--programs N] [--seed S] [--wasm FILE] [--json]
// Random programs in arenaria and in CPython 3.15, side by side, as many as you like.
import { mkdirSync, writeFileSync } from "node:fs";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import fc from "fast-check";
import { createProgress } from "../../bench/report/progress.js";
import { TEST_SEED } from "../helpers/random.js";
import { programs } from "./generate.js";
import { type Difference, Oracle } from "./oracle.js";
import { asJavaScript, asPython, describe } from "./print.js";
import { RULES, type RuleName } from "./rules.js";

/** Programs of one seed: a long run is many short ones, of which any can be run again alone. */
const PART = 1000;
const DIRECTORY = "build/oracle";

interface Options {
  programs: number;
  seed: number;
  wasm?: string;
  json?: boolean;
}

function whole(value: string): number {
  const parsed = Number(value);
  if (!Number.isSafeInteger(parsed) || parsed < 0)
    throw new InvalidArgumentError("It must be an integer of 0 or more.");
  return parsed;
}

const options = new Command("oracle")
  .description("Runs random programs in arenaria and in CPython 3.15 and compares what is seen, line by line.")
  .option("--programs <n>", "how many", whole, 10_000)
  .option("--seed <n>", "of the first part; the next has the next seed", whole, TEST_SEED % 1_000_000)
  .option("--wasm <file>", "a core other than the package's own")
  .option("--json", "the result as JSON")
  .parse()
  .opts<Options>();

const oracle = await Oracle.start({ wasm: options.wasm });
const progress = createProgress(Math.ceil(options.programs / PART), process.stdout.isTTY && !options.json);
const started = performance.now();
let failure: { seed: number; program: number; difference: Difference } | null = null;
for (let done = 0, seed = options.seed; done < options.programs && failure === null; done += PART, seed++) {
  if (!options.json) progress.part(`seed ${seed}`);
  failure = await runPart(seed, Math.min(PART, options.programs - done));
  if (!options.json) progress.step();
}
progress.end();
report((performance.now() - started) / 1000);
if (failure !== null) process.exitCode = 1;

/** The first program that differs, made as small as can be. */
async function runPart(seed: number, numRuns: number): Promise<typeof failure> {
  let last: Difference | null = null;
  const property = fc.asyncProperty(programs(), async (program) => {
    // Those that fast-check tries to make smaller do not count.
    const found = await oracle.compare(program, last === null);
    if (found !== null) last = found;
    return found === null;
  });
  const { failed, numRuns: program } = await fc.check(property, { seed, numRuns });
  return failed && last !== null ? { seed, program, difference: last } : null;
}

function report(seconds: number): void {
  const { programs, lines, calls, applied } = oracle;
  const perSecond = Math.round(programs / seconds);
  const rules = Object.entries(applied).map(([name, count]) => ({ name, programs: count, share: count / programs }));
  if (options.json) {
    console.log(JSON.stringify({ ...options, programs, lines, calls, seconds, perSecond, rules, failure }, null, 2));
    return;
  }
  console.log(
    `${programs} programs, ${lines} lines of log, ${calls} finalizers and callbacks: ${seconds.toFixed(1)} s, ${perSecond} a second`,
  );
  const table = new Table({
    head: ["rule", "programs", "share", "why"],
    colWidths: [21, 10, 8, 80],
    colAligns: ["left", "right", "right", "left"],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { name, programs: count, share } of rules) {
    table.push([name, count, `${(share * 100).toFixed(1)} %`, RULES[name as RuleName].reason]);
  }
  console.log(table.toString());
  if (failure === null) console.log("no other difference");
  else tell(failure.seed, failure.program, failure.difference);
}

function tell(seed: number, program: number, difference: Difference): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const path = `${DIRECTORY}/seed-${seed}`;
  writeFileSync(`${path}.mjs`, asJavaScript(difference.program));
  writeFileSync(`${path}.py`, asPython(difference.program));
  console.log(
    `\nseed ${seed}, program ${program} differs; the smallest that does (as scripts: ${path}.mjs, ${path}.py):`,
  );
  console.log(describe(difference));
}
