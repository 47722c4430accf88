// Tables that are sorted by a click on a heading, and whose rows stay the same elements while their figures change.

import { element, setText } from "./element.js";

export interface Column<Row> {
  readonly name: string;
  /** What it is sorted by. */
  value(row: Row): number | string;
  /** What is written; a column with `paint` has a bar instead. */
  text?(row: Row): string;
  /** Draws into the cell, which has been there before or is new. */
  paint?(cell: HTMLElement, row: Row): void;
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** What makes a row the same row as before. */
  keyOf(row: Row): number | string;
  readonly sortedBy: number;
  readonly descending: boolean;
  /** Called with the row that was clicked; for the keyboard the first cell is a button then, whose clicks reach the row. */
  onChoose?(row: Row): void;
}

interface Line {
  readonly element: HTMLTableRowElement;
  readonly cells: HTMLElement[];
}

export class SortTable<Row> {
  readonly element = element("table");
  readonly #options: TableOptions<Row>;
  readonly #body = element("tbody");
  readonly #headings: HTMLTableCellElement[] = [];
  readonly #lines = new Map<number | string, Line>();
  #rows: readonly Row[] = [];
  #sortedBy: number;
  #descending: boolean;

  constructor(options: TableOptions<Row>) {
    this.#options = options;
    this.#sortedBy = options.sortedBy;
    this.#descending = options.descending;
    const headings = element("tr");
    options.columns.forEach((column, index) => {
      const button = element("button", { type: "button", class: "sort" }, column.name);
      button.addEventListener("click", () => this.#sortBy(index));
      const heading = element("th", { scope: "col" }, button);
      this.#headings.push(heading);
      headings.append(heading);
    });
    this.element.append(
      element("caption", { class: "visually-hidden" }, options.label),
      element("thead", {}, headings),
      this.#body,
    );
    this.#showOrder();
  }

  #sortBy(index: number): void {
    if (index === this.#sortedBy) this.#descending = !this.#descending;
    else this.#descending = typeof this.#options.columns[index]?.value(this.#rows[0] as Row) === "number";
    this.#sortedBy = index;
    this.#showOrder();
    this.update(this.#rows);
  }

  #showOrder(): void {
    this.#headings.forEach((heading, index) => {
      if (index === this.#sortedBy) heading.setAttribute("aria-sort", this.#descending ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
  }

  update(rows: readonly Row[]): void {
    this.#rows = rows;
    const column = this.#options.columns[this.#sortedBy] as Column<Row>;
    const sign = this.#descending ? -1 : 1;
    const sorted = [...rows].sort((a, b) => sign * compare(column.value(a), column.value(b)));
    const seen = new Set<number | string>();
    sorted.forEach((row, index) => {
      const key = this.#options.keyOf(row);
      seen.add(key);
      const line = this.#lines.get(key) ?? this.#newLine(key);
      this.#fill(line, row);
      const there = this.#body.children[index];
      if (there !== line.element) this.#body.insertBefore(line.element, there ?? null);
    });
    for (const [key, line] of this.#lines) {
      if (seen.has(key)) continue;
      line.element.remove();
      this.#lines.delete(key);
    }
  }

  #newLine(key: number | string): Line {
    const line: Line = { element: element("tr"), cells: [] };
    const choose = () => {
      const row = this.#rows.find((entry) => this.#options.keyOf(entry) === key);
      if (row !== undefined) this.#options.onChoose?.(row);
    };
    if (this.#options.onChoose !== undefined) {
      line.element.className = "choice";
      line.element.addEventListener("click", choose);
    }
    this.#options.columns.forEach((column, index) => {
      const cell = element(index === 0 ? "th" : "td", index === 0 ? { scope: "row", class: "name-cell" } : {});
      if (column.paint !== undefined && column.text === undefined) cell.className = "bar-cell";
      line.element.append(cell);
      if (index === 0 && this.#options.onChoose !== undefined) {
        const button = element("button", { type: "button", class: "link" });
        cell.append(button);
        line.cells.push(button);
      } else {
        line.cells.push(cell);
      }
    });
    this.#lines.set(key, line);
    return line;
  }

  #fill(line: Line, row: Row): void {
    this.#options.columns.forEach((column, index) => {
      const cell = line.cells[index] as HTMLElement;
      if (column.text !== undefined) setText(cell, column.text(row));
      column.paint?.(cell, row);
    });
  }
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

/** A bar in a cell: shares of its width in colours, one over the other. */
export function paintBars(cell: HTMLElement, bars: readonly (readonly [share: number, colour: string])[]): void {
  let track = cell.querySelector<HTMLElement>(".bar-track");
  if (track === null) {
    track = element("div", { class: "bar-track" }, ...bars.map(() => element("i")));
    cell.append(track);
  }
  bars.forEach(([share, colour], index) => {
    const bar = track.children[index] as HTMLElement;
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(4)})`;
    bar.style.background = colour;
  });
}
