import type { HeapMap } from "arenaria";
import { drawClasses } from "./classes.js";
import { drawLedger } from "./ledger.js";
import { drawLegend } from "./legend.js";
import { drawMap } from "./map.js";
import { drawSheet } from "./sheet.js";

/**
 * A heap as an SVG picture: where its memory goes, the memory itself row by row, and the size classes.
 * `lines` say what heap it is.
 */
export function drawHeap(map: HeapMap, heading: string, lines: readonly string[]): string {
  return drawSheet(heading, lines, describe(map, lines), [
    { gap: 14, draw: (top) => drawLedger(map, top) },
    { gap: 26, draw: drawLegend },
    { gap: 14, draw: (top) => drawMap(map, top) },
    { gap: 30, draw: (top) => drawClasses(map, top) },
  ]);
}

/** The picture in words, for who cannot see it. */
function describe(map: HeapMap, lines: readonly string[]): string {
  const pools = map.arenas.flatMap((arena) => arena.pools).filter(({ capacity }) => capacity > 0).length;
  const large = map.large.filter(({ used }) => used).length;
  return [
    ...lines,
    `Linear memory, 256 KiB a row: ${map.arenas.length} arenas with ${pools} pools in use, and ${large} large blocks.`,
    "Pools are coloured by the size of their blocks, from violet for 8 bytes to red for 512, and paler the emptier they are.",
  ].join(" ");
}
