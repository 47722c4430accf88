// Compiles the benchmarks' own wasm modules into build/bench/. `npm run build` calls it after the core is built.

import { mkdirSync } from "node:fs";
import asc from "assemblyscript/asc";

const OUT = "build/bench";
/** Loops run in the memory of the allocator they call: they have no runtime and no data of their own. */
const LOOP = ["--runtime", "stub", "--importMemory", "--initialMemory", "1"];
const OPTIMIZE = ["-O3", "--noAssert"];

/** Compiles bench/assembly/`name`.ts to build/bench/`out`.wasm. */
const module = (name, out, options) =>
  compile([`bench/assembly/${name}.ts`, "--baseDir", ".", "--outFile", `${OUT}/${out}.wasm`, ...OPTIMIZE, ...options]);

async function compile(args) {
  const { error, stderr } = await asc.main(["--config", "none", ...args]);
  if (error) {
    process.stderr.write(`asc ${args.join(" ")}\n${stderr.toString()}${error.message}\n`);
    process.exit(1);
  }
}

mkdirSync(OUT, { recursive: true });
// A wasm import has to match the type of what is given for it: each loop for a free without result, and for a status.
for (const loop of ["replay", "shim"]) {
  await module(loop, loop, LOOP);
  await module(loop, `${loop}-status`, [...LOOP, "--use", "FREE_STATUS=1"]);
}
await module("floor", "floor", ["--runtime", "stub", "--initialMemory", "1"]);
// AssemblyScript's allocator, as a program compiled for speed gets it.
await module("tlsf", "tlsf", ["--runtime", "minimal"]);
