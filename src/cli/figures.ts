// Numbers as people read them.

import { grouped } from "../grouped.js";

const KIB = 1024;

/** 1234567 → "1,234,567". */
export function count(value: number): string {
  return grouped(Math.round(value));
}

/** Three significant digits: 9.87, 12.3, 123. */
export function decimal(value: number): string {
  if (value >= 99.95) return count(value);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** Bytes in the largest unit that leaves a number of 1 or more. */
export function bytes(value: number): string {
  if (value < KIB) return `${value} B`;
  if (value < KIB ** 2) return `${decimal(value / KIB)} KiB`;
  return value < KIB ** 3 ? `${decimal(value / KIB ** 2)} MiB` : `${decimal(value / KIB ** 3)} GiB`;
}

/** Milliseconds in the largest unit that leaves a number of 1 or more. */
export function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${decimal(milliseconds / 1000)} s`;
  if (milliseconds === 0) return "0 ms";
  return milliseconds >= 1 ? `${decimal(milliseconds)} ms` : `${decimal(milliseconds * 1000)} µs`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A difference with its sign, as `unit` writes its size; nothing if there is none. */
export function change(difference: number, unit: (value: number) => string): string {
  if (difference === 0) return "";
  return `${difference > 0 ? "+" : "−"}${unit(Math.abs(difference))}`;
}

/** `1 object`, `2 objects`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The middle one of some numbers; of an even number of them, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
