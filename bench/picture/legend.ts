import { CELL, LEFT, type Part } from "./page.js";
import * as colour from "./palette.js";
import { type Attributes, element, rectangle, text } from "./svg.js";

const SCALE_WIDTH = 300;
const SCALE_HEIGHT = 12;
const STEPS = 60;
/** Bytes a block that are named under the scale of colours. */
const TICKS = [8, 16, 32, 64, 128, 256, 512];
const SHADE_WIDTH = 42;
/** Left edges of the columns of what is no pool. */
const COLUMNS = [0, 180];
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
  const width = SHADE_WIDTH;
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
  const left = LEFT + SCALE_WIDTH + 48 + SHADES.length * SHADE_WIDTH + 40;
  const line = { stroke: colour.LINE, "stroke-width": 0.75 };
  const entries: readonly (readonly [string, (x: number, y: number) => string])[] = [
    [
      "large blocks",
      (x, y) => swatch(x, y, colour.LARGE, {}, 0.5) + swatch(x + CELL / 2, y, colour.LARGE_NEXT, {}, 0.5),
    ],
    ["free, for large blocks", (x, y) => swatch(x, y, colour.FREE, line)],
    ["runtime, head page", (x, y) => swatch(x, y, colour.RUNTIME, {})],
    ["pool in no use", (x, y) => swatch(x, y, colour.VIRGIN, line)],
    ["not taken from the engine yet", (x, y) => swatch(x, y, colour.VIRGIN, { ...line, "stroke-dasharray": "1 2" })],
  ];
  const keys = entries.map(([name, draw], index) => {
    const x = left + (COLUMNS[Math.floor(index / 3)] as number);
    const y = top - 9 + (index % 3) * 16;
    return draw(x, y) + text(x + CELL + 6, y + 10, name, { class: "small" });
  });
  const scale = text(left + (COLUMNS[1] as number), top + 33, "a row is 256 KiB, a cell 4 KiB", {
    class: "small quiet",
  });
  return [...keys, scale].join("");
}

function swatch(x: number, y: number, fill: string, outline: Attributes, part = 1): string {
  return rectangle(x, y, CELL * part, 11, { fill, ...outline });
}
