// What the commands share: options, and one sentence instead of a stack for mistakes of whoever runs them.

import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { TraceError } from "#traces/reader.js";
import type { Contestant } from "./allocators/allocator.js";
import { CONTESTANTS, EXTRAS } from "./allocators/contestants.js";
import { fromWasm } from "./allocators/foreign.js";
import { SourceError } from "./source.js";

/** Parses a count: an integer of 1 or more. */
export function count(value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1) throw new InvalidArgumentError("It must be an integer of 1 or more.");
  return parsed;
}

/** Parses names of allocators, separated by commas. */
export function allocators(value: string): Contestant[] {
  const all = [...CONTESTANTS, ...EXTRAS];
  return value.split(",").map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (!found) throw new InvalidArgumentError(`There are ${all.map(({ name }) => name).join(", ")}.`);
    return found;
  });
}

/** Parses `name=file` of another allocator, in addition to those before. */
export function stranger(value: string, before: readonly Contestant[]): Contestant[] {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (name === undefined || file === undefined) throw new InvalidArgumentError("It must be name=file.");
  return [...before, { name, description: file, create: () => fromWasm(name, resolve(file)) }];
}

/** Runs a command. A trace or a source that is no good ends it with its sentence and status 2. */
export async function main(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof TraceError || error instanceof SourceError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
