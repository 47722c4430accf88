// The kinds of arrays.

import { classOfKind } from "./leaves.js";
import type { Views } from "./memory.js";

/** `i64` and `u64` are bigints, the others numbers. */
export type ArrayKind = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64";

/** An item of an array. */
export type ArrayItem<K extends ArrayKind> = K extends "i64" | "u64" ? bigint : number;

/** The typed array that the items of an array are. */
export type ArrayView<K extends ArrayKind> = Views[K];

/** In the order of their numbers in the heap, with what their items may be: null stands for any number. */
export const KINDS: readonly (readonly [ArrayKind, from: number | bigint | null, to: number | bigint | null])[] = [
  ["i8", -128, 127],
  ["u8", 0, 255],
  ["i16", -32768, 32767],
  ["u16", 0, 65535],
  ["i32", -(2 ** 31), 2 ** 31 - 1],
  ["u32", 0, 2 ** 32 - 1],
  ["i64", -(2n ** 63n), 2n ** 63n - 1n],
  ["u64", 0n, 2n ** 64n - 1n],
  ["f32", null, null],
  ["f64", null, null],
];

/** A typed array with items of the kind with that number. */
export type AnyView = Views[ArrayKind] & { [index: number]: number | bigint };

/** A typed array of a kind, of its own buffer or in linear memory. */
export function viewOfKind(
  number: number,
  ...from: [length: number] | [memory: ArrayBuffer, at: number, length: number]
): AnyView {
  const Class = classOfKind(number) as unknown as new (...from: unknown[]) => AnyView;
  return new Class(...from);
}

/** Item `i` of the items of a kind that lie at `data`; undefined where the views do not reach. */
export function readItem(views: Views, kind: number, data: number, i: number): number | bigint | undefined {
  switch (kind) {
    case 0:
      return views.i8[data + i];
    case 1:
      return views.u8[data + i];
    case 2:
      return views.i16[(data >>> 1) + i];
    case 3:
      return views.u16[(data >>> 1) + i];
    case 4:
      return views.i32[(data >>> 2) + i];
    case 5:
      return views.u32[(data >>> 2) + i];
    case 6:
      return views.i64[(data >>> 3) + i];
    case 7:
      return views.u64[(data >>> 3) + i];
    case 8:
      return views.f32[(data >>> 2) + i];
    default:
      return views.f64[(data >>> 3) + i];
  }
}

/** Replaces item `i`, by a value that the kind can hold. */
export function writeItem(views: Views, kind: number, data: number, i: number, value: number | bigint): void {
  switch (kind) {
    case 0:
      views.i8[data + i] = value as number;
      break;
    case 1:
      views.u8[data + i] = value as number;
      break;
    case 2:
      views.i16[(data >>> 1) + i] = value as number;
      break;
    case 3:
      views.u16[(data >>> 1) + i] = value as number;
      break;
    case 4:
      views.i32[(data >>> 2) + i] = value as number;
      break;
    case 5:
      views.u32[(data >>> 2) + i] = value as number;
      break;
    case 6:
      views.i64[(data >>> 3) + i] = value as bigint;
      break;
    case 7:
      views.u64[(data >>> 3) + i] = value as bigint;
      break;
    case 8:
      views.f32[(data >>> 2) + i] = value as number;
      break;
    default:
      views.f64[(data >>> 3) + i] = value as number;
  }
}
