import type { HolderResult } from "../ast/holders.js";
import { type Part as LifePart, PARTS } from "../ast/lifecycle.js";
import type { TreeOutcome } from "../ast/outcome.js";
import { decimal } from "../report/format.js";
import { treeLine } from "../report/tree.js";
import { LEFT, MARGIN, type Part, WIDTH } from "./page.js";
import * as colour from "./palette.js";
import { drawSheet } from "./sheet.js";
import { element, rectangle, text, title } from "./svg.js";

/** What a part of a life is called, and its place among the hues. */
const NAMES: Readonly<Record<LifePart, readonly [string, number]>> = {
  build: ["build", 0.17],
  walk: ["walk", 0.36],
  young: ["young collection", 0.62],
  full: ["full collection", 0.84],
  free: ["freeing it", 1],
};
const SPAN = WIDTH - MARGIN - LEFT;
const BAR = 20;
const PITCH = 30;
/** Space between the columns of the lower part. */
const GUTTER = 22;
/** Room for a figure behind the longest bar of its column. */
const FIGURE = 62;

/** Where the time goes: the life of a tree in everybody who holds it, as one bar each, and part by part. */
export function drawLives(outcome: TreeOutcome): string {
  const { results } = outcome;
  return drawSheet(`${outcome.facts.name}: the life of a syntax tree`, [treeLine(outcome)], describe(results), [
    { gap: 24, draw: (top) => drawWhole(results, top) },
    { gap: 34, draw: (top) => drawParts(results, top) },
  ]);
}

function totalOf({ times }: HolderResult): number {
  return PARTS.reduce((sum, part) => sum + times[part], 0);
}

/** One bar each: every part once, one after the other. */
function drawWhole(results: readonly HolderResult[], top: number): Part {
  const most = Math.max(0, ...results.map(totalOf)) || 1;
  const perMillisecond = (SPAN - FIGURE) / most;
  const bars = results.map((result, row) => {
    const y = top + 34 + row * PITCH;
    let x = LEFT;
    const pieces = PARTS.map((part) => {
      const width = result.times[part] * perMillisecond;
      const label = `${NAMES[part][0]}: ${decimal(result.times[part])} ms`;
      const piece = element("g", {}, title(label), rectangle(x, y, width, BAR, { fill: colour.hueAt(NAMES[part][1]) }));
      x += width;
      return piece;
    });
    const figure = text(x + 6, y + 14, `${decimal(totalOf(result))} ms`, { class: "small" });
    return element("g", { "data-holder": result.holder }, nameOf(result, y), ...pieces, figure);
  });
  const heading = text(LEFT, top, "one life: each part once", { class: "small quiet" });
  return { svg: element("g", {}, heading, drawKeys(top + 11), ...bars), height: 34 + results.length * PITCH };
}

function drawKeys(top: number): string {
  return PARTS.map((part, index) => {
    const [name, hue] = NAMES[part];
    const x = LEFT + index * 140;
    return rectangle(x, top, 12, 12, { fill: colour.hueAt(hue) }) + text(x + 18, top + 10, name, { class: "small" });
  }).join("");
}

/** A column of the lower part: a figure of each holder, with a scale of its own. */
interface Column {
  readonly name: string;
  readonly fill: string;
  readonly unit: string;
  valueOf(result: HolderResult): number;
}

const COLUMNS: readonly Column[] = [
  ...PARTS.map((part): Column => {
    const [name, hue] = NAMES[part];
    const [unit, factor] = part === "young" ? (["µs", 1000] as const) : (["ms", 1] as const);
    return { name, fill: colour.hueAt(hue), unit, valueOf: ({ times }) => times[part] * factor };
  }),
  { name: "bytes a node", fill: colour.LARGE, unit: "B", valueOf: ({ bytesPerNode }) => bytesPerNode },
];

/** The same part by part, each to a scale of its own, so that the short ones can be seen. */
function drawParts(results: readonly HolderResult[], top: number): Part {
  const pitch = (SPAN + GUTTER) / COLUMNS.length;
  const columns = COLUMNS.map((column, index) => {
    const x = LEFT + index * pitch;
    const most = Math.max(0, ...results.map((result) => column.valueOf(result))) || 1;
    const scale = (pitch - GUTTER - FIGURE) / most;
    const bars = results.map((result, row) => {
      const y = top + 14 + row * PITCH;
      const width = column.valueOf(result) * scale;
      const figure = `${decimal(column.valueOf(result))} ${column.unit}`;
      return (
        rectangle(x, y, Math.max(width, 0.5), BAR, { fill: column.fill }) +
        text(x + width + 5, y + 14, figure, { class: "small" })
      );
    });
    return text(x, top, column.name, { class: "small quiet" }) + bars.join("");
  });
  const names = results.map((result, row) => nameOf(result, top + 14 + row * PITCH));
  return { svg: element("g", {}, ...columns, ...names), height: 14 + results.length * PITCH };
}

function nameOf({ holder }: HolderResult, y: number): string {
  return text(LEFT - 10, y + 14, holder, { class: "small", "text-anchor": "end" });
}

/** The picture in words, for who cannot see it. */
function describe(results: readonly HolderResult[]): string {
  const said = results.map((result) => {
    const parts = PARTS.map((part) => `${NAMES[part][0]} ${decimal(result.times[part])} ms`).join(", ");
    return `${result.holder}: ${parts}, ${decimal(result.bytesPerNode)} bytes a node.`;
  });
  return `How long each part of the life of a tree takes. ${said.join(" ")}`;
}
