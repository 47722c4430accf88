// What sys.debugMallocStats() says, as tables.

import type { MallocStats } from "../stats.js";
import { bytes, count, percent } from "./figures.js";
import { type Column, facts, table } from "./table.js";
import type { Terminal } from "./terminal.js";

const CLASSES: readonly Column[] = [
  ["block bytes", "right"],
  ["pools", "right"],
  ["used", "right"],
  ["free", "right"],
  ["bytes used", "right"],
  ["full", "right"],
];

export function mallocTables(terminal: Terminal, { classes, arenas, ledger, large }: MallocStats): string[] {
  const rows = classes.map(({ size, pools, used, available }) => [
    count(size),
    count(pools),
    count(used),
    count(available),
    bytes(size * used),
    percent(used / Math.max(1, used + available)),
  ]);
  return [
    ...table(terminal, "Size classes", CLASSES, rows),
    ...facts(terminal, "Arenas", [
      ["now", count(arenas.current), bytes(arenas.bytes)],
      ["at most", count(arenas.highWater)],
      ["taken so far", count(arenas.allocated)],
      ["given back", count(arenas.reclaimed)],
    ]),
    ...facts(terminal, "Bytes of arenas", [
      ["in blocks in use", count(ledger.allocated)],
      ["in free blocks of pools in use", count(ledger.available)],
      ["in unused pools", count(ledger.unusedPools)],
      ["in pools lent to large blocks", count(ledger.lentPools)],
      ["of pool headers", count(ledger.poolHeaders)],
      ["lost at the ends of pools", count(ledger.quantization)],
      ["total", count(ledger.total)],
    ]),
    ...facts(terminal, "Large blocks", [
      ["in use", count(large.blocks), bytes(large.bytes)],
      ["free between them", bytes(large.free)],
    ]),
  ];
}
