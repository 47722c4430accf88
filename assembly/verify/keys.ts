// What can be looked at only when all references are known to lead to objects: that keys are found, and that hashes are right.

import { largeAt, largeCount } from "../generations";
import { hashOfKey, hashOfObject, hashOfSet, isHashable, orInstead, shareInSet, tupleHash } from "../hash";
import { I_HASH, I_INTERNED, I_TABLE } from "../invariants";
import { GC } from "../layout";
import { countOf, isInteger, typeIdOf, typeWordOf } from "../object";
import {
  ABSENT,
  DICT_COUNT,
  DICT_TABLE,
  G_INTERNED,
  G_INTERNED_COUNT,
  G_INTERNED_LOG2,
  ID_BYTES,
  ID_FROZENSET,
  ID_STR,
  ID_TUPLE,
  SET_HASH,
  STR_WORD,
  T_ASCII,
  T_INTERNED,
  T_WIDE,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TEXT_HASH,
  TUPLE_HASH,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  W_HASH,
  W_REFERENT,
} from "../objectlayout";
import { endOfObjects, firstObject, nextObjectPool, objectStep } from "../objectpools";
import { EMPTY, PERTURB_SHIFT, slotAt } from "../table";
import { entriesOf, entryShift, hasMany, isAnySet, isDict, slotShift } from "../visit";
import { isWeakRef } from "../weaklist";
import { fault, T_INTERNED_STRS, T_KEYED, total } from "./fault";
import { refer } from "./live";
import { own } from "./own";

/** The keys of all tables, and the hashes of tuples and frozensets. Run it when all references were verified. */
export function verifyAllKeys(): u32 {
  if (total(T_KEYED) == 0) return 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const end = endOfObjects(pool);
    const step = objectStep(pool);
    for (let object = firstObject(pool); object < end; object += step) {
      const rule = countOf(object) > 0 && hasMany(typeWordOf(object)) ? verifyKeys(object) : 0;
      if (rule != 0) return rule;
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const rule = countOf(largeAt(index)) > 0 ? verifyKeys(largeAt(index)) : 0;
    if (rule != 0) return rule;
  }
  return 0;
}

function verifyKeys(object: usize): u32 {
  const id = typeWordOf(object) >> TYPE_ID_SHIFT;
  if (id == ID_TUPLE) {
    const hash = tupleHash(object + TUPLE_ITEMS, load<u32>(object, TUPLE_LENGTH));
    return hash == load<u32>(object, TUPLE_HASH) ? 0 : fault(I_HASH, object);
  }
  if (!isDict(id) && !isAnySet(id)) return 0;
  const table: usize = load<u32>(object, DICT_TABLE);
  const shift = entryShift(id);
  const used: u32 = table == 0 ? 0 : load<u32>(table, TABLE_USED);
  let shares: u32 = 0;
  for (let entry: u32 = 0; entry < used; entry++) {
    const key = load<u32>(entriesOf(table) + ((<usize>entry) << shift));
    if (key == ABSENT) continue;
    if (!isKey(key)) return fault(I_TABLE, object);
    const hash = hashOfKey(key);
    if (!isFound(table, hash, entry)) return fault(I_TABLE, object);
    shares ^= shareInSet(hash);
  }
  if (id != ID_FROZENSET) return 0;
  return load<u32>(object, SET_HASH) == hashOfSet(shares, load<u32>(object, DICT_COUNT)) ? 0 : fault(I_HASH, object);
}

/** It can be a key, and has been hashed. */
function isKey(word: u32): bool {
  if (isInteger(word) || word == 0) return true;
  const id = typeIdOf(word);
  if (id == ID_STR || id == ID_BYTES) return load<u32>(word, TEXT_HASH) != 0;
  return isWeakRef(id) ? load<u32>(word, W_HASH) != 0 : isHashable(word);
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

/** The hash that a weak reference keeps is that of its referent, as far as that is there. */
export function isWeakHashRight(ref: usize): bool {
  const hash = load<u32>(ref, W_HASH);
  const referent: usize = load<u32>(ref, W_REFERENT);
  if (hash == 0 || referent == 0 || countOf(referent) <= 0) return true;
  return isHashable(<u32>referent) && hash == orInstead(hashOfObject(referent));
}

// ── interned strs ───────────────────────────────────────────────────────────────────────────────────

/** The table holds the strs that say so, each where it is found, and as many as it says. */
export function verifyInterned(): u32 {
  const table: usize = load<u32>(GC, G_INTERNED);
  const count = load<u32>(GC, G_INTERNED_COUNT);
  if (total(T_INTERNED_STRS) != count) return fault(I_INTERNED, GC);
  if (table == 0) return count == 0 ? 0 : fault(I_INTERNED, GC);
  const log2 = load<u32>(GC, G_INTERNED_LOG2);
  if (log2 > 28 || !own(table, (<u32>4) << log2)) return fault(I_INTERNED, table);
  const end = table + ((<usize>4) << log2);
  let strs: u32 = 0;
  for (let at = table; at != end; at += 4) {
    const str: usize = load<u32>(at);
    if (str == 0) continue;
    if (!refer(str, 0) || !isInterned(str)) return fault(I_INTERNED, at);
    strs++;
  }
  // Two thirds of the slots at most are in use, so that a search ends.
  if (strs != count || <u64>strs * 3 > (<u64>2) << log2) return fault(I_INTERNED, table);
  const mask = (<u32>(end - table) >> 2) - 1;
  for (let slot: u32 = 0; slot <= mask; slot++) {
    const str: usize = load<u32>(table + ((<usize>slot) << 2));
    if (str != 0 && !isInPlace(table, mask, slot, str)) return fault(I_INTERNED, str);
  }
  return 0;
}

function isInterned(str: usize): bool {
  return (typeWordOf(str) & ~(T_WIDE | T_ASCII)) == (STR_WORD | T_INTERNED) && load<u32>(str, TEXT_HASH) != 0;
}

/** A search for a str comes to its slot, and not before to the str itself. */
function isInPlace(table: usize, mask: u32, slot: u32, str: usize): bool {
  for (let i = load<u32>(str, TEXT_HASH) & mask; i != slot; i = (i + 1) & mask) {
    const other: usize = load<u32>(table + ((<usize>i) << 2));
    if (other == 0 || other == str) return false;
  }
  return true;
}
