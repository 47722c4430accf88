// Which part of the map is seen, and how large. World units are pools: one unit is the side of a pool.

/** A rectangle in world units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of a pool's side at most: 512 blocks of 8 bytes then have room for their addresses. */
const SCALE_MOST = 6000;
/** How small the map gets, as a share of where all of it fits. */
const SHRINK = 0.6;
/** Space around all of the map, in pixels. */
const MARGIN = 14;

export class Camera {
  /** World coordinates of the left upper corner. */
  x = 0;
  y = 0;
  /** Pixels a unit. */
  scale = 1;
  width = 1;
  height = 1;
  #bounds: Box = { x: 0, y: 0, width: 1, height: 1 };

  /** Size of what is seen in CSS pixels, and of the world in units. */
  resize(width: number, height: number, bounds: Box): void {
    this.width = width;
    this.height = height;
    this.#bounds = bounds;
  }

  get bounds(): Box {
    return this.#bounds;
  }

  /** Scale at which `box` fills the view up to a margin in pixels. */
  scaleFor(box: Box, margin = MARGIN): number {
    const width = Math.max(this.width - 2 * margin, 1);
    const height = Math.max(this.height - 2 * margin, 1);
    return Math.min(width / box.width, height / box.height, SCALE_MOST);
  }

  /** Where the camera has to be for `box` to be in the middle. */
  viewOf(box: Box, margin = MARGIN): { x: number; y: number; scale: number } {
    const scale = this.scaleFor(box, margin);
    return {
      x: box.x + box.width / 2 - this.width / scale / 2,
      y: box.y + box.height / 2 - this.height / scale / 2,
      scale,
    };
  }

  fit(): void {
    this.set(this.viewOf(this.#bounds));
  }

  set(view: { x: number; y: number; scale: number }): void {
    this.x = view.x;
    this.y = view.y;
    this.scale = view.scale;
    this.#clamp();
  }

  /** What is under a pixel stays there. */
  zoomAt(pixelX: number, pixelY: number, factor: number): void {
    const least = this.scaleFor(this.#bounds) * SHRINK;
    const scale = Math.min(Math.max(this.scale * factor, least), SCALE_MOST);
    this.x += pixelX / this.scale - pixelX / scale;
    this.y += pixelY / this.scale - pixelY / scale;
    this.scale = scale;
    this.#clamp();
  }

  panBy(pixelsX: number, pixelsY: number): void {
    this.x += pixelsX / this.scale;
    this.y += pixelsY / this.scale;
    this.#clamp();
  }

  /** Moves as little as is needed for `box` to be seen. */
  reveal(box: Box, margin = 24): void {
    const space = margin / this.scale;
    const right = box.x + box.width + space - this.width / this.scale;
    const bottom = box.y + box.height + space - this.height / this.scale;
    if (this.x < right) this.x = right;
    if (this.y < bottom) this.y = bottom;
    if (this.x > box.x - space) this.x = box.x - space;
    if (this.y > box.y - space) this.y = box.y - space;
    this.#clamp();
  }

  /** The middle of what is seen stays within the world; a side that is smaller than the view stays in the middle. */
  #clamp(): void {
    const { x, y, width, height } = this.#bounds;
    this.x = clampSide(this.x, this.width / this.scale, x, width);
    this.y = clampSide(this.y, this.height / this.scale, y, height);
  }

  /** Whether all of the world is seen, or a bit less. */
  get isFitted(): boolean {
    return this.scale <= this.scaleFor(this.#bounds) * 1.001;
  }

  /** Whether any of `box` is seen. */
  sees(box: Box): boolean {
    return (
      this.toPixelX(box.x + box.width) > 0 &&
      this.toPixelY(box.y + box.height) > 0 &&
      this.toPixelX(box.x) < this.width &&
      this.toPixelY(box.y) < this.height
    );
  }

  toPixelX(x: number): number {
    return (x - this.x) * this.scale;
  }

  toPixelY(y: number): number {
    return (y - this.y) * this.scale;
  }

  toWorldX(pixel: number): number {
    return this.x + pixel / this.scale;
  }

  toWorldY(pixel: number): number {
    return this.y + pixel / this.scale;
  }
}

function clampSide(start: number, seen: number, worldStart: number, worldLength: number): number {
  if (seen >= worldLength) return worldStart + (worldLength - seen) / 2;
  const slack = seen / 4;
  return Math.min(Math.max(start, worldStart - slack), worldStart + worldLength + slack - seen);
}
