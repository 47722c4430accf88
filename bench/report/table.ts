import Table from "cli-table3";
import type { Contestant } from "../allocators/allocator.js";
import { geometricMean } from "../statistics.js";
import { bytes, decimal, integer, percent } from "./format.js";
import type { Outcome, Result } from "./outcome.js";

/** What times are divided by. */
export const BASE = "tlsf";

const HEAD = [
  "trace",
  "operations",
  "peak live",
  "large",
  "allocator",
  "ns/op",
  "of TLSF",
  "peak memory",
  "÷ live",
  "failed",
];

/** The table of `npm start`: a row for each trace and allocator. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: HEAD,
    colAligns: ["left", "right", "right", "right", "left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
  outcomes.forEach((outcome, index) => {
    if (index > 0) table.push([{ colSpan: HEAD.length, content: "" }]);
    outcome.results.forEach((result, row) => {
      table.push([...(row === 0 ? traceCells(outcome) : ["", "", "", ""]), ...resultCells(outcome, result)]);
    });
  });
  return table.toString();
}

function traceCells({ trace, operations, profile }: Outcome): string[] {
  return [trace, integer(operations), bytes(profile.peakBytes), percent(profile.largeShare)];
}

function resultCells(outcome: Outcome, result: Result): string[] {
  const part = result.operations < outcome.operations ? "*" : "";
  return [
    result.allocator,
    `${decimal(result.nanoseconds)}${part}`,
    result.allocator === BASE ? "1" : decimal(result.overBase ?? Number.NaN),
    result.footprint === null ? "n/a" : bytes(result.footprint),
    result.footprint === null ? "n/a" : decimal(result.footprint / outcome.profile.peakBytes),
    integer(result.failures),
  ];
}

/** What the table's words mean, and who took part. */
export function footOf(outcomes: readonly Outcome[], contestants: readonly Contestant[]): string {
  const lines = contestants.map(({ name, description }) => `${name.padEnd(9)} ${description}`);
  lines.push(
    "",
    "large: share of the allocating calls that ask for more than 512 bytes.  of TLSF: time over TLSF's, median of rounds.",
    "peak memory: linear memory the allocator took (dlmalloc: how far its break moved), with nothing in it but the blocks.",
  );
  for (const { trace, operations, results } of outcomes) {
    for (const result of results) {
      if (result.error !== undefined) lines.push(`${trace} with ${result.allocator}: ${result.error}`);
      if (result.rounds === 0 || result.operations === operations) continue;
      lines.push(`* ${trace} with ${result.allocator}: only the first ${integer(result.operations)} operations`);
    }
  }
  const checked = outcomes.flatMap(({ results }) => results).filter(({ checks }) => checks !== undefined);
  if (checked.length > 0) {
    const checks = checked.reduce((sum, result) => sum + (result.checks ?? 0), 0);
    const left = Math.max(...checked.map(({ arenasLeft = 0 }) => arenasLeft));
    const arenas = left === 1 ? "1 arena is" : `${left} arenas are`;
    lines.push(
      `ours: verify() held ${integer(checks)} times on the way; with everything freed, at most ${arenas} left.`,
    );
  }
  lines.push(...means(outcomes));
  return lines.join("\n");
}

/** How everybody does against TLSF over all traces. */
function means(outcomes: readonly Outcome[]): string[] {
  if (outcomes.length < 2) return [];
  const whole = outcomes.flatMap(({ operations, results }) =>
    results.filter((result) => result.operations === operations),
  );
  const names = [...new Set(whole.map(({ allocator }) => allocator))];
  const found = names.flatMap((name) => {
    const ratios = whole.flatMap(({ allocator, overBase }) =>
      allocator === name && overBase !== null ? [overBase] : [],
    );
    return ratios.length === outcomes.length ? [`${name} ${decimal(geometricMean(ratios))}`] : [];
  });
  return found.length === 0 ? [] : [`of TLSF, geometric mean of the traces: ${found.join(", ")}`];
}
