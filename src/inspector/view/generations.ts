// The three generations: objects, counts against thresholds, and what their collections did.

import type { Numbers } from "../model/session.js";
import { element, setText } from "./element.js";
import { count, duration, integer } from "./format.js";
import type { Palette } from "./palette.js";

const NAMES = ["Young", "Middle", "Old"];
/** What the count of each generation counts. */
const COUNTED = ["allocations less deaths", "young collections", "middle collections"];

interface Row {
  readonly objects: HTMLElement;
  readonly gauge: HTMLElement;
  readonly filling: HTMLElement;
  readonly note: HTMLElement;
}

export class Generations {
  readonly element = element("section", { class: "generations", "aria-label": "Generations" });
  readonly #rows: Row[] = [];

  constructor() {
    this.element.append(element("h3", {}, "Generations"));
    NAMES.forEach((name, generation) => {
      const objects = element("span", {}, "–");
      const filling = element("i", { class: "filling" });
      const gauge = element(
        "div",
        { class: "gauge", role: "meter", "aria-label": `${name} generation: ${COUNTED[generation]}` },
        filling,
      );
      const note = element("p", { class: "note" }, "\u00a0");
      const heading = element("div", { class: "row" }, element("span", {}, `${generation} · ${name}`), objects);
      this.element.append(element("div", { class: "generation" }, heading, gauge, note));
      this.#rows.push({ objects, gauge, filling, note });
    });
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#rows.forEach((row, generation) => {
      if (numbers === null) {
        setText(row.objects, "–");
        setText(row.note, "\u00a0");
        row.filling.style.transform = "scaleX(0)";
        return;
      }
      const { gc } = numbers;
      const reached = gc.count[generation] ?? 0;
      const threshold = gc.threshold[generation] ?? 0;
      const stats = gc.stats[generation];
      const share = threshold > 0 ? Math.min(1, Math.max(0, reached / threshold)) : 0;
      row.filling.style.transform = `scaleX(${share.toFixed(3)})`;
      row.filling.style.background = palette.inks.generations[generation] ?? "";
      const limit = threshold > 0 ? `${integer(reached)} of ${integer(threshold)}` : "never by itself";
      const off = gc.enabled ? "" : ", switched off";
      setText(row.objects, count(gc.objects[generation] ?? 0, "object"));
      const took = stats === undefined ? "" : `${integer(stats.collections)}× in ${duration(stats.duration * 1000)}`;
      setText(row.note, `${limit}${off} · ${took}`);
      row.gauge.setAttribute("aria-valuenow", String(reached));
      row.gauge.setAttribute("aria-valuemin", "0");
      row.gauge.setAttribute("aria-valuemax", String(Math.max(threshold, reached)));
      row.gauge.setAttribute("aria-valuetext", limit);
    });
  }
}
