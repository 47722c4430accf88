// The curves: live, peak, arenas and reserved bytes over operations or time.

import uPlot from "uplot";
import type { Numbers, Session } from "../model/session.js";
import { element, setText } from "./element.js";
import { bytes, clock, integer, roundBytes, roundCount } from "./format.js";
import { SMALL } from "./letters.js";
import type { Palette } from "./palette.js";

const NAMES = ["Live", "Peak", "Arenas", "Reserved"] as const;
/** Pixels for the figures of the vertical axis. */
const AXIS_WIDTH = 64;
const AXIS_HEIGHT = 22;
/** Steps of the vertical axis: powers of two of bytes, and halves between. */
const STEPS = Array.from({ length: 40 }, (_, power) => 2 ** power);

/** Where the curves lie within their element, in pixels, and what they span. */
export interface PlotFrame {
  readonly left: number;
  readonly width: number;
  readonly least: number;
  readonly most: number;
}

/** A place on the horizontal axis as people read it. */
export function placeOnAxis(session: Session, x: number): string {
  return session.series.unit === "operations" ? `operation ${integer(x)}` : clock(x / 1000);
}

export class Plot {
  readonly element = element("div", { class: "plot", role: "img", "aria-label": "Bytes over time" });
  /** What each colour is, with the value under the pointer or the newest. */
  readonly keys = element("div", { class: "keys" });
  readonly #figures: HTMLElement[] = [];
  readonly #swatches: HTMLElement[] = [];
  readonly #where = element("span", { class: "quiet where" });
  /** Called with the place on the horizontal axis that was clicked on. */
  onClick: (x: number) => void = () => {};
  #plot: uPlot | null = null;
  #session: Session | null = null;
  #numbers: Numbers | null = null;
  #drawn = -1;
  #position = -1;

  constructor() {
    this.keys.append(this.#where);
    for (const name of NAMES) {
      const swatch = element("i", { class: "swatch" });
      const figure = element("span", { class: "figure" }, "–");
      this.keys.append(element("span", { class: "key" }, swatch, name, figure));
      this.#swatches.push(swatch);
      this.#figures.push(figure);
    }
  }

  setSession(session: Session | null, palette: Palette): void {
    this.#session = session;
    this.#make(palette);
  }

  setPalette(palette: Palette): void {
    this.#make(palette);
  }

  get frame(): PlotFrame | null {
    const plot = this.#plot;
    const scale = plot?.scales.x;
    if (plot === null || scale?.min === undefined || scale.max === undefined) return null;
    return { left: plot.over.offsetLeft, width: plot.over.clientWidth, least: scale.min, most: scale.max };
  }

  #make(palette: Palette): void {
    this.#plot?.destroy();
    this.#plot = null;
    this.#drawn = -1;
    const { inks } = palette;
    this.#swatches.forEach((swatch, index) => {
      swatch.style.borderTopColor = inks.series[index] ?? "";
      swatch.style.borderTopStyle = index === 3 ? "dashed" : "solid";
    });
    const session = this.#session;
    if (session === null) {
      for (const figure of this.#figures) setText(figure, "–");
      return;
    }
    const isOperations = session.series.unit === "operations";
    const axis = { stroke: inks.quiet, font: SMALL, ticks: { show: false }, grid: { stroke: inks.line, width: 0.5 } };
    const stepped = uPlot.paths.stepped?.({ align: -1 });
    const curve = (index: 0 | 1 | 2 | 3, width: number, more: Partial<uPlot.Series> = {}): uPlot.Series => ({
      label: NAMES[index],
      stroke: inks.series[index],
      width,
      points: { show: false },
      ...more,
    });
    const steps = stepped === undefined ? {} : { paths: stepped };
    const options: uPlot.Options = {
      width: Math.max(this.element.clientWidth, 50),
      height: Math.max(this.element.clientHeight, 50),
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_, __, most) => [0, Math.max(session.player?.length ?? 0, most, 1)] },
        y: { range: (_, __, most) => [0, Math.max(most * 1.06, 65536)] },
      },
      axes: [
        {
          ...axis,
          size: AXIS_HEIGHT,
          gap: 4,
          values: (_, ticks) => ticks.map((tick) => (isOperations ? roundCount(tick) : clock(tick / 1000))),
        },
        { ...axis, size: AXIS_WIDTH, gap: 6, incrs: STEPS, space: 22, values: (_, ticks) => ticks.map(roundBytes) },
      ],
      series: [
        {},
        curve(0, 1.5, { fill: `${inks.series[0]}2e` }),
        curve(1, 1.25, steps),
        curve(2, 1.25, steps),
        curve(3, 1.25, { ...steps, dash: [4, 3] }),
      ],
      hooks: {
        setCursor: [() => this.#showFigures()],
        draw: [(plot) => this.#drawPosition(plot, inks.mark)],
      },
    };
    const plot = new uPlot(options, [[], [], [], [], []], this.element);
    plot.over.addEventListener("click", (event) => this.onClick(plot.posToVal(event.offsetX, "x")));
    this.#plot = plot;
  }

  /** Takes in what has come since. `numbers`: what the heap is now. */
  update(numbers: Numbers | null): void {
    this.#numbers = numbers;
    const plot = this.#plot;
    const session = this.#session;
    if (plot === null || session === null) return;
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth > 0 && (plot.width !== clientWidth || plot.height !== clientHeight)) {
      plot.setSize({ width: clientWidth, height: clientHeight });
    }
    const position = session.player?.position ?? -1;
    if (session.series.version !== this.#drawn) {
      const { x, liveHigh, peak, arenas, reserved } = session.series.columns();
      plot.setData([x, liveHigh, peak, arenas, reserved]);
      this.#drawn = session.series.version;
    } else if (position !== this.#position) {
      plot.redraw(false);
    }
    this.#position = position;
    this.#showFigures();
  }

  /** The values under the pointer, or those of now. */
  #showFigures(): void {
    const plot = this.#plot;
    const session = this.#session;
    if (plot === null || session === null) return;
    const { idx } = plot.cursor;
    const at = idx == null ? undefined : plot.data[0][idx];
    setText(this.#where, at === undefined ? "" : placeOnAxis(session, at));
    const usage = this.#numbers?.usage;
    const now = usage === undefined ? [] : [usage.live, usage.peak, usage.arenas, usage.reserved];
    this.#figures.forEach((figure, series) => {
      const value = at === undefined ? now[series] : plot.data[series + 1]?.[idx as number];
      setText(figure, value == null ? "–" : bytes(value));
    });
  }

  #drawPosition(plot: uPlot, ink: string): void {
    const player = this.#session?.player;
    if (player === undefined || player === null) return;
    const x = Math.round(plot.valToPos(player.position, "x", true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = ink;
    ctx.fillRect(x, bbox.top, Math.max(1, Math.round(devicePixelRatio)), bbox.height);
    ctx.restore();
  }

  dispose(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }
}
