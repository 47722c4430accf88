// Runs before each test file under `npm run coverage`: wherever a build of the core would be compiled, the instrumented
// one is, and what was hit is written down when the file is through.
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll } from "vitest";

const BUILDS = ["build/release.wasm", "build/debug.wasm"].map((file) => readFileSync(file));
const INSTRUMENTED = readFileSync("build/coverage/core.wasm");

/** @type {Set<number>} */
const hit = new Set();
const counters = { hit: (/** @type {number} */ id) => hit.add(id) };

/** @param {any} source a module or its bytes */
function instrumented(source) {
  const bytes = source instanceof ArrayBuffer ? Buffer.from(source) : source;
  return bytes instanceof Uint8Array && BUILDS.some((build) => build.equals(bytes)) ? INSTRUMENTED : source;
}
/** @param {any} imports */
const withCounters = (imports) => ({ ...imports, cov: counters });

const { Module, Instance, compile, instantiate } = WebAssembly;
WebAssembly.compile = (bytes) => compile(instrumented(bytes));
WebAssembly.instantiate = /** @type {any} */ (
  (/** @type {any} */ source, /** @type {any} */ imports) => instantiate(instrumented(source), withCounters(imports))
);
WebAssembly.Module = new Proxy(Module, {
  construct: (target, [bytes]) => new target(instrumented(bytes)),
  get: (target, name) =>
    name === "imports"
      ? (/** @type {WebAssembly.Module} */ module) => target.imports(module).filter((entry) => entry.module !== "cov")
      : Reflect.get(target, name),
});
WebAssembly.Instance = new Proxy(Instance, {
  construct: (target, [module, imports]) => new target(module, withCounters(imports)),
});

afterAll(() => writeFileSync(`build/coverage/${randomUUID()}.hits.json`, JSON.stringify([...hit])));
