// All of the map in small, in a corner, with what is seen of it; there only while that is not all.

import type { Camera } from "./camera.js";
import { element } from "./element.js";
import type { Palette } from "./palette.js";
import { Surface } from "./surface.js";
import type { Texture } from "./texture.js";
import type { Tiling } from "./tiling.js";

const WIDTH_MOST = 148;
const HEIGHT_MOST = 96;

export class Minimap {
  readonly element = element("canvas", { class: "minimap", "aria-hidden": "true", hidden: true });
  readonly #camera: Camera;
  readonly #surface: Surface;
  #perUnit = 1;

  constructor(camera: Camera, onMove: () => void) {
    this.#camera = camera;
    this.#surface = new Surface(this.element);
    const go = (event: PointerEvent) => {
      if (event.buttons === 0) return;
      const box = this.element.getBoundingClientRect();
      const x = (event.clientX - box.left) / this.#perUnit;
      const y = (event.clientY - box.top) / this.#perUnit;
      const { scale, width, height } = camera;
      camera.set({ x: x - width / scale / 2, y: y - height / scale / 2, scale });
      onMove();
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener("pointermove", go);
  }

  draw(texture: Texture, tiling: Tiling, palette: Palette): void {
    const camera = this.#camera;
    const { width, height } = tiling.bounds;
    this.element.hidden = camera.scale < camera.scaleFor(tiling.bounds) * 1.15;
    if (this.element.hidden) return;
    this.#perUnit = Math.min(WIDTH_MOST / width, HEIGHT_MOST / height);
    this.element.style.width = `${Math.round(width * this.#perUnit)}px`;
    this.element.style.height = `${Math.round(height * this.#perUnit)}px`;
    this.#surface.measure();
    const context = this.#surface.begin(palette.inks.ground);
    const per = this.#perUnit;
    context.imageSmoothingEnabled = per < 1;
    context.drawImage(texture.canvas, 0, 0, texture.width * per, texture.height * per);
    const seenWidth = Math.max(4, (camera.width / camera.scale) * per);
    const seenHeight = Math.max(4, (camera.height / camera.scale) * per);
    const x = Math.round(camera.x * per);
    const y = Math.round(camera.y * per);
    context.lineWidth = 3;
    context.strokeStyle = palette.inks.ground;
    context.strokeRect(x, y, seenWidth, seenHeight);
    context.lineWidth = 1.5;
    context.strokeStyle = palette.inks.mark;
    context.strokeRect(x, y, seenWidth, seenHeight);
  }
}
