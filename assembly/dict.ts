// Dicts and defaultdicts: keys to values, in the order in which the keys came (Objects/dictobject.c). What a call is given it takes
// over when it succeeds; when it fails, nothing has changed.

import { refuseObjectSlow, refuseWordSlow, statusOfWord } from "./check";
import { make } from "./create";
import { findInteger, findKey } from "./equal";
import { ALIGNMENT, HEAP_START } from "./layout";
import { memoryEnd } from "./memory";
import { countOf, isInteger, typeWordOf } from "./object";
import {
  ABSENT,
  DEFAULTDICT_WORD,
  DICT_ENTRY_SHIFT,
  DICT_FACTORY,
  DICT_TABLE,
  DICT_WORD,
  ID_DEFAULTDICT,
  ID_DICT,
  REFUSED,
  T_OBJECT_FLAGS,
} from "./objectlayout";
import { givePart } from "./parts";
import { debugReport } from "./refcount";
import { drop, dropTable } from "./release";
import { OK } from "./status";
import { addEntry, lastStatus, newTable, removeEntry, reserveEntries, reserveEntry, takeTable } from "./table";
import { findScratch, hashOfScratch, settleScratch, statusOfScratch, strOfScratch } from "./textkey";

/** Offset in an entry of its value. */
const VALUE: usize = 4;

/** A dict without entries that has room for `capacity`; 0: no memory. */
export function newDict(capacity: u32): usize {
  return newOf(ID_DICT, capacity);
}

/** The same with the host's number for the function that makes values for keys that are missing. */
export function newDefaultDict(capacity: u32, factory: u32): usize {
  const dict = newOf(ID_DEFAULTDICT, capacity);
  if (dict != 0) store<u32>(dict, factory, DICT_FACTORY);
  return dict;
}

function newOf(type: u32, capacity: u32): usize {
  if (capacity == 0) return make(type);
  const table = newTable(capacity, DICT_ENTRY_SHIFT);
  if (table == 0) return 0;
  const dict = make(type);
  if (dict != 0) store<u32>(dict, table, DICT_TABLE);
  else givePart(table);
  return dict;
}

/** What looks like a live dict or defaultdict lies at the address. */
function isDictAt(address: usize): bool {
  if ((address & (ALIGNMENT - 1)) != 0 || address < HEAP_START || address >= memoryEnd()) return false;
  const word = typeWordOf(address) & ~T_OBJECT_FLAGS;
  return (word == DICT_WORD || word == DEFAULTDICT_WORD) && countOf(address) > 0;
}

/** The value of a key, whose reference is the dict's; ABSENT or REFUSED. */
export function dictGet(dict: usize, key: u32): u32 {
  if (!isDictAt(dict)) return refuseDictSlow(dict);
  return valueIn(
    isInteger(key) ? inline.always(findInteger(dict, DICT_ENTRY_SHIFT, key)) : findKey(dict, DICT_ENTRY_SHIFT, key),
  );
}

/** As dictGet, of the text in TEXT_SCRATCH. */
export function dictGetText(dict: usize, length: u32, width: u32): u32 {
  if (!isDictAt(dict)) return refuseDictSlow(dict);
  if (statusOfScratch(length, width) != OK) return REFUSED;
  const wide = settleScratch(length, width);
  return valueIn(inline.always(findScratch(dict, DICT_ENTRY_SHIFT, hashOfScratch(length, wide), length, wide)));
}

/** For calls that return a word. */
function refuseDictSlow(dict: usize): u32 {
  refuseObjectSlow(dict, ID_DICT);
  return REFUSED;
}

/** Value of what a search found. */
function valueIn(entry: usize): u32 {
  if (entry == 0) return ABSENT;
  return entry == REFUSED ? REFUSED : load<u32>(entry, VALUE);
}

/**
 * Gives a key a value. If there is a key that equals it, that stays, and the old value goes. Returns as decref does.
 */
export function dictSet(dict: usize, key: u32, value: u32): u32 {
  if (!isDictAt(dict)) return refuseObjectSlow(dict, ID_DICT);
  if (statusOfWord(value) != OK) return refuseWordSlow(value);
  const entry = findKey(dict, DICT_ENTRY_SHIFT, key);
  if (entry == REFUSED) return lastStatus();
  if (entry != 0) {
    const old = replaceValue(entry, value);
    drop(key);
    drop(old);
    return debugReport();
  }
  return addPair(dict, key, value);
}

/** As dictSet, of the text in TEXT_SCRATCH. A str is made of it only when the key is new. */
export function dictSetText(dict: usize, length: u32, width: u32, value: u32): u32 {
  if (!isDictAt(dict)) return refuseObjectSlow(dict, ID_DICT);
  const textStatus = statusOfScratch(length, width);
  if (textStatus != OK) return textStatus;
  if (statusOfWord(value) != OK) return refuseWordSlow(value);
  const wide = settleScratch(length, width);
  const hash = hashOfScratch(length, wide);
  const entry = findScratch(dict, DICT_ENTRY_SHIFT, hash, length, wide);
  if (entry != 0) {
    drop(replaceValue(entry, value));
    return debugReport();
  }
  const key = strOfScratch(length, wide, hash);
  if (key == 0) return lastStatus();
  const status = addPair(dict, key, value);
  if (status != OK) drop(key);
  return status;
}

/** Writes an entry's value, and returns the old one. */
export function replaceValue(entry: usize, value: u32): u32 {
  const old = load<u32>(entry, VALUE);
  store<u32>(entry, value, VALUE);
  return old;
}

/** Adds a key that the dict does not have; a Status. */
export function addPair(dict: usize, key: u32, value: u32): u32 {
  const status = reserveEntry(dict, DICT_ENTRY_SHIFT);
  if (status != OK) return status;
  store<u32>(addEntry(dict, DICT_ENTRY_SHIFT, key), value, VALUE);
  return OK;
}

/** Takes a key out, and returns its value, whose reference is the caller's; ABSENT or REFUSED. */
export function dictTake(dict: usize, key: u32): u32 {
  if (!isDictAt(dict)) return refuseDictSlow(dict);
  return takePair(dict, findKey(dict, DICT_ENTRY_SHIFT, key));
}

/** As dictTake, of the text in TEXT_SCRATCH. */
export function dictTakeText(dict: usize, length: u32, width: u32): u32 {
  if (!isDictAt(dict)) return refuseDictSlow(dict);
  if (statusOfScratch(length, width) != OK) return REFUSED;
  const wide = settleScratch(length, width);
  return takePair(dict, findScratch(dict, DICT_ENTRY_SHIFT, hashOfScratch(length, wide), length, wide));
}

/** Takes out what a search found. */
function takePair(dict: usize, entry: usize): u32 {
  if (entry == 0) return ABSENT;
  if (entry == REFUSED) return REFUSED;
  const key = load<u32>(entry);
  const value = load<u32>(entry, VALUE);
  removeEntry(dict, DICT_ENTRY_SHIFT, entry);
  drop(key);
  return value;
}

/** Takes all entries out, and drops them then. Returns as decref does. */
export function dictClear(dict: usize): u32 {
  if (!isDictAt(dict)) return refuseObjectSlow(dict, ID_DICT);
  dropTable(takeTable(dict), DICT_ENTRY_SHIFT);
  return debugReport();
}

/** Room for `extra` entries more; a Status. */
export function dictReserve(dict: usize, extra: u32): u32 {
  if (!isDictAt(dict)) return refuseObjectSlow(dict, ID_DICT);
  return reserveEntries(dict, DICT_ENTRY_SHIFT, extra);
}
