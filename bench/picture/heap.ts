import type { HeapMap } from "arenaria";
import { drawClasses } from "./classes.js";
import { drawLedger } from "./ledger.js";
import { drawLegend } from "./legend.js";
import { drawMap } from "./map.js";
import { LEFT, MARGIN, MONO, type Part, SANS, WIDTH } from "./page.js";
import * as colour from "./palette.js";
import { element, escapeText, rectangle, text } from "./svg.js";

const STYLE = `
text { font-family: ${SANS}; fill: ${colour.INK}; }
.heading { font-size: 20px; font-weight: 600; }
.small { font-size: 12px; }
.tiny { font-size: 10.5px; }
.mono { font-family: ${MONO}; }
.quiet { fill: ${colour.QUIET_INK}; }`;

/**
 * A heap as an SVG picture: where its memory goes, the memory itself row by row, and the size classes.
 * `lines` say what heap it is.
 */
export function drawHeap(map: HeapMap, heading: string, lines: readonly string[]): string {
  const parts: string[] = [text(LEFT, MARGIN + 18, heading, { class: "heading" })];
  let y = MARGIN + 40;
  for (const line of lines) {
    parts.push(text(LEFT, y, line, { class: "small quiet" }));
    y += 17;
  }
  const add = (gap: number, draw: (top: number) => Part) => {
    const part = draw(y + gap);
    parts.push(part.svg);
    y += gap + part.height;
  };
  add(14, (top) => drawLedger(map, top));
  add(26, drawLegend);
  add(14, (top) => drawMap(map, top));
  add(30, (top) => drawClasses(map, top));
  const height = Math.ceil(y + MARGIN);
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: "img",
      "aria-labelledby": "title description",
    },
    element("title", { id: "title" }, escapeText(heading)),
    element("desc", { id: "description" }, escapeText(describe(map, lines))),
    element("style", {}, STYLE),
    rectangle(0, 0, WIDTH, height, { fill: colour.BACKGROUND }),
    ...parts,
  );
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
