// Size classes: for each size of block how many are used and free, and in how many pools.

import type { Numbers } from "../model/session.js";
import { element } from "./element.js";
import { bytes, integer, percent } from "./format.js";
import type { Palette } from "./palette.js";
import { paintBars, SortTable } from "./sorttable.js";

type ClassNumbers = Numbers["malloc"]["classes"][number];

export class Classes {
  readonly element = element("div");
  readonly #lead = element("p", { class: "lead" });
  readonly #table: SortTable<ClassNumbers>;
  #palette: Palette;
  #most = 1;

  constructor(palette: Palette) {
    this.#palette = palette;
    this.#table = new SortTable<ClassNumbers>({
      label: "Size classes",
      keyOf: ({ size }) => size,
      sortedBy: 0,
      descending: false,
      columns: [
        {
          name: "Block",
          value: ({ size }) => size,
          paint: (cell, { size }) => this.#paintSize(cell, size),
        },
        {
          name: "Bytes",
          value: ({ size, used }) => size * used,
          paint: (cell, { size, used, available }) =>
            paintBars(cell, [
              [((used + available) * size) / this.#most, this.#palette.pool(size, 0.22)],
              [(used * size) / this.#most, this.#palette.pool(size, 1)],
            ]),
        },
        { name: "Used", value: ({ used }) => used, text: ({ used }) => integer(used) },
        { name: "Free", value: ({ available }) => available, text: ({ available }) => integer(available) },
        { name: "Pools", value: ({ pools }) => pools, text: ({ pools }) => integer(pools) },
        {
          name: "Full",
          value: ({ used, available }) => used / (used + available),
          text: ({ used, available }) => percent(used / (used + available)),
        },
      ],
    });
    this.element.append(this.#lead, this.#table.element);
  }

  #paintSize(cell: HTMLElement, size: number): void {
    let swatch = cell.querySelector<HTMLElement>(".swatch-box");
    if (swatch === null) {
      swatch = element("i", { class: "swatch-box" });
      cell.className = "name-cell";
      cell.append(swatch, `${size} B`);
    }
    swatch.style.background = this.#palette.pool(size, 1);
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#palette = palette;
    const classes = numbers?.malloc.classes ?? [];
    this.#most = classes.reduce((most, { size, used, available }) => Math.max(most, (used + available) * size), 1);
    const used = classes.reduce((sum, entry) => sum + entry.used * entry.size, 0);
    const free = classes.reduce((sum, entry) => sum + entry.available * entry.size, 0);
    this.#lead.textContent =
      classes.length === 0
        ? "No pool is in use: there are no blocks of up to 512 bytes."
        : `${bytes(used)} in use, ${bytes(free)} free in pools. Strong: used, faint: free; the longest bar is ${bytes(this.#most)}.`;
    this.#table.element.hidden = classes.length === 0;
    this.#table.update(classes);
  }
}
