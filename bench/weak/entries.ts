// Loops over weak collections and references: the same for those of a heap and for what JavaScript has.

import type { Work } from "../objects/work.js";
import { sink } from "../values/containers.js";

/** A weak collection of somebody's, entry by entry: each has an object and, but for sets, a number that is its key or its value. */
export interface Entries {
  /** Puts in the entry of object `i`. */
  add(i: number): void;
  /** 1 if the entry of object `i` is there. */
  find(i: number): number;
  /** The collection is not needed any more. */
  done(): void;
}

/** A new collection each time, which grows to `size` entries. */
export function insertWork(open: () => Entries, size: number): Work {
  let entries: Entries | null = null;
  const prepare = () => {
    entries?.done();
    entries = open();
  };
  const run = () => {
    const { add } = entries as Entries;
    for (let i = 0; i < size; i++) add(i);
  };
  return { operations: size, prepare, run };
}

/** Reads of all entries of one collection. */
export function lookupWork(open: () => Entries, size: number): Work {
  const { add, find } = open();
  for (let i = 0; i < size; i++) add(i);
  const run = () => {
    let found = 0;
    for (let i = 0; i < size; i++) found += find(i);
    if (found !== size) throw new Error(`${found} entries of ${size} were found`);
    sink.sum += found;
  };
  return { operations: size, run };
}

/** One operation on each of several things, which comes to 1. */
export function over<Thing>(things: readonly Thing[], body: (thing: Thing, i: number) => number): Work {
  const run = () => {
    let sum = 0;
    for (let i = 0; i < things.length; i++) sum += body(things[i] as Thing, i);
    if (sum !== things.length) throw new Error(`${sum} operations of ${things.length} came to something`);
    sink.sum += sum;
  };
  return { operations: things.length, run };
}
