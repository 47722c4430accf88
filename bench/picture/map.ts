import type { ArenaMap, HeapMap, LargeMap, PoolMap } from "arenaria";
import { bytes, integer } from "../report/format.js";
import { CELL, hex, LEFT, type Part, REMARKS, ROW } from "./page.js";
import * as colour from "./palette.js";
import { element, rectangle, text, title } from "./svg.js";

const SLOT_BYTES = 262144;
const POOL_BYTES = 4096;
/** Height the rows try to keep within together. */
const MAP_HEIGHT = 900;
const ROW_LEAST = 5;
const ROW_MOST = 20;

/** Heights of rows, by how many there are. */
interface Rows {
  readonly top: number;
  readonly pitch: number;
  readonly height: number;
}

/** Linear memory, 256 KiB a row, address by address: arenas with their pools, and large blocks between. */
export function drawMap(map: HeapMap, top: number): Part {
  const lastArena = map.arenas.at(-1);
  const end = Math.max(map.memoryEnd, lastArena === undefined ? 0 : lastArena.address + SLOT_BYTES);
  const count = Math.ceil(end / SLOT_BYTES);
  const pitch = Math.min(Math.max(Math.floor(MAP_HEIGHT / count), ROW_LEAST), ROW_MOST);
  const rows = { top, pitch, height: pitch > 8 ? pitch - 3 : pitch - 1 };
  const parts = [
    drawRuntime(map, rows),
    ...map.arenas.map((arena) => drawArena(arena, map.memoryEnd, rows)),
    // After the arenas: pools may be lent to large blocks, which then cover them.
    ...map.regions.map((region) => drawRegion(region, map, rows)),
    ...map.large.map((chunk, index) => drawChunk(chunk, index, rows)),
    ...labels(map, count, rows),
  ];
  return { svg: element("g", {}, ...parts), height: count * pitch };
}

function yOf(address: number, rows: Rows): number {
  return rows.top + Math.floor(address / SLOT_BYTES) * rows.pitch;
}

function xOf(address: number): number {
  return LEFT + ((address % SLOT_BYTES) / SLOT_BYTES) * ROW;
}

/** The bytes from `start` to `end` as a path: a rectangle in each row they touch. */
function extent(start: number, end: number, rows: Rows): string {
  const pieces: string[] = [];
  for (let at = start; at < end; ) {
    const next = Math.min(end, (Math.floor(at / SLOT_BYTES) + 1) * SLOT_BYTES);
    const x = xOf(at);
    const width = ((next - at) / SLOT_BYTES) * ROW;
    const round = (value: number) => Math.round(value * 100) / 100;
    pieces.push(`M${round(x)} ${round(yOf(at, rows))}h${round(width)}v${rows.height}h${round(-width)}z`);
    at = next;
  }
  return pieces.join("");
}

function drawRegion(region: HeapMap["regions"][number], map: HeapMap, rows: Rows): string {
  const end = Math.min(region.address + region.bytes, map.memoryEnd);
  return element("path", { d: extent(region.address, end, rows), fill: colour.FREE });
}

/** What lies below everything else is the runtime's. */
function drawRuntime(map: HeapMap, rows: Rows): string {
  const end = Math.min(map.memoryEnd, ...[...map.regions, ...map.arenas].map(({ address }) => address));
  const about = title(`the runtime's own records: ${bytes(end)}`);
  return element("path", { d: extent(0, end, rows), fill: colour.RUNTIME }, about);
}

function drawChunk(chunk: LargeMap, index: number, rows: Rows): string {
  const kind = chunk.used ? "large" : "free";
  // Neighbours in two shades, since there is no room for a line between them.
  const fill = chunk.used ? (index % 2 === 0 ? colour.LARGE : colour.LARGE_NEXT) : colour.FREE;
  const about = title(`${chunk.used ? "large block" : "free"} at ${hex(chunk.address)}: ${integer(chunk.bytes)} bytes`);
  const d = extent(chunk.address, chunk.address + chunk.bytes, rows);
  return element("path", { class: kind, [`data-${kind}`]: hex(chunk.address), d, fill }, about);
}

function drawArena(arena: ArenaMap, memoryEnd: number, rows: Rows): string {
  const y = yOf(arena.address, rows);
  const head = rectangle(LEFT, y, CELL - 1, rows.height, { fill: colour.RUNTIME });
  const pools = arena.pools.map((pool) => drawPool(pool, y, memoryEnd, rows));
  return element("g", { class: "arena", "data-arena": hex(arena.address) }, head, ...pools);
}

function drawPool(pool: PoolMap, y: number, memoryEnd: number, rows: Rows): string {
  const occupied = pool.capacity > 0 ? pool.used / pool.capacity : 0;
  const committed = pool.address + POOL_BYTES <= memoryEnd;
  const outline = { stroke: colour.LINE, "stroke-width": 0.5, ...(committed ? {} : { "stroke-dasharray": "1 2" }) };
  const paint =
    pool.capacity > 0 ? { fill: colour.poolColour(pool.blockSize, occupied) } : { fill: colour.VIRGIN, ...outline };
  return element(
    "rect",
    { "data-pool": hex(pool.address), x: xOf(pool.address), y, width: CELL - 1, height: rows.height, ...paint },
    title(`pool at ${hex(pool.address)}: ${aboutPool(pool, committed)}`),
  );
}

function aboutPool({ state, blockSize, used, capacity }: PoolMap, committed: boolean): string {
  if (capacity > 0) return `${blockSize} bytes a block, ${used} of ${capacity} in use`;
  if (!committed) return "not taken from the engine yet";
  return state === "lent" ? "lent to large blocks" : `in no use (${state})`;
}

/** Addresses on the left, and on the right how full the row is; not at every row when rows are low. */
function labels(map: HeapMap, count: number, rows: Rows): string[] {
  const arenas = new Map(map.arenas.map((arena) => [Math.floor(arena.address / SLOT_BYTES), arena]));
  const every = Math.ceil(11 / rows.pitch);
  const found: string[] = [];
  for (let row = 0; row < count; row += every) {
    const y = rows.top + row * rows.pitch + rows.height / 2 + 3.5;
    found.push(text(LEFT - 10, y, hex(row * SLOT_BYTES), { class: "tiny mono quiet", "text-anchor": "end" }));
    if (every > 1) continue;
    const arena = arenas.get(row);
    found.push(text(REMARKS, y, arena ? aboutArena(arena) : aboutChunks(map, row), { class: "tiny quiet" }));
  }
  return found;
}

function aboutArena(arena: ArenaMap): string {
  const inUse = arena.pools.filter(({ capacity }) => capacity > 0);
  const used = inUse.reduce((sum, pool) => sum + pool.used * pool.blockSize, 0);
  const share = inUse.length === 0 ? 0 : used / (inUse.length * POOL_BYTES);
  const lent = arena.pools.filter(({ state }) => state === "lent").length;
  return `${inUse.length} pools, ${Math.round(share * 100)} % full${lent > 0 ? `, ${lent} lent` : ""}`;
}

function aboutChunks(map: HeapMap, row: number): string {
  const start = row * SLOT_BYTES;
  const beginning = map.large.filter(({ address, used }) => used && address >= start && address < start + SLOT_BYTES);
  if (beginning.length > 0) return `${beginning.length} large block${beginning.length === 1 ? "" : "s"}`;
  const through = map.large.some(({ address, bytes: size, used }) => used && address < start && address + size > start);
  return through ? "large block, continued" : "";
}
