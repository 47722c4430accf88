// Sets and frozensets: the tables of dicts without values (not those of CPython's Objects/setobject.c), so elements keep the order in
// which they came. What a call is given it takes over when it succeeds; when it fails, nothing has changed.

import { becomeUntracked, hasTracked } from "./atomic";
import { refuseObjectSlow } from "./check";
import { make } from "./create";
import { findKey } from "./equal";
import { hashOfKey, hashOfSet, shareInSet } from "./hash";
import { ALIGNMENT, HEAP_START } from "./layout";
import { memoryEnd, refuse } from "./memory";
import { countOf, typeWordOf } from "./object";
import {
  ABSENT,
  DICT_TABLE,
  FROZENSET_WORD,
  ID_SET,
  O_TYPE,
  REFUSED,
  SET_ENTRY_SHIFT,
  SET_HASH,
  SET_WORD,
  T_OBJECT_FLAGS,
} from "./objectlayout";
import { givePart } from "./parts";
import { debugReport } from "./refcount";
import { drop, dropTable } from "./release";
import { BAD_TYPE, OK } from "./status";
import {
  addEntry,
  countOfEntries,
  endOfEntries,
  lastStatus,
  newTable,
  removeEntry,
  reserveEntry,
  takeTable,
} from "./table";
import { findScratch, hashOfScratch, settleScratch, statusOfScratch, strOfScratch } from "./textkey";
import { entriesOf } from "./visit";

/** A set without elements that has room for `capacity`; 0: no memory. */
export function newSet(capacity: u32): usize {
  if (capacity == 0) return make(ID_SET);
  const table = newTable(capacity, SET_ENTRY_SHIFT);
  if (table == 0) return 0;
  const set = make(ID_SET);
  if (set != 0) store<u32>(set, table, DICT_TABLE);
  else givePart(table);
  return set;
}

/** What looks like a live set lies at the address; or a frozenset, if `frozen` has its type word. */
function isSetAt(address: usize, frozen: u32): bool {
  if ((address & (ALIGNMENT - 1)) != 0 || address < HEAP_START || address >= memoryEnd()) return false;
  const word = typeWordOf(address) & ~T_OBJECT_FLAGS;
  return (word == SET_WORD || word == frozen) && countOf(address) > 0;
}

/** For calls that return no status. */
function refuseSetSlow(set: usize): u32 {
  refuseObjectSlow(set, ID_SET);
  return REFUSED;
}

/** Adds an element. If there is one that equals it, that stays. Returns as decref does. */
export function setAdd(set: usize, key: u32): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseObjectSlow(set, ID_SET);
  const entry = findKey(set, SET_ENTRY_SHIFT, key);
  if (entry == REFUSED) return lastStatus();
  if (entry != 0) {
    drop(key);
    return debugReport();
  }
  return addNew(set, key);
}

/** Adds an element that the set does not have; a Status. */
export function addNew(set: usize, key: u32): u32 {
  const status = reserveEntry(set, SET_ENTRY_SHIFT);
  if (status != OK) return status;
  addEntry(set, SET_ENTRY_SHIFT, key);
  return OK;
}

/** As setAdd, of the text in TEXT_SCRATCH. A str is made of it only when there is none in the set. */
export function setAddText(set: usize, length: u32, width: u32): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseObjectSlow(set, ID_SET);
  const textStatus = statusOfScratch(length, width);
  if (textStatus != OK) return textStatus;
  const wide = settleScratch(length, width);
  const hash = hashOfScratch(length, wide);
  if (findScratch(set, SET_ENTRY_SHIFT, hash, length, wide) != 0) return OK;
  const key = strOfScratch(length, wide, hash);
  if (key == 0) return lastStatus();
  const status = addNew(set, key);
  if (status != OK) drop(key);
  return status;
}

/** 1 if a set or frozenset has an element that equals `key`, 0 if not; REFUSED. */
export function setHas(set: usize, key: u32): u32 {
  if (!isSetAt(set, FROZENSET_WORD)) return refuseSetSlow(set);
  const entry = findKey(set, SET_ENTRY_SHIFT, key);
  return entry == REFUSED ? REFUSED : u32(entry != 0);
}

/** As setHas, of the text in TEXT_SCRATCH. */
export function setHasText(set: usize, length: u32, width: u32): u32 {
  if (!isSetAt(set, FROZENSET_WORD)) return refuseSetSlow(set);
  if (statusOfScratch(length, width) != OK) return REFUSED;
  const wide = settleScratch(length, width);
  return u32(findScratch(set, SET_ENTRY_SHIFT, hashOfScratch(length, wide), length, wide) != 0);
}

/** Takes an element out and drops it: 1; 0 if there is none; REFUSED. */
export function setRemove(set: usize, key: u32): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseSetSlow(set);
  return removeFound(set, findKey(set, SET_ENTRY_SHIFT, key));
}

/** As setRemove, of the text in TEXT_SCRATCH. */
export function setRemoveText(set: usize, length: u32, width: u32): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseSetSlow(set);
  if (statusOfScratch(length, width) != OK) return REFUSED;
  const wide = settleScratch(length, width);
  return removeFound(set, findScratch(set, SET_ENTRY_SHIFT, hashOfScratch(length, wide), length, wide));
}

/** Takes out what a search found. */
function removeFound(set: usize, entry: usize): u32 {
  if (entry == 0) return 0;
  if (entry == REFUSED) return REFUSED;
  const key = load<u32>(entry);
  removeEntry(set, SET_ENTRY_SHIFT, entry);
  drop(key);
  return 1;
}

/** Takes all elements out, and drops them then. Returns as decref does. */
export function setClear(set: usize): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseObjectSlow(set, ID_SET);
  dropTable(takeTable(set), SET_ENTRY_SHIFT);
  return debugReport();
}

/** Makes a frozenset of a set that only the caller refers to, for good, and untracks it if it can be in no cycle; a Status. */
export function setFreeze(set: usize): u32 {
  if (!isSetAt(set, SET_WORD)) return refuseObjectSlow(set, ID_SET);
  if (countOf(set) != 1) return refuse(BAD_TYPE, set);
  store<u32>(set, hashOfElements(set), SET_HASH);
  store<u32>(set, FROZENSET_WORD | (typeWordOf(set) & T_OBJECT_FLAGS), O_TYPE);
  const table: usize = load<u32>(set, DICT_TABLE);
  if (table == 0 || !hasTracked(entriesOf(table), endOfEntries(table, SET_ENTRY_SHIFT))) becomeUntracked(set);
  return OK;
}

function hashOfElements(set: usize): u32 {
  const table: usize = load<u32>(set, DICT_TABLE);
  let shares: u32 = 0;
  if (table != 0) {
    const end = endOfEntries(table, SET_ENTRY_SHIFT);
    for (let entry = entriesOf(table); entry != end; entry += 4) {
      const key = load<u32>(entry);
      if (key != ABSENT) shares ^= shareInSet(hashOfKey(key));
    }
  }
  return hashOfSet(shares, countOfEntries(set));
}
