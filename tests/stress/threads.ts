// npm run stress -- threads [--workers N] [--operations N] [--seed N] [--interval SECONDS] [--debug] [--only sums|random]
// Workers on one heap: operations of which each is noted, to be added up afterwards, and random ones that only hold if each is in one piece.
import { parseArgs } from "node:util";
import { TEST_SEED } from "../helpers/random.js";
import { runMix } from "./mix.js";
import { runSums } from "./sums.js";

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "4" },
    operations: { type: "string", default: "10000000" },
    seed: { type: "string", default: String(TEST_SEED) },
    interval: { type: "string" },
    debug: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});

const options = {
  workers: Number(values.workers),
  operations: Number(values.operations),
  seed: Number(values.seed),
  debug: values.debug,
  ...(values.interval !== undefined && { interval: Number(values.interval) }),
};

for (const [name, run] of Object.entries({ sums: runSums, random: runMix })) {
  if (!name.includes(values.only)) continue;
  console.log(`${name}: seed ${options.seed}, ${options.workers} workers, ${options.operations} operations`);
  try {
    const report = await run(options);
    console.log(`${name}: every check held; ${JSON.stringify(report)}`);
  } catch (error) {
    console.error(`${name}: seed ${options.seed}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    process.exit(1);
  }
}
