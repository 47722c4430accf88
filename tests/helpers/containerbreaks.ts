// A heap with containers and texts in it, and ways to damage what they hold.
import { I_DEQUE, I_HASH, I_INTERNED, I_LENGTH, I_LIST, I_REFERENCE, I_TABLE } from "../../assembly/invariants.js";
import {
  ABSENT,
  ARRAY_CAPACITY,
  ARRAY_DATA,
  ARRAY_KIND,
  DEQUE_DIRECTORY,
  DEQUE_FIRST,
  DEQUE_LENGTH,
  DEQUE_MOST,
  DEQUE_ROOM,
  DICT_COUNT,
  DICT_TABLE,
  G_INTERNED,
  G_INTERNED_COUNT,
  G_INTERNED_LOG2,
  INT_SIZE,
  LIST_CAPACITY,
  LIST_ITEMS,
  LIST_LENGTH,
  O_TYPE,
  T_INTERNED,
  TABLE_CAPACITY,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TEXT_DATA,
  TEXT_HASH,
  TEXT_LENGTH,
  TEXT_SCRATCH,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
} from "../../src/layout.js";
import { OK } from "../../src/status.js";
import { integer, type Objects } from "./objects.js";

/** Containers to damage, each with the one reference of its maker. */
export interface ContainerPlaces {
  list: number;
  /** 200 items: large. */
  tuple: number;
  /** 100 texts as keys, of which every third was deleted. */
  dict: number;
  /** 300 integers: slots of two bytes. */
  set: number;
  /** 100 items, the first in the middle of a block. */
  deque: number;
  array: number;
  str: number;
  int: number;
  interned: number;
}

export interface ContainerBreak {
  name: string;
  /** What verify finds: the invariant, or a neighbour of it that the same write breaks too. */
  found: number | readonly number[];
  make(objects: Objects, places: ContainerPlaces): void;
}

function must(status: number): void {
  if (status !== OK) throw new Error(`the call has status ${status}`);
}

function text({ heap, core }: Objects, units: string): number {
  for (let i = 0; i < units.length; i++) heap.memory.bytes[TEXT_SCRATCH + i] = units.charCodeAt(i);
  return core.newStr(TEXT_SCRATCH, units.length, 1) >>> 0;
}

/** Makes an empty heap into one that has them all. */
export function furnishContainers(objects: Objects): ContainerPlaces {
  const { heap, core } = objects;
  const list = core.newList(0) >>> 0;
  for (let i = 0; i < 50; i++) must(core.listAppend(list, integer(i)));
  const at = heap.mem.malloc(800);
  for (let i = 0; i < 200; i++) heap.poke(at + 4 * i, i === 7 ? text(objects, "seven") : integer(i));
  const tuple = core.newTuple(at, 200) >>> 0;
  heap.mem.free(at);
  const dict = core.newDict(0) >>> 0;
  for (let i = 0; i < 100; i++) must(core.dictSet(dict, text(objects, `key ${i}`), integer(i)));
  for (let i = 0; i < 100; i += 3) {
    const key = text(objects, `key ${i}`);
    core.dictTake(dict, key);
    objects.release(key);
  }
  const set = core.newSet(0) >>> 0;
  for (let i = 0; i < 300; i++) must(core.setAdd(set, integer(i * 3)));
  const deque = core.newDeque(1000) >>> 0;
  for (let i = 0; i < 100; i++) must(core.dequePush(deque, integer(i), i & 1));
  const array = core.newArray(8, 100) >>> 0;
  const str = text(objects, "a text that no other is equal to");
  const digits = heap.mem.calloc(5, 4);
  heap.poke(digits + 16, 1);
  const int = core.newInt(digits, 5, 0) >>> 0;
  heap.mem.free(digits);
  const interned = core.intern(str) >>> 0;
  const other = text(objects, "another");
  core.intern(other);
  return { list, tuple, dict, set, deque, array, str, int, interned };
}

function add({ heap }: Objects, address: number, n: number): void {
  heap.poke(address, heap.word(address) + n);
}

type Place = (objects: Objects, places: ContainerPlaces) => number;

/** Another value in a word. */
function word(
  name: string,
  found: number | readonly number[],
  at: Place,
  value: (old: number) => number,
): ContainerBreak {
  return {
    name,
    found,
    make: (objects, places) => {
      const address = at(objects, places);
      objects.heap.poke(address, value(objects.heap.word(address)));
    },
  };
}

/** Address of a word of the block that the first field of a container leads to. */
function inBlock(which: keyof ContainerPlaces, offset: number): Place {
  return (objects, places) => objects.heap.word(places[which] + DICT_TABLE) + offset;
}

function inObject(which: keyof ContainerPlaces, offset: number): Place {
  return (_, places) => places[which] + offset;
}

function entriesOf(objects: Objects, container: number): number {
  const table = objects.heap.word(container + DICT_TABLE);
  const log2 = objects.heap.word(table + TABLE_LOG2);
  return table + TABLE_INDEX + 2 ** log2 * (log2 <= 7 ? 1 : 2);
}

const LISTS: ContainerBreak[] = [
  word("a list longer than its room", [I_LIST], inObject("list", LIST_LENGTH), () => 1000),
  word("a list with more room than its block", I_LIST, inObject("list", LIST_CAPACITY), (room) => room * 4),
  word("a list with no block", I_LIST, inObject("list", LIST_ITEMS), () => 0),
  word("a list with a block that is none", I_LIST, inObject("list", LIST_ITEMS), (block) => block + 8),
  word("a list with a hole", I_REFERENCE, inBlock("list", 8), () => ABSENT),
  word("a list with what is no object", I_REFERENCE, inBlock("list", 12), () => 0x1234_5670),
];

const TABLES: ContainerBreak[] = [
  word("a dict that counts wrong", I_TABLE, inObject("dict", DICT_COUNT), (count) => count + 1),
  word("a set that counts wrong", I_TABLE, inObject("set", DICT_COUNT), (count) => count - 1),
  word("a dict with no table", I_TABLE, inObject("dict", DICT_TABLE), () => 0),
  word("a dict with a table that is no block", I_TABLE, inObject("dict", DICT_TABLE), (table) => table + 8),
  word("a table with more slots than it has", I_TABLE, inBlock("dict", TABLE_LOG2), (log2) => log2 + 4),
  word("a table with too few slots", I_TABLE, inBlock("set", TABLE_LOG2), (log2) => log2 - 1),
  word("a table with slots without end", I_TABLE, inBlock("set", TABLE_LOG2), () => 31),
  word("a table with more entries than room", I_TABLE, inBlock("dict", TABLE_USED), () => 10_000),
  word("a table with more room than slots", I_TABLE, inBlock("dict", TABLE_CAPACITY), () => 10_000),
  {
    name: "a slot of another entry",
    found: I_TABLE,
    make: (o, p) => {
      const table = o.heap.word(p.dict + DICT_TABLE);
      const slots = o.heap.memory.bytes.subarray(table + TABLE_INDEX, table + TABLE_INDEX + 128);
      const [a, b] = [...slots.keys()].filter((i) => (slots[i] as number) < 128 && (slots[i] as number) % 3 !== 0);
      slots[a as number] = slots[b as number] as number;
    },
  },
  {
    name: "slots that were never used",
    found: I_TABLE,
    make: (o, p) => o.heap.memory.bytes.fill(0xff, o.heap.word(p.set + DICT_TABLE) + TABLE_INDEX, entriesOf(o, p.set)),
  },
  {
    name: "a key of another hash",
    found: I_TABLE,
    make: (o, p) => o.heap.poke(entriesOf(o, p.set) + 40, integer(123_456)),
  },
  { name: "a hole too many", found: I_TABLE, make: (o, p) => o.heap.poke(entriesOf(o, p.set) + 40, ABSENT) },
  {
    name: "a value that is no object",
    found: I_REFERENCE,
    make: (o, p) => o.heap.poke(entriesOf(o, p.dict) + 12, 0x1234_5670),
  },
];

const DEQUES: ContainerBreak[] = [
  word("a deque longer than it may be", I_DEQUE, inObject("deque", DEQUE_MOST), () => 99),
  word("a deque longer than its blocks", I_DEQUE, inObject("deque", DEQUE_LENGTH), () => 999),
  word("a deque shorter than what it holds", I_DEQUE, inObject("deque", DEQUE_LENGTH), (length) => length - 1),
  word("a deque with its first item elsewhere", I_DEQUE, inObject("deque", DEQUE_FIRST), (first) => first + 1),
  word("a deque with its first item nowhere", I_DEQUE, inObject("deque", DEQUE_FIRST), () => 100_000),
  word("a deque with no directory", I_DEQUE, inObject("deque", DEQUE_DIRECTORY), () => 0),
  word("a deque with a longer directory", I_DEQUE, inObject("deque", DEQUE_ROOM), (room) => room + 1000),
  word("a deque with a block that is none", I_DEQUE, inBlock("deque", 0), (block) => block + 8),
];

const LENGTHS: ContainerBreak[] = [
  word("an array with more room than its block", I_LENGTH, inObject("array", ARRAY_CAPACITY), (room) => room * 4),
  word("an array of no kind", I_LENGTH, inObject("array", ARRAY_KIND), () => 10),
  word("an array with data that are no block", I_LENGTH, inObject("array", ARRAY_DATA), (data) => data + 8),
  word("a str longer than its block", I_LENGTH, inObject("str", TEXT_LENGTH), () => 200),
  word("a str of a length that nothing has", I_LENGTH, inObject("str", TEXT_LENGTH), () => 0xffff_fff0),
  word("an int with more digits than its block", I_LENGTH, inObject("int", INT_SIZE), () => -1000),
  word("a tuple longer than its block", I_LENGTH, inObject("tuple", TUPLE_LENGTH), () => 5000),
  word("a tuple with what is no object", I_REFERENCE, inObject("tuple", TUPLE_ITEMS), () => 0x1234_5670),
];

const INTERNED: ContainerBreak[] = [
  { name: "a count of interned strs that is wrong", found: I_INTERNED, make: (o) => o.setField(G_INTERNED_COUNT, 5) },
  {
    name: "a table of them that is no block",
    found: I_INTERNED,
    make: (o) => o.setField(G_INTERNED, o.field(G_INTERNED) + 8),
  },
  { name: "a table of them with more slots", found: I_INTERNED, make: (o) => o.setField(G_INTERNED_LOG2, 20) },
  { name: "a str that does not know", found: I_INTERNED, make: (o, p) => add(o, p.interned + O_TYPE, -T_INTERNED) },
  { name: "one with another hash", found: [I_INTERNED, I_HASH], make: (o, p) => add(o, p.interned + TEXT_HASH, 1) },
  { name: "one with other units", found: [I_INTERNED, I_HASH], make: (o, p) => add(o, p.interned + TEXT_DATA, 1) },
  {
    name: "a table of them without a free slot",
    found: I_INTERNED,
    make: (o, p) => {
      const slots = 2 ** o.field(G_INTERNED_LOG2);
      for (let i = 0; i < slots; i++) o.heap.poke(o.field(G_INTERNED) + 4 * i, p.interned);
    },
  },
];

export const CONTAINER_BREAKS: readonly ContainerBreak[] = [...LISTS, ...TABLES, ...DEQUES, ...LENGTHS, ...INTERNED];
