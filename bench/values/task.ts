// What is done with values, and the keys that it is done with.

import { picker } from "../objects/graph.js";

/**
 * Keys of dicts and sets. "hot strings" exist before and are used again and again: engines know their hashes, and compare them
 * by address. "new strings" are made for each run, off the clock, with the same characters.
 */
export type Keys = "integers" | "hot strings" | "new strings";

/** Characters outside ASCII of a text: none, all of them below 256, or all of them above. */
export type Alphabet = "ASCII" | "Latin-1" | "UTF-16";

/** What work is done. Names and numbers are the same for everybody, in bench/python/values.py, too. */
export type ValueTask =
  /** A new list that grows to `size` numbers, and goes. */
  | { readonly kind: "list push"; readonly size: number }
  /** Reads of a list by index, in random order. */
  | { readonly kind: "list read"; readonly size: number }
  /** Reads, and writes, of keys that are there, in random order. */
  | { readonly kind: "dict get" | "dict set" | "set has"; readonly keys: Keys; readonly size: number }
  /** A new dict or set that grows to `size` keys, and goes. */
  | { readonly kind: "dict fill" | "set fill"; readonly keys: Keys; readonly size: number }
  /** One value in at one end and one out at the other, `size` of them in between. */
  | { readonly kind: "queue"; readonly size: number }
  /** From the JSON text of a file to values, from plain values to values and back, and the end of them. */
  | { readonly kind: "parse" | "from" | "back" | "drop"; readonly file: string }
  /** A text into the heap, or out of it. */
  | { readonly kind: "text in" | "text out"; readonly alphabet: Alphabet; readonly length: number };

/** Operations of one call of a loop, at least. */
export const CALLS = 1000;

/** `size` small integers in random order, seven apart. */
export function integerKeys(size: number): number[] {
  const keys = Array.from({ length: size }, (_, i) => i * 7);
  const pick = picker();
  for (let last = size - 1; last > 0; last--) {
    const other = pick(last + 1);
    [keys[last], keys[other]] = [keys[other] as number, keys[last] as number];
  }
  return keys;
}

/** Characters of a string key. */
const KEY_LENGTH = 8;

/** Keys for a run: the same strings each time, or strings that are made anew each time. */
export function keySource(keys: Keys, size: number): () => readonly (number | string)[] {
  const integers = integerKeys(size);
  if (keys === "integers") return () => integers;
  const bytes = Buffer.from(integers.map((key) => `k${String(key).padStart(KEY_LENGTH - 1, "0")}`).join(""), "latin1");
  const make = () => integers.map((_, i) => bytes.toString("latin1", i * KEY_LENGTH, (i + 1) * KEY_LENGTH));
  if (keys === "new strings") return make;
  const hot = make();
  return () => hot;
}

/** Texts that take turns, so that none is the last one again. */
const TEXTS = 16;

/** Texts of one kind and length that differ. */
export function textsOf(alphabet: Alphabet, length: number): string[] {
  const first = { ASCII: 0x61, "Latin-1": 0xe0, "UTF-16": 0x4e00 }[alphabet];
  return Array.from({ length: TEXTS }, (_, i) => {
    const units = Uint16Array.from({ length }, (_, k) => first + ((i + k) % TEXTS));
    return Buffer.from(units.buffer).toString("utf16le");
  });
}
