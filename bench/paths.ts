import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's directory: these files run from bench/ (tests) and from build/bench/ (npm scripts). */
export const PROJECT = projectDirectory(dirname(fileURLToPath(import.meta.url)));

function projectDirectory(directory: string): string {
  return existsSync(join(directory, "package.json")) ? directory : projectDirectory(dirname(directory));
}

/** Path of a file of the project. */
export function projectPath(...parts: string[]): string {
  return join(PROJECT, ...parts);
}

const modules = new Map<string, WebAssembly.Module>();

/** The compiled module of a wasm file; each file is compiled once, so that all its instances share the tiered-up code. */
export function wasmModule(path: string): WebAssembly.Module {
  let module = modules.get(path);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(path));
    modules.set(path, module);
  }
  return module;
}
