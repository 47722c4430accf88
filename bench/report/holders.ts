// What the tables of those that hold the same thing have in common.

import Table from "cli-table3";
import { type HolderFailure, type HolderProgram, OURS } from "../objects/holders.js";

/** A table whose first column is names and whose others are numbers. */
export function holderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    colAligns: ["left", ...head.slice(1).map(() => "right" as const)],
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** A line for each holder: what it is, with its version, and why it has no row if it has none. */
export function holderLines(
  programs: readonly HolderProgram[],
  results: readonly { readonly holder: string; readonly version: string }[],
  failures: readonly HolderFailure[],
): string[] {
  return programs.map(({ name, description }) => {
    const result = results.find(({ holder }) => holder === name);
    const failure = failures.find(({ holder }) => holder === name);
    const version = result === undefined || name === OURS ? "" : `, ${result.version}`;
    const trouble = failure === undefined ? "" : failure.missing ? ": not on this machine" : `: ${failure.error}`;
    return `${name.padEnd(10)} ${description}${version}${trouble}`;
  });
}
