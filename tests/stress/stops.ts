// npm run stress -- stops [--count N] [--seed N] [--first N]
// Threads on one heap of which one ends at a random moment: the others go on, or are all told that they cannot.
import { parseArgs } from "node:util";
import { TEST_SEED } from "../helpers/random.js";
import { runEnds } from "./ends.js";

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: String(TEST_SEED) },
    first: { type: "string", default: "0" },
  },
});

const [count, seed, first] = [Number(values.count), Number(values.seed), Number(values.first)];
console.log(`seed ${seed}: threads ${first} to ${first + count - 1} end`);
try {
  const outcomes = await runEnds({
    count,
    seed,
    first,
    progress: ({ index, way, outcome }) => {
      const text = `${index + 1 - first}: ${way}: ${outcome}`;
      if (process.stdout.isTTY) process.stdout.write(`\r${text}\x1b[K`);
      else if ((index + 1 - first) % 20 === 0) console.log(text);
    },
  });
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  console.table(outcomes);
} catch (error) {
  console.error(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
