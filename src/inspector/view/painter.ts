// Draws the pages that are seen: from afar a pixel a page, closer each pool with how full it is, closer still its blocks.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import {
  BLOCK_USED,
  BLOCK_VIRGIN,
  HOLDS_BLOCKS,
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LARGE,
  PAGE_LENT,
  PAGE_RUNTIME,
  PAGE_USED,
  PAGE_VIRGIN,
} from "../model/pages.js";
import { tileKind } from "./about.js";
import { shortHex } from "./format.js";
import { drawChunks, drawRuntime } from "./largepainter.js";
import { PLAIN, SMALL, SMALL_MONO, writeLine } from "./letters.js";
import { gapOf, type Scene } from "./scene.js";
import { showsBlocks } from "./targets.js";
import { BODY_HEIGHT, BODY_WIDTH, BODY_X, BODY_Y, blockGrid, PAGES_PER_TILE, PITCH } from "./tiling.js";

/** Pixels of a page's side from which on pages are drawn one by one. */
const DRAWN_LEAST = 7;
/** Pixels of a page's side from which on tiles say where they begin. */
const NAMES_LEAST = 10;
/** Pixels that a line of letters needs. */
const LINE = 13;

const blocks = new Uint8Array(512);

export class Painter {
  readonly #context: CanvasRenderingContext2D;
  #scene!: Scene;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  /** Draws everything that the camera sees. */
  draw(scene: Scene): void {
    this.#scene = scene;
    const { camera, palette, tiling } = scene;
    const context = this.#context;
    context.fillStyle = palette.inks.ground;
    context.fillRect(0, 0, camera.width, camera.height);
    if (camera.scale < DRAWN_LEAST) this.#drawTexture();
    const firstRow = Math.max(0, Math.floor(camera.y / PITCH));
    const lastRow = Math.min(tiling.rows - 1, Math.floor(camera.toWorldY(camera.height) / PITCH));
    const firstColumn = Math.max(0, Math.floor(camera.x / PITCH));
    const lastColumn = Math.min(tiling.columns - 1, Math.floor(camera.toWorldX(camera.width) / PITCH));
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const tile = row * tiling.columns + column;
        if (tile >= tiling.tiles) continue;
        if (camera.scale >= DRAWN_LEAST) this.#drawTile(tile);
        if (camera.scale >= NAMES_LEAST) this.#nameTile(tile);
      }
    }
  }

  #drawTexture(): void {
    const { camera, texture } = this.#scene;
    const context = this.#context;
    context.imageSmoothingEnabled = camera.scale < 1;
    context.drawImage(
      texture.canvas,
      camera.toPixelX(0),
      camera.toPixelY(0),
      texture.width * camera.scale,
      texture.height * camera.scale,
    );
    if (camera.scale < 4) return;
    // A line between pages, as they have it when they are drawn one by one.
    context.fillStyle = this.#scene.palette.inks.ground;
    const { columns, rows } = this.#scene.tiling;
    for (let x = Math.max(0, Math.floor(camera.x)); x < Math.min(columns * PITCH, camera.toWorldX(camera.width)); x++) {
      context.fillRect(Math.round(camera.toPixelX(x + 1)) - 1, 0, 1, camera.height);
    }
    for (let y = Math.max(0, Math.floor(camera.y)); y < Math.min(rows * PITCH, camera.toWorldY(camera.height)); y++) {
      context.fillRect(0, Math.round(camera.toPixelY(y + 1)) - 1, camera.width, 1);
    }
  }

  /** Where a tile begins, above it. */
  #nameTile(tile: number): void {
    const { camera, palette, tiling, session } = this.#scene;
    const context = this.#context;
    const x = Math.round(camera.toPixelX(tiling.tileX(tile)));
    const y = Math.round(camera.toPixelY(tiling.tileY(tile)));
    context.textBaseline = "alphabetic";
    context.fillStyle = palette.inks.quiet;
    context.font = SMALL_MONO;
    const name = shortHex(tile * ARENA_BYTES);
    context.fillText(name, x, y - 3);
    if (camera.scale < 16) return;
    const width = context.measureText(name).width;
    context.font = SMALL;
    context.fillText(tileKind(session, tile), x + width + 6, y - 3);
  }

  #drawTile(tile: number): void {
    const { camera, session, tiling } = this.#scene;
    const first = tile * PAGES_PER_TILE;
    const { state } = session.map;
    let hasChunks = false;
    for (let index = 0; index < PAGES_PER_TILE; index++) {
      const page = first + index;
      const x0 = Math.round(camera.toPixelX(tiling.pageX(page)));
      const y0 = Math.round(camera.toPixelY(tiling.pageY(page)));
      const x1 = Math.round(camera.toPixelX(tiling.pageX(page) + 1));
      const y1 = Math.round(camera.toPixelY(tiling.pageY(page) + 1));
      if (x1 < 0 || y1 < 0 || x0 > camera.width || y0 > camera.height) continue;
      if (state[page] === PAGE_LARGE || state[page] === PAGE_LENT) hasChunks = true;
      this.#drawPage(page, x0, y0, x1 - x0 - gapOf(camera.scale), y1 - y0 - gapOf(camera.scale));
    }
    if (hasChunks) drawChunks(this.#context, this.#scene, tile * ARENA_BYTES, (tile + 1) * ARENA_BYTES);
    if (first === 0) drawRuntime(this.#context, this.#scene);
  }

  #drawPage(page: number, x: number, y: number, width: number, height: number): void {
    const { map } = this.#scene.session;
    const { inks } = this.#scene.palette;
    const context = this.#context;
    switch (map.state[page]) {
      case PAGE_USED:
      case PAGE_FULL:
        this.#drawPool(page, x, y, width, height);
        break;
      case PAGE_HEAD:
        context.fillStyle = inks.head;
        context.fillRect(x, y, width, height);
        if (width >= 44) writeLine(context, "head page", x + 5, y + 5, width, inks.ground);
        break;
      case PAGE_RUNTIME:
        context.fillStyle = inks.head;
        context.fillRect(x, y, width, height);
        break;
      case PAGE_LARGE:
      case PAGE_LENT:
        context.fillStyle = inks.free;
        context.fillRect(x, y, width, height);
        break;
      case PAGE_EMPTY:
        context.fillStyle = inks.empty;
        context.fillRect(x, y, width, height);
        this.#outline(x, y, width, height, []);
        if (width >= 44) writeLine(context, "empty", x + 5, y + 5, width, inks.quiet);
        break;
      case PAGE_VIRGIN:
        this.#drawVirgin(page, x, y, width, height);
        break;
    }
  }

  /** Never used: outlined with dots; beyond the end of memory only its corners are there. */
  #drawVirgin(page: number, x: number, y: number, width: number, height: number): void {
    const { session, palette } = this.#scene;
    const context = this.#context;
    if (page * POOL_BYTES >= session.map.memoryEnd) {
      context.fillStyle = palette.inks.line;
      context.fillRect(x + Math.floor(width / 2) - 1, y + Math.floor(height / 2) - 1, 2, 2);
      return;
    }
    this.#outline(x, y, width, height, [1, 2]);
    if (width >= 44) writeLine(context, "never used", x + 5, y + 5, width, palette.inks.quiet);
  }

  #outline(x: number, y: number, width: number, height: number, dashes: readonly number[]): void {
    const context = this.#context;
    context.strokeStyle = this.#scene.palette.inks.line;
    context.lineWidth = 1;
    context.setLineDash(dashes as number[]);
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    if (dashes.length > 0) context.setLineDash([]);
  }

  #drawPool(page: number, x: number, y: number, width: number, height: number): void {
    const { camera, palette, session } = this.#scene;
    const { map } = session;
    const context = this.#context;
    const size = ((map.sizeClass[page] as number) + 1) * 8;
    const used = map.used[page] as number;
    const capacity = map.capacity[page] as number;
    const holdsObjects = map.holds[page] !== HOLDS_BLOCKS;
    context.fillStyle = palette.pool(size, 0.06);
    context.fillRect(x, y, width, height);
    if (showsBlocks(camera.scale, capacity)) {
      context.fillStyle = palette.pool(size, 1);
      const band = Math.max(2, Math.round(camera.scale * (BODY_Y - 0.02)));
      context.fillRect(x, y, width, band);
      if (band >= LINE - 1) this.#writeBand(page, x, y, width, band);
      this.#drawBlocks(page, size);
    } else {
      const level = Math.max(1, Math.round((used / capacity) * height));
      context.fillStyle = palette.pool(size, 1);
      context.fillRect(x, y + height - level, width, level);
    }
    if (holdsObjects && width >= 9 && !showsBlocks(camera.scale, capacity)) this.#markObjects(x, y, width, height);
  }

  /** A spot in the lower right corner of pools of objects. */
  #markObjects(x: number, y: number, width: number, height: number): void {
    const side = Math.max(2, Math.round(width / 8));
    this.#context.fillStyle = this.#scene.palette.inks.ground;
    this.#context.fillRect(x + width - side - 2, y + height - side - 2, side, side);
  }

  #writeBand(page: number, x: number, y: number, width: number, band: number): void {
    const { map } = this.#scene.session;
    const size = ((map.sizeClass[page] as number) + 1) * 8;
    const what = map.holds[page] === HOLDS_BLOCKS ? "blocks" : "objects";
    const letters = this.#scene.palette.letters(size, 1);
    const top = y + Math.round((band - 11) / 2);
    const room = width - 8;
    const words = [`${size} B`, `${map.used[page]}/${map.capacity[page]}`, what, shortHex(page * POOL_BYTES)];
    const fitting = room >= 210 ? 4 : room >= 130 ? 3 : room >= 76 ? 2 : 1;
    writeLine(this.#context, words.slice(0, fitting).join(" · "), x + 4, top, room, letters);
  }

  #drawBlocks(page: number, size: number): void {
    const { camera, palette, session, tiling } = this.#scene;
    const context = this.#context;
    const capacity = session.blocksOf(page, blocks);
    const { columns, rows } = blockGrid(capacity);
    const left = camera.toPixelX(tiling.pageX(page) + BODY_X);
    const top = camera.toPixelY(tiling.pageY(page) + BODY_Y);
    const stepX = (camera.scale * BODY_WIDTH) / columns;
    const stepY = (camera.scale * BODY_HEIGHT) / rows;
    const gap = Math.min(stepX, stepY) >= 6 ? 1 : 0.5;
    const drawFree = stepY >= 7;
    const firstRow = Math.max(0, Math.floor(-top / stepY));
    const lastRow = Math.min(rows - 1, Math.floor((camera.height - top) / stepY));
    for (const kind of drawFree ? [BLOCK_USED, BLOCK_VIRGIN, 0] : [BLOCK_USED]) {
      context.beginPath();
      for (let row = firstRow; row <= lastRow; row++) {
        for (let column = 0, block = row * columns; column < columns && block < capacity; column++, block++) {
          if (blocks[block] !== kind) continue;
          const inset = kind === BLOCK_USED ? 0 : 0.5;
          context.rect(
            left + column * stepX + inset,
            top + row * stepY + inset,
            stepX - gap - 2 * inset,
            stepY - gap - 2 * inset,
          );
        }
      }
      if (kind === BLOCK_USED) {
        context.fillStyle = palette.pool(size, 0.92);
        context.fill();
      } else {
        context.strokeStyle = palette.pool(size, kind === BLOCK_VIRGIN ? 0.25 : 0.55);
        context.lineWidth = 1;
        context.setLineDash(kind === BLOCK_VIRGIN ? [1, 2] : []);
        context.stroke();
        context.setLineDash([]);
      }
    }
    if (stepX >= 46 && stepY >= LINE + 3) this.#writeBlocks(page, size, left, top, stepX, stepY, columns, capacity);
  }

  /** Types, addresses and contents, as far as there is room for them. */
  #writeBlocks(
    page: number,
    size: number,
    left: number,
    top: number,
    stepX: number,
    stepY: number,
    columns: number,
    capacity: number,
  ): void {
    const { camera, notes, palette } = this.#scene;
    const letters = palette.letters(size, 0.92);
    for (let block = 0; block < capacity; block++) {
      const x = left + (block % columns) * stepX;
      const y = top + Math.floor(block / columns) * stepY;
      if (x > camera.width || y > camera.height || x + stepX < 0 || y + stepY < 0) continue;
      const used = blocks[block] === BLOCK_USED;
      // Where nothing is there is nothing to be said, unless there is plenty of room.
      if (!used && stepY < 3 * LINE) continue;
      const lines = used
        ? notes.linesOf(page, block, size)
        : [blocks[block] === BLOCK_VIRGIN ? "never used" : "free", shortHex(page * POOL_BYTES + block * size)];
      const room = Math.floor((stepY - 6) / LINE);
      lines.slice(0, room).forEach((line, index) => {
        const ink = used ? letters : palette.inks.quiet;
        writeLine(this.#context, line, x + 5, y + 4 + index * LINE, stepX - 10, ink, index > 0 ? SMALL_MONO : PLAIN);
      });
    }
  }
}
