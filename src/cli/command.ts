// What the commands share: the options that each has, how numbers are parsed, and what is wrong in one line.

import { type Command, CommanderError, InvalidArgumentError } from "commander";
import { HeapError } from "../errors.js";
import { TraceError } from "../traces/reader.js";
import { FAILED, MISUSED, Problem } from "./problem.js";

/** Options that each command has. */
export interface CommonOptions {
  readonly json?: true;
  readonly debug?: true;
}

/** Adds a command with the options that each has. */
export function addCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--json", "print one JSON document instead of tables")
    .option("--debug", "if it fails, print the stack as well");
}

/** Parses an integer of 1 or more. */
export function positive(value: string): number {
  return integerFrom(value, 1, Number.MAX_SAFE_INTEGER);
}

/** Parses the number of a port; 0 is any that is free. */
export function port(value: string): number {
  return integerFrom(value, 0, 65_535);
}

function integerFrom(value: string, least: number, most: number): number {
  const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (parsed >= least && parsed <= most) return parsed;
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `of ${least} … ${most}`;
  throw new InvalidArgumentError(`It must be an integer ${range}.`);
}

/** Says in one line why a command ended, and returns its status. */
export function statusOf(error: unknown, complain: (line: string) => void, debug: boolean): number {
  // Commander has said what is wrong itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const expected = error instanceof Problem || error instanceof TraceError || error instanceof HeapError;
  const line = message.replace(/\s*\n\s*/g, " ");
  complain(`arenaria: ${expected ? line : `${line}; this should not happen: --debug prints where it did`}`);
  if (debug && stack !== undefined) complain(stack);
  return error instanceof Problem ? error.status : FAILED;
}
