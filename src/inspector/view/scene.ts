// What the map is drawn from.

import type { Session } from "../model/session.js";
import type { Camera } from "./camera.js";
import type { Notes } from "./notes.js";
import type { Palette } from "./palette.js";
import type { Texture } from "./texture.js";
import type { Tiling } from "./tiling.js";

export interface Scene {
  readonly session: Session;
  readonly camera: Camera;
  readonly tiling: Tiling;
  readonly palette: Palette;
  readonly texture: Texture;
  readonly notes: Notes;
}

/** Pixels between pages at a scale. */
export function gapOf(scale: number): number {
  return scale >= 60 ? 2 : 1;
}
