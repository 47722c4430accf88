// The types with the most bytes, and how many objects they have.

import type { Numbers, TypeNumbers } from "../model/session.js";
import { element } from "./element.js";
import { bytes, count, integer } from "./format.js";
import type { Palette } from "./palette.js";
import { paintBars, SortTable } from "./sorttable.js";

/** Types in the table. */
const SHOWN = 100;

export class Types {
  readonly element = element("div");
  readonly #lead = element("p", { class: "lead" });
  readonly #empty = element(
    "p",
    { class: "empty" },
    element("strong", {}, "No objects"),
    "Blocks of malloc have no types. Open the demo or an image to see objects.",
  );
  readonly #table: SortTable<TypeNumbers>;
  #palette: Palette;
  #most = 1;

  constructor(palette: Palette, onChoose: (type: TypeNumbers) => void) {
    this.#palette = palette;
    this.#table = new SortTable<TypeNumbers>({
      label: "Types",
      keyOf: ({ id }) => id,
      sortedBy: 2,
      descending: true,
      onChoose,
      columns: [
        { name: "Type", value: ({ name }) => name, text: ({ name }) => name },
        {
          name: "Share",
          value: (row) => row.bytes,
          paint: (cell, row) => paintBars(cell, [[row.bytes / this.#most, this.#palette.inks.series[0]]]),
        },
        { name: "Bytes", value: (row) => row.bytes, text: (row) => bytes(row.bytes) },
        { name: "Objects", value: ({ objects }) => objects, text: ({ objects }) => integer(objects) },
        {
          name: "Each",
          value: (row) => row.bytes / row.objects,
          text: (row) => bytes(row.bytes / row.objects),
        },
      ],
    });
    this.element.append(this.#lead, this.#table.element, this.#empty);
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#palette = palette;
    const types = numbers?.types ?? [];
    this.#most = types.reduce((most, row) => Math.max(most, row.bytes), 1);
    const objects = types.reduce((sum, row) => sum + row.objects, 0);
    const all = types.reduce((sum, row) => sum + row.bytes, 0);
    const still = numbers?.counting === true ? " Counting …" : "";
    const rest = types.length > SHOWN ? ` The ${SHOWN} with the most bytes are shown.` : "";
    this.#lead.textContent = `${count(objects, "object")} of ${count(types.length, "type")}, ${bytes(all)}.${rest}${still}`;
    this.#lead.hidden = types.length === 0;
    this.#empty.hidden = types.length > 0;
    this.#table.element.hidden = types.length === 0;
    this.#table.update(types.slice(0, SHOWN));
  }
}
