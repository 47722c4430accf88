// The kinds of arrays.

import { classOfKind } from "./leaves.js";

/** `i64` and `u64` are bigints, the others numbers. */
export type ArrayKind = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64";

/** An item of an array. */
export type ArrayItem<K extends ArrayKind> = K extends "i64" | "u64" ? bigint : number;

/** The typed arrays of each kind. */
interface Views {
  i8: Int8Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  i16: Int16Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  i64: BigInt64Array<ArrayBuffer>;
  u64: BigUint64Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
}

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
