// Draws what is no pool: large blocks and the spaces between them, and the runtime's own bytes.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import { PAGE_LENT } from "../model/pages.js";
import type { Camera } from "./camera.js";
import { bytes, shortHex } from "./format.js";
import { writeLine } from "./letters.js";
import { hatch } from "./patterns.js";
import { gapOf, type Scene } from "./scene.js";
import { PITCH, SIDE } from "./tiling.js";

/** Pixels a stretch of a block needs to say how large it is, and to say where it is as well. */
const SIZE_ROOM = 52;
const ADDRESS_ROOM = 150;

/** Large blocks in use, as far as they lie between the addresses `start` and `end`. */
export function drawChunks(context: CanvasRenderingContext2D, scene: Scene, start: number, end: number): void {
  const { camera, palette, session, tiling } = scene;
  const { large, map } = session;
  const { inks } = palette;
  for (let index = firstFrom(large.address, large.bytes, large.count, start); index < large.count; index++) {
    const address = large.address[index] as number;
    if (address >= end) break;
    if (large.used[index] === 0) continue;
    const from = Math.max(address, start);
    const until = Math.min(address + (large.bytes[index] as number), end);
    const isLent = map.state[Math.floor(from / POOL_BYTES)] === PAGE_LENT;
    const size = bytes(large.bytes[index] as number);
    let isFirst = true;
    tiling.spans(from, until, (x, y, width) => {
      const { x0, y0, pixels, height } = pixelsOf(camera, x, y, width);
      if (x0 > camera.width || x0 + pixels < 0 || y0 > camera.height || y0 + height < 0) return;
      // Neighbours in two shades, since there is hardly room for a line between them.
      context.fillStyle = index % 2 === 0 ? inks.large : inks.largeNext;
      context.fillRect(x0, y0, pixels, height);
      if (isLent) hatch(context, x0, y0, pixels, height, inks.ground);
      if (isFirst && height >= 20 && pixels >= SIZE_ROOM) {
        const words = pixels >= ADDRESS_ROOM ? `${size} · ${shortHex(address)}` : size;
        writeLine(context, words, x0 + 5, y0 + 4, pixels - 10, inks.ground);
      }
      isFirst = false;
    });
  }
}

/** The runtime's own bytes, which end in the middle of a page. */
export function drawRuntime(context: CanvasRenderingContext2D, { camera, palette, session, tiling }: Scene): void {
  const end = session.large.count > 0 ? (session.large.address[0] as number) : 0;
  context.fillStyle = palette.inks.head;
  tiling.spans(0, Math.min(end, ARENA_BYTES), (x, y, width) => {
    const { x0, y0, pixels, height } = pixelsOf(camera, x, y, width);
    context.fillRect(x0, y0, pixels, height);
  });
}

/** A stretch of a row in whole pixels: at least one wide, and never over the edge of its row. */
function pixelsOf(camera: Camera, x: number, y: number, width: number) {
  const gap = gapOf(camera.scale);
  const rowEnd = Math.round(camera.toPixelX(Math.floor(x / PITCH) * PITCH + SIDE)) - gap;
  const left = Math.round(camera.toPixelX(x));
  const pixels = Math.max(1, Math.round(camera.toPixelX(x + width)) - gap - left);
  const y0 = Math.round(camera.toPixelY(y));
  const height = Math.round(camera.toPixelY(y + 1)) - y0 - gap;
  return { x0: Math.min(left, rowEnd - pixels), y0, pixels, height };
}

/** Index of the first chunk that ends behind `start`. */
function firstFrom(addresses: Uint32Array, sizes: Uint32Array, count: number, start: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((addresses[middle] as number) + (sizes[middle] as number) <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}
