// Compiles the benchmarks' own wasm modules into build/bench/. `npm run build` calls it after the core is built.

import { mkdirSync } from "node:fs";
import asc from "assemblyscript/asc";

const OUT = "build/bench";
/** Loops run in the memory of the allocator they call: they have no runtime and no data of their own. */
const LOOP = ["--runtime", "stub", "--importMemory", "--initialMemory", "1"];
/** As the core itself is compiled. */
const SLOW_PATHS = ["--transform", "./scripts/slow-paths.mjs"];
const OPTIMIZE = ["-O3", "--noAssert"];

/** Compiles bench/assembly/`name`.ts to build/bench/`out`.wasm. */
const module = (name, out, options) =>
  compile([
    `bench/assembly/${name}.ts`,
    "--config",
    "none",
    "--outFile",
    `${OUT}/${out}.wasm`,
    ...OPTIMIZE,
    ...options,
  ]);

async function compile(args) {
  const { error, stderr } = await asc.main(args);
  if (error) {
    process.stderr.write(`asc ${args.join(" ")}\n${stderr.toString()}${error.message}\n`);
    process.exit(1);
  }
}

mkdirSync(OUT, { recursive: true });
// A wasm import has to match the type of what is given for it: each loop for a free without result, and for a status.
for (const loop of ["replay", "micro", "shim"]) {
  await module(loop, loop, LOOP);
  await module(loop, `${loop}-status`, [...LOOP, "--use", "FREE_STATUS=1"]);
}
await module("objects", "objects", LOOP);
// The same loops in one module with the core.
const INSIDE = [...LOOP, "--memoryBase", "65536", ...SLOW_PATHS, "--converge", "--use", "INSIDE_CORE=1"];
await module("inside", "inside-ours", INSIDE);
await module("insideobjects", "inside-objects", INSIDE);
await module("micro", "inside-tlsf", ["--runtime", "minimal", "--use", "INSIDE_TLSF=1"]);
await module("floor", "floor", ["--runtime", "stub", "--initialMemory", "1"]);
// AssemblyScript's allocator, as a program compiled for speed gets it.
await module("tlsf", "tlsf", ["--runtime", "minimal"]);
// The core that ships, but without the checks for misuse, to see what they cost.
await compile([
  ...["--target", "release", ...SLOW_PATHS, "--use", "abort=", "--use", "CFG_UNCHECKED=1"],
  ...["--outFile", `${OUT}/unchecked.wasm`, "--textFile", `${OUT}/unchecked.wat`],
]);
