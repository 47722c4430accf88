// What objects hold that come with the heap: lengths, blocks of their own, tables. First the shape, so that references may be followed;
// then, when all references are known to lead to objects, that every key is found.

import { capacityOf } from "../alloc";
import { exactStatusOf } from "../check";
import { hashOfKey } from "../hash";
import { findInterned } from "../intern";
import { I_DEQUE, I_INTERNED, I_LENGTH, I_LIST, I_TABLE } from "../invariants";
import { FRAME_BYTES, FRAME_HEAD_BYTES, GC, SMALL_MAX_BYTES } from "../layout";
import { isDebug } from "../mem";
import { typeWordOf } from "../object";
import {
  ABSENT,
  ARRAY_CAPACITY,
  ARRAY_DATA,
  ARRAY_KIND,
  ARRAY_KINDS,
  ARRAY_LENGTH,
  DEQUE_BLOCK_BYTES,
  DEQUE_BLOCK_SHIFT,
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
  GC_BYTES,
  ID_ARRAY,
  ID_BYTES,
  ID_DEQUE,
  ID_INT,
  ID_LIST,
  ID_STR,
  ID_TUPLE,
  INT_SIZE,
  LARGE_OFFSET,
  LIST_CAPACITY,
  LIST_ITEMS,
  LIST_LENGTH,
  STR_WORD,
  T_ASCII,
  T_INTERNED,
  T_TRACKED,
  T_WIDE,
  TABLE_CAPACITY,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TEXT_LENGTH,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
} from "../objectlayout";
import { isPart, itemShift, ownBytes, tableBytes } from "../parts";
import { OK } from "../status";
import { EMPTY, PERTURB_SHIFT, slotAt, usable } from "../table";
import { isWide, textBytes, textData } from "../text";
import { blockOfDeque, entriesOf, entryShift, isAnySet, isDict, slotShift } from "../visit";
import { add, fault, T_KEYED } from "./fault";

/** More than this no length can be: what it counts would not fit into memory. */
const LENGTH_MAX: u32 = 0x7fffffff;

/** The lengths of an object fit, and its blocks are blocks. */
export function verifyShape(object: usize): u32 {
  const id = typeWordOf(object) >> TYPE_ID_SHIFT;
  if (id == ID_LIST) return isListRight(object) ? 0 : fault(I_LIST, object);
  if (id == ID_DEQUE) return isDequeRight(object) ? 0 : fault(I_DEQUE, object);
  if (id == ID_ARRAY) return isArrayRight(object) ? 0 : fault(I_LENGTH, object);
  if (isDict(id) || isAnySet(id)) {
    add(T_KEYED, 1);
    return isTableShaped(object, entryShift(id)) ? 0 : fault(I_TABLE, object);
  }
  if (id == ID_STR || id == ID_BYTES)
    return verifyLength(object, load<u32>(object, TEXT_LENGTH), isWide(object) ? 1 : 0);
  if (id == ID_TUPLE) return verifyLength(object, load<u32>(object, TUPLE_LENGTH), 2);
  if (id == ID_INT) return verifyLength(object, <u32>abs(load<i32>(object, INT_SIZE)), 2);
  return 0;
}

/** So many items of 1 << `shift` bytes fit the block of the object. */
function verifyLength(object: usize, length: u32, shift: u32): u32 {
  if (length > LENGTH_MAX >> shift) return fault(I_LENGTH, object);
  const word = typeWordOf(object);
  const gc: u32 = (word & T_TRACKED) != 0 ? GC_BYTES : 0;
  const all = ((ownBytes(object) + 7) & ~7) + gc;
  const frame: u32 = isDebug() ? FRAME_BYTES : 0;
  const head: u32 = isDebug() ? FRAME_HEAD_BYTES : 0;
  const isLarge = all + frame > SMALL_MAX_BYTES;
  const block = object - (gc == 0 ? 0 : isLarge ? LARGE_OFFSET : GC_BYTES) - head;
  return capacityOf(block) >= all + frame ? 0 : fault(I_LENGTH, object);
}

function isListRight(list: usize): bool {
  const items: usize = load<u32>(list, LIST_ITEMS);
  const capacity = load<u32>(list, LIST_CAPACITY);
  if (load<u32>(list, LIST_LENGTH) > capacity) return false;
  return capacity == 0 ? items == 0 : capacity <= LENGTH_MAX >> 2 && isPart(items, capacity << 2);
}

function isArrayRight(array: usize): bool {
  const capacity = load<u32>(array, ARRAY_CAPACITY);
  const kind = load<u32>(array, ARRAY_KIND);
  if (kind >= ARRAY_KINDS || load<u32>(array, ARRAY_LENGTH) > capacity) return false;
  const data: usize = load<u32>(array, ARRAY_DATA);
  return capacity == 0
    ? data == 0
    : capacity <= LENGTH_MAX >> itemShift(kind) && isPart(data, capacity << itemShift(kind));
}

/** Blocks are where items are, and there is nothing but 0 where none are. */
function isDequeRight(deque: usize): bool {
  const room = load<u32>(deque, DEQUE_ROOM);
  const directory: usize = load<u32>(deque, DEQUE_DIRECTORY);
  const length = load<u32>(deque, DEQUE_LENGTH);
  if (room == 0) return directory == 0 && length == 0;
  if (room > LENGTH_MAX >> 8 || !isPart(directory, room << 2)) return false;
  const words = room << DEQUE_BLOCK_SHIFT;
  const first = load<u32>(deque, DEQUE_FIRST);
  if (first >= words || length > words || length > load<u32>(deque, DEQUE_MOST)) return false;
  for (let place: u32 = 0; place < room; place++) {
    const block = blockOfDeque(deque, place);
    if (block != 0 && !isPart(block, DEQUE_BLOCK_BYTES)) return false;
    for (let i: u32 = 0; i < 64; i++) {
      const n = (place << DEQUE_BLOCK_SHIFT) + i;
      const isItem = (n >= first ? n - first : n + words - first) < length;
      if (isItem ? block == 0 : block != 0 && load<u32>(block + (i << 2)) != 0) return false;
    }
  }
  return true;
}

function isTableShaped(container: usize, shift: u32): bool {
  const table: usize = load<u32>(container, DICT_TABLE);
  const count = load<u32>(container, DICT_COUNT);
  if (table == 0) return count == 0;
  if (!isPart(table, 16)) return false;
  const log2 = load<u32>(table, TABLE_LOG2);
  const used = load<u32>(table, TABLE_USED);
  const capacity = load<u32>(table, TABLE_CAPACITY);
  if (log2 < 2 || log2 > 28 || capacity > usable(log2) || used > capacity) return false;
  if (!isPart(table, tableBytes(table, shift))) return false;
  let live: u32 = 0;
  for (let entry: u32 = 0; entry < used; entry++)
    if (load<u32>(entriesOf(table) + ((<usize>entry) << shift)) != ABSENT) live++;
  return live == count;
}

/** Every key of a dict or set is found where its hash leads, and nowhere else. Run it when all references are known to be right. */
export function verifyKeys(container: usize): u32 {
  const id = typeWordOf(container) >> TYPE_ID_SHIFT;
  if (!isDict(id) && !isAnySet(id)) return 0;
  const table: usize = load<u32>(container, DICT_TABLE);
  if (table == 0) return 0;
  const shift = entryShift(id);
  const used = load<u32>(table, TABLE_USED);
  for (let entry: u32 = 0; entry < used; entry++) {
    const key = load<u32>(entriesOf(table) + ((<usize>entry) << shift));
    if (key != ABSENT && !isFound(table, hashOfKey(key), entry)) return fault(I_TABLE, container);
  }
  return 0;
}

/** The probes of a hash come to the slot with this entry's number. */
function isFound(table: usize, hash: u32, entry: u32): bool {
  const log2 = load<u32>(table, TABLE_LOG2);
  const mask = ((<u32>1) << log2) - 1;
  let perturb = hash;
  let i = hash & mask;
  // Once nothing of the hash is left, the probes pass through all slots.
  for (let left = mask + 16; left != 0; left--) {
    const slot = slotAt(table + TABLE_INDEX, i, slotShift(log2));
    if (slot == entry) return true;
    if (slot == EMPTY) return false;
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
  return false;
}

/** The table of interned strs holds strs that say so, each where it is found, and as many as it says. */
export function verifyInterned(): u32 {
  const table: usize = load<u32>(GC, G_INTERNED);
  const count = load<u32>(GC, G_INTERNED_COUNT);
  if (table == 0) return count == 0 ? 0 : fault(I_INTERNED, GC);
  const log2 = load<u32>(GC, G_INTERNED_LOG2);
  if (log2 > 28 || !isPart(table, (<u32>4) << log2)) return fault(I_INTERNED, table);
  const end = table + ((<usize>4) << log2);
  let strs: u32 = 0;
  let free: u32 = 0;
  for (let at = table; at != end; at += 4) if (load<u32>(at) == 0) free++;
  if (free == 0) return fault(I_INTERNED, table);
  for (let at = table; at != end; at += 4) {
    const str: usize = load<u32>(at);
    if (str == 0) continue;
    strs++;
    if (exactStatusOf(str) != OK || !isInterned(str)) return fault(I_INTERNED, at);
    if (findInterned(textData(str), textBytes(str), isWide(str)) != str) return fault(I_INTERNED, at);
  }
  return strs == count ? 0 : fault(I_INTERNED, table);
}

function isInterned(str: usize): bool {
  return (typeWordOf(str) & ~(T_WIDE | T_ASCII)) == (STR_WORD | T_INTERNED);
}
