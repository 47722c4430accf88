// The figures on top: how large the heap is, and what is in it.

import { WASM_PAGE_BYTES } from "../../layout.js";
import type { Numbers } from "../model/session.js";
import { element, setText } from "./element.js";
import { bytes, count, duration, integer, percent } from "./format.js";

interface Metric {
  readonly name: string;
  readonly about: string;
  value(numbers: Numbers): string;
  note(numbers: Numbers): string;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const METRICS: readonly Metric[] = [
  {
    name: "Live",
    about: "Bytes in live blocks and objects, and their share of the bytes in arenas and large blocks",
    value: ({ usage }) => bytes(usage.live),
    note: ({ usage, malloc }) => `${percent(usage.live / (usage.arenas + malloc.large.bytes || 1))} used`,
  },
  {
    name: "Peak",
    about: "Most bytes in arenas and large blocks at a time",
    value: ({ usage }) => bytes(usage.peak),
    note: ({ usage, malloc }) => `now ${bytes(usage.arenas + malloc.large.bytes)}`,
  },
  {
    name: "Reserved",
    about: "Linear memory taken from the engine; it never shrinks",
    value: ({ usage }) => bytes(usage.reserved),
    note: ({ usage }) => count(usage.reserved / WASM_PAGE_BYTES, "page"),
  },
  {
    name: "Arenas",
    about: "Stretches of 256 KiB that are divided into pools",
    value: ({ malloc }) => integer(malloc.arenas.current),
    note: ({ malloc }) => `at most ${integer(malloc.arenas.highWater)}`,
  },
  {
    name: "Blocks",
    about: "Blocks in use, large ones included; as sys.getAllocatedBlocks() has it, without those of the heap itself",
    value: ({ blocks }) => integer(blocks),
    note: ({ malloc }) => count(sum(malloc.classes.map(({ pools }) => pools)), "pool"),
  },
  {
    name: "Large blocks",
    about: "Blocks of more than 512 bytes that are in use, those of the heap itself included",
    value: ({ malloc }) => integer(malloc.large.blocks),
    note: ({ malloc }) => bytes(malloc.large.bytes),
  },
  {
    name: "Tracked objects",
    about: "Objects that the collector knows",
    value: ({ gc }) => integer(sum(gc.objects) + gc.frozen),
    note: ({ gc, handles }) => (handles === null ? `${integer(gc.frozen)} frozen` : count(handles, "handle")),
  },
  {
    name: "Collections",
    about: "Collections of all generations, and how long they took together",
    value: ({ gc }) => integer(sum(gc.stats.map(({ collections }) => collections))),
    note: ({ gc }) => `${duration(sum(gc.stats.map((stats) => stats.duration)) * 1000)} in all`,
  },
];

export class Metrics {
  readonly element = element("dl", { class: "metrics", "aria-label": "Totals" });
  readonly #cells: { metric: Metric; value: HTMLElement; note: HTMLElement }[] = [];

  constructor() {
    for (const metric of METRICS) {
      const value = element("dd", { class: "value" }, "–");
      const note = element("dd", { class: "note" }, "\u00a0");
      this.#cells.push({ metric, value, note });
      this.element.append(
        element("div", { class: "metric", title: metric.about }, element("dt", {}, metric.name), value, note),
      );
    }
  }

  update(numbers: Numbers | null): void {
    for (const { metric, value, note } of this.#cells) {
      setText(value, numbers === null ? "–" : metric.value(numbers));
      setText(note, numbers === null ? "\u00a0" : metric.note(numbers));
    }
  }
}
