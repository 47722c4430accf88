// What changed from one heap to another, as tables.

import type { Change, ClassChange, Difference, HeldChange, TypeChange } from "./difference.js";
import { bytes, change, count } from "./figures.js";
import { type Column, cut, table } from "./table.js";
import type { Terminal } from "./terminal.js";

type Unit = (value: number) => string;

const CHANGES: readonly Column[] = [
  ["", "left"],
  ["old", "right"],
  ["new", "right"],
  ["change", "right"],
];
const TYPES: readonly Column[] = [
  ["type", "left"],
  ["objects", "right"],
  ["change", "right"],
  ["bytes", "right"],
  ["change", "right"],
];
const HELD: readonly Column[] = [
  ["held by", "left"],
  ["which", "left"],
  ["objects", "right"],
  ["change", "right"],
  ["retained", "right"],
  ["change", "right"],
];
const CLASSES: readonly Column[] = [
  ["block bytes", "right"],
  ["used", "right"],
  ["change", "right"],
  ["pools", "right"],
  ["change", "right"],
];

export function sizesTable(terminal: Terminal, { memory }: Difference): string[] {
  const row = (name: string, what: Change) => rowOf(terminal, name, what, bytes);
  return table(terminal, "Memory", CHANGES, [
    row("reserved", memory.reserved),
    row("arenas", memory.arenas),
    row("large blocks", memory.large),
    row("live", memory.live),
    row("of the heap itself", memory.own),
    row("peak", memory.peak),
  ]);
}

export function numbersTable(terminal: Terminal, difference: Difference): string[] {
  const { generations } = difference;
  const row = (name: string, what: Change) => rowOf(terminal, name, what, count);
  return table(terminal, "Numbers", CHANGES, [
    row("blocks", difference.blocks),
    row("objects", difference.objects),
    row("arenas", difference.arenas),
    row("large blocks", difference.largeBlocks),
    ...generations.map(({ objects }, index) => row(`objects of generation ${index}`, objects)),
    ...generations.map(({ collections }, index) => row(`collections of generation ${index}`, collections)),
  ]);
}

/** The first `most` types that changed. */
export function typeChangesTable(terminal: Terminal, types: readonly TypeChange[], most: number): string[] {
  if (types.length === 0) return [`${terminal.style("cyan", "Types")}: none changed`, ""];
  const title = types.length > most ? `Types: ${most} of ${types.length} that changed` : "Types that changed";
  const rows = types
    .slice(0, most)
    .map(({ name, objects, bytes: size }) => [
      name,
      ...nowAndChange(terminal, objects, count),
      ...nowAndChange(terminal, size, bytes),
    ]);
  return table(terminal, title, TYPES, rows);
}

/** The first `most` holders of objects that hold more or less than before. */
export function heldChangesTable(terminal: Terminal, held: readonly HeldChange[], most: number): string[] {
  if (held.length === 0) return [`${terminal.style("cyan", "Held")}: nothing more or less`, ""];
  const title = held.length > most ? `Held: ${most} of ${count(held.length)} that changed` : "Held, where it changed";
  const rows = held
    .slice(0, most)
    .map(({ holder, type, object, objects, retained }) => [
      cut(holder),
      cut(object ?? type),
      ...nowAndChange(terminal, objects, count),
      ...nowAndChange(terminal, retained, bytes),
    ]);
  return table(terminal, title, HELD, rows);
}

export function classChangesTable(terminal: Terminal, classes: readonly ClassChange[]): string[] {
  if (classes.length === 0) return [`${terminal.style("cyan", "Size classes")}: none changed`, ""];
  const rows = classes.map(({ size, used, pools }) => [
    count(size),
    ...nowAndChange(terminal, used, count),
    ...nowAndChange(terminal, pools, count),
  ]);
  return table(terminal, "Size classes that changed", CLASSES, rows);
}

function rowOf(terminal: Terminal, name: string, what: Change, unit: Unit): string[] {
  return [name, unit(what.old), ...nowAndChange(terminal, what, unit)];
}

/** What grew is red, as it may be a leak. */
function nowAndChange(terminal: Terminal, what: Change, unit: Unit): [string, string] {
  const text = change(what.change, unit);
  return [unit(what.new), text === "" ? "" : terminal.style(what.change > 0 ? "red" : "green", text)];
}
