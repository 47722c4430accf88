// All of linear memory in a line, to scale: how much of each stretch is in small blocks, in large ones, and free.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import { PAGE_FULL, PAGE_LARGE, PAGE_LENT, PAGE_USED } from "../model/pages.js";
import type { PoolMap } from "../model/poolmap.js";
import { element } from "./element.js";
import { bytes, hex, percent, roundBytes } from "./format.js";
import { SMALL } from "./letters.js";
import type { Palette } from "./palette.js";
import { Surface } from "./surface.js";
import { Tooltip } from "./tooltip.js";

const LEFT = 12;
const TOP = 6;
const GRAPH = 18;
const TICKS_LEAST = 90;

export class Strip {
  readonly element: HTMLElement;
  readonly #surface: Surface;
  readonly #tooltip = new Tooltip();
  #map: PoolMap | null = null;
  #small = new Float64Array(0);
  #large = new Float64Array(0);
  #counted = -1;
  #drawn = "";
  #palette: Palette | null = null;

  constructor(onGo: (address: number) => void) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    this.#surface = new Surface(canvas);
    this.element = element("div", { class: "strip" }, canvas, this.#tooltip.element);
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => this.#tooltip.hide());
    canvas.addEventListener("click", (event) => {
      const address = this.#addressAt(event.offsetX);
      if (address !== null) onGo(address);
    });
  }

  get #span(): number {
    return Math.max(1, this.#surface.width - 2 * LEFT);
  }

  get #columns(): number {
    return Math.ceil(this.#span) + 1;
  }

  #addressAt(x: number): number | null {
    const end = this.#map?.memoryEnd ?? 0;
    const address = Math.floor(((x - LEFT) / this.#span) * end);
    return address >= 0 && address < end ? address : null;
  }

  #point(event: PointerEvent): void {
    const address = this.#addressAt(event.offsetX);
    if (address === null || this.#map === null) {
      this.#tooltip.hide();
      return;
    }
    const column = Math.floor(event.offsetX - LEFT);
    const each = this.#map.memoryEnd / this.#span;
    const small = (this.#small[column] ?? 0) / each;
    const large = (this.#large[column] ?? 0) / each;
    const facts = [
      ["Small blocks", percent(small)],
      ["Large blocks", percent(large)],
      ["Stretch", bytes(each)],
    ] as const;
    this.#tooltip.show({ title: hex(address), facts }, event.offsetX, -64);
  }

  /** Counts what is in use again if the memory is another than when that was last done. */
  count(map: PoolMap): void {
    if (map === this.#map && map.version === this.#counted && this.#small.length === this.#columns) return;
    this.#map = map;
    this.#counted = map.version;
    this.#count(map);
  }

  /** `seen`: the tiles that the map shows, first and last; null if it shows all. */
  draw(map: PoolMap, palette: Palette, seen: readonly [number, number] | null): void {
    const resized = this.#surface.measure();
    if (resized || map !== this.#map) this.count(map);
    const key = `${this.#counted} ${seen}`;
    if (key === this.#drawn && palette === this.#palette && !resized) return;
    this.#drawn = key;
    this.#palette = palette;
    const context = this.#surface.begin();
    const { inks } = palette;
    const end = Math.max(map.memoryEnd, 1);
    const each = end / this.#span;
    context.fillStyle = inks.free;
    context.fillRect(LEFT, TOP, this.#span, GRAPH);
    for (let column = 0; column < this.#span; column++) {
      const small = Math.min(1, (this.#small[column] ?? 0) / each) * GRAPH;
      const large = Math.min(1, (this.#large[column] ?? 0) / each) * GRAPH;
      context.fillStyle = inks.series[0];
      context.fillRect(LEFT + column, TOP + GRAPH - small, 1, small);
      context.fillStyle = inks.large;
      context.fillRect(LEFT + column, TOP + GRAPH - small - large, 1, large);
    }
    if (seen !== null) this.#drawSeen(seen, end, palette);
    this.#drawTicks(end, palette);
  }

  #drawSeen([first, last]: readonly [number, number], end: number, palette: Palette): void {
    const { context } = this.#surface;
    const x = LEFT + Math.min(1, (first * ARENA_BYTES) / end) * this.#span;
    const right = LEFT + Math.min(1, ((last + 1) * ARENA_BYTES) / end) * this.#span;
    context.strokeStyle = palette.inks.mark;
    context.lineWidth = 1.5;
    context.strokeRect(Math.round(x), TOP - 2, Math.max(3, Math.round(right - x)), GRAPH + 4);
  }

  #drawTicks(end: number, palette: Palette): void {
    const { context } = this.#surface;
    const most = Math.max(1, Math.floor(this.#span / TICKS_LEAST));
    let step = 65536;
    while (end / step > most) step *= 2;
    context.font = SMALL;
    context.textBaseline = "top";
    context.fillStyle = palette.inks.quiet;
    for (let at = 0; at <= end; at += step) {
      const x = LEFT + (at / end) * this.#span;
      const words = roundBytes(at);
      const width = context.measureText(words).width;
      context.fillRect(Math.round(x), TOP + GRAPH, 1, 3);
      if (x + width / 2 > LEFT + this.#span) continue;
      context.fillText(words, at === 0 ? x : x - width / 2, TOP + GRAPH + 5);
    }
  }

  /** Bytes in use of each column. */
  #count(map: PoolMap): void {
    const columns = this.#columns;
    if (this.#small.length !== columns) {
      this.#small = new Float64Array(columns);
      this.#large = new Float64Array(columns);
    }
    this.#small.fill(0);
    this.#large.fill(0);
    const perByte = this.#span / Math.max(map.memoryEnd, 1);
    for (let page = 0; page < map.slots * 64; page++) {
      const state = map.state[page];
      const used = map.used[page] as number;
      const isPool = state === PAGE_USED || state === PAGE_FULL;
      if (!isPool && state !== PAGE_LARGE && state !== PAGE_LENT) continue;
      const inUse = isPool ? used * ((map.sizeClass[page] as number) + 1) * 8 : used;
      const into = isPool ? this.#small : this.#large;
      // A page may take a part of a column, or several of them.
      const from = page * POOL_BYTES * perByte;
      const until = (page + 1) * POOL_BYTES * perByte;
      for (let column = Math.floor(from); column < until && column < columns; column++) {
        const share = (Math.min(until, column + 1) - Math.max(from, column)) / (until - from);
        into[column] = (into[column] as number) + inUse * share;
      }
    }
  }
}
