// Where an object's reference words lie: runs of words, in its own block or in others. What tp_traverse is in CPython. Objects with few
// reference words have them behind the header, and hot loops go through those by themselves; this file is for all others.
//
// Words of a run that are no references read as such: 0 in a deque's blocks, ABSENT in the holes of a table. Whoever follows them
// arrives in the guard page, where nothing is tracked and all counts are 0.

import { isInteger } from "./object";
import {
  ABSENT,
  DEQUE_BLOCK_BYTES,
  DEQUE_BLOCK_SHIFT,
  DEQUE_DIRECTORY,
  DEQUE_ROOM,
  DICT_ENTRY_SHIFT,
  DICT_TABLE,
  HEADER_BYTES,
  ID_ARRAY,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FIRST,
  ID_FROZENSET,
  ID_KEYEDREF,
  ID_LIST,
  ID_SET,
  ID_TUPLE,
  LIST_ITEMS,
  LIST_LENGTH,
  MANY_REFS,
  SET_ENTRY_SHIFT,
  TABLE_BYTE_LOG2,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_SHORT_LOG2,
  TABLE_USED,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  TYPE_REFS_MASK,
  W_KEY,
  W_OWNER,
} from "./objectlayout";
import { refsOf } from "./types";

/** The object's references are not just the few behind its header. */
export function hasMany(typeWord: u32): bool {
  return (typeWord & TYPE_REFS_MASK) == MANY_REFS;
}

/** The word refers to an object. */
export function isReference(word: u32): bool {
  return !isInteger(word) && word != 0 && word != ABSENT;
}

export function isDict(id: u32): bool {
  return id == ID_DICT || id == ID_DEFAULTDICT;
}

export function isAnySet(id: u32): bool {
  return id == ID_SET || id == ID_FROZENSET;
}

/** log2(bytes) of a slot in a table with so many slots. */
export function slotShift(log2: u32): u32 {
  return log2 <= TABLE_BYTE_LOG2 ? 0 : log2 <= TABLE_SHORT_LOG2 ? 1 : 2;
}

/** First entry of a table. */
export function entriesOf(table: usize): usize {
  const log2 = load<u32>(table, TABLE_LOG2);
  return table + TABLE_INDEX + ((<usize>1) << (log2 + slotShift(log2)));
}

/** log2(bytes) of an entry of a dict's or set's table. */
export function entryShift(id: u32): u32 {
  return isDict(id) ? DICT_ENTRY_SHIFT : SET_ENTRY_SHIFT;
}

/** How many runs there are. */
export function runCount(object: usize, typeWord: u32): u32 {
  if (!hasMany(typeWord)) return 1;
  const id = typeWord >> TYPE_ID_SHIFT;
  if (id == ID_DEQUE) return load<u32>(object, DEQUE_ROOM);
  if (id == ID_ARRAY) return 0;
  return 1;
}

/** First word of a run. */
export function runStart(object: usize, typeWord: u32, run: u32): usize {
  const id = typeWord >> TYPE_ID_SHIFT;
  if (!hasMany(typeWord) || id >= ID_FIRST) return object + HEADER_BYTES;
  if (id == ID_LIST) return load<u32>(object, LIST_ITEMS);
  if (id == ID_TUPLE) return object + TUPLE_ITEMS;
  if (id == ID_DEQUE) return blockOfDeque(object, run);
  if (id == ID_KEYEDREF) return object + W_OWNER;
  const table: usize = load<u32>(object, DICT_TABLE);
  return table == 0 ? 0 : entriesOf(table);
}

/** Past its last word. */
export function runEnd(object: usize, typeWord: u32, run: u32): usize {
  const start = runStart(object, typeWord, run);
  const id = typeWord >> TYPE_ID_SHIFT;
  if (!hasMany(typeWord)) return start + ((typeWord & TYPE_REFS_MASK) << 2);
  if (id >= ID_FIRST) return start + (refsOf(id) << 2);
  if (id == ID_LIST) return start + (load<u32>(object, LIST_LENGTH) << 2);
  if (id == ID_TUPLE) return start + (load<u32>(object, TUPLE_LENGTH) << 2);
  if (id == ID_KEYEDREF) return object + W_KEY + 4;
  if (start == 0) return 0;
  if (id == ID_DEQUE) return start + DEQUE_BLOCK_BYTES;
  const table: usize = load<u32>(object, DICT_TABLE);
  return start + ((<usize>load<u32>(table, TABLE_USED)) << entryShift(id));
}

/** A block of a deque by its place in the directory; 0: none. */
export function blockOfDeque(deque: usize, place: u32): usize {
  return load<u32>(<usize>load<u32>(deque, DEQUE_DIRECTORY) + ((<usize>place) << 2));
}

/** The word at a number of a deque: counted from the start of the directory's first block, below what there is room for. */
export function wordOfBlocks(deque: usize, n: u32): u32 {
  return load<u32>(blockOfDeque(deque, n >> DEQUE_BLOCK_SHIFT) + ((n & ((1 << DEQUE_BLOCK_SHIFT) - 1)) << 2));
}
