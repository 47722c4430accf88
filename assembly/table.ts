// Tables of dicts and sets, drawn in objectlayout.ts: slots with the numbers of entries, entries in the order in which they came
// (Objects/dictobject.c since Python 3.6). `shift` is log2(bytes) of an entry. There are never more slots in use than two thirds.

import { hashOfKey } from "./hash";
import { R_STATUS, REQUEST_MAX, RUNTIME } from "./layout";
import { resize, take } from "./mem";
import { fail, refuse } from "./memory";
import {
  ABSENT,
  DICT_COUNT,
  DICT_ENTRY_SHIFT,
  DICT_TABLE,
  TABLE_BYTE_LOG2,
  TABLE_CAPACITY,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_SHORT_LOG2,
  TABLE_USED,
} from "./objectlayout";
import { givePart } from "./parts";
import { NO_MEMORY, OK } from "./status";
import { entriesOf } from "./visit";

/** What a slot holds that was never used. Other slots below 0 held the number of an entry that was deleted. */
export const EMPTY: i32 = -1;
const DELETED: i32 = -2;
/** Bits of the hash that each probe after the first takes in. */
export const PERTURB_SHIFT: u32 = 5;
/** log2 of the fewest slots there are. */
const LOG2_MIN: u32 = 2;
/** More entries than memory can hold. */
const ENTRIES_MAX: u32 = 1 << 28;

// ── slots ───────────────────────────────────────────────────────────────────────────────────────────

/** log2(bytes) of a slot, without a branch. */
export function widthOf(log2: u32): u32 {
  return u32(log2 > TABLE_BYTE_LOG2) + u32(log2 > TABLE_SHORT_LOG2);
}

/** First entry of a table. */
export function firstEntry(table: usize, log2: u32, width: u32): usize {
  return table + TABLE_INDEX + ((<usize>1) << (log2 + width));
}

/** The slot numbered i, EMPTY or DELETED; `width` is log2(bytes) of a slot. */
export function slotAt(index: usize, i: u32, width: u32): i32 {
  if (width == 0) return load<i8>(index + i);
  const at = index + ((<usize>i) << width);
  return width == 1 ? load<i16>(at) : load<i32>(at);
}

function setSlot(index: usize, i: u32, width: u32, value: i32): void {
  const at = index + ((<usize>i) << width);
  if (width == 0) store<i8>(at, value);
  else if (width == 1) store<i16>(at, value);
  else store<i32>(at, value);
}

/** Writes an entry's number to the first slot on the way of its hash that is not in use. */
function claimSlot(table: usize, hash: u32, entry: u32): void {
  const log2 = load<u32>(table, TABLE_LOG2);
  const width = widthOf(log2);
  const mask = ((<u32>1) << log2) - 1;
  let perturb = hash;
  let i = hash & mask;
  while (slotAt(table + TABLE_INDEX, i, width) >= 0) {
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
  setSlot(table + TABLE_INDEX, i, width, entry);
}

/** Marks the slot as deleted that has this entry's number. */
function clearSlot(table: usize, hash: u32, entry: u32): void {
  const log2 = load<u32>(table, TABLE_LOG2);
  const width = widthOf(log2);
  const mask = ((<u32>1) << log2) - 1;
  let perturb = hash;
  let i = hash & mask;
  while (slotAt(table + TABLE_INDEX, i, width) != entry) {
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
  setSlot(table + TABLE_INDEX, i, width, DELETED);
}

// ── sizes ───────────────────────────────────────────────────────────────────────────────────────────

/** log2 of the fewest slots that are at least so many. */
function log2For(slots: u32): u32 {
  return slots <= 1 << LOG2_MIN ? LOG2_MIN : 32 - clz(slots - 1);
}

/** log2 of the fewest slots for so many entries. */
function log2ForEntries(entries: u32): u32 {
  return log2For((entries * 3 + 1) >> 1);
}

/** Most entries for so many slots. */
export function usable(log2: u32): u32 {
  return ((<u32>2) << log2) / 3;
}

function tableOf(object: usize): usize {
  return load<u32>(object, DICT_TABLE);
}

export function countOfEntries(object: usize): u32 {
  return load<u32>(object, DICT_COUNT);
}

function setCountOfEntries(object: usize, count: u32): void {
  store<u32>(object, count, DICT_COUNT);
}

// ── tables ──────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a table before its entries. */
function bytesBefore(log2: u32): u32 {
  return <u32>TABLE_INDEX + ((<u32>1) << (log2 + widthOf(log2)));
}

/** Bytes of a table; 0, and a status, if there can be none of this size. */
function bytesFor(log2: u32, capacity: u32, shift: u32): u32 {
  if (capacity > ENTRIES_MAX) return <u32>fail(NO_MEMORY, 0);
  const bytes = <u64>bytesBefore(log2) + ((<u64>capacity) << shift);
  return bytes > REQUEST_MAX ? <u32>fail(NO_MEMORY, 0) : <u32>bytes;
}

/** A table without entries; 0: no memory. */
function makeTable(log2: u32, capacity: u32, shift: u32): usize {
  const bytes = bytesFor(log2, capacity, shift);
  if (bytes == 0) return 0;
  const table = take(bytes);
  if (table == 0) return 0;
  store<u32>(table, log2, TABLE_LOG2);
  store<u32>(table, 0, TABLE_USED);
  store<u32>(table, capacity, TABLE_CAPACITY);
  setAllEmpty(table + TABLE_INDEX, bytesBefore(log2) - <u32>TABLE_INDEX);
  return table;
}

/** Stores beat memory.fill below about 128 bytes. */
function setAllEmpty(index: usize, bytes: u32): void {
  if (bytes > 128) {
    memory.fill(index, 0xff, bytes);
  } else {
    for (const end = index + bytes; index < end; index += 4) store<i32>(index, EMPTY);
  }
}

/** A table with room for just so many entries; 0: no memory. */
export function newTable(capacity: u32, shift: u32): usize {
  return capacity > ENTRIES_MAX ? fail(NO_MEMORY, 0) : makeTable(log2ForEntries(capacity), capacity, shift);
}

/** Room for one entry more than there are, holes included; a Status. */
export function reserveEntry(object: usize, shift: u32): u32 {
  const table = tableOf(object);
  if (table != 0 && load<u32>(table, TABLE_USED) < load<u32>(table, TABLE_CAPACITY)) return OK;
  return growSlow(object, shift, 1);
}

/** Room for `extra` entries more; a Status. */
export function reserveEntries(object: usize, shift: u32, extra: u32): u32 {
  const table = tableOf(object);
  const room: u32 = table == 0 ? 0 : load<u32>(table, TABLE_CAPACITY) - load<u32>(table, TABLE_USED);
  return extra <= room ? OK : growSlow(object, shift, extra);
}

/** As much room as there comes for one entry, and just as much as is needed if that is more. */
function growSlow(object: usize, shift: u32, extra: u32): u32 {
  if (extra > ENTRIES_MAX) return refuse(NO_MEMORY, object);
  const count = countOfEntries(object);
  const table = tableOf(object);
  let log2 = log2For(count * 3);
  if (table != 0) {
    const now = load<u32>(table, TABLE_LOG2);
    if (load<u32>(table, TABLE_CAPACITY) < usable(now)) log2 = now;
  }
  let capacity = usable(log2);
  if (count + extra > capacity) {
    capacity = count + extra;
    log2 = log2ForEntries(capacity);
  }
  if (table != 0 && log2 == load<u32>(table, TABLE_LOG2) && count == load<u32>(table, TABLE_USED)) {
    return widen(object, table, capacity, shift);
  }
  return rebuild(object, table, log2, capacity, shift);
}

/** Why the last call failed. */
export function lastStatus(): u32 {
  return load<u32>(RUNTIME, R_STATUS);
}

/** Room for more entries behind those of a table without holes, whose slots stay as they are. */
function widen(object: usize, table: usize, capacity: u32, shift: u32): u32 {
  const bytes = bytesFor(load<u32>(table, TABLE_LOG2), capacity, shift);
  const moved: usize = bytes == 0 ? 0 : resize(table, bytes);
  if (moved == 0) return lastStatus();
  store<u32>(moved, capacity, TABLE_CAPACITY);
  store<u32>(object, moved, DICT_TABLE);
  return OK;
}

/** Another table with the same entries in the same order, without holes. */
function rebuild(object: usize, table: usize, log2: u32, capacity: u32, shift: u32): u32 {
  const made = makeTable(log2, capacity, shift);
  if (made == 0) return lastStatus();
  store<u32>(made, countOfEntries(object), TABLE_USED);
  store<u32>(object, made, DICT_TABLE);
  if (table == 0) return OK;
  let to = entriesOf(made);
  let n: u32 = 0;
  const end = endOfEntries(table, shift);
  for (let entry = entriesOf(table); entry != end; entry += (<usize>1) << shift) {
    const key = load<u32>(entry);
    if (key == ABSENT) continue;
    store<u32>(to, key);
    if (shift == DICT_ENTRY_SHIFT) store<u32>(to, load<u32>(entry, 4), 4);
    claimSlot(made, hashOfKey(key), n++);
    to += (<usize>1) << shift;
  }
  givePart(table);
  return OK;
}

/** Past the last entry. */
export function endOfEntries(table: usize, shift: u32): usize {
  return entriesOf(table) + ((<usize>load<u32>(table, TABLE_USED)) << shift);
}

// ── entries ─────────────────────────────────────────────────────────────────────────────────────────

/** Takes a key over that the table does not have, and returns its entry. There is room. The caller writes the value. */
export function addEntry(object: usize, shift: u32, key: u32): usize {
  const table = tableOf(object);
  const entry = endOfEntries(table, shift);
  const n = load<u32>(table, TABLE_USED);
  claimSlot(table, hashOfKey(key), n);
  store<u32>(entry, key);
  store<u32>(table, n + 1, TABLE_USED);
  setCountOfEntries(object, countOfEntries(object) + 1);
  return entry;
}

/** Makes a hole of an entry. The references it held are the caller's. */
export function removeEntry(object: usize, shift: u32, entry: usize): void {
  const table = tableOf(object);
  clearSlot(table, hashOfKey(load<u32>(entry)), <u32>((entry - entriesOf(table)) >> shift));
  store<u32>(entry, ABSENT);
  if (shift == DICT_ENTRY_SHIFT) store<u32>(entry, 0, 4);
  setCountOfEntries(object, countOfEntries(object) - 1);
}

/** Takes the table away from its object, which is empty then; 0 if there is none. It goes to `dropTable`. */
export function takeTable(object: usize): usize {
  const table = tableOf(object);
  store<u32>(object, 0, DICT_TABLE);
  setCountOfEntries(object, 0);
  return table;
}
