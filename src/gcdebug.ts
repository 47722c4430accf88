// What the collector says while debugging is on: the flags, and CPython's own lines (Python/gc.c), on console.error.

import { hex } from "./address.js";

/** Lines before and after each collection. */
export const DEBUG_STATS = 1;
/** A line for each object that was found unreachable. */
export const DEBUG_COLLECTABLE = 2;
/** A line for each object that cannot be freed. */
export const DEBUG_UNCOLLECTABLE = 4;
/** What would be freed goes to `gc.garbage`. */
export const DEBUG_SAVEALL = 32;
/** What shows a leak. */
export const DEBUG_LEAK = 38;

/** All flags there are. */
export const DEBUG_FLAGS = DEBUG_STATS | DEBUG_LEAK;

/** Before a collection: how many objects each generation has, and how many are frozen. */
export function startLines(generation: number, sizes: readonly number[], frozen: number): string[] {
  return [
    `collecting generation ${generation}...`,
    `objects in each generation: ${sizes.join(" ")}`,
    `objects in permanent generation: ${frozen}`,
  ];
}

/** After one: what it found, and how long it took. */
export function endLine(unreachable: number, uncollectable: number, seconds: number): string {
  return `done, ${unreachable} unreachable, ${uncollectable} uncollectable, ${seconds.toFixed(4)}s elapsed`;
}

export function collectableLine(typeName: string, address: number): string {
  return `collectable <${typeName} ${hex(address)}>`;
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) console.error(`gc: ${line}`);
}
