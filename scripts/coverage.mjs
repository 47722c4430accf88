// Block coverage of assembly/ by the tests: node scripts/coverage.mjs [VITEST ARGUMENT…]
// Prints a line a file and the places that no test reaches, and writes all of it to coverage/assembly.json.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildInstrumented } from "./instrument.mjs";

const OUT = "build/coverage";
/** These run the package in processes and browsers of their own. */
const ELSEWHERE = ["tests/cli*.test.ts", "tests/package.test.ts", "tests/browser/**"];

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const points = await buildInstrumented(`${OUT}/core`);

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--testTimeout=600000", "--reporter=default"];
const exclude = ELSEWHERE.flatMap((pattern) => ["--exclude", pattern]);
const { status } = spawnSync(process.execPath, [...vitest, ...exclude, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, ARENARIA_COVERAGE: "1" },
});

/** @type {Set<number>} */
const hit = new Set();
for (const name of readdirSync(OUT)) {
  if (name.endsWith(".hits.json")) for (const id of JSON.parse(readFileSync(`${OUT}/${name}`, "utf8"))) hit.add(id);
}
const found = points.map(({ id, ...place }) => ({ ...place, hit: hit.has(id) }));
mkdirSync("coverage", { recursive: true });
writeFileSync("coverage/assembly.json", `${JSON.stringify(found, null, 1)}\n`);

const share = (/** @type {typeof found} */ some) => `${some.filter((point) => point.hit).length}/${some.length}`;
console.log("\nBlocks of assembly/ that the tests reach");
for (const file of new Set(found.map((point) => point.file))) {
  const missed = found.filter((point) => point.file === file && !point.hit);
  console.log(`${share(found.filter((point) => point.file === file)).padStart(9)}  ${file}`);
  for (const { line, kind } of missed) console.log(`           not reached: ${file}:${line} ${kind}`);
}
console.log(`${share(found).padStart(9)}  in all`);
process.exitCode = status ?? 1;
