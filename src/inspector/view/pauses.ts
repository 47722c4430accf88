// Collections below the curves: pauses to scale, in the colours of their generations.

import type { CollectionRecord, Session } from "../model/session.js";
import { element } from "./element.js";
import { duration, integer, pauseTime } from "./format.js";
import { SMALL } from "./letters.js";
import type { Palette } from "./palette.js";
import { type PlotFrame, placeOnAxis } from "./plot.js";
import { Surface } from "./surface.js";
import { Tooltip } from "./tooltip.js";

const TOP = 8;
const BASE = 16;
/** A bar is at least this high, so that the shortest pause can be seen. */
const BAR_LEAST = 3;
/** Pixels around the pointer in which a collection is looked for. */
const REACH = 6;

const GENERATIONS = ["young", "middle", "full"] as const;

export class Pauses {
  readonly element: HTMLElement;
  readonly #surface: Surface;
  readonly #tooltip = new Tooltip();
  #session: Session | null = null;
  #frame: PlotFrame | null = null;
  #drawn = "";

  constructor() {
    const canvas = element("canvas", { role: "img", "aria-label": "Pauses of collections over time" });
    this.#surface = new Surface(canvas);
    this.element = element("div", { class: "pauses" }, canvas, this.#tooltip.element);
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => this.#tooltip.hide());
  }

  setSession(session: Session | null): void {
    this.#session = session;
    this.#drawn = "";
    this.#tooltip.hide();
  }

  /** Colours have changed. */
  invalidate(): void {
    this.#drawn = "";
  }

  draw(frame: PlotFrame | null, palette: Palette): void {
    const resized = this.#surface.measure();
    const session = this.#session;
    const key = `${session?.collections.version} ${frame?.left} ${frame?.width} ${frame?.most}`;
    if (key === this.#drawn && !resized) return;
    this.#drawn = key;
    this.#frame = frame;
    const context = this.#surface.begin();
    if (frame === null) return;
    const { inks } = palette;
    const floor = this.#surface.height - BASE;
    const records = session?.collections.records ?? [];
    const longest = records.reduce((most, { pause }) => Math.max(most, pause), 0);
    context.fillStyle = inks.line;
    context.fillRect(frame.left, floor, frame.width, 1);
    context.font = SMALL;
    context.fillStyle = inks.quiet;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText("pauses", frame.left - 8, floor - 2);
    if (longest > 0) context.fillText(duration(longest), frame.left - 8, TOP + 4);
    context.textAlign = "left";
    if (records.length === 0) context.fillText("no collection yet", frame.left + 6, floor - 12);
    for (const generation of [0, 1, 2] as const) {
      context.fillStyle = inks.generations[generation];
      for (const record of records) {
        if (record.generation !== generation) continue;
        const height = Math.max(BAR_LEAST, (record.pause / longest) * (floor - TOP));
        context.fillRect(Math.round(this.#xOf(record, frame)) - 1, floor - height, 2, height);
      }
    }
    this.#drawKeys(palette, records, floor);
  }

  #drawKeys(palette: Palette, records: readonly CollectionRecord[], floor: number): void {
    const frame = this.#frame;
    if (frame === null) return;
    const { context } = this.#surface;
    context.textBaseline = "top";
    let x = frame.left;
    GENERATIONS.forEach((name, generation) => {
      const number = records.reduce((sum, record) => sum + (record.generation === generation ? 1 : 0), 0);
      context.fillStyle = palette.inks.generations[generation] ?? "";
      context.fillRect(x, floor + 6, 8, 8);
      context.fillStyle = palette.inks.quiet;
      const words = `${name} ${integer(number)}`;
      context.fillText(words, x + 12, floor + 5);
      x += context.measureText(words).width + 28;
    });
  }

  #xOf({ at }: CollectionRecord, frame: PlotFrame): number {
    return frame.left + ((at - frame.least) / (frame.most - frame.least || 1)) * frame.width;
  }

  /** The longest collection near the pointer. */
  #point(event: PointerEvent): void {
    const frame = this.#frame;
    const session = this.#session;
    if (frame === null || session === null) return;
    let found: CollectionRecord | null = null;
    for (const record of session.collections.records) {
      if (Math.abs(this.#xOf(record, frame) - event.offsetX) > REACH) continue;
      if (found === null || record.pause > found.pause) found = record;
    }
    if (found === null) {
      this.#tooltip.hide();
      return;
    }
    const facts = [
      ["Pause", pauseTime(found.pause)],
      ["Examined", `${integer(found.candidates)} objects`],
      ["Collected", `${integer(found.collected)} objects`],
      ["At", placeOnAxis(session, found.at)],
    ] as const;
    const title = `${found.automatic ? "Automatic" : "Asked for"}: ${GENERATIONS[found.generation]} collection`;
    this.#tooltip.show({ title, facts }, event.offsetX, event.offsetY - 90);
  }
}
