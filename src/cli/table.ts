// Tables: a bold head, a thin line, columns two spaces apart.

import Table from "cli-table3";
import type { Terminal } from "./terminal.js";

/** Name and alignment of a column; numbers stand at the right. */
export type Column = readonly [head: string, align: "left" | "right"];

const CHARS = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", right: "", "right-mid": "", middle: "  ", mid: "─", "mid-mid": "──" },
};
const INDENT = "  ";
/** Of a cell whose text comes from elsewhere. */
const MOST_CHARACTERS = 48;

/** Lines of a table, with its title above it. */
export function table(
  terminal: Terminal,
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const made = new Table({
    chars: CHARS,
    head: columns.map(([head]) => terminal.style("bold", head)),
    colAligns: columns.map(([, align]) => align),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  made.push(...rows.map((row) => [...row]));
  return [terminal.style("cyan", title), ...indented(terminal, made.toString()), ""];
}

/** Lines of names with their values, below a title. A third cell explains. */
export function facts(terminal: Terminal, title: string, rows: readonly (readonly string[])[]): string[] {
  const made = new Table({
    chars: CHARS,
    colAligns: ["left", "right", "left"],
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  made.push(...rows.map(([name = "", value = "", note = ""]) => [name, value, terminal.style("dim", note)]));
  // Without a head, the first line would be between the first two rows.
  const lines = made.toString().split("\n");
  return [terminal.style("cyan", title), ...indented(terminal, lines.join("\n")), ""];
}

/** Names and texts out of a heap, no longer than a table bears. */
export function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function indented(terminal: Terminal, text: string): string[] {
  return text
    .split("\n")
    .map((line) => (line.startsWith("─") ? terminal.style("dim", line) : line.trimEnd()))
    .map((line) => INDENT + line);
}
