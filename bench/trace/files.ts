import { readdirSync } from "node:fs";
import { projectPath } from "../paths.js";
import { traceName } from "./reader.js";

const SHIPPED = projectPath("bench", "traces");

/** The traces that come with the project, in alphabetical order. */
export function shippedTraces(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => /\.atrc(\.gz)?$/.test(file))
    .sort()
    .map((file) => `${SHIPPED}/${file}`);
}

/** The files a command is about: those named, where a bare name means a shipped trace; all shipped ones if none is. */
export function traceFiles(named: readonly string[]): string[] {
  const shipped = shippedTraces();
  if (named.length === 0) return shipped;
  return named.map((name) => shipped.find((file) => traceName(file) === name) ?? name);
}
