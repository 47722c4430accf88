// What containers hold: lengths, and blocks of their own. Only the shape, so that references may be followed.

import { I_DEQUE, I_LENGTH, I_LIST, I_TABLE } from "../invariants";
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
  ID_ARRAY,
  ID_BYTES,
  ID_DEQUE,
  ID_INT,
  ID_LIST,
  ID_STR,
  ID_TUPLE,
  LIST_CAPACITY,
  LIST_ITEMS,
  LIST_LENGTH,
  TABLE_CAPACITY,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TYPE_ID_SHIFT,
} from "../objectlayout";
import { itemShift, tableBytes } from "../parts";
import { EMPTY, slotAt, usable } from "../table";
import { blockOfDeque, entriesOf, entryShift, isAnySet, isDict, slotShift } from "../visit";
import { add, fault, isReadable, T_KEYED, T_ROUND, total } from "./fault";
import { own } from "./own";
import { LENGTH_MAX, verifySized } from "./values";

const BLOCK_WORDS: u32 = 64;
const BLOCK_MASK: u32 = 63;

/** The lengths of an object fit, and its blocks are its own. */
export function verifyShape(object: usize): u32 {
  const id = typeWordOf(object) >> TYPE_ID_SHIFT;
  if (id == ID_LIST) return isListRight(object) ? 0 : fault(I_LIST, object);
  if (id == ID_DEQUE) return isDequeRight(object) ? 0 : fault(I_DEQUE, object);
  if (id == ID_ARRAY) return isArrayRight(object) ? 0 : fault(I_LENGTH, object);
  if (isDict(id) || isAnySet(id)) {
    add(T_KEYED, 1);
    return isTableShaped(object, entryShift(id)) ? 0 : fault(I_TABLE, object);
  }
  const isSized = id == ID_STR || id == ID_BYTES || id == ID_TUPLE || id == ID_INT;
  return isSized && total(T_ROUND) == 0 ? verifySized(object, id) : 0;
}

function isListRight(list: usize): bool {
  const items: usize = load<u32>(list, LIST_ITEMS);
  const capacity = load<u32>(list, LIST_CAPACITY);
  if (load<u32>(list, LIST_LENGTH) > capacity) return false;
  return capacity == 0 ? items == 0 : capacity <= LENGTH_MAX >> 2 && own(items, capacity << 2);
}

function isArrayRight(array: usize): bool {
  const capacity = load<u32>(array, ARRAY_CAPACITY);
  const kind = load<u32>(array, ARRAY_KIND);
  if (kind >= ARRAY_KINDS || load<u32>(array, ARRAY_LENGTH) > capacity) return false;
  const data: usize = load<u32>(array, ARRAY_DATA);
  if (capacity == 0) return data == 0;
  return capacity <= LENGTH_MAX >> itemShift(kind) && own(data, capacity << itemShift(kind));
}

// ── deques ──────────────────────────────────────────────────────────────────────────────────────────

/** Blocks are where items are, and where the next ones come, and there is nothing but 0 where no items are. */
function isDequeRight(deque: usize): bool {
  const room = load<u32>(deque, DEQUE_ROOM);
  const directory: usize = load<u32>(deque, DEQUE_DIRECTORY);
  const length = load<u32>(deque, DEQUE_LENGTH);
  const first = load<u32>(deque, DEQUE_FIRST);
  if (room == 0) return directory == 0 && length == 0 && first == 0;
  if (room > LENGTH_MAX >> 8 || popcnt(room) != 1 || !own(directory, room << 2)) return false;
  const words = room << DEQUE_BLOCK_SHIFT;
  if (first >= words || length > words || length > load<u32>(deque, DEQUE_MOST)) return false;
  const used = ((first & BLOCK_MASK) + length + BLOCK_MASK) >> DEQUE_BLOCK_SHIFT;
  if (used > room) return false;
  for (let place: u32 = 0; place < room; place++) {
    const block = blockOfDeque(deque, place);
    // Places are counted from that of the first item; room is a power of two.
    const isUsed = ((place - (first >> DEQUE_BLOCK_SHIFT)) & (room - 1)) < used;
    if (block == 0 ? isUsed : !own(block, DEQUE_BLOCK_BYTES) || !isRestZero(block, place, first, length, words))
      return false;
  }
  return true;
}

/** The words of a block that hold no items are 0. */
function isRestZero(block: usize, place: u32, first: u32, length: u32, words: u32): bool {
  for (let i: u32 = 0; i < BLOCK_WORDS; i++) {
    const n = (place << DEQUE_BLOCK_SHIFT) + i;
    const isItem = (n >= first ? n - first : n + words - first) < length;
    if (!isItem && load<u32>(block + (i << 2)) != 0) return false;
  }
  return true;
}

// ── tables ──────────────────────────────────────────────────────────────────────────────────────────

function isTableShaped(container: usize, shift: u32): bool {
  const table: usize = load<u32>(container, DICT_TABLE);
  const count = load<u32>(container, DICT_COUNT);
  if (table == 0) return count == 0;
  if (!isReadable(table)) return false;
  const log2 = load<u32>(table, TABLE_LOG2);
  const used = load<u32>(table, TABLE_USED);
  const capacity = load<u32>(table, TABLE_CAPACITY);
  if (log2 < 2 || log2 > 28 || capacity > usable(log2) || used > capacity) return false;
  if (!own(table, tableBytes(table, shift))) return false;
  if (total(T_ROUND) != 0) return true;
  let live: u32 = 0;
  for (let entry: u32 = 0; entry < used; entry++)
    if (load<u32>(entriesOf(table) + ((<usize>entry) << shift)) != ABSENT) live++;
  return live == count && areSlotsRight(table, log2, used, count);
}

/** There are as many slots in use as entries, and no more that were than there were entries, so that every search comes to an end. */
function areSlotsRight(table: usize, log2: u32, used: u32, count: u32): bool {
  const width = slotShift(log2);
  const slots = (<u32>1) << log2;
  let full: u32 = 0;
  let empty: u32 = 0;
  for (let i: u32 = 0; i < slots; i++) {
    const slot = slotAt(table + TABLE_INDEX, i, width);
    if (slot == EMPTY) empty++;
    else if (slot >= 0) full++;
  }
  return full == count && empty + used >= slots;
}
