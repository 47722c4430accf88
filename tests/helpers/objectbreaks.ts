// A heap with objects of all sorts in it, and ways to damage what the core notes about them.
import {
  I_FRAME,
  I_GC_WORD,
  I_GENERATION,
  I_LARGE_OBJECT,
  I_OBJECT,
  I_REFERENCE,
  I_REFERENCE_COUNT,
  I_TYPE,
} from "../../assembly/invariants.js";
import {
  G_COLLECTING,
  G_FROZEN,
  G_LARGE,
  G_LARGE_CAPACITY,
  G_LARGE_COUNT,
  G_OLD,
  G_REST,
  G_TRASH,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  G_YOUNG,
  G_YOUNG_CAPACITY,
  G_YOUNG_END,
  G_YOUNG_START,
  GC_BYTES,
  GC0,
  GC1,
  HEADER_BYTES,
  O_COUNT,
  O_TYPE,
  PLACE_FROZEN,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  RUNTIME,
  T_TRACKED,
  TYPE_NAME,
  TYPE_REFS,
  TYPE_SHIFT,
  TYPE_SIZE,
  TYPE_WORD,
} from "../../src/layout.js";
import type { Objects } from "./objects.js";

/** Objects to damage. Each has a reference of its maker, the small tracked ones are in rings. */
export interface ObjectPlaces {
  /** Types: of two references and four bytes, with a name; of 300 references; of eight bytes, untracked. */
  node: number;
  wide: number;
  flat: number;
  young: number;
  middle: number;
  old: number;
  frozen: number;
  /** Large ones, of generations 0 and 2. */
  largeYoung: number;
  largeOld: number;
  /** Untracked, small and large; `largeOld` refers to each twice. */
  leaf: number;
  largeLeaf: number;
  /** Dead: free in its pool, and in a quick list. In a debug heap both are in quarantine. */
  freed: number;
  quick: number;
}

export interface ObjectBreak {
  name: string;
  /** What verify finds: the invariant, or a neighbour of it that the same write breaks too. */
  found: number | readonly number[];
  make(objects: Objects, places: ObjectPlaces): void;
}

/** Makes an empty heap into one that has them all. */
export function furnishObjects(objects: Objects): ObjectPlaces {
  const { heap, core } = objects;
  const node = core.defineType(2, 20, T_TRACKED, heap.mem.malloc(20), 20);
  const [wide, flat] = [objects.type(300), objects.type(0, 8)];
  const frozen = ringOf(objects, node, 4);
  core.freeze();
  const old = ringOf(objects, node, 6);
  const [leaf, largeLeaf] = [objects.make(flat), objects.make(objects.type(0, 800))];
  const largeOld = objects.make(wide);
  for (const [slot, object] of [leaf, largeLeaf, leaf, largeLeaf].entries()) objects.link(largeOld, slot, object);
  core.collect(2);
  const middle = ringOf(objects, node, 5);
  core.collect(0);
  const young = ringOf(objects, node, 7);
  const largeYoung = objects.make(wide);
  objects.link(largeYoung, 299, largeOld);
  const [freed = 0, quick = 0] = objects.makeMany(node, 2);
  // The last of the young array, so that the dead leave holes.
  objects.make(node);
  objects.release(freed);
  core.drain();
  objects.release(quick);
  return { node, wide, flat, frozen, old, leaf, largeLeaf, largeOld, middle, young, largeYoung, freed, quick };
}

/** The second object of a ring of which all refer to the first, too. */
function ringOf(objects: Objects, type: number, length: number): number {
  const ring = objects.ring(type, length);
  for (const object of ring) objects.link(object, 1, ring[0] as number);
  return ring[1] as number;
}

function add({ heap }: Objects, address: number, n: number): void {
  heap.poke(address, heap.word(address) + n);
}

function setPlace({ heap }: Objects, object: number, place: number): void {
  heap.poke(object - GC_BYTES + GC0, place << PLACE_SHIFT);
}

function record(objects: Objects, type: number): number {
  return objects.field(G_TYPES) + (type << TYPE_SHIFT);
}

/** Address of a word of the young array, or of that of large objects. */
function entry(objects: Objects, array: number, index: number): number {
  return objects.field(array) + 4 * index;
}

/** Another value in a field of the collector's record. */
function field(
  name: string,
  found: number | readonly number[],
  offset: number,
  value: (old: number) => number,
): ObjectBreak {
  return { name, found, make: (o) => o.setField(offset, value(o.field(offset))) };
}

const TYPES: ObjectBreak[] = [
  field("more types than there is room for", I_TYPE, G_TYPE_COUNT, () => 5000),
  field("a type too many", I_TYPE, G_TYPE_COUNT, (count) => count + 1),
  // Type words are looked up in it before it is looked at.
  field("types and no table", [I_TYPE, I_OBJECT], G_TYPES, () => 0),
  field("a table that is no block", [I_TYPE, I_OBJECT], G_TYPES, (table) => table + 32),
  field("a table that is shorter than it should be", I_TYPE, G_TYPE_CAPACITY, (capacity) => 4 * capacity),
  {
    name: "a type with another id",
    found: [I_TYPE, I_OBJECT],
    make: (o, p) => add(o, record(o, p.flat) + TYPE_WORD, 1 << 16),
  },
  {
    name: "a type word with more references",
    found: [I_TYPE, I_OBJECT],
    make: (o, p) => add(o, record(o, p.flat) + TYPE_WORD, 1),
  },
  { name: "a type with fewer references", found: I_TYPE, make: (o, p) => add(o, record(o, p.node) + TYPE_REFS, -1) },
  {
    name: "a type with more references than fit",
    found: I_TYPE,
    make: (o, p) => o.heap.poke(record(o, p.wide) + TYPE_REFS, 100_000),
  },
  { name: "a type of no size", found: I_TYPE, make: (o, p) => o.heap.poke(record(o, p.wide) + TYPE_SIZE, 8) },
  {
    name: "a type with a name that is no block",
    found: I_TYPE,
    make: (o, p) => add(o, record(o, p.node) + TYPE_NAME, 8),
  },
  {
    name: "a type with a name that was freed",
    found: I_TYPE,
    make: (o, p) => o.heap.mem.free(o.heap.word(record(o, p.node) + TYPE_NAME)),
  },
];

const BLOCKS: ObjectBreak[] = [
  { name: "an object of no type", found: I_OBJECT, make: (o, p) => o.heap.poke(p.young + O_TYPE, 0) },
  { name: "an object of a type there is not", found: I_OBJECT, make: (o, p) => add(o, p.old + O_TYPE, 999 << 16) },
  {
    name: "an object of a type of another size",
    found: I_OBJECT,
    make: (o, p) => o.heap.poke(p.old + O_TYPE, o.typeWord(p.largeOld)),
  },
  {
    name: "an object of an untracked type",
    found: I_OBJECT,
    make: (o, p) => o.heap.poke(p.middle + O_TYPE, o.typeWord(p.leaf)),
  },
  { name: "an object with other references", found: I_OBJECT, make: (o, p) => add(o, p.frozen + O_TYPE, 1) },
  { name: "a live object without a count", found: I_OBJECT, make: (o, p) => o.heap.poke(p.young + O_COUNT, 0) },
  { name: "a live object with a negative count", found: I_OBJECT, make: (o, p) => o.heap.poke(p.old + O_COUNT, -1) },
  {
    name: "a dead object with a count, in its pool",
    found: [I_OBJECT, I_FRAME],
    make: (o, p) => o.heap.poke(p.freed + O_COUNT, 1),
  },
  {
    name: "a dead object with a count, in a quick list",
    found: [I_OBJECT, I_FRAME],
    make: (o, p) => o.heap.poke(p.quick + O_COUNT, 1),
  },
];

/** What a slot must not hold, and in which objects it is tried. */
const WRONG_WORDS: [name: string, word: (objects: Objects, places: ObjectPlaces) => number][] = [
  ["an address out of memory", () => 0xffff_fff8],
  ["an unaligned address", (_, p) => p.old + 4],
  ["an address of the guard page", () => 16],
  ["the address of the runtime record", () => RUNTIME],
  ["the inside of an object", (_, p) => p.old + 8],
  ["the inside of a large object", (_, p) => p.largeOld + 8],
  ["a dead object", (_, p) => p.freed],
  ["a dead object of a quick list", (_, p) => p.quick],
  ["a block", ({ heap }) => heap.mem.malloc(40)],
  ["the type table", (o) => o.field(G_TYPES)],
];

const REFERENCES: ObjectBreak[] = WRONG_WORDS.flatMap(([name, word]) => [
  { name: `${name} in a slot`, found: I_REFERENCE, make: (o, p) => o.heap.poke(p.young + HEADER_BYTES, word(o, p)) },
  {
    name: `${name} in the last slot of a large object`,
    found: I_REFERENCE,
    make: (o, p) => o.heap.poke(p.largeOld + HEADER_BYTES + 4 * 299, word(o, p)),
  },
]);

const COUNTS: ObjectBreak[] = (["young", "middle", "old", "frozen", "largeOld", "leaf", "largeLeaf"] as const).map(
  (place) => ({
    name: `a count that is too low: ${place}`,
    found: I_REFERENCE_COUNT,
    make: (objects, places) => {
      const object = places[place];
      // The first object of a ring: all others refer to it.
      const target =
        object === places.leaf || object === places.largeLeaf || place === "largeOld" ? object : first(objects, object);
      if (place === "largeOld") for (const slot of [0, 1]) objects.link(places.young, slot, object);
      objects.heap.poke(target + O_COUNT, 1);
    },
  }),
);

function first({ heap }: Objects, inRing: number): number {
  return heap.word(inRing + HEADER_BYTES + 4);
}

const WORDS: ObjectBreak[] = [
  field("a collection under way", I_GC_WORD, G_COLLECTING, () => 1),
  field("trash that is left", I_GC_WORD, G_TRASH, () => 0xc008),
  field("another value at rest", I_GC_WORD, G_REST, (rest) => rest ^ 1),
  ...(["young", "middle", "old", "largeYoung", "largeOld"] as const).map((place) => ({
    name: `gc1 as if it were reached: ${place}`,
    found: I_GC_WORD,
    make: (objects: Objects, places: ObjectPlaces) =>
      objects.heap.poke(places[place] - GC_BYTES + GC1, objects.field(G_REST) ^ 1),
  })),
  ...(["young", "old", "frozen", "largeOld"] as const).map((place) => ({
    name: `gc1 as if it were referred to: ${place}`,
    found: I_GC_WORD,
    make: (objects: Objects, places: ObjectPlaces) => add(objects, places[place] - GC_BYTES + GC1, 2),
  })),
];

const GENERATIONS: ObjectBreak[] = [
  field("an old object too many", I_GENERATION, G_OLD, (count) => count + 1),
  field("an old object too few", I_GENERATION, G_OLD, (count) => count - 1),
  field("a frozen object too many", I_GENERATION, G_FROZEN, (count) => count + 1),
  field("a young array shorter than it should be", I_GENERATION, G_YOUNG_CAPACITY, (capacity) => 16 * capacity),
  field("a young array without room", I_GENERATION, G_YOUNG_CAPACITY, () => 0),
  field("a young array that is no block", I_GENERATION, G_YOUNG, (array) => array + 16),
  field("no young array", I_GENERATION, G_YOUNG, () => 0),
  field("a young array out of memory", I_GENERATION, G_YOUNG, () => 0xffff_fff0),
  field("a young array that ends past its room", I_GENERATION, G_YOUNG_END, () => 2000),
  field("a young array that ends early", I_GENERATION, G_YOUNG_END, (end) => end - 1),
  field("a young array that begins behind its end", I_GENERATION, G_YOUNG_START, () => 900),
  {
    name: "a young object that is not in the array",
    found: I_GENERATION,
    make: (o, p) => o.heap.poke(entry(o, G_YOUNG, o.index(p.young)), 0),
  },
  {
    name: "another object in its place",
    found: I_GENERATION,
    make: (o, p) => o.heap.poke(entry(o, G_YOUNG, o.index(p.young)), p.middle),
  },
  {
    name: "an object twice in the array",
    found: I_GENERATION,
    make: (o, p) => o.heap.poke(entry(o, G_YOUNG, o.field(G_YOUNG_END) - 2), p.middle),
  },
  {
    name: "an old object in the array",
    found: I_GENERATION,
    make: (o, p) => o.heap.poke(entry(o, G_YOUNG, o.field(G_YOUNG_END) - 2), p.old),
  },
  { name: "an object in no generation", found: I_GENERATION, make: (o, p) => setPlace(o, p.young, PLACE_NONE) },
  { name: "an old object as if it were young", found: I_GENERATION, make: (o, p) => setPlace(o, p.old, PLACE_YOUNG) },
  { name: "an old object as if it were frozen", found: I_GENERATION, make: (o, p) => setPlace(o, p.old, PLACE_FROZEN) },
  { name: "a young object as if it were old", found: I_GENERATION, make: (o, p) => setPlace(o, p.young, PLACE_OLD) },
  {
    name: "a large object as if it were old",
    found: I_GENERATION,
    make: (o, p) => setPlace(o, p.largeYoung, PLACE_OLD),
  },
  {
    name: "an object past the end of the array",
    found: I_GENERATION,
    make: (o, p) => setPlace(o, p.young, PLACE_YOUNG + o.field(G_YOUNG_END)),
  },
];

const LARGE: ObjectBreak[] = [
  field("more large objects than there is room for", I_LARGE_OBJECT, G_LARGE_COUNT, () => 5000),
  field("a large object too many", I_LARGE_OBJECT, G_LARGE_COUNT, (count) => count + 1),
  // Whoever is missing there is missing in its generation too.
  field("a large object too few", [I_LARGE_OBJECT, I_GENERATION], G_LARGE_COUNT, (count) => count - 1),
  field("an array of large objects that is no block", I_LARGE_OBJECT, G_LARGE, (array) => array + 16),
  field("no array of large objects", I_LARGE_OBJECT, G_LARGE, () => 0),
  field("an array of large objects shorter than it should be", I_LARGE_OBJECT, G_LARGE_CAPACITY, (room) => 16 * room),
  { name: "a large object with another index", found: I_LARGE_OBJECT, make: (o, p) => add(o, p.largeOld - 16, 1) },
  ...(
    [
      ["nothing", () => 0],
      ["a small object", (p) => p.old],
      ["a large untracked object", (p) => p.largeLeaf],
      ["the other large object", (p) => p.largeYoung],
      ["an address out of memory", () => 0xffff_fff8],
      ["a dead object", (p) => p.freed],
    ] as [string, (places: ObjectPlaces) => number][]
  ).map(([name, word]) => ({
    name: `${name} among the large objects`,
    found: I_LARGE_OBJECT,
    make: (o: Objects, p: ObjectPlaces) => o.heap.poke(entry(o, G_LARGE, o.heap.word(p.largeOld - 16)), word(p)),
  })),
  { name: "a large object without a count", found: I_LARGE_OBJECT, make: (o, p) => o.heap.poke(p.largeYoung, 0) },
  {
    name: "a large object of a small type",
    found: I_LARGE_OBJECT,
    make: (o, p) => o.heap.poke(p.largeYoung + O_TYPE, o.typeWord(p.old)),
  },
  {
    name: "a large object of a type there is not",
    found: I_LARGE_OBJECT,
    make: (o, p) => add(o, p.largeYoung + O_TYPE, 999 << 16),
  },
];

export const OBJECT_BREAKS: readonly ObjectBreak[] = [
  ...TYPES,
  ...BLOCKS,
  ...REFERENCES,
  ...COUNTS,
  ...WORDS,
  ...GENERATIONS,
  ...LARGE,
];
