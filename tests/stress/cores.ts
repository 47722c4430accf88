// npm run stress -- [cores] [--steps N] [--seed N] [--live MIB] [--objects N] [--verify N] [--only NAME]
// Random programs on each build of the core, with debug hooks and without, as long as you like: one of blocks against the
// shadow, and one of objects, of a tenth as many steps, against the model of who must live.
import { parseArgs } from "node:util";
import { VARIANTS, type Variant } from "../helpers/core.js";
import { runObjectProgram } from "../helpers/objectprograms.js";
import { Random, TEST_SEED } from "../helpers/random.js";
import { runWorkload } from "../helpers/workload.js";

const MIB = 2 ** 20;
/** More memory than any of the programs should need. */
const LIMIT = 2048 * MIB;

/** Steps of a program of blocks for each of one of objects. */
const BLOCK_STEPS = 10;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "10000000" },
    seed: { type: "string", default: String(TEST_SEED) },
    live: { type: "string", default: "16" },
    objects: { type: "string", default: "3000" },
    verify: { type: "string", default: "50000" },
    only: { type: "string", default: "" },
  },
});

function whole(name: "steps" | "seed" | "live" | "objects" | "verify"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= (name === "seed" ? 0 : 1)) return value;
  console.error(`--${name} must be a whole number, not ${values[name]}`);
  process.exit(2);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

/** Tells how far a program is: on a terminal in one line that changes, else in a line each ten times. */
class Progress {
  readonly #name: string;
  readonly #every: number;
  readonly #started = performance.now();

  constructor(name: string, every: number) {
    this.#name = name;
    this.#every = every;
  }

  at(step: number, text: string): void {
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#line(step, text)}\x1b[K`);
    else if (step % (10 * this.#every) === 0) console.log(this.#line(step, text));
  }

  done(step: number, text: string): void {
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
    console.log(this.#line(step, text));
  }

  #line(step: number, text: string): string {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    return `${this.#name}: ${String(step).padStart(9)} steps, ${seconds} s, ${text}`;
  }
}

const steps = whole("steps");
const seed = whole("seed") >>> 0;
const liveBytes = whole("live") * MIB;
const liveObjects = whole("objects");
const verifyEvery = whole("verify");
const variants = VARIANTS.filter(({ name }) => name.includes(values.only));
if (variants.length === 0) {
  console.error(`--only ${values.only}: there are ${VARIANTS.map(({ name }) => name).join("; ")}`);
  process.exit(2);
}

function blocks({ name, open }: Variant, share: number): void {
  const heap = open({ key: seed, maximumPages: LIMIT / 65_536 });
  const progress = new Progress(`${name}, blocks`, verifyEvery);
  const shadow = runWorkload(heap, LIMIT, {
    steps: share,
    random: new Random(seed),
    liveBytes,
    verifyEvery,
    progress: (step, { live, bytes }) =>
      progress.at(step, `${live.length} blocks, ${mib(bytes)} of ${mib(heap.memory.byteLength)} MiB live`),
  });
  progress.done(share, `${mib(shadow.peakBytes)} MiB live at most in ${mib(heap.memory.byteLength)}, every check held`);
}

function objects({ name, open }: Variant, share: number): void {
  const heap = open({ key: seed, maximumPages: LIMIT / 65_536 });
  const checkEvery = Math.ceil(verifyEvery / BLOCK_STEPS);
  const progress = new Progress(`${name}, objects`, checkEvery);
  const { totals } = runObjectProgram(heap, {
    steps: share,
    random: new Random(seed),
    liveObjects,
    checkEvery,
    progress: (step, { live }) => progress.at(step, `${live.length} objects, ${mib(heap.memory.byteLength)} MiB`),
  });
  const sum = (of: "collections" | "collected") => totals.reduce((all, each) => all + each[of], 0);
  progress.done(share, `${sum("collected")} freed by ${sum("collections")} collections, every check held`);
}

console.log(`seed ${seed}: ${steps} steps, shared among ${variants.length} heaps`);
for (const variant of variants) {
  const share = Math.ceil(steps / variants.length);
  try {
    blocks(variant, share);
    objects(variant, Math.ceil(share / BLOCK_STEPS));
  } catch (error) {
    console.error(
      `\n${variant.name}: seed ${seed}, ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    );
    process.exit(1);
  }
}
