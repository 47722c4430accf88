// The blocks that an object owns besides its own: a list's items, tables, a deque's directory and blocks, an array's data. They go with it.

import { GC } from "./layout";
import { bytesOf, give } from "./mem";
import { refuse } from "./memory";
import { typeWordOf } from "./object";
import {
  ARRAY_CAPACITY,
  ARRAY_KIND,
  DEQUE_BLOCK_BYTES,
  DEQUE_ROOM,
  DICT_TABLE,
  G_FRAME_STATUS,
  GC_BYTES,
  ID_ARRAY,
  ID_BYTES,
  ID_DEQUE,
  ID_FIRST,
  ID_INT,
  ID_KEYEDREF,
  ID_LIST,
  ID_STR,
  ID_TUPLE,
  INT_DIGITS,
  INT_SIZE,
  LIST_CAPACITY,
  LIST_ITEMS,
  T_TRACKED,
  TABLE_CAPACITY,
  TEXT_DATA,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  TYPE_SIZE,
} from "./objectlayout";
import { OK } from "./status";
import { textBytes, textLength } from "./text";
import { typeRecord } from "./types";
import { blockOfDeque, entriesOf, entryShift, isAnySet, isDict } from "./visit";

/** log2(bytes) of an item of an array of this kind. */
export function itemShift(kind: u32): u32 {
  return kind < 6 ? kind >> 1 : kind == 8 ? 2 : 3;
}

/** Gives back the blocks of an object that has died, whose references are dropped. */
export function giveParts(object: usize, id: u32): void {
  if (id >= ID_FIRST || id == ID_TUPLE || id == ID_KEYEDREF) return;
  if (id == ID_DEQUE) giveBlocks(object);
  // The first field of all others.
  const block: usize = load<u32>(object, LIST_ITEMS);
  if (block != 0) givePart(block);
}

function giveBlocks(deque: usize): void {
  const room = load<u32>(deque, DEQUE_ROOM);
  for (let place: u32 = 0; place < room; place++) {
    const block = blockOfDeque(deque, place);
    if (block != 0) givePart(block);
  }
}

/** Gives back a block of an object. What is wrong with its frame, in debug mode, is for the next report. */
export function givePart(block: usize): void {
  const status = give(block);
  if (status != OK) store<u32>(GC, refuse(status, block), G_FRAME_STATUS);
}

/** Bytes of an object from its header on, without blocks of its own. */
export function ownBytes(object: usize): u32 {
  const word = typeWordOf(object);
  const id = word >> TYPE_ID_SHIFT;
  if (id == ID_STR) return <u32>TEXT_DATA + textBytes(object);
  if (id == ID_BYTES) return <u32>TEXT_DATA + textLength(object);
  if (id == ID_INT) return <u32>INT_DIGITS + (abs(load<i32>(object, INT_SIZE)) << 2);
  if (id == ID_TUPLE) return <u32>TUPLE_ITEMS + (load<u32>(object, TUPLE_LENGTH) << 2);
  return load<u32>(typeRecord(id), TYPE_SIZE);
}

/** Bytes that are asked for for the blocks of an object. */
export function partBytes(object: usize): u32 {
  const id = typeWordOf(object) >> TYPE_ID_SHIFT;
  if (id == ID_LIST) return load<u32>(object, LIST_CAPACITY) << 2;
  if (id == ID_ARRAY) return arrayBytes(object);
  if (id == ID_DEQUE) return dequeBytes(object);
  if (!isDict(id) && !isAnySet(id)) return 0;
  const table: usize = load<u32>(object, DICT_TABLE);
  return table == 0 ? 0 : tableBytes(table, entryShift(id));
}

/** Bytes of a table with entries of this size. */
export function tableBytes(table: usize, shift: u32): u32 {
  return <u32>(entriesOf(table) - table) + (load<u32>(table, TABLE_CAPACITY) << shift);
}

function arrayBytes(array: usize): u32 {
  const kind = load<u32>(array, ARRAY_KIND);
  return load<u32>(array, ARRAY_CAPACITY) << itemShift(kind);
}

function dequeBytes(deque: usize): u32 {
  const room = load<u32>(deque, DEQUE_ROOM);
  let bytes: u32 = room << 2;
  for (let place: u32 = 0; place < room; place++) if (blockOfDeque(deque, place) != 0) bytes += DEQUE_BLOCK_BYTES;
  return bytes;
}

/** Bytes of an object with gc words and the blocks it owns, as sys.getsizeof has them; not what it refers to. */
export function bytesWithParts(object: usize): u32 {
  const head: u32 = (typeWordOf(object) & T_TRACKED) != 0 ? GC_BYTES : 0;
  return head + ownBytes(object) + partBytes(object);
}

/** A block of a live object is one, and has so many bytes at least. */
export function isPart(block: usize, bytes: u32): bool {
  return bytesOf(block) >= bytes;
}
