import { CELL, LEFT, type Part, ROW } from "./page.js";
import * as colour from "./palette.js";
import { element, rectangle, text } from "./svg.js";

const SCALE_WIDTH = 300;
const SCALE_HEIGHT = 12;
const STEPS = 60;
/** Bytes a block that are named under the scale of colours. */
const TICKS = [8, 16, 32, 64, 128, 256, 512];
const SHADES = [0, 0.25, 0.5, 0.75, 1];

/** What the colours of the map mean: block sizes, occupancy, and what is no pool. */
export function drawLegend(top: number): Part {
  return {
    svg: element("g", { "aria-hidden": "true" }, sizes(top), occupancy(top), others(top)),
    height: 44,
  };
}

function sizes(top: number): string {
  const step = SCALE_WIDTH / STEPS;
  const cells = Array.from({ length: STEPS }, (_, index) =>
    rectangle(LEFT + index * step, top + 6, step + 0.3, SCALE_HEIGHT, { fill: colour.hueAt((index + 0.5) / STEPS) }),
  );
  const ticks = TICKS.map((size) =>
    text(LEFT + colour.classPosition(size) * SCALE_WIDTH, top + 31, String(size), {
      class: "small",
      "text-anchor": "middle",
    }),
  );
  return [text(LEFT, top, "pool: bytes a block", { class: "small quiet" }), ...cells, ...ticks].join("");
}

function occupancy(top: number): string {
  const left = LEFT + SCALE_WIDTH + 48;
  const width = 36;
  const shades = SHADES.map((share, index) => {
    const x = left + index * width;
    // Two hues, so that pale is not taken for another size.
    const half = SCALE_HEIGHT / 2;
    return [
      rectangle(x, top + 6, width - 2, half, { fill: colour.hueAt(0.2, share) }),
      rectangle(x, top + 6 + half, width - 2, half, { fill: colour.hueAt(0.85, share) }),
      text(x + width / 2 - 1, top + 31, `${share * 100} %`, { class: "small", "text-anchor": "middle" }),
    ].join("");
  });
  return [text(left, top, "pool: blocks in use", { class: "small quiet" }), ...shades].join("");
}

function others(top: number): string {
  const left = LEFT + ROW - 330;
  const entries: readonly (readonly [string, string])[] = [
    ["large block", colour.LARGE],
    ["free for large blocks", colour.FREE],
    ["pool in no use", colour.VIRGIN],
    ["runtime, head page", colour.RUNTIME],
  ];
  const keys = entries.map(([name, fill], index) => {
    const x = left + (index % 2) * 175;
    const y = top + 16 + Math.floor(index / 2) * 16;
    return [
      rectangle(x, y - 9, CELL, 10, { fill, stroke: colour.LINE, "stroke-width": 0.75 }),
      text(x + CELL + 6, y, name, { class: "small" }),
    ].join("");
  });
  return [text(left, top, "and", { class: "small quiet" }), ...keys].join("");
}
