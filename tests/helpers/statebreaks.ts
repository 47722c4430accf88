// A heap with what the core relies on and nobody counts: constants, hashes that are kept, flags, owners of blocks; and ways to damage it.
import {
  I_ARENA_FREE,
  I_CONSTANT,
  I_DEQUE,
  I_GC_WORD,
  I_HASH,
  I_INTERNED,
  I_LENGTH,
  I_OBJECT,
  I_STATE,
  I_TABLE,
  I_TEXT,
  I_TYPE,
  I_WEAKREF,
} from "../../assembly/invariants.js";
import {
  ARENA_BYTES,
  CHAR_STRS,
  DEQUE_DIRECTORY,
  DEQUE_FIRST,
  DEQUE_ROOM,
  DICT_TABLE,
  DIVISORS,
  EMPTY_TUPLE,
  FALSE_OBJECT,
  FLOAT_VALUE,
  G_AGE,
  G_DELAYED,
  G_ENABLED,
  G_LIMIT,
  G_OBJECT_OFFSET,
  G_TRASH_COUNT,
  G_TYPES,
  G_WATCHERS,
  GC_BYTES,
  ID_FLOAT,
  ID_KEYEDREF,
  INT_DIGITS,
  INT_SIZE,
  NAN_OBJECT,
  O_COUNT,
  O_TYPE,
  R_ARENAS,
  R_ARENAS_ALLOCATED,
  R_ARENAS_HIGH,
  R_DEBUG,
  R_KEY,
  RUNTIME,
  SET_HASH,
  T_ASCII,
  T_INTERNED,
  T_TRACKED,
  T_WIDE,
  TABLE_INDEX,
  TEXT_DATA,
  TEXT_HASH,
  TEXT_LENGTH,
  TEXT_SCRATCH,
  TUPLE_HASH,
  TYPE_NAME,
  TYPE_SHIFT,
  TYPE_SIZE,
  W_HASH,
  W_OWNER,
} from "../../src/layout.js";
import { integer, type Objects } from "./objects.js";
import { OWNER_BREAKS } from "./ownerbreaks.js";

/** Each with the one reference of its maker. */
export interface StatePlaces {
  /** Types with a name each. */
  named: number;
  alike: number;
  object: number;
  /** 40 items, in a chunk; 200; and 300 lists of two, whose blocks have 8 bytes. */
  list: number;
  long: number;
  pairs: number[];
  tuple: number;
  frozenset: number;
  /** Three texts as keys. */
  dict: number;
  deque: number;
  ascii: number;
  latin: number;
  wide: number;
  int: number;
  /** A weak reference that is a key, and one that lies in the dict. */
  ref: number;
  keyed: number;
  /** A freed block of 64 bytes. */
  freed: number;
}

export interface StateBreak {
  name: string;
  /** What verify finds: the invariant, or a neighbour of it that the same write breaks too. */
  found: number | readonly number[];
  make(objects: Objects, places: StatePlaces): void;
}

function text({ heap, core }: Objects, units: string): number {
  const wide = /[^\0-\xff]/.test(units);
  const bytes = wide ? new Uint8Array(Uint16Array.from(units, (unit) => unit.charCodeAt(0)).buffer) : null;
  heap.memory.bytes.set(bytes ?? Uint8Array.from(units, (unit) => unit.charCodeAt(0)), TEXT_SCRATCH);
  return core.newStr(TEXT_SCRATCH, units.length, wide ? 2 : 1) >>> 0;
}

function listOf({ core }: Objects, items: number): number {
  const list = core.newList(items) >>> 0;
  for (let i = 0; i < items; i++) core.listAppend(list, integer(i));
  return list;
}

/** Makes an empty heap into one that has them all. */
export function furnishState(objects: Objects): StatePlaces {
  const { heap, core } = objects;
  const [named = 0, alike = 0] = [0, 1].map(() => core.defineType(2, 20, T_TRACKED, heap.mem.malloc(20), 20));
  const object = objects.make(named);
  const digits = heap.mem.calloc(3, 4);
  for (const i of [0, 1, 2]) heap.poke(digits + 4 * i, 7);
  const int = core.newInt(digits, 3, 0) >>> 0;
  const tuple = core.newTuple(digits, 3) >>> 0;
  heap.mem.free(digits);
  const frozenset = core.newSet(0) >>> 0;
  for (let i = 0; i < 4; i++) core.setAdd(frozenset, integer(i));
  core.setFreeze(frozenset);
  const dict = core.newDict(0) >>> 0;
  for (const key of ["one", "two", "three"]) core.dictSet(dict, text(objects, key), integer(1));
  const ref = core.newWeakRef(object, 0) >>> 0;
  objects.hold(ref);
  core.dictSet(dict, ref, integer(2));
  const keyed = core.newKeyedRef(object, dict, integer(5)) >>> 0;
  const deque = core.newDeque(0xffff_ffff) >>> 0;
  for (let i = 0; i < 150; i++) core.dequePush(deque, integer(i), 0);
  const [list, long] = [listOf(objects, 40), listOf(objects, 200)];
  const pairs = Array.from({ length: 300 }, () => listOf(objects, 2));
  const ascii = text(objects, "only ascii");
  const latin = text(objects, "caf\xe9 and more");
  const wide = text(objects, "wide \u1234");
  core.hashOf(ascii);
  const freed = heap.mem.malloc(64);
  heap.mem.free(freed);
  return {
    named,
    alike,
    object,
    list,
    long,
    pairs,
    tuple,
    frozenset,
    dict,
    deque,
    ascii,
    latin,
    wide,
    int,
    ref,
    keyed,
    freed,
  };
}

type Place = (objects: Objects, places: StatePlaces) => number;
type Value = (old: number, places: StatePlaces, objects: Objects) => number;

/** Another value in a word. */
function word(name: string, found: number | readonly number[], at: Place, value: Value): StateBreak {
  return {
    name,
    found,
    make: (objects, places) => {
      const address = at(objects, places);
      objects.heap.poke(address, value(objects.heap.word(address), places, objects));
    },
  };
}

function fixed(name: string, found: number | readonly number[], address: number, value: Value): StateBreak {
  return word(name, found, () => address, value);
}

function field(name: string, found: number, offset: number, value: (old: number) => number): StateBreak {
  return { name, found, make: (o) => o.setField(offset, value(o.field(offset))) };
}

/** Every key but `pairs` is the address of an object. */
function of(which: Exclude<keyof StatePlaces, "pairs">, offset: number): Place {
  return (_, places) => places[which] + offset;
}

/** Address of a word of the block that the first field of a container leads to. */
function inBlock(which: "dict" | "deque" | "list", offset: number): Place {
  return (objects, places) => objects.heap.word(places[which] + DICT_TABLE) + offset;
}

function record(objects: Objects, type: number): number {
  return objects.field(G_TYPES) + (type << TYPE_SHIFT);
}

const CONSTANTS: StateBreak[] = [
  fixed("a divisor of a class of objects", I_CONSTANT, DIVISORS + 4 * 70, () => 1),
  field("objects elsewhere in their blocks", I_CONSTANT, G_OBJECT_OFFSET, (offset) => offset + 8),
  fixed("a mode that is neither", I_CONSTANT, RUNTIME + R_DEBUG, () => 2),
  fixed("a key of a heap that is none", I_CONSTANT, RUNTIME + R_KEY, () => 7),
  fixed("false with a count", I_CONSTANT, FALSE_OBJECT + O_COUNT, () => 1),
  fixed("another NaN", I_CONSTANT, NAN_OBJECT + FLOAT_VALUE, () => 1),
  fixed("an empty tuple with another hash", I_CONSTANT, EMPTY_TUPLE + TUPLE_HASH, (hash) => hash + 1),
  fixed("a character that is another", I_CONSTANT, CHAR_STRS + 24 * 65 + TEXT_DATA, () => 66),
  fixed("a character with more than its unit", I_CONSTANT, CHAR_STRS + 24 * 65 + TEXT_DATA + 4, () => 1),
  fixed("a character of another length", I_CONSTANT, CHAR_STRS + TEXT_LENGTH, () => 2),
  fixed("a character with another hash", I_CONSTANT, CHAR_STRS + 24 * 65 + TEXT_HASH, () => 5),
  word(
    "a type of the heap's own of another size",
    I_TYPE,
    (o) => record(o, ID_FLOAT) + TYPE_SIZE,
    () => 24,
  ),
  word(
    "the last of them with a name",
    I_TYPE,
    (o) => record(o, ID_KEYEDREF) + TYPE_NAME,
    () => 8,
  ),
];

const STATE: StateBreak[] = [
  field("a limit that is no threshold", I_STATE, G_LIMIT, () => 5),
  field("a switch that is neither on nor off", I_STATE, G_ENABLED, () => 2),
  field("an age that nothing has", I_STATE, G_AGE, () => 0x1000_0000),
  field("trash that is counted", I_STATE, G_TRASH_COUNT, () => 1),
  field("a death that waits", I_STATE, G_DELAYED, () => 0xc008),
  field("a watcher too many", I_STATE, G_WATCHERS, (count) => count + 1),
  field("a watcher too few", I_STATE, G_WATCHERS, (count) => count - 1),
  fixed(
    "more arenas than ever",
    I_STATE,
    RUNTIME + R_ARENAS_HIGH,
    (_, __, { heap }) => heap.word(RUNTIME + R_ARENAS) - 1,
  ),
  fixed("fewer arenas than at a time", I_STATE, RUNTIME + R_ARENAS_ALLOCATED, () => 0),
  word(
    "an arena's page with more than it describes",
    I_ARENA_FREE,
    (_, p) => arenaOf(p.object) + 3000,
    () => 1,
  ),
  word(
    "a pool's descriptor with more",
    I_ARENA_FREE,
    (_, p) => arenaOf(p.object) + 32,
    () => 1,
  ),
];

function arenaOf(address: number): number {
  return address - (address % ARENA_BYTES);
}

const OBJECTS: StateBreak[] = [
  word("a flag that structs do not have", I_OBJECT, of("object", O_TYPE), (type) => type | T_WIDE),
  word("the first object of a pool, of no type", I_OBJECT, of("object", O_TYPE), () => 0),
  word("the first of one of untracked objects, of no type", I_OBJECT, of("int", O_TYPE), () => 0),
  word("a flag that lists do not have", I_OBJECT, of("list", O_TYPE), (type) => type | T_INTERNED),
  word("a finalizer that has run and is none", I_GC_WORD, of("object", -GC_BYTES), (gc0) => gc0 | 1),
  word("an object that was revived", I_GC_WORD, of("object", -GC_BYTES), (gc0) => gc0 | 2),
  word("an integer without digits", I_LENGTH, of("int", INT_SIZE), () => 0),
  word("an integer whose last digit is 0", I_LENGTH, of("int", INT_DIGITS + 8), () => 0),
  word("a str that is ASCII and does not say so", I_TEXT, of("ascii", O_TYPE), (type) => type - T_ASCII),
  word("a str that is not ASCII and says so", I_TEXT, of("latin", O_TYPE), (type) => type + T_ASCII),
  {
    name: "a wide str without wide units",
    found: I_TEXT,
    make: ({ heap }, { wide }) => heap.memory.bytes.fill(0, wide + TEXT_DATA, wide + TEXT_DATA + 12),
  },
  word("a str that says it is interned", I_INTERNED, of("latin", O_TYPE), (type) => type + T_INTERNED),
  word("a keyed reference whose owner is no weak reference", I_WEAKREF, of("keyed", W_OWNER), (_, p) => p.list),
];

const HASHES: StateBreak[] = [
  word("a str with another hash", I_HASH, of("ascii", TEXT_HASH), (hash) => hash + 1),
  word("a tuple with another hash", I_HASH, of("tuple", TUPLE_HASH), (hash) => hash + 1),
  word("a frozenset with another hash", I_HASH, of("frozenset", SET_HASH), (hash) => hash + 1),
  word("a weak reference with another hash", I_HASH, of("ref", W_HASH), (hash) => hash + 1),
];

const KEYS: StateBreak[] = [
  {
    name: "a key that was never hashed",
    found: I_TABLE,
    make: ({ heap }, { dict }) => heap.poke(heap.word(entryOf(heap.word(dict + DICT_TABLE))) + TEXT_HASH, 0),
  },
  {
    name: "a key that can be none",
    found: I_TABLE,
    make: ({ heap }, { dict, list }) => heap.poke(entryOf(heap.word(dict + DICT_TABLE)), list),
  },
  {
    name: "slots of which all were used",
    found: I_TABLE,
    make: ({ heap }, { dict }) => {
      const slots = heap.word(dict + DICT_TABLE) + TABLE_INDEX;
      for (let i = 0; i < 8; i++) if (heap.memory.bytes[slots + i] === 0xff) heap.memory.bytes[slots + i] = 0xfe;
    },
  },
];

/** The first entry of a table of 8 slots. */
function entryOf(table: number): number {
  return table + TABLE_INDEX + 8;
}

const DEQUES: StateBreak[] = [
  word("a deque's directory of three places", I_DEQUE, of("deque", DEQUE_ROOM), () => 3),
  word("a deque without the block of its next item", I_DEQUE, inBlock("deque", 8), () => 0),
  word("a deque with one block in two places", I_DEQUE, inBlock("deque", 12), (_, p, { heap }) => first(heap, p.deque)),
  word("a deque with its last block before its first", I_DEQUE, of("deque", DEQUE_FIRST), () => 60),
];

function first(heap: Objects["heap"], deque: number): number {
  return heap.word(heap.word(deque + DEQUE_DIRECTORY));
}

export const STATE_BREAKS: readonly StateBreak[] = [
  ...CONSTANTS,
  ...STATE,
  ...OBJECTS,
  ...HASHES,
  ...KEYS,
  ...DEQUES,
  ...OWNER_BREAKS,
];
