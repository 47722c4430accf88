// Curves of a heap's bytes, of bounded length: where there are too many points two become one, and lowest and highest stay.

import type { Series, SeriesColumns } from "./session.js";

/** Points before two become one. */
export const SERIES_POINTS = 4096;

/** One point: the bytes at `x`, and the least and most live ones since the point before. */
export interface Point {
  readonly x: number;
  readonly liveLow: number;
  readonly liveHigh: number;
  readonly peak: number;
  readonly reserved: number;
  readonly arenas: number;
}

const NAMES = ["x", "liveLow", "liveHigh", "peak", "reserved", "arenas"] as const;

export class GrowingSeries implements Series {
  readonly unit: Series["unit"];
  version = 0;
  readonly #columns: { readonly [name in keyof SeriesColumns]: Float64Array };
  #length = 0;
  /** Points that are put into one before it is kept, and how many the last has by now. */
  #stride = 1;
  #inLast = 0;

  constructor(unit: Series["unit"]) {
    this.unit = unit;
    const column = () => new Float64Array(SERIES_POINTS);
    this.#columns = {
      x: column(),
      liveLow: column(),
      liveHigh: column(),
      peak: column(),
      reserved: column(),
      arenas: column(),
    };
  }

  /** `x` of the last point; −1 if there is none. */
  get end(): number {
    return this.#length === 0 ? -1 : (this.#columns.x[this.#length - 1] as number);
  }

  /** Takes in a point, unless it is not behind the last one: what was played before is known. */
  add(point: Point): void {
    if (point.x <= this.end) return;
    if (this.#inLast > 0 && this.#inLast < this.#stride) {
      this.#merge(this.#length - 1, point);
      this.#inLast++;
    } else {
      if (this.#length === SERIES_POINTS) this.#halve();
      for (const name of NAMES) this.#columns[name][this.#length] = point[name];
      this.#length++;
      this.#inLast = 1;
    }
    this.version++;
  }

  columns(): SeriesColumns {
    const { x, liveLow, liveHigh, peak, reserved, arenas } = this.#columns;
    const cut = (column: Float64Array) => column.subarray(0, this.#length);
    return {
      x: cut(x),
      liveLow: cut(liveLow),
      liveHigh: cut(liveHigh),
      peak: cut(peak),
      reserved: cut(reserved),
      arenas: cut(arenas),
    };
  }

  /** Puts each two points into one. */
  #halve(): void {
    const half = this.#length / 2;
    for (let to = 0; to < half; to++) {
      for (const name of NAMES) this.#columns[name][to] = this.#columns[name][2 * to] as number;
      this.#merge(to, this.#pointAt(2 * to + 1));
    }
    this.#length = half;
    this.#stride *= 2;
  }

  #pointAt(index: number): Point {
    const at = (name: keyof Point) => this.#columns[name][index] as number;
    return {
      x: at("x"),
      liveLow: at("liveLow"),
      liveHigh: at("liveHigh"),
      peak: at("peak"),
      reserved: at("reserved"),
      arenas: at("arenas"),
    };
  }

  #merge(index: number, point: Point): void {
    const columns = this.#columns;
    columns.x[index] = point.x;
    columns.liveLow[index] = Math.min(columns.liveLow[index] as number, point.liveLow);
    columns.liveHigh[index] = Math.max(columns.liveHigh[index] as number, point.liveHigh);
    columns.peak[index] = point.peak;
    columns.reserved[index] = point.reserved;
    columns.arenas[index] = Math.max(columns.arenas[index] as number, point.arenas);
  }
}
