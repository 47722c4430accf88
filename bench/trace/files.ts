// Files of traces: those that ship, and those that a command is given.

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Trace } from "#traces/format.js";
import { readTrace, TraceError, traceName } from "#traces/reader.js";
import { projectPath } from "../paths.js";

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

/** Reads a trace, gzipped or not. Throws TraceError. */
export async function readTraceFile(file: string): Promise<Trace> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new TraceError(file, 0, `cannot be read: ${code ?? String(cause)}`, { cause });
  }
  return readTrace(bytes, file);
}
