// Heap snapshots as a table: a row for each of the two, a part of the table for each graph.

import type { SnapshotRow } from "../suites/snapshots.js";
import { bytes, decimal, integer } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

const HEAD = ["nodes", "edges", "file", "ms", "ns a node", "memory more", "whyAlive, ms", "limit", ""];

/** A table for each graph. `judgement`: the last cells. */
export function snapshotTable(
  rows: readonly SnapshotRow[],
  table: Table,
  judgement: (row: SnapshotRow) => readonly string[],
): string {
  const graphs = [...new Set(rows.map(({ graph }) => graph))];
  return graphs
    .map((graph) => {
      const lines = rows
        .filter((row) => row.graph === graph)
        .map((row) => [
          row.by,
          integer(row.nodes),
          integer(row.edges),
          bytes(row.bytes),
          decimal(row.milliseconds),
          decimal(row.nanoseconds),
          row.memory === null ? "" : bytes(row.memory),
          row.why === null ? "" : decimal(row.why),
          ...judgement(row),
        ]);
      return table([graph, ...HEAD], lines);
    })
    .join("\n\n");
}
