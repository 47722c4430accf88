// The newest collections one by one, for who wants figures and not bars.

import type { CollectionRecord, Session } from "../model/session.js";
import { element, setText } from "./element.js";
import { count, integer, pauseTime } from "./format.js";
import type { Palette } from "./palette.js";
import { placeOnAxis } from "./plot.js";
import { paintBars, SortTable } from "./sorttable.js";

/** Collections in the table. */
const SHOWN = 200;

interface Row extends CollectionRecord {
  /** Which it is since the beginning, from 1 on. */
  readonly number: number;
}

export class CollectionList {
  readonly element = element("div");
  readonly #lead = element("p", { class: "lead" });
  readonly #table: SortTable<Row>;
  #session: Session | null = null;
  #palette: Palette;
  #longest = 1;
  #shown = "";

  constructor(palette: Palette) {
    this.#palette = palette;
    this.#table = new SortTable<Row>({
      label: "Collections",
      keyOf: ({ number }) => number,
      sortedBy: 0,
      descending: true,
      columns: [
        { name: "№", value: ({ number }) => number, text: ({ number }) => integer(number) },
        { name: "Gen.", value: ({ generation }) => generation, text: ({ generation }) => String(generation) },
        {
          name: "Pause",
          value: ({ pause }) => pause,
          paint: (cell, { pause, generation }) =>
            paintBars(cell, [[pause / this.#longest, this.#palette.inks.generations[generation]]]),
        },
        { name: "Time", value: ({ pause }) => pause, text: ({ pause }) => pauseTime(pause) },
        { name: "Examined", value: ({ candidates }) => candidates, text: ({ candidates }) => integer(candidates) },
        { name: "Collected", value: ({ collected }) => collected, text: ({ collected }) => integer(collected) },
      ],
    });
    this.element.append(this.#lead, this.#table.element);
  }

  setSession(session: Session | null): void {
    this.#session = session;
    this.#shown = "";
  }

  update(palette: Palette): void {
    const session = this.#session;
    const shown = `${session?.collections.version} ${palette === this.#palette}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#palette = palette;
    const records = session?.collections.records ?? [];
    const dropped = session?.collections.dropped ?? 0;
    const first = Math.max(0, records.length - SHOWN);
    const rows = records.slice(first).map((record, index) => ({ ...record, number: dropped + first + index + 1 }));
    this.#longest = rows.reduce((most, { pause }) => Math.max(most, pause), 0) || 1;
    this.#table.element.hidden = rows.length === 0;
    this.#table.update(rows);
    setText(this.#lead, this.#words(rows, dropped + records.length));
  }

  #words(rows: readonly Row[], total: number): string {
    const last = rows.at(-1);
    if (this.#session === null || last === undefined) return "No collection has run.";
    const newest = total > rows.length ? `, the newest ${rows.length}` : "";
    return `${count(total, "collection")}${newest}; the last at ${placeOnAxis(this.#session, last.at)}.`;
  }
}
