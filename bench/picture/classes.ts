import type { HeapMap } from "arenaria";
import { bytes, percent } from "../report/format.js";
import { CELL, LEFT, type Part, ROW } from "./page.js";
import * as colour from "./palette.js";
import { element, rectangle, text, title } from "./svg.js";

const POOL_BYTES = 4096;
const CLASS_BYTES = 8;
const CLASSES = 64;
const HEIGHT = 96;

interface ClassBytes {
  readonly size: number;
  readonly pools: number;
  readonly used: number;
}

/** Bytes in pools, for each size of block; strong what is in use, pale what is free. */
export function drawClasses(map: HeapMap, top: number): Part {
  const classes = countClasses(map);
  const most = Math.max(POOL_BYTES, ...classes.map(({ pools }) => pools * POOL_BYTES));
  const base = top + 16 + HEIGHT;
  const bars = classes.filter(({ pools }) => pools > 0).map((entry) => drawBar(entry, base, most));
  const lines = [1, 0.5].map((share) => {
    const y = base - share * HEIGHT;
    return [
      element("line", { x1: LEFT, y1: y, x2: LEFT + ROW, y2: y, stroke: colour.LINE, "stroke-width": 0.75 }),
      text(LEFT - 10, y + 4, bytes(most * share), { class: "small quiet", "text-anchor": "end" }),
    ].join("");
  });
  const axis = element("line", {
    x1: LEFT,
    y1: base,
    x2: LEFT + ROW,
    y2: base,
    stroke: colour.QUIET_INK,
    "stroke-width": 1,
  });
  const ticks = [1, ...Array.from({ length: 8 }, (_, index) => (index + 1) * 8)].map((number) =>
    text(LEFT + (number - 0.5) * CELL, base + 15, String(number * CLASS_BYTES), {
      class: "small",
      "text-anchor": "middle",
    }),
  );
  const heading = text(LEFT, top, "bytes in pools, by bytes a block: strong is in use, pale is free", {
    class: "small quiet",
  });
  return { svg: element("g", {}, heading, ...lines, ...bars, axis, ...ticks), height: HEIGHT + 40 };
}

function countClasses(map: HeapMap): ClassBytes[] {
  const pools = new Array<number>(CLASSES).fill(0);
  const used = new Array<number>(CLASSES).fill(0);
  for (const pool of map.arenas.flatMap((arena) => arena.pools)) {
    if (pool.capacity === 0) continue;
    const index = pool.blockSize / CLASS_BYTES - 1;
    pools[index] = (pools[index] ?? 0) + 1;
    used[index] = (used[index] ?? 0) + pool.used * pool.blockSize;
  }
  return pools.map((count, index) => ({ size: (index + 1) * CLASS_BYTES, pools: count, used: used[index] as number }));
}

function drawBar({ size, pools, used }: ClassBytes, base: number, most: number): string {
  const x = LEFT + (size / CLASS_BYTES - 1) * CELL + 1;
  const width = CELL - 2;
  const all = ((pools * POOL_BYTES) / most) * HEIGHT;
  const part = (used / most) * HEIGHT;
  return element(
    "g",
    {},
    title(`${size} bytes a block: ${pools} pools, ${percent(used / (pools * POOL_BYTES))} in use`),
    rectangle(x, base - all, width, all, { fill: colour.poolColour(size, 0.15) }),
    rectangle(x, base - part, width, part, { fill: colour.poolColour(size, 1) }),
  );
}
