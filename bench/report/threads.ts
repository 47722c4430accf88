// One heap in several threads, as tables.

import type { AloneRow, TogetherRow, WaitRow } from "../suites/threads.js";
import { decimal, integer } from "./format.js";

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** What an operation costs one thread. */
export function aloneTable(rows: readonly AloneRow[], table: Table): string {
  return table(
    ["operation", "shared heap", "heap of one thread", "shared over it"],
    rows.map((row) => [row.case, decimal(row.shared), decimal(row.plain), decimal(row.overPlain)]),
  );
}

/** What threads take together. `judgement`: the last cells. */
export function togetherTable(
  rows: readonly TogetherRow[],
  table: Table,
  judgement: (row: TogetherRow) => readonly string[],
): string {
  return table(
    ["operation", "threads", "operations", "ms", "ns an operation", "over one thread", "switches", "limit", ""],
    rows.map((row) => [
      row.case,
      String(row.threads),
      integer(row.operations),
      decimal(row.milliseconds),
      decimal(row.nanoseconds),
      row.overOne === null ? "" : decimal(row.overOne),
      integer(row.switches),
      ...judgement(row),
    ]),
  );
}

/** How long threads wait for the lock. `judgement`: the last cells. */
export function waitTable(
  rows: readonly WaitRow[],
  table: Table,
  judgement: (row: WaitRow) => readonly string[],
): string {
  return table(
    ["others that have it in turn", "waits", "interval, ms", "median", "95 % within", "limit", ""],
    rows.map((row) => [
      String(row.others),
      integer(row.waits),
      decimal(row.interval),
      decimal(row.median),
      decimal(row.most95),
      ...judgement(row),
    ]),
  );
}
