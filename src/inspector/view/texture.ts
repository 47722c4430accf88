// The map with one pixel a page: what is seen from afar, and what the small map is made of. Only tiles that changed are written again.

import { POOL_BYTES } from "../../layout.js";
import {
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LARGE,
  PAGE_LENT,
  PAGE_RUNTIME,
  PAGE_USED,
  PAGE_VIRGIN,
} from "../model/pages.js";
import type { PoolMap } from "../model/poolmap.js";
import { type Palette, SHADES } from "./palette.js";
import { PAGES_PER_TILE, PITCH, SIDE, type Tiling } from "./tiling.js";

export class Texture {
  readonly canvas = document.createElement("canvas");
  readonly #context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
  #image: ImageData | null = null;
  #words = new Uint32Array(0);
  #drawn = new Uint32Array(0);
  #palette: Palette | null = null;
  #columns = 0;

  /** Pixels from the left upper corner, where tile 0 begins below the room for its name. */
  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  /** Writes what has changed. */
  update(map: PoolMap, tiling: Tiling, palette: Palette): void {
    const width = tiling.columns * PITCH;
    const height = tiling.rows * PITCH;
    if (this.#image === null || palette !== this.#palette || this.#columns !== tiling.columns || height > this.height) {
      this.#restart(width, height);
      this.#palette = palette;
      this.#columns = tiling.columns;
    }
    if (this.#drawn.length < map.changed.length) {
      const drawn = new Uint32Array(map.changed.length);
      drawn.set(this.#drawn);
      this.#drawn = drawn;
    }
    let top = Number.POSITIVE_INFINITY;
    let bottom = 0;
    for (let tile = 0; tile < Math.max(map.slots, tiling.tiles); tile++) {
      const changed = (map.changed[tile] ?? 0) + 1;
      if (this.#drawn[tile] === changed) continue;
      this.#drawn[tile] = changed;
      const y = tiling.tileY(tile);
      if (y + SIDE > this.height) break;
      this.#writeTile(map, tile, tiling.tileX(tile), y, palette);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + SIDE);
    }
    if (bottom > 0 && this.#image !== null) this.#context.putImageData(this.#image, 0, 0, 0, top, width, bottom - top);
  }

  #restart(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.#image = this.#context.createImageData(width, height);
    this.#words = new Uint32Array(this.#image.data.buffer);
    this.#drawn.fill(0);
  }

  #writeTile(map: PoolMap, tile: number, x: number, y: number, palette: Palette): void {
    const first = tile * PAGES_PER_TILE;
    const words = this.#words;
    for (let row = 0; row < SIDE; row++) {
      let at = (y + row) * this.width + x;
      for (let page = first + row * SIDE; page < first + (row + 1) * SIDE; page++) {
        words[at++] = wordOf(map, page, palette);
      }
    }
  }
}

function wordOf(map: PoolMap, page: number, palette: Palette): number {
  const used = map.used[page] as number;
  switch (map.state[page]) {
    case PAGE_USED:
    case PAGE_FULL:
      return palette.poolWord(((map.sizeClass[page] as number) + 1) * 8, used / (map.capacity[page] || 1));
    case PAGE_HEAD:
    case PAGE_RUNTIME:
      return palette.words.head;
    case PAGE_LARGE:
    case PAGE_LENT:
      return palette.largeShades[Math.round((used / POOL_BYTES) * (SHADES - 1))] as number;
    case PAGE_EMPTY:
      return palette.words.empty;
    case PAGE_VIRGIN:
      return palette.words.virgin;
    default:
      return 0;
  }
}
