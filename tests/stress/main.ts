// npm run stress -- [--steps N] [--seed N] [--live MIB] [--verify N]
// A random program against the shadow on each build of the core, with debug hooks and without, as long as you like.
import { parseArgs } from "node:util";
import { VARIANTS } from "../helpers/core.js";
import { Random, TEST_SEED } from "../helpers/random.js";
import { runWorkload } from "../helpers/workload.js";

const MIB = 2 ** 20;
/** More memory than any of the programs should need. */
const LIMIT = 2048 * MIB;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10000000" },
    seed: { type: "string", default: String(TEST_SEED) },
    live: { type: "string", default: "16" },
    verify: { type: "string", default: "50000" },
    only: { type: "string", default: "" },
  },
});

function whole(name: "steps" | "seed" | "live" | "verify"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= (name === "seed" ? 0 : 1)) return value;
  console.error(`--${name} must be a whole number, not ${values[name]}`);
  process.exit(2);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

const steps = whole("steps");
const seed = whole("seed") >>> 0;
const liveBytes = whole("live") * MIB;
const verifyEvery = whole("verify");
const variants = VARIANTS.filter(({ name }) => name.includes(values.only));
if (variants.length === 0) {
  console.error(`--only ${values.only}: there are ${VARIANTS.map(({ name }) => name).join("; ")}`);
  process.exit(2);
}

console.log(`seed ${seed}: ${steps} steps, shared among ${variants.length} heaps`);
for (const { name, open } of variants) {
  const share = Math.ceil(steps / variants.length);
  const started = performance.now();
  const heap = open({ key: seed, maximumPages: LIMIT / 65_536 });
  const line = (step: number, text: string) =>
    `${name}: ${String(step).padStart(9)} steps, ${((performance.now() - started) / 1000).toFixed(1)} s, ${text}`;
  let most = 0;
  try {
    const shadow = runWorkload(heap, LIMIT, {
      steps: share,
      random: new Random(seed),
      liveBytes,
      verifyEvery,
      progress: (step, { live, bytes }) => {
        if (!process.stdout.isTTY && step % (10 * verifyEvery) !== 0) return;
        const text = `${live.length} blocks, ${mib(bytes)} of ${mib(heap.memory.byteLength)} MiB live`;
        process.stdout.write(process.stdout.isTTY ? `\r${line(step, text)}\x1b[K` : `${line(step, text)}\n`);
      },
    });
    most = shadow.peakBytes;
  } catch (error) {
    console.error(`\n${name}: seed ${seed}, ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    process.exit(1);
  }
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  console.log(line(share, `${mib(most)} MiB live at most in ${mib(heap.memory.byteLength)}, every check held`));
}
