// Marks above the map: what the pointer is at, what was chosen, where the keys are.

import type { Box, Camera } from "./camera.js";
import type { Palette } from "./palette.js";
import type { Surface } from "./surface.js";
import type { Target, Targets } from "./targets.js";
import type { Tiling } from "./tiling.js";

export interface Marks {
  readonly hovered: Target | null;
  readonly chosen: Target | null;
  /** Only while the map has the focus. */
  readonly cursor: Target | null;
}

export class Overlay {
  readonly #surface: Surface;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  draw(marks: Marks, camera: Camera, targets: Targets, tiling: Tiling, palette: Palette): void {
    const context = this.#surface.begin();
    const { mark, ground } = palette.inks;
    const each = (target: Target, visit: (box: Box) => void) => {
      if (target.kind !== "chunk") visit(targets.boxOf(target));
      else tiling.spans(target.start, target.end, (x, y, width) => visit({ x, y, width, height: 1 }));
    };
    const frame = (box: Box, width: number, ink: string, grow: number) => {
      const x = Math.round(camera.toPixelX(box.x)) - grow;
      const y = Math.round(camera.toPixelY(box.y)) - grow;
      const right = Math.round(camera.toPixelX(box.x + box.width)) + grow - 1;
      const bottom = Math.round(camera.toPixelY(box.y + box.height)) + grow - 1;
      if (right < -50 || bottom < -50 || x > camera.width + 50 || y > camera.height + 50) return;
      context.strokeStyle = ink;
      context.lineWidth = width;
      context.strokeRect(x - width / 2, y - width / 2, Math.max(right - x, 2) + width, Math.max(bottom - y, 2) + width);
    };
    if (marks.hovered !== null) each(marks.hovered, (box) => frame(box, 1, mark, 0));
    if (marks.chosen !== null) {
      each(marks.chosen, (box) => frame(box, 4, ground, 0));
      each(marks.chosen, (box) => frame(box, 2, mark, 0));
    }
    if (marks.cursor === null) return;
    context.setLineDash([4, 3]);
    each(marks.cursor, (box) => frame(box, 2, mark, 2));
    context.setLineDash([]);
  }
}
