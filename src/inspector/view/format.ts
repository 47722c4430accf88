// Numbers as people read them, with units, in the same way everywhere on the page.

import { grouped } from "../../grouped.js";

/** Narrow space that does not break: before units. */
const THIN = "\u202f";

/** 1234567 → "1,234,567", in every locale. */
export function integer(value: number): string {
  return grouped(Math.round(value));
}

/** Three significant digits: 9.87, 12.3, 123. */
export function decimal(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return integer(value);
  if (size >= 9.995) return value.toFixed(1);
  return size === 0 ? "0" : value.toFixed(2);
}

/** Bytes in the largest unit that leaves a number of 1 or more: 512 B, 4.00 KiB, 1.25 MiB. */
export function bytes(value: number): string {
  const size = Math.abs(value);
  if (size < 1024) return `${Math.round(value)}${THIN}B`;
  if (size < 1023.995 * 1024) return `${decimal(value / 1024)}${THIN}KiB`;
  return size < 2 ** 30 ? `${decimal(value / 2 ** 20)}${THIN}MiB` : `${decimal(value / 2 ** 30)}${THIN}GiB`;
}

/** Bytes at a tick of an axis: no digits that say nothing. */
export function roundBytes(value: number): string {
  if (value === 0) return "0";
  const power = value >= 2 ** 30 ? 3 : value >= 2 ** 20 ? 2 : value >= 1024 ? 1 : 0;
  const number = Math.round((value / 1024 ** power) * 100) / 100;
  return `${number}${THIN}${["B", "KiB", "MiB", "GiB"][power]}`;
}

/** Counts at a tick of an axis: 1,500, 20k, 1.5M. */
export function roundCount(value: number): string {
  const trimmed = (number: number) => String(Math.round(number * 100) / 100);
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  return value >= 1e4 ? `${trimmed(value / 1e3)}k` : integer(value);
}

/** 0.0345 → "3.5 %". */
export function percent(share: number): string {
  const value = share * 100;
  if (!Number.isFinite(value)) return `0${THIN}%`;
  if (value !== 0 && value < 0.1) return `<${THIN}0.1${THIN}%`;
  return `${value >= 99.95 ? "100" : value.toFixed(1)}${THIN}%`;
}

/** Milliseconds as µs, ms or s. */
export function duration(milliseconds: number): string {
  if (milliseconds < 0.9995) return `${decimal(milliseconds * 1000)}${THIN}µs`;
  if (milliseconds < 999.5) return `${decimal(milliseconds)}${THIN}ms`;
  return `${decimal(milliseconds / 1000)}${THIN}s`;
}

/** A pause: browsers' clocks may be too coarse for the short ones. */
export function pauseTime(milliseconds: number): string {
  return milliseconds === 0 ? `<${THIN}0.1${THIN}ms` : duration(milliseconds);
}

/** Seconds since the beginning as m:ss.s. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds / 60);
  return `${whole}:${(seconds - whole * 60).toFixed(1).padStart(4, "0")}`;
}

/** An address as the library writes it: 0x0001f040. */
export function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

/** An address where there is little room: 0x1f040. */
export function shortHex(address: number): string {
  return `0x${address.toString(16)}`;
}

/** "1 block", "2 blocks". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${integer(number)} ${number === 1 ? one : many}`;
}

/** With a capital letter. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
