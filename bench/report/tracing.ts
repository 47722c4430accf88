// Traced allocations as tables.

import type { TraceRow, TracingRow } from "../suites/tracing.js";
import { STATES } from "../tracing/task.js";
import { decimal, integer } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** A row for each operation: nanoseconds, and in brackets how many times those of the process that never traced. */
export function tracingTable(
  rows: readonly TracingRow[],
  table: Table,
  judgement: (row: TracingRow) => readonly string[],
): string {
  const cases = [...new Set(rows.map((row) => row.case))];
  const lines = cases.map((name) => {
    const own = rows.filter((row) => row.case === name);
    const cells = STATES.map((state) => {
      const row = own.find(({ by }) => by === state);
      if (row === undefined) return "";
      return `${decimal(row.nanoseconds)}${row.overNever === null ? "" : ` (${decimal(row.overNever)})`}`;
    });
    const judged = own.find(({ met }) => met !== null);
    return [name, ...cells, ...(judged === undefined ? ["", ""] : judgement(judged))];
  });
  return table(["operation", "never traced", "after tracing", "1 frame", "25 frames", "limit", ""], lines);
}

/** What many traces take. */
export function bulkTable(rows: readonly TraceRow[], table: Table): string {
  const head = [
    "kept of a stack",
    "traces",
    "bytes a trace",
    "snapshot, ms",
    "by line, ms",
    "as JSON, ms",
    "JSON, bytes a trace",
  ];
  const lines = rows.map((row) => [
    row.by,
    integer(row.traces),
    decimal(row.bytes),
    decimal(row.snapshot),
    decimal(row.statistics),
    decimal(row.json),
    decimal(row.jsonBytes),
  ]);
  return table(head, lines);
}
