// Where every byte is: the ledger of the arenas, large blocks, and what follows from them.

import type { Numbers } from "../model/session.js";
import { element, setText } from "./element.js";
import { bytes, integer, percent } from "./format.js";
import type { Palette } from "./palette.js";

interface Entry {
  readonly name: string;
  value(numbers: Numbers): number;
  colour?(palette: Palette): string;
  /** Is a count and not bytes. */
  readonly isCount?: true;
}

interface Section {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** What the entries are shares of; without it there are no shares. */
  total?(numbers: Numbers): number;
}

const SECTIONS: readonly Section[] = [
  {
    name: "Bytes of the arenas",
    total: ({ malloc }) => malloc.ledger.total,
    entries: [
      { name: "Allocated blocks", value: ({ malloc }) => malloc.ledger.allocated, colour: (p) => p.hueAt(0.34) },
      { name: "Free blocks", value: ({ malloc }) => malloc.ledger.available, colour: (p) => p.hueAt(0.34, 0.3) },
      { name: "Unused pools", value: ({ malloc }) => malloc.ledger.unusedPools, colour: (p) => p.inks.free },
      { name: "Lent pools", value: ({ malloc }) => malloc.ledger.lentPools, colour: (p) => p.inks.large },
      { name: "Pool headers", value: ({ malloc }) => malloc.ledger.poolHeaders, colour: (p) => p.inks.head },
      {
        name: "Ends of pools",
        value: ({ malloc }) => malloc.ledger.quantization,
        colour: (p) => p.inks.generations[1],
      },
    ],
  },
  {
    name: "Large blocks",
    entries: [
      { name: "Blocks", value: ({ malloc }) => malloc.large.blocks, isCount: true },
      { name: "Bytes, with headers", value: ({ malloc }) => malloc.large.bytes },
      { name: "Free between them", value: ({ malloc }) => malloc.large.free },
    ],
  },
  {
    name: "All of memory",
    entries: [
      { name: "Reserved", value: ({ usage }) => usage.reserved },
      { name: "Live", value: ({ usage }) => usage.live },
      { name: "The heap's own", value: ({ usage }) => usage.own },
      { name: "Peak of arenas and large", value: ({ usage }) => usage.peak },
    ],
  },
  {
    name: "Arenas",
    entries: [
      { name: "Now", value: ({ malloc }) => malloc.arenas.current, isCount: true },
      { name: "At most", value: ({ malloc }) => malloc.arenas.highWater, isCount: true },
      { name: "Taken since the start", value: ({ malloc }) => malloc.arenas.allocated, isCount: true },
      { name: "Given back", value: ({ malloc }) => malloc.arenas.reclaimed, isCount: true },
    ],
  },
];

interface Cell {
  readonly entry: Entry;
  readonly section: Section;
  readonly value: HTMLElement;
  readonly share: HTMLElement;
  readonly swatch: HTMLElement | null;
  readonly bar: HTMLElement | null;
}

export class Ledger {
  readonly element = element("div");
  readonly #cells: Cell[] = [];

  constructor() {
    for (const section of SECTIONS) {
      const body = element("tbody");
      const bar = section.total === undefined ? null : element("div", { class: "ledger-bar", "aria-hidden": "true" });
      for (const entry of section.entries) {
        const swatch = entry.colour === undefined ? null : element("i", { class: "swatch-box" });
        const piece = bar === null ? null : element("i");
        if (piece !== null) bar?.append(piece);
        const value = element("td", {}, "–");
        const share = element("td", { class: "quiet share" });
        const name = element("th", { scope: "row" }, ...(swatch === null ? [] : [swatch]), entry.name);
        body.append(element("tr", {}, name, value, share));
        this.#cells.push({ entry, section, value, share, swatch, bar: piece });
      }
      this.element.append(
        element("section", { class: "section" }, element("h3", {}, section.name), ...(bar === null ? [] : [bar])),
        element("table", {}, element("caption", { class: "visually-hidden" }, section.name), body),
      );
    }
  }

  update(numbers: Numbers | null, palette: Palette): void {
    for (const { entry, section, value, share, swatch, bar } of this.#cells) {
      const colour = entry.colour?.(palette) ?? "";
      if (swatch !== null) swatch.style.background = colour;
      if (numbers === null) {
        setText(value, "–");
        setText(share, "");
        continue;
      }
      const amount = entry.value(numbers);
      const total = section.total?.(numbers) ?? 0;
      setText(value, entry.isCount ? integer(amount) : bytes(amount));
      if (section.total !== undefined) setText(share, percent(amount / (total || 1)));
      else setText(share, entry.isCount ? "" : `${integer(amount)} B`);
      if (bar === null) continue;
      bar.style.flexGrow = String(total === 0 ? 0 : amount / total);
      bar.style.background = colour;
    }
  }
}
