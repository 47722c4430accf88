// The way of the camera from one place to another, unless the system asks for less motion.

import type { Camera } from "./camera.js";

const DURATION = 220;
/** Places that the way back leads to. */
const HISTORY_MOST = 50;

export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export class Flight {
  readonly #camera: Camera;
  readonly #still = globalThis.matchMedia("(prefers-reduced-motion: reduce)");
  readonly #history: View[] = [];
  #from: View | null = null;
  #to: View | null = null;
  #start = 0;

  constructor(camera: Camera) {
    this.#camera = camera;
  }

  get isOn(): boolean {
    return this.#to !== null;
  }

  get canGoBack(): boolean {
    return this.#history.length > 0;
  }

  /** Begins a flight that the way back leads back from. */
  to(view: View): void {
    const { x, y, scale } = this.#camera;
    this.#history.push({ x, y, scale });
    if (this.#history.length > HISTORY_MOST) this.#history.shift();
    this.#begin(view);
  }

  /** Back to where the last flight began. Null if there was none. */
  back(): View | null {
    const view = this.#history.pop() ?? null;
    if (view !== null) this.#begin(view);
    return view;
  }

  /** Forgets where it has been. */
  reset(): void {
    this.#history.length = 0;
    this.stop();
  }

  /** Without motion it is over at once. */
  #begin(view: View): void {
    const { x, y, scale } = this.#camera;
    if (this.#still.matches) {
      this.#camera.set(view);
      return;
    }
    this.#from = { x, y, scale };
    this.#to = view;
    this.#start = performance.now();
  }

  /** Stays where it is. */
  stop(): void {
    this.#to = null;
  }

  /** Goes on to where it is at this time. True if the camera has moved. */
  advance(now: number): boolean {
    const from = this.#from;
    const to = this.#to;
    if (from === null || to === null) return false;
    const share = Math.min(1, Math.max(0, (now - this.#start) / DURATION));
    const eased = 1 - (1 - share) ** 3;
    // Sizes grow by factors; the point that keeps its place on the screen follows from both ends.
    const scale = from.scale * (to.scale / from.scale) ** eased;
    const weight = to.scale === from.scale ? eased : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale);
    this.#camera.set({ x: from.x + (to.x - from.x) * weight, y: from.y + (to.y - from.y) * weight, scale });
    if (share === 1) this.#to = null;
    return true;
  }
}
