// Values of a heap to be measured in bytes: what they hold, how they are made, and how many lengths of each there are.

import type { Heap, Str, Value } from "arenaria";

/** How a container gets its contents: CPython's sizes depend on it. */
export type Way = "one by one" | "literal" | "sequence" | "generator";

/** Makes a value. What it takes beforehand has been made already. */
type Maker = () => Value;

/** A kind of value. Names are the same for everybody, in bench/python/sizes.py, too. */
export interface Kind {
  readonly type: string;
  readonly contents: string;
  readonly ways: readonly Way[];
  readonly lengths: readonly number[];
  /** It must not be larger than CPython's. */
  readonly judged: boolean;
  prepare(heap: Heap, way: Way, length: number): Maker;
}

/** Lengths of which the table has a column, and bits of integers. */
export const SHOWN: readonly number[] = [0, 1, 2, 3, 5, 10, 21, 100, 1000, 10_000];
export const SHOWN_BITS: readonly number[] = [0, 30, 31, 32, 53, 60, 64, 96, 128, 1024, 10_000];

/** Every short length, and those around which tables and buffers grow. */
const LENGTHS: readonly number[] = [
  ...Array.from({ length: 180 }, (_, length) => length),
  ...[340, 341, 342, 343, 682, 683, 1000, 1228, 1229, 1365, 1366, 2730, 2731, 4914, 4915, 5461, 5462, 10_000, 10_922],
  ...[10_923, 19_661, 21_845, 21_846, 43_690, 43_691, 87_381, 87_382],
];

const CHARACTERS: Readonly<Record<string, string>> = {
  ASCII: "a",
  "Latin-1": "\u00e0",
  "UCS-2": "\u4e00",
  "non-BMP": "\u{1f600}",
};

const ALL: readonly Way[] = ["one by one", "literal", "sequence", "generator"];
const ITERABLES: readonly Way[] = ["sequence", "generator"];

export const KINDS: readonly Kind[] = [
  of("list", "small ints", ALL, (heap, way, n) => {
    const items = numbers(n);
    if (way === "literal") return () => heap.from(items);
    if (way !== "one by one") return () => heap.list(given(way, items));
    return () => filled(heap.list(), (list) => items.forEach((item) => void list.push(item)));
  }),
  of("tuple", "small ints", ITERABLES, (heap, way, n) => () => heap.tuple(given(way, numbers(n)))),
  of("dict", "str keys", ["one by one", "sequence", "generator"], (heap, way, n) =>
    // Keys that exist already, so that their bytes are not the dict's.
    dictMaker(
      heap,
      way,
      numbers(n).map((i) => heap.sys.intern(`k${i}`)),
    ),
  ),
  of("dict", "str keys", ["literal"], (heap, _, n) => {
    const entries = Object.fromEntries(numbers(n).map((i) => [`k${i}`, 1]));
    return () => heap.from(entries);
  }),
  of("dict", "int keys", ALL, (heap, way, n) => dictMaker(heap, way, numbers(n))),
  of("set", "small ints", ALL, (heap, way, n) => {
    const items = numbers(n);
    if (way === "literal") return () => heap.from(new Set(items));
    if (way !== "one by one") return () => heap.set(given(way, items));
    return () => filled(heap.set(), (set) => items.forEach((item) => void set.add(item)));
  }),
  of("frozenset", "small ints", ITERABLES, (heap, way, n) => () => heap.frozenset(given(way, numbers(n)))),
  ...Object.entries(CHARACTERS).map(([contents, character]) =>
    of("str", contents, ["literal"], (heap, _, n) => () => heap.str(character.repeat(n))),
  ),
  of("str", "ASCII but one UCS-2", ["literal"], (heap, _, n) => {
    return () => heap.str(n === 0 ? "" : `${"a".repeat(n - 1)}\u4e00`);
  }),
  { ...of("bytes", "", ["literal"], (heap, _, n) => () => heap.bytes(new Uint8Array(n))), judged: false },
  {
    ...of("int", "bits", ["literal"], (_heap, _, n) => () => 2n ** BigInt(n) - 1n),
    lengths: SHOWN_BITS,
    judged: false,
  },
  { ...of("float", "", ["literal"], () => () => 0.5), lengths: [1], judged: false },
  {
    ...of("deque", "small ints", ["one by one", "sequence"], (heap, way, n) => {
      if (way === "sequence") return () => heap.deque(numbers(n));
      return () => filled(heap.deque(), (deque) => numbers(n).forEach((item) => void deque.push(item)));
    }),
    judged: false,
  },
  {
    ...of("array", "i32", ["one by one", "sequence"], (heap, way, n) => {
      if (way === "sequence") return () => heap.array("i32", numbers(n));
      return () => filled(heap.array("i32"), (array) => numbers(n).forEach((item) => void array.push(item)));
    }),
    judged: false,
  },
];

function of(type: string, contents: string, ways: readonly Way[], prepare: Kind["prepare"]): Kind {
  return { type, contents, ways, lengths: LENGTHS, judged: true, prepare };
}

function numbers(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** An iterable whose length is known, or is not. */
function given<Item>(way: Way, items: readonly Item[]): Iterable<Item> {
  return way === "generator" ? one(items) : items;
}

function* one<Item>(items: readonly Item[]): Generator<Item> {
  yield* items;
}

function filled<Container>(container: Container, fill: (container: Container) => void): Container {
  fill(container);
  return container;
}

function dictMaker(heap: Heap, way: Way, keys: readonly (number | Str)[]): Maker {
  const entries = keys.map((key): [number | Str, number] => [key, 1]);
  if (way === "literal") return () => heap.from(new Map(entries));
  if (way !== "one by one") return () => heap.dict(given(way, entries));
  return () => filled(heap.dict(), (dict) => entries.forEach(([key, value]) => void dict.set(key, value)));
}

/** What a value takes. */
export interface Bytes {
  /** As sys.getSizeOf tells. */
  readonly told: number;
  /** Of the blocks that are in use for it. */
  readonly blocks: number;
}

/** Makes a value, measures it and lets it go. */
export function bytesOf(heap: Heap, kind: Kind, way: Way, length: number): Bytes {
  return heap.scope(() => {
    const make = kind.prepare(heap, way, length);
    const holder = heap.list([null]);
    const before = heap.sys.memoryUsage().live;
    const value = make();
    const told = heap.sys.getSizeOf(value);
    // What is no handle takes its bytes only where it is stored.
    holder.set(0, value);
    return { told, blocks: heap.sys.memoryUsage().live - before };
  });
}
