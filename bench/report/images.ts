// Saving and loading as a table: a row for each step, a part of the table for each graph.

import type { ImageRow } from "../suites/images.js";
import { bytes, decimal } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

const HEAD = ["", "ms", "ns a record", "GB/s", "against", "times as fast", "limit", ""];

/** A table for each graph, under a line that says how many bytes there are. `judgement`: the last cells. */
export function imageTable(
  rows: readonly ImageRow[],
  table: Table,
  judgement: (row: ImageRow) => readonly string[],
): string {
  const graphs = [...new Set(rows.map(({ graph }) => graph))];
  return graphs
    .map((graph) => {
      const own = rows.filter((row) => row.graph === graph);
      const [first, last] = [own[0] as ImageRow, own.at(-1) as ImageRow];
      const [, ...head] = HEAD;
      const lines = own.map((row) => [
        row.step,
        decimal(row.milliseconds),
        decimal(row.nanoseconds),
        decimal(row.gigabytes),
        row.against ?? "",
        row.faster === null ? "" : decimal(row.faster),
        ...judgement(row),
      ]);
      const about = `The image has ${bytes(first.bytes)}; v8.serialize makes ${bytes(last.bytes)} of the same as plain objects.`;
      return `${table([graph, ...head], lines)}\n\n${about}`;
    })
    .join("\n\n");
}
