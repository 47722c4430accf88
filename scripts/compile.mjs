// AssemblyScript to build/*.wasm, all targets of asconfig.json at the same time: node scripts/compile.mjs [TARGET…]
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const asc = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));
/** Not in asconfig.json, where asc takes a relative path for a package. */
const TRANSFORM = "./scripts/slow-paths.mjs";
/** What asc says of converging optimisation that made the core no smaller the last time: nothing to act on. */
const NOISE = "Last converge was suboptimal.";
const targets = process.argv.slice(2);
if (targets.length === 0) targets.push(...Object.keys(JSON.parse(readFileSync("asconfig.json", "utf8")).targets));

/**
 * @param {string} target a target of asconfig.json
 * @returns {Promise<boolean>} whether it compiled
 */
function compile(target) {
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [asc, "--target", target, "--transform", TRANSFORM], {
      stdio: ["inherit", "inherit", "pipe"],
    });
    createInterface({ input: run.stderr }).on("line", (line) => {
      if (line !== NOISE) console.error(line);
    });
    run.on("error", reject);
    run.on("close", (code) => resolve(code === 0));
  });
}

const compiled = await Promise.all(targets.map(compile));
const failed = targets.filter((_, i) => !compiled[i]);
if (failed.length > 0) {
  console.error(`asc failed for ${failed.join(", ")}`);
  process.exit(1);
}
