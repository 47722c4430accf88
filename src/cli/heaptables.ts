// Types, generations and memory of a heap, as tables.

import type { MemoryUsage } from "../stats.js";
import type { Census, GenerationCount, TypeCount } from "./census.js";
import { bytes, count, percent, plural, time } from "./figures.js";
import type { Held } from "./holding.js";
import { type Column, cut, facts, table } from "./table.js";
import type { Terminal } from "./terminal.js";

const TYPES: readonly Column[] = [
  ["type", "left"],
  ["objects", "right"],
  ["bytes", "right"],
  ["share", "right"],
];

const HELD: readonly Column[] = [
  ["held by", "left"],
  ["objects", "right"],
  ["which", "left"],
  ["retained", "right"],
];

const GENERATIONS: readonly Column[] = [
  ["generation", "left"],
  ["objects", "right"],
  ["count", "right"],
  ["threshold", "right"],
  ["runs", "right"],
  ["examined", "right"],
  ["collected", "right"],
  ["time", "right"],
];

/** The first `most` types, and a row for the others. */
export function typesTable(terminal: Terminal, types: readonly TypeCount[], most: number): string[] {
  const all = sumOf("", types);
  const shown = types.slice(0, most);
  const rest = types.slice(most);
  if (rest.length > 0) shown.push(sumOf(plural(rest.length, "other type"), rest));
  const rows = shown.map((type) => [
    type.name,
    count(type.objects),
    bytes(type.bytes),
    percent(type.bytes / Math.max(1, all.bytes)),
  ]);
  const title = `Types: ${plural(all.objects, "object")}, ${bytes(all.bytes)}`;
  return table(terminal, title, TYPES, rows);
}

/** The first `most` of what is held. */
export function heldTable(terminal: Terminal, held: readonly Held[], most: number): string[] {
  const title = held.length > most ? `Held: ${most} of ${count(held.length)}` : "Held";
  if (held.length === 0) return [`${terminal.style("cyan", title)}: nothing`, ""];
  const rows = held
    .slice(0, most)
    .map(({ holder, objects, type, object, retained }) => [
      cut(holder),
      count(objects),
      cut(object ?? type),
      bytes(retained),
    ]);
  return table(terminal, title, HELD, rows);
}

function sumOf(name: string, types: readonly TypeCount[]): TypeCount {
  const total = (key: "objects" | "bytes") => types.reduce((sum, type) => sum + type[key], 0);
  return { name, objects: total("objects"), bytes: total("bytes") };
}

export function generationsTable(
  terminal: Terminal,
  generations: readonly GenerationCount[],
  frozen: number,
): string[] {
  const rows = generations.map((generation, index) => [
    String(index),
    count(generation.objects),
    count(generation.count),
    count(generation.threshold),
    count(generation.collections),
    count(generation.candidates),
    count(generation.collected),
    time(generation.duration * 1000),
  ]);
  const title = frozen > 0 ? `Collector: ${plural(frozen, "object is", "objects are")} frozen` : "Collector";
  return table(terminal, title, GENERATIONS, rows);
}

export function memoryTable(terminal: Terminal, memory: MemoryUsage, { blocks }: Pick<Census, "blocks">): string[] {
  return facts(terminal, "Memory", [
    ["reserved", bytes(memory.reserved), "linear memory"],
    ["arenas", bytes(memory.arenas), "for blocks of up to 512 bytes"],
    ["large blocks", bytes(memory.large)],
    ["live", bytes(memory.live), `in ${plural(blocks, "block")}`],
    ["of the heap itself", bytes(memory.own), "types, and the collector's arrays"],
    ["peak", bytes(memory.peak), "in arenas and large blocks"],
  ]);
}
