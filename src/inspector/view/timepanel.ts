// The panel of time: curves, pauses of collections on the same axis, and the generations.

import type { Numbers, Session } from "../model/session.js";
import { element, setText } from "./element.js";
import { Generations } from "./generations.js";
import type { Palette } from "./palette.js";
import { Pauses } from "./pauses.js";
import { Plot } from "./plot.js";

export class TimePanel {
  readonly element: HTMLElement;
  readonly #plot = new Plot();
  readonly #pauses = new Pauses();
  readonly #generations = new Generations();
  readonly #title = element("h2", {}, "Over time");
  readonly #charts = element("div", { class: "charts" }, this.#plot.element, this.#pauses.element);

  /** `onSeek` is called with the operation that was clicked on. */
  constructor(onSeek: (position: number) => void) {
    this.#plot.onClick = (x) => onSeek(Math.round(x));
    const head = element("header", { class: "panel-head" }, this.#title, this.#plot.keys);
    const body = element("div", { class: "time-body" }, this.#charts, this.#generations.element);
    this.element = element("section", { class: "panel time", "aria-label": "Over time" }, head, body);
  }

  setSession(session: Session | null, palette: Palette): void {
    // A trace has blocks of malloc and no objects: there is nothing to collect, and more room for the curves.
    const hasObjects = session?.kind !== "trace";
    this.#pauses.element.hidden = !hasObjects;
    this.#generations.element.hidden = !hasObjects;
    // An image is one moment.
    const hasTime = session?.kind !== "image";
    const axis = session?.series.unit === "operations" ? "Over operations" : "Over time";
    setText(this.#title, hasTime ? axis : "Generations");
    this.#charts.hidden = !hasTime;
    this.#plot.keys.hidden = !hasTime;
    this.#plot.setSession(session, palette);
    this.#pauses.setSession(session);
  }

  setPalette(palette: Palette): void {
    this.#plot.setPalette(palette);
    this.#pauses.invalidate();
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#plot.update(numbers);
    this.#pauses.draw(this.#plot.frame, palette);
    this.#generations.update(numbers, palette);
  }

  dispose(): void {
    this.#plot.dispose();
  }
}
