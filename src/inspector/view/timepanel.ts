// The panel of time: curves, pauses of collections on the same axis, and the generations.

import type { Numbers, Session } from "../model/session.js";
import { element } from "./element.js";
import { Generations } from "./generations.js";
import type { Palette } from "./palette.js";
import { Pauses } from "./pauses.js";
import { Plot } from "./plot.js";

export class TimePanel {
  readonly element: HTMLElement;
  readonly #plot = new Plot();
  readonly #pauses = new Pauses();
  readonly #generations = new Generations();
  readonly #body = element("div", { class: "time-body" });

  constructor() {
    const head = element("header", { class: "panel-head" }, element("h2", {}, "Over time"), this.#plot.keys);
    const charts = element("div", { class: "charts" }, this.#plot.element, this.#pauses.element);
    this.element = element("section", { class: "panel time", "aria-label": "Over time" }, head, this.#body);
    this.#body.append(charts, this.#generations.element);
  }

  setSession(session: Session | null, palette: Palette): void {
    // A trace has blocks of malloc and no objects: there is nothing to collect, and more room for the curves.
    const hasObjects = session?.kind !== "trace";
    this.#body.toggleAttribute("data-plain", !hasObjects);
    this.#pauses.element.hidden = !hasObjects;
    this.#generations.element.hidden = !hasObjects;
    this.#plot.setSession(session, palette);
    this.#pauses.setSession(session);
  }

  setPalette(palette: Palette): void {
    this.#plot.setPalette(palette);
    this.#pauses.invalidate();
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#plot.update();
    this.#pauses.draw(this.#plot.frame, palette);
    this.#generations.update(numbers, palette);
  }

  dispose(): void {
    this.#plot.dispose();
  }
}
