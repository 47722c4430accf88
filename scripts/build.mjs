// Builds everything, in order: node scripts/build.mjs [--if-needed]
// With --if-needed, only if a source has changed since the last build that succeeded.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

const STEPS = ["build:core", "build:host", "build:programs", "build:bench"];
const SOURCES = [
  "assembly",
  "src",
  "bench",
  "scripts",
  "asconfig.json",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];
const RESULTS = [
  "dist/release.wasm",
  "dist/threads.wasm",
  "dist/src/index.js",
  "dist/cli/arenaria.js",
  "dist/inspector/index.js",
  "dist/inspector/page/page.js",
  "build/bench/start.js",
];
const NOT_SOURCES = /^(src\/generated|bench\/traces|bench\/results)$|\.md$/;
const STAMP = "build/sources.sha256";

/**
 * @param {string} path a file or a directory
 * @returns {string[]} the files in it, in the same order everywhere
 */
function filesIn(path) {
  if (NOT_SOURCES.test(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}

function fingerprint() {
  const hash = createHash("sha256").update(process.version);
  for (const file of SOURCES.flatMap(filesIn)) hash.update(`\n${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

const now = fingerprint();
const last = existsSync(STAMP) ? readFileSync(STAMP, "utf8") : "";
if (process.argv.includes("--if-needed") && now === last && RESULTS.every((file) => existsSync(file))) process.exit(0);

rmSync(STAMP, { force: true });
for (const step of STEPS) {
  const { status } = spawnSync("npm", ["run", "--silent", step], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`npm run ${step} failed`);
    process.exit(1);
  }
}
writeFileSync(STAMP, now);
