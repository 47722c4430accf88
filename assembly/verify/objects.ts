// Types, tracked objects, their references, counts and generations. What is in untracked objects is looked at when an object
// refers to them; they are not known otherwise.

import { exactStatusOf } from "../check";
import { resting } from "../gc/marks";
import {
  largeAt,
  largeCount,
  largeIndexOf,
  oldCount,
  untrackedCount,
  young,
  youngAt,
  youngEnd,
  youngStart,
} from "../generations";
import { I_GC_WORD, I_GENERATION, I_LARGE_OBJECT, I_REFERENCE, I_TYPE } from "../invariants";
import { GC, OWN_TYPES } from "../layout";
import { bytesOf, isBlock } from "../mem";
import { gc1Of, isFrozenPlace, isOldPlace, isTrash, mayBeDying, placeOf, typeIdOf, typeWordOf } from "../object";
import {
  ABSENT,
  COLLECTION_ENDS,
  G_AGE,
  G_COLLECTING,
  G_FROZEN,
  G_LARGE,
  G_LARGE_CAPACITY,
  G_TRASH,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  G_YOUNG_CAPACITY,
  ID_FIRST,
  ID_FROZENSET,
  ID_KEYEDREF,
  ID_TUPLE,
  PLACE_FROZEN,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_YOUNG,
  T_TRACKED,
  TYPE_ID_SHIFT,
  TYPE_LIST,
  TYPE_NAME,
  TYPE_SHIFT,
  TYPE_SIZED,
} from "../objectlayout";
import { nextObject } from "../objectpools";
import { ALREADY_FREE, OK } from "../status";
import { isRecord, typeRecord } from "../types";
import { isAnySet, isDict, isReference, runCount, runEnd, runStart } from "../visit";
import { verifyInterned, verifyKeys, verifyShape } from "./containers";
import { add, fault, T_FROZEN, T_OLD, T_UNTRACKED, T_YOUNG, total } from "./fault";
import { verifyOwned, verifyReferenceCounts } from "./references";
import { nextUntracked } from "./walk";
import { verifyWeakRefs } from "./weakrefs";

/** Run it after all pools and regions were verified. */
export function verifyObjects(held: usize, count: u32): u32 {
  let rule = verifyTypes();
  if (rule == 0) rule = verifyArrays();
  if (rule == 0) rule = verifyTracked();
  if (rule == 0) rule = verifyUntracked();
  if (rule == 0) rule = verifyAllKeys();
  if (rule == 0) rule = verifyInterned();
  if (rule == 0) rule = verifyGenerations();
  if (rule == 0) rule = verifyWeakRefs();
  if (rule == 0) rule = verifyOwned(held, count);
  // The gc words of trash are links, and counts of references would go there.
  return rule == 0 && load<u32>(GC, G_COLLECTING) == 0 ? verifyReferenceCounts(held, count) : rule;
}

function verifyTypes(): u32 {
  const table: usize = load<u32>(GC, G_TYPES);
  if (table != OWN_TYPES && bytesOf(table) < load<u32>(GC, G_TYPE_CAPACITY) << TYPE_SHIFT) return fault(I_TYPE, table);
  for (let id: u32 = ID_FIRST; id <= load<u32>(GC, G_TYPE_COUNT); id++) {
    const name: usize = load<u32>(typeRecord(id), TYPE_NAME);
    if (!isRecord(id) || (name != 0 && !isBlock(name))) return fault(I_TYPE, typeRecord(id));
  }
  return 0;
}

/** The young array and that of large objects are blocks, and long enough. */
function verifyArrays(): u32 {
  const room = load<u32>(GC, G_YOUNG_CAPACITY);
  if (youngStart() > youngEnd() || youngEnd() > room || !isArray(young(), room)) return fault(I_GENERATION, GC);
  const largeRoom = load<u32>(GC, G_LARGE_CAPACITY);
  if (largeCount() > largeRoom || !isArray(load<u32>(GC, G_LARGE), largeRoom)) return fault(I_LARGE_OBJECT, GC);
  const trash: u32 =
    load<u32>(GC, G_COLLECTING) == COLLECTION_ENDS ? 0 : load<u32>(GC, G_COLLECTING) | load<u32>(GC, G_TRASH);
  return trash == 0 ? 0 : fault(I_GC_WORD, GC);
}

function isArray(address: usize, words: u32): bool {
  return words == 0 ? address == 0 : bytesOf(address) >= words << 2;
}

/** Each tracked object by itself; first the array of large ones, which the walk relies on. */
function verifyTracked(): u32 {
  for (let index: u32 = 0; index < largeCount(); index++) {
    const object = largeAt(index);
    const status = exactStatusOf(object);
    const isThere = status == OK || (status == ALREADY_FREE && mayBeDying(object));
    if (!isThere || largeIndexOf(object) != index || !isOfLargeType(object)) return fault(I_LARGE_OBJECT, object);
  }
  for (let object = nextObject(0); object != 0; object = nextObject(object)) {
    const rule = verifyObject(object);
    if (rule != 0) return rule;
  }
  return 0;
}

function isOfLargeType(object: usize): bool {
  const word = typeWordOf(object);
  return (word & T_TRACKED) != 0 && load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST) >= TYPE_SIZED;
}

function verifyObject(object: usize): u32 {
  const rule = verifyParts(object);
  if (rule != 0) return rule;
  if (isTrash(object)) return load<u32>(GC, G_COLLECTING) == COLLECTION_ENDS ? 0 : fault(I_GC_WORD, object);
  const place = placeOf(object);
  const restless = isFrozenPlace(place) || place == PLACE_NONE;
  if (gc1Of(object) > 1 || (!restless && gc1Of(object) != resting())) return fault(I_GC_WORD, object);
  const id = typeIdOf(object);
  const age = load<u32>(GC, G_AGE);
  if (place == PLACE_NONE && (id == ID_TUPLE || id == ID_FROZENSET)) add(T_UNTRACKED, 1);
  else if (isFrozenPlace(place) && place - PLACE_FROZEN <= age) add(T_FROZEN, 1);
  else if (isOldPlace(place) && place - PLACE_OLD <= age) add(T_OLD, 1);
  else if (place < PLACE_YOUNG || place - PLACE_YOUNG >= youngEnd() || youngAt(place - PLACE_YOUNG) != object)
    return fault(I_GENERATION, object);
  else add(T_YOUNG, 1);
  return 0;
}

/** What an object is made of: lengths, blocks, references. */
function verifyParts(object: usize): u32 {
  const rule = verifyShape(object);
  if (rule != 0) return rule;
  const word = typeWordOf(object);
  const runs = runCount(object, word);
  for (let run: u32 = 0; run < runs; run++)
    if (!areReferences(runStart(object, word, run), runEnd(object, word, run), hasHoles(word)))
      return fault(I_REFERENCE, object);
  return 0;
}

/** All words are null, integers or live objects, or holes where there may be some. */
function areReferences(slot: usize, end: usize, holes: bool): bool {
  for (; slot != end; slot += 4) {
    const word = load<u32>(slot);
    if (isReference(word) ? exactStatusOf(word) != OK : word == ABSENT && !holes) return false;
  }
  return true;
}

function hasHoles(typeWord: u32): bool {
  const id = typeWord >> TYPE_ID_SHIFT;
  return isDict(id) || isAnySet(id) || id == ID_KEYEDREF;
}

/** Objects that no collection looks at. */
function verifyUntracked(): u32 {
  for (let object = nextUntracked(0); object != 0; object = nextUntracked(object)) {
    const isThere = exactStatusOf(object) == OK || mayBeDying(object);
    if (!isThere || (typeWordOf(object) & T_TRACKED) != 0) return fault(I_LARGE_OBJECT, object);
    const rule = verifyParts(object);
    if (rule != 0) return rule;
  }
  return 0;
}

function verifyAllKeys(): u32 {
  for (let object = nextObject(0); object != 0; object = nextObject(object)) {
    const rule = verifyKeys(object);
    if (rule != 0) return rule;
  }
  return 0;
}

/** As many objects in each place as the record says. */
function verifyGenerations(): u32 {
  let members: u32 = 0;
  for (let index: u32 = 0; index < youngEnd(); index++) if (youngAt(index) != 0) members++;
  const isRight =
    members == total(T_YOUNG) &&
    oldCount() == total(T_OLD) &&
    load<u32>(GC, G_FROZEN) == total(T_FROZEN) &&
    untrackedCount() == total(T_UNTRACKED);
  return isRight ? 0 : fault(I_GENERATION, GC);
}
