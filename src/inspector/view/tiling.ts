// Where memory lies on the map: a tile of 8 × 8 pages for each 256 KiB, row by row, with the width of a page between
// tiles.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import type { Box } from "./camera.js";

/** Pages of a tile's side. */
export const SIDE = 8;
export const PAGES_PER_TILE = SIDE * SIDE;
/** From a tile to the next. */
export const PITCH = SIDE + 1;
/** Where the blocks of a pool lie in its page, in shares of its side: below a band that says what pool it is. */
export const BODY_X = 0.03;
export const BODY_Y = 0.08;
export const BODY_WIDTH = 1 - 2 * BODY_X;
export const BODY_HEIGHT = 1 - BODY_Y - BODY_X;

/** Numbers of tiles for which the map is laid out, so that it does not change its shape with every arena. */
function roomFor(tiles: number): number {
  let room = 8;
  while (room < tiles) room = Math.ceil(room * 1.5);
  return room;
}

/** How the blocks of a pool are arranged within it: wider than high, so that letters have room. */
export function blockGrid(capacity: number): { columns: number; rows: number } {
  const columns = Math.max(1, Math.round(Math.sqrt(capacity / 2)));
  return { columns, rows: Math.ceil(capacity / columns) };
}

export class Tiling {
  columns = 1;
  tiles = 0;
  #room = 0;
  #aspect = 0;

  /** Lays out so many tiles for a view of this width by height. True if tiles have moved. */
  arrange(tiles: number, aspect: number): boolean {
    this.tiles = tiles;
    const room = roomFor(tiles);
    if (room === this.#room && Math.abs(aspect - this.#aspect) < 0.01) return false;
    this.#room = room;
    this.#aspect = aspect;
    let best = 0;
    for (let columns = 1; columns <= room; columns++) {
      const rows = Math.ceil(room / columns);
      const scale = Math.min(aspect / (columns * PITCH - 1), 1 / (rows * PITCH));
      if (scale <= best) continue;
      best = scale;
      this.columns = columns;
    }
    return true;
  }

  get rows(): number {
    return Math.max(1, Math.ceil(this.tiles / this.columns));
  }

  get bounds(): Box {
    const columns = Math.min(this.columns, Math.max(this.tiles, 1));
    return { x: 0, y: 0, width: columns * PITCH - 1, height: this.rows * PITCH };
  }

  tileX(tile: number): number {
    return (tile % this.columns) * PITCH;
  }

  /** Above each tile there is room for its name. */
  tileY(tile: number): number {
    return Math.floor(tile / this.columns) * PITCH + 1;
  }

  tileBox(tile: number): Box {
    return { x: this.tileX(tile), y: this.tileY(tile), width: SIDE, height: SIDE };
  }

  pageX(page: number): number {
    return this.tileX(Math.floor(page / PAGES_PER_TILE)) + (page % SIDE);
  }

  pageY(page: number): number {
    return this.tileY(Math.floor(page / PAGES_PER_TILE)) + Math.floor((page % PAGES_PER_TILE) / SIDE);
  }

  pageBox(page: number): Box {
    return { x: this.pageX(page), y: this.pageY(page), width: 1, height: 1 };
  }

  /** A block of a pool, by its number and how many of them the pool has. */
  blockBox(page: number, block: number, capacity: number): Box {
    const { columns, rows } = blockGrid(capacity);
    return {
      x: this.pageX(page) + BODY_X + ((block % columns) / columns) * BODY_WIDTH,
      y: this.pageY(page) + BODY_Y + (Math.floor(block / columns) / rows) * BODY_HEIGHT,
      width: BODY_WIDTH / columns,
      height: BODY_HEIGHT / rows,
    };
  }

  /** The block of a pool at a place in the world; −1 if there is none. */
  blockAt(page: number, x: number, y: number, capacity: number): number {
    const { columns, rows } = blockGrid(capacity);
    const column = Math.floor(((x - this.pageX(page) - BODY_X) / BODY_WIDTH) * columns);
    const row = Math.floor(((y - this.pageY(page) - BODY_Y) / BODY_HEIGHT) * rows);
    if (column < 0 || row < 0 || column >= columns || row >= rows) return -1;
    const block = row * columns + column;
    return block < capacity ? block : -1;
  }

  /** The tile at a place in the world; −1 between tiles and beyond them. */
  tileAt(x: number, y: number): number {
    const column = Math.floor(x / PITCH);
    const row = Math.floor((y - 1) / PITCH);
    if (column < 0 || column >= this.columns || row < 0) return -1;
    if (x - column * PITCH >= SIDE || y - 1 - row * PITCH >= SIDE) return -1;
    const tile = row * this.columns + column;
    return tile < this.tiles ? tile : -1;
  }

  /** The page at a place in the world; −1 where there is none. */
  pageAt(x: number, y: number): number {
    const tile = this.tileAt(x, y);
    if (tile < 0) return -1;
    const column = Math.floor(x - this.tileX(tile));
    const row = Math.floor(y - this.tileY(tile));
    return tile * PAGES_PER_TILE + row * SIDE + column;
  }

  /** The address at a place in the world, to the byte along the row of its page; −1 where there is none. */
  addressAt(x: number, y: number): number {
    const page = this.pageAt(x, y);
    return page < 0
      ? -1
      : page * POOL_BYTES + Math.min(POOL_BYTES - 1, Math.floor((x - this.pageX(page)) * POOL_BYTES));
  }

  /**
   * Calls `visit` for each stretch of a row that the bytes from `start` to `end` take: x, y and width in world units. Rows of a tile are
   * 32 KiB.
   */
  spans(start: number, end: number, visit: (x: number, y: number, width: number) => void): void {
    const row = SIDE * POOL_BYTES;
    for (let at = start; at < end; ) {
      const next = Math.min(end, (Math.floor(at / row) + 1) * row);
      const tile = Math.floor(at / ARENA_BYTES);
      const x = this.tileX(tile) + (at % row) / POOL_BYTES;
      const y = this.tileY(tile) + Math.floor((at % ARENA_BYTES) / row);
      visit(x, y, (next - at) / POOL_BYTES);
      at = next;
    }
  }

  /** The smallest box around these bytes. */
  boxOf(start: number, end: number): Box {
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = 0;
    let bottom = 0;
    this.spans(start, end, (x, y, width) => {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + width);
      bottom = Math.max(bottom, y + 1);
    });
    return { x: left, y: top, width: right - left, height: bottom - top };
  }
}
