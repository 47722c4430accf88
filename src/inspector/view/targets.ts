// What can be pointed at on the map: a tile, a page, a block of a pool, a large block or the space between two.

import { ARENA_BYTES, CHUNK_HEADER_BYTES, POOL_BYTES } from "../../layout.js";
import { PAGE_FULL, PAGE_LARGE, PAGE_LENT, PAGE_USED } from "../model/pages.js";
import type { Session } from "../model/session.js";
import type { Box } from "./camera.js";
import { BODY_HEIGHT, blockGrid, PAGES_PER_TILE, type Tiling } from "./tiling.js";

export interface Target {
  readonly kind: "tile" | "page" | "block" | "chunk";
  /** Bytes from `start` to `end`. */
  readonly start: number;
  readonly end: number;
  /** The page that it begins in. */
  readonly page: number;
  /** Number of a block in its pool; 0 for what is no block. */
  readonly block: number;
}

/** Pixels of a page's side from which on pages can be pointed at one by one. */
export const PAGE_LEVEL = 5;
/** Bytes at both ends of a region that are in no chunk. */
const EDGE = CHUNK_HEADER_BYTES;
/** Pixels of a block's height from which on blocks are drawn one by one. */
const BLOCK_LEAST = 3;

/** Whether the blocks of a pool are drawn one by one. */
export function showsBlocks(scale: number, capacity: number): boolean {
  return (scale * BODY_HEIGHT) / blockGrid(capacity).rows >= BLOCK_LEAST;
}

/** The scale at which a pool's blocks can be told apart well. */
export function scaleForBlocks(capacity: number): number {
  return (18 * blockGrid(capacity).rows) / BODY_HEIGHT;
}

function tileTarget(tile: number): Target {
  return {
    kind: "tile",
    start: tile * ARENA_BYTES,
    end: (tile + 1) * ARENA_BYTES,
    page: tile * PAGES_PER_TILE,
    block: 0,
  };
}

function pageTarget(page: number): Target {
  return { kind: "page", start: page * POOL_BYTES, end: (page + 1) * POOL_BYTES, page, block: 0 };
}

export function sameTarget(a: Target | null, b: Target | null): boolean {
  return a === b || (a !== null && b !== null && a.kind === b.kind && a.start === b.start && a.end === b.end);
}

/** Finds targets in the maps of a session. */
export class Targets {
  readonly #session: Session;
  readonly #tiling: Tiling;

  constructor(session: Session, tiling: Tiling) {
    this.#session = session;
    this.#tiling = tiling;
  }

  /** Whether the page is a pool that has blocks. */
  isPool(page: number): boolean {
    const state = this.#session.map.state[page];
    return state === PAGE_USED || state === PAGE_FULL;
  }

  /** What can be pointed at at this scale, at an address; null beyond the end. */
  atAddress(address: number, scale: number): Target | null {
    const { map } = this.#session;
    const tile = Math.floor(address / ARENA_BYTES);
    if (address < 0 || tile >= this.#tiling.tiles) return null;
    if (scale < PAGE_LEVEL) return tileTarget(tile);
    const page = Math.floor(address / POOL_BYTES);
    if (this.isPool(page) && showsBlocks(scale, map.capacity[page] as number)) return this.blockAt(address);
    if (map.state[page] === PAGE_LARGE || map.state[page] === PAGE_LENT) {
      // The edges of a region belong to no chunk.
      return this.chunkAt(address) ?? this.chunkAt(address + EDGE) ?? this.chunkAt(address - EDGE) ?? pageTarget(page);
    }
    return pageTarget(page);
  }

  /** The block of a pool that an address lies in; the page if it is no pool, or behind the last block. */
  blockAt(address: number): Target {
    const { map } = this.#session;
    const page = Math.floor(address / POOL_BYTES);
    if (!this.isPool(page)) return pageTarget(page);
    const bytes = ((map.sizeClass[page] as number) + 1) * 8;
    const block = Math.floor((address % POOL_BYTES) / bytes);
    if (block >= (map.capacity[page] as number)) return pageTarget(page);
    const start = page * POOL_BYTES + block * bytes;
    return { kind: "block", start, end: start + bytes, page, block };
  }

  /** The large block, or the space between two, that an address lies in. */
  chunkAt(address: number): Target | null {
    const { large } = this.#session;
    const index = large.indexOf(address);
    if (index < 0) return null;
    const start = large.address[index] as number;
    const end = start + (large.bytes[index] as number);
    return { kind: "chunk", start, end, page: Math.floor(start / POOL_BYTES), block: 0 };
  }

  /** The smallest thing that an address lies in, whatever the scale. */
  finest(address: number): Target | null {
    return this.atAddress(address, Number.POSITIVE_INFINITY);
  }

  /** What can be pointed at at this scale, at a place in the world. */
  atPlace(x: number, y: number, scale: number): Target | null {
    const { map } = this.#session;
    const tile = this.#tiling.tileAt(x, y);
    if (tile < 0) return null;
    if (scale < PAGE_LEVEL) return tileTarget(tile);
    const page = this.#tiling.pageAt(x, y);
    const capacity = map.capacity[page] as number;
    if (!this.isPool(page)) return this.atAddress(this.#tiling.addressAt(x, y), scale);
    if (!showsBlocks(scale, capacity)) return pageTarget(page);
    const block = this.#tiling.blockAt(page, x, y, capacity);
    const bytes = ((map.sizeClass[page] as number) + 1) * 8;
    return block < 0 ? pageTarget(page) : this.blockAt(page * POOL_BYTES + block * bytes);
  }

  /** Where a target lies on the map. */
  boxOf(target: Target): Box {
    if (target.kind === "tile") return this.#tiling.tileBox(Math.floor(target.page / PAGES_PER_TILE));
    if (target.kind === "page") return this.#tiling.pageBox(target.page);
    if (target.kind === "chunk") return this.#tiling.boxOf(target.start, target.end);
    return this.#tiling.blockBox(target.page, target.block, this.#session.map.capacity[target.page] || 1);
  }

  /** The target that a key leads to from another: the next in memory, or the one above or below it. */
  beside(from: Target, key: "left" | "right" | "up" | "down", scale: number): Target | null {
    if (key === "left" || key === "right") {
      const step = key === "left" ? -EDGE : EDGE;
      let address = key === "left" ? from.start - 1 : from.end;
      for (let tries = 0; tries < 3; tries++) {
        const found = this.atAddress(address, scale);
        if (!sameTarget(found, from)) return found;
        address += step;
      }
      return null;
    }
    const box = this.boxOf(from);
    const x = box.x + Math.min(box.width, 1) / 2;
    const down = key === "down";
    const step = from.kind === "block" ? box.height / 2 : 0.5;
    let y = down ? box.y + box.height : box.y;
    for (let tries = 0; tries < 12; tries++) {
      y += down ? step : -step;
      const found = this.atPlace(x, y, scale);
      if (found !== null && !sameTarget(found, from)) return found;
    }
    return null;
  }
}
