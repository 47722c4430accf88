// Lists: a block of words that grows as CPython's does (Objects/listobject.c, list_resize). What a call is given it takes over when it
// succeeds; when it fails, nothing has changed. Items that go are dropped when the list is as it is to be: what they do then may change it.

import { isOf, noneFor, noneOfSlow, refuseObjectSlow, refuseWordSlow, statusOfWord } from "./check";
import { make } from "./create";
import { resize, take } from "./mem";
import { fail, refuse } from "./memory";
import { ID_LIST, LIST_CAPACITY, LIST_ITEMS, LIST_LENGTH } from "./objectlayout";
import { givePart } from "./parts";
import { debugReport } from "./refcount";
import { drop, dropWords } from "./release";
import { BAD_INDEX, NO_MEMORY, OK } from "./status";
import { LENGTH_MAX, statusOfWords } from "./tuple";

export function lengthOfList(list: usize): u32 {
  return load<u32>(list, LIST_LENGTH);
}

/** Address of an item. */
function slotOf(list: usize, index: u32): usize {
  return <usize>load<u32>(list, LIST_ITEMS) + ((<usize>index) << 2);
}

function setItems(list: usize, items: usize, capacity: u32): void {
  store<u32>(list, items, LIST_ITEMS);
  store<u32>(list, capacity, LIST_CAPACITY);
}

/** A list without items that has room for `capacity`; 0: no memory. */
export function newList(capacity: u32): usize {
  if (capacity > LENGTH_MAX) return fail(NO_MEMORY, 0);
  let items: usize = 0;
  if (capacity != 0) {
    items = take(capacity << 2);
    if (items == 0) return 0;
  }
  const list = make(ID_LIST);
  if (list != 0) setItems(list, items, capacity);
  else if (items != 0) givePart(items);
  return list;
}

/** Makes room for `length` items, with some to spare for lists that grow item by item; none where several are the first (list_extend). */
function growSlow(list: usize, length: u32): u32 {
  if (length > LENGTH_MAX) return refuse(NO_MEMORY, list);
  let capacity = (length + (length >> 3) + 6) & ~3;
  if (length - lengthOfList(list) > capacity - length) capacity = (length + 3) & ~3;
  if (length > 1 && load<u32>(list, LIST_CAPACITY) == 0) capacity = (length + 1) & ~1;
  const items = resize(load<u32>(list, LIST_ITEMS), capacity << 2);
  if (items == 0) return NO_MEMORY;
  setItems(list, items, capacity);
  return OK;
}

/** Gives room back when less than half of it is in use. */
function shrink(list: usize): void {
  const length = lengthOfList(list);
  if (length < load<u32>(list, LIST_CAPACITY) >> 1) shrinkSlow(list, length);
}

function shrinkSlow(list: usize, length: u32): void {
  if (length == 0) {
    givePart(load<u32>(list, LIST_ITEMS));
    setItems(list, 0, 0);
    return;
  }
  const capacity = (length + (length >> 3) + 6) & ~3;
  const items = resize(load<u32>(list, LIST_ITEMS), capacity << 2);
  if (items != 0) setItems(list, items, capacity);
}

/** Room for `length` items; a Status. */
function reserve(list: usize, length: u32): u32 {
  return length <= load<u32>(list, LIST_CAPACITY) ? OK : growSlow(list, length);
}

/** Room for `extra` items more; a Status. */
export function listReserve(list: usize, extra: u32): u32 {
  if (isOf(list, ID_LIST) != OK) return refuseObjectSlow(list, ID_LIST);
  if (extra > LENGTH_MAX) return refuse(NO_MEMORY, list);
  return reserve(list, lengthOfList(list) + extra);
}

/** Adds a word at the end; a Status. */
export function listAppend(list: usize, word: u32): u32 {
  if (inline.always(isOf(list, ID_LIST)) != OK) return refuseObjectSlow(list, ID_LIST);
  if (inline.always(statusOfWord(word)) != OK) return refuseWordSlow(word);
  return inline.always(append(list, word));
}

/** As listAppend, when both are known to be right. */
export function append(list: usize, word: u32): u32 {
  const length = lengthOfList(list);
  const status = reserve(list, length + 1);
  if (status != OK) return status;
  store<u32>(slotOf(list, length), word);
  store<u32>(list, length + 1, LIST_LENGTH);
  return OK;
}

/** Replaces an item, and drops the old one. Returns as decref does. */
export function listSet(list: usize, index: u32, word: u32): u32 {
  if (inline.always(isOf(list, ID_LIST)) != OK) return refuseObjectSlow(list, ID_LIST);
  if (index >= lengthOfList(list)) return refuse(BAD_INDEX, list);
  if (inline.always(statusOfWord(word)) != OK) return refuseWordSlow(word);
  const slot = slotOf(list, index);
  const old = load<u32>(slot);
  store<u32>(slot, word);
  drop(old);
  return debugReport();
}

/** Puts a word before item `index`, or at the end if that is the length; a Status. */
export function listInsert(list: usize, index: u32, word: u32): u32 {
  if (isOf(list, ID_LIST) != OK) return refuseObjectSlow(list, ID_LIST);
  const length = lengthOfList(list);
  if (index > length) return refuse(BAD_INDEX, list);
  if (statusOfWord(word) != OK) return refuseWordSlow(word);
  const status = reserve(list, length + 1);
  if (status != OK) return status;
  const slot = slotOf(list, index);
  memory.copy(slot + 4, slot, (length - index) << 2);
  store<u32>(slot, word);
  store<u32>(list, length + 1, LIST_LENGTH);
  return OK;
}

/** Takes an item out of the list; the reference is the caller's. REFUSED if there is none. */
export function listTake(list: usize, index: u32): u32 {
  if (inline.always(isOf(list, ID_LIST)) != OK) return noneOfSlow(list, ID_LIST);
  const length = lengthOfList(list);
  if (index >= length) return noneFor(BAD_INDEX, list);
  const slot = slotOf(list, index);
  const word = load<u32>(slot);
  if (index + 1 != length) memory.copy(slot, slot + 4, (length - index - 1) << 2);
  store<u32>(list, length - 1, LIST_LENGTH);
  shrink(list);
  return word;
}

/**
 * Puts the `n` words at `at` in the place of `deleted` items from `start` on, which are dropped then, the last first. Returns as decref
 * does; on failure nothing has changed.
 */
export function listSplice(list: usize, start: u32, deleted: u32, at: usize, n: u32): u32 {
  if (isOf(list, ID_LIST) != OK) return refuseObjectSlow(list, ID_LIST);
  const length = lengthOfList(list);
  if (start > length || deleted > length - start) return refuse(BAD_INDEX, list);
  if (n > LENGTH_MAX) return refuse(NO_MEMORY, list);
  const status = statusOfWords(at, n);
  if (status != OK) return status;
  let removed: usize = 0;
  if (deleted != 0) {
    removed = take(deleted << 2);
    if (removed == 0) return NO_MEMORY;
  }
  const grown = reserve(list, length - deleted + n);
  if (grown != OK) {
    if (removed != 0) givePart(removed);
    return grown;
  }
  const slot = slotOf(list, start);
  if (deleted != 0) memory.copy(removed, slot, deleted << 2);
  memory.copy(slot + (n << 2), slot + (deleted << 2), (length - start - deleted) << 2);
  memory.copy(slot, at, n << 2);
  store<u32>(list, length - deleted + n, LIST_LENGTH);
  shrink(list);
  if (deleted != 0) dropWords(removed, deleted);
  return debugReport();
}

/** Takes all items out, and drops them then. Returns as decref does. */
export function listClear(list: usize): u32 {
  if (isOf(list, ID_LIST) != OK) return refuseObjectSlow(list, ID_LIST);
  clearList(list);
  return debugReport();
}

/** As listClear, of what is known to be a list. */
export function clearList(list: usize): void {
  const items: usize = load<u32>(list, LIST_ITEMS);
  const length = lengthOfList(list);
  setItems(list, 0, 0);
  store<u32>(list, 0, LIST_LENGTH);
  if (items != 0) dropWords(items, length);
}
