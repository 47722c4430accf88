import type { HeapMap } from "arenaria";
import { bytes, percent } from "../report/format.js";
import { LEFT, type Part, ROW } from "./page.js";
import * as colour from "./palette.js";
import { element, rectangle, text, title } from "./svg.js";

const POOL_BYTES = 4096;
const BAR_HEIGHT = 18;

/** Where every byte of linear memory is. The entries add up to the end of memory. */
export interface LedgerEntry {
  readonly name: string;
  readonly bytes: number;
  readonly fill: string;
}

export function ledgerOf(map: HeapMap): LedgerEntry[] {
  let inUse = 0;
  let free = 0;
  let unusedPools = 0;
  for (const arena of map.arenas) {
    for (const pool of arena.pools) {
      inUse += pool.used * pool.blockSize;
      free += (pool.capacity - pool.used) * pool.blockSize;
      const isUnused = pool.state === "empty" || pool.state === "virgin";
      if (isUnused && pool.address + POOL_BYTES <= map.memoryEnd) unusedPools += POOL_BYTES;
    }
  }
  const large = sum(map.large.filter(({ used }) => used));
  const freeLarge = sum(map.large.filter(({ used }) => !used));
  const rest = map.memoryEnd - inUse - free - unusedPools - large - freeLarge;
  return [
    { name: "small blocks in use", bytes: inUse, fill: colour.hueAt(0.34) },
    { name: "large blocks in use", bytes: large, fill: colour.LARGE },
    { name: "free blocks in pools", bytes: free, fill: colour.hueAt(0.34, 0.2) },
    { name: "pools in no use", bytes: unusedPools, fill: colour.VIRGIN },
    { name: "free between large blocks", bytes: freeLarge, fill: colour.FREE },
    { name: "runtime, head pages, remainders", bytes: rest, fill: colour.RUNTIME },
  ];
}

function sum(chunks: HeapMap["large"]): number {
  return chunks.reduce((total, chunk) => total + chunk.bytes, 0);
}

/** One bar for all of linear memory, and under it what its pieces are. */
export function drawLedger(map: HeapMap, top: number): Part {
  const entries = ledgerOf(map);
  const pieces: string[] = [];
  const keys: string[] = [];
  let x = LEFT;
  entries.forEach((entry, index) => {
    const width = (entry.bytes / map.memoryEnd) * ROW;
    const share = percent(entry.bytes / map.memoryEnd);
    const outline = { stroke: colour.LINE, "stroke-width": 0.5 };
    pieces.push(
      element(
        "g",
        {},
        title(`${entry.name}: ${bytes(entry.bytes)}, ${share}`),
        rectangle(x, top, width, BAR_HEIGHT, { fill: entry.fill, ...outline }),
      ),
    );
    x += width;
    const keyX = LEFT + (index % 3) * (ROW / 3);
    const keyY = top + BAR_HEIGHT + 20 + Math.floor(index / 3) * 18;
    keys.push(
      rectangle(keyX, keyY - 9, 10, 10, { fill: entry.fill, stroke: colour.LINE, "stroke-width": 0.75 }),
      text(keyX + 16, keyY, `${entry.name}: ${bytes(entry.bytes)} (${share})`, { class: "small" }),
    );
  });
  const label = text(LEFT - 10, top + 13, "memory", { class: "small quiet", "text-anchor": "end" });
  const total = text(LEFT + ROW + 12, top + 13, bytes(map.memoryEnd), { class: "small" });
  return { svg: element("g", {}, label, ...pieces, total, ...keys), height: BAR_HEIGHT + 46 };
}
