// Weak collections as a table: a row for each operation, a column for each number of entries.

import type { WeakRow } from "../suites/weak.js";
import { decimal, integer } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** Ours, JavaScript's where it has the like, and CPython's, with strokes between; then how ours grows. `judgement`: the last cells. */
export function weakTable(
  rows: readonly WeakRow[],
  table: Table,
  judgement: (row: WeakRow) => readonly string[],
): string {
  const names = [...new Set(rows.map((row) => row.case))];
  const sizes = [...new Set(rows.map(({ size }) => size ?? 0))];
  const cell = (row: WeakRow | undefined) => {
    if (row === undefined) return "";
    return [row.ours, row.plain, row.python].map((time) => (time === null ? "–" : decimal(time))).join(" / ");
  };
  const lines = names.map((name) => {
    const own = rows.filter((row) => row.case === name);
    const last = own.at(-1) as WeakRow;
    return [
      name,
      ...sizes.map((size) => cell(own.find((row) => row.size === size))),
      last.growth === null ? "" : decimal(last.growth),
      ...judgement(last),
    ];
  });
  return table(["operation", ...sizes.map(integer), "growth", "limit", ""], lines);
}
