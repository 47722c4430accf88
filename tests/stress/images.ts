// npm run stress -- images [--count N] [--seed N] [--from N] [--keep-going] [--wasm FILE]
// Images that were changed at random: each is refused with an ImageError, or the heap is as good as any, and nothing takes for ever.
// What fails is told by the seed and a number; `--from NUMBER --count 1` does it again.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Heap } from "../../src/index.js";
import { sourceImages } from "../helpers/imageheaps.js";
import { MUTATION_KINDS, type Mutation, mutationOf } from "../helpers/imagemutations.js";
import { tryImage, type Verdict } from "../helpers/imagetrials.js";
import { Random, TEST_SEED } from "../helpers/random.js";

/** Of the normal time, which is at least a quarter of a second: what nothing may take. */
const TIMES = 50;
const LEAST_MS = 250;
/** Milliseconds after which a mutation hangs. */
const HANGS = 60_000;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: String(TEST_SEED) },
    from: { type: "string", default: "0" },
    wasm: { type: "string" },
    "keep-going": { type: "boolean", default: false },
  },
});

function whole(name: "count" | "seed" | "from"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= (name === "count" ? 1 : 0)) return value;
  console.error(`--${name} must be a whole number, not ${values[name]}`);
  process.exit(2);
}

/** Ends the process when a number stands for too long: whoever hangs cannot do that himself. */
function watch(seed: number): { at(number: number): void; end(): void } {
  const now = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { now, seed, hangs } } = require("node:worker_threads");
    let [number, since] = [-1, 0];
    setInterval(() => {
      if (now[0] !== number) [number, since] = [now[0], Date.now()];
      if (Date.now() - since < hangs) return;
      require("node:fs").writeSync(2, "\\nseed " + seed + ", number " + number + " hangs\\n");
      process.kill(process.pid, "SIGKILL");
    }, 1000);`;
  const worker = new Worker(code, { eval: true, workerData: { now, seed, hangs: HANGS } });
  worker.unref();
  return {
    at: (number) => Atomics.store(now, 0, number),
    end: () => void worker.terminate(),
  };
}

type Tally = { [V in Verdict]: number };

function report(tallies: ReadonlyMap<string, Tally>): string {
  const lines = [...tallies].map(
    ([kind, { refused, accepted }]) =>
      `  ${kind.padEnd(12)}${String(refused).padStart(8)} refused${String(accepted).padStart(8)} accepted`,
  );
  return lines.join("\n");
}

function messages(error: unknown): string {
  const lines: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) lines.push(each.stack ?? each.message);
  return lines.join("\ncaused by ");
}

const [count, seed, from] = [whole("count"), whole("seed") >>> 0, whole("from")];
const wasm = values.wasm === undefined ? undefined : new WebAssembly.Module(readFileSync(values.wasm));
const sources = await sourceImages();
const started = performance.now();
for (const { image } of sources) (await Heap.restore(image))[Symbol.dispose]();
const normal = Math.max(LEAST_MS, (performance.now() - started) / sources.length);
console.log(`seed ${seed}: ${count} changes to ${sources.length} images`);

const tallies = new Map<string, Tally>(MUTATION_KINDS.map((kind) => [kind, { refused: 0, accepted: 0 }]));
const watchdog = watch(seed);
const every = Math.ceil(count / 100);
let failures = 0;

function failed(number: number, { kind, recipe, image }: Mutation, why: string): void {
  failures++;
  console.error(`\nseed ${seed}, number ${number}, ${kind}, ${recipe}\n${why}`);
  if (values["keep-going"]) return;
  writeFileSync("build/stress/failed.image", image);
  console.error("the image is build/stress/failed.image");
  process.exit(1);
}

for (let number = from; number < from + count; number++) {
  watchdog.at(number);
  const mutation = mutationOf(sources, seed, number);
  const began = performance.now();
  try {
    const verdict = await tryImage(mutation, new Random(number), wasm);
    (tallies.get(mutation.kind) as Tally)[verdict]++;
    const took = performance.now() - began;
    if (took > TIMES * normal) failed(number, mutation, `took ${took.toFixed(0)} ms`);
  } catch (error) {
    failed(number, mutation, messages(error));
  }
  const done = number - from + 1;
  if (done % every !== 0) continue;
  const line = `${done} of ${count}, ${((performance.now() - started) / 1000).toFixed(0)} s, ${failures} failures`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K`);
  else if (done % (10 * every) === 0) console.log(line);
}
watchdog.end();
if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
console.log(
  `${count} changes in ${((performance.now() - started) / 1000).toFixed(0)} s, ${failures} failures\n${report(tallies)}`,
);
if (failures > 0) process.exit(1);
