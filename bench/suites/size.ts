import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { projectPath } from "../paths.js";

/** Bytes of a module. */
export interface Size {
  readonly module: string;
  readonly bytes: number;
  readonly gzipped: number;
}

const MODULES: readonly (readonly [string, string])[] = [
  ["arenaria, release core", "build/release.wasm"],
  ["arenaria without misuse checks", "build/bench/unchecked.wasm"],
  ["AssemblyScript's TLSF", "build/bench/tlsf.wasm"],
];

/** How large the modules are, as they are and as a server would send them. */
export function sizes(): Size[] {
  return MODULES.map(([module, path]) => {
    const content = readFileSync(projectPath(path));
    return { module, bytes: content.length, gzipped: gzipSync(content, { level: 9 }).length };
  });
}
