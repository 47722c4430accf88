// Bytes of values as tables: a row for each kind and way to make it, a column for each length.

import type { SizeRow } from "../suites/sizes.js";
import { SHOWN, SHOWN_BITS } from "../values/sizes.js";
import { integer } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** Ours and, after a stroke, CPython's; bold where ours is larger and should not be. Ways with the same sizes are one row. */
export function bytesTable(rows: readonly SizeRow[], table: Table): string {
  const cell = (row: SizeRow) => {
    const sizes = `${integer(row.ours)} / ${integer(row.python)}`;
    return row.above ? `**${sizes}**` : sizes;
  };
  return tables(rows, table, cell);
}

/** Bytes of blocks. */
export function blocksTable(rows: readonly SizeRow[], table: Table): string {
  return tables(rows, table, ({ blocks }) => integer(blocks));
}

/** A table by length, and one by bits of integers. */
function tables(rows: readonly SizeRow[], table: Table, cell: (row: SizeRow) => string): string {
  const isInt = ({ type }: SizeRow) => type === "int";
  const parts = [
    table(
      ["length", ...SHOWN.map(integer)],
      linesOf(
        rows.filter((row) => !isInt(row)),
        SHOWN,
        cell,
      ),
    ),
    table(["bits of an int", ...SHOWN_BITS.map(integer)], linesOf(rows.filter(isInt), SHOWN_BITS, cell)),
  ];
  return parts.join("\n\n");
}

function linesOf(rows: readonly SizeRow[], lengths: readonly number[], cell: (row: SizeRow) => string): string[][] {
  /** Cells of each kind and way, and the ways that have the same ones. */
  const lines = new Map<string, { kind: string; ways: string[]; cells: string[] }>();
  const kinds = new Map<string, Map<string, SizeRow[]>>();
  for (const row of rows) {
    const kind = [row.type, row.contents].filter((word) => word !== "").join(", ");
    const ways = kinds.get(kind) ?? new Map<string, SizeRow[]>();
    kinds.set(kind, ways);
    ways.set(row.made, [...(ways.get(row.made) ?? []), row]);
  }
  for (const [kind, ways] of kinds) {
    for (const [way, ofWay] of ways) {
      const cells = lengths.map((length) => {
        const row = ofWay.find((other) => other.length === length);
        return row === undefined ? "" : cell(row);
      });
      const key = [kind, ...cells].join("|");
      const line = lines.get(key) ?? { kind, ways: [], cells };
      lines.set(key, line);
      line.ways.push(way);
    }
  }
  return [...lines.values()].map(({ kind, ways, cells }) => {
    const all = ways.length === kinds.get(kind)?.size;
    return [all ? kind : `${kind}: ${ways.join(", ")}`, ...cells];
  });
}
