// What the header and the gc words of an object say of it alone.

import { headOf } from "../chunk";
import { largeAt, largeCount, largeIndexOf, youngAt, youngEnd } from "../generations";
import { I_GC_WORD, I_GENERATION, I_LARGE_OBJECT } from "../invariants";
import { CHUNK_HEADER_BYTES, CHUNK_RAW, FRAME_BYTES, FRAME_HEAD_BYTES, GC } from "../layout";
import { isDebug } from "../mem";
import {
  countOf,
  gc0Of,
  gc1Of,
  isFrozenPlace,
  isOldPlace,
  isTrash,
  mayBeDying,
  placeOf,
  typeIdOf,
  typeWordOf,
} from "../object";
import {
  AGE_MAX,
  COLLECTION_ENDS,
  G_AGE,
  G_COLLECTING,
  G_REST,
  GC_FINALIZED,
  GC_FLAGS,
  ID_DEFAULTDICT,
  ID_DICT,
  ID_FROZENSET,
  ID_STR,
  ID_TUPLE,
  ID_WEAKREF,
  LARGE_OFFSET,
  PLACE_FROZEN,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_YOUNG,
  T_ASCII,
  T_CALLED,
  T_FINALIZER,
  T_INTERNED,
  T_NO_WEAKREFS,
  T_OBJECT_FLAGS,
  T_OF_MAP,
  T_TRACKED,
  T_WEAK,
  T_WIDE,
  TYPE_BYTES,
  TYPE_ID_SHIFT,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_SIZED,
  W_REFERENT,
} from "../objectlayout";
import { isTypeWord, typeRecord } from "../types";
import { isAnySet } from "../visit";
import { isWeakRef } from "../weaklist";
import {
  add,
  fault,
  T_FROZEN,
  T_LARGE,
  T_LARGE_COUNTS,
  T_LINKED,
  T_OLD,
  T_UNTRACKED,
  T_WEAK_MARKS,
  T_WEAK_REFS,
  T_YOUNG,
} from "./fault";

/** Counts at or below this are immortal, or lead to the next dying object; the verifier takes others below 0 for a moment. */
export const IMMORTAL_MAX: i32 = -0x40000000;
/** The least bytes of an object of a type whose instances differ in size. */
const SIZED_MIN: u32 = 16;

/** The type word of an object in a block that has `room` bytes for it, of the class of a quick list. */
export function isWordRight(word: u32, list: usize, tracked: bool, room: u32): bool {
  if (!isTypeWord(word) || (word & T_OBJECT_FLAGS & ~flagsOf(word)) != 0) return false;
  if (((word & T_TRACKED) != 0) != tracked) return false;
  const home: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  return home == list || (home == TYPE_SIZED && room >= SIZED_MIN);
}

/** The flags that an object with this type word may have. */
function flagsOf(word: u32): u32 {
  const id = word >> TYPE_ID_SHIFT;
  if (id == ID_STR) return T_WIDE | T_INTERNED | T_ASCII;
  if (id == ID_DICT || id == ID_DEFAULTDICT) return T_OF_MAP | T_WEAK;
  if (id == ID_WEAKREF) return T_CALLED;
  return (word & T_NO_WEAKREFS) == 0 || isAnySet(id) ? T_WEAK : 0;
}

/** Takes note of an object that has a right type word. */
export function noteObject(object: usize, word: u32): void {
  if ((word & T_WEAK) != 0) add(T_WEAK_MARKS, 1);
  if (!isWeakRef(word >> TYPE_ID_SHIFT)) return;
  add(T_WEAK_REFS, 1);
  if (load<u32>(object, W_REFERENT) != 0) add(T_LINKED, 1);
}

/** Takes note of an object that is dying, or whose death waits: its weak references may be there still. */
export function noteDying(object: usize): void {
  if ((typeWordOf(object) & T_WEAK) != 0) add(T_WEAK_MARKS, 1);
}

/** Past the gc0 of the youngest old object there can be, less that of the first. */
export function oldEnd(): u32 {
  return (min(load<u32>(GC, G_AGE), AGE_MAX) << 2) + 1;
}

/** Where a tracked object is, and its gc1; adds it to the total of its generation. */
export function verifyPlaceSlow(object: usize, word: u32): u32 {
  if (isTrash(object)) return load<u32>(GC, G_COLLECTING) == COLLECTION_ENDS ? 0 : fault(I_GC_WORD, object);
  const flags = gc0Of(object) & GC_FLAGS;
  if (flags > GC_FINALIZED || (flags != 0 && (word & T_FINALIZER) == 0)) return fault(I_GC_WORD, object);
  const place = placeOf(object);
  const restless = isFrozenPlace(place) || place == PLACE_NONE;
  if (gc1Of(object) > 1 || (!restless && gc1Of(object) != load<u32>(GC, G_REST))) return fault(I_GC_WORD, object);
  const id = word >> TYPE_ID_SHIFT;
  const age = min(load<u32>(GC, G_AGE), AGE_MAX);
  if (place == PLACE_NONE && (id == ID_TUPLE || id == ID_FROZENSET)) add(T_UNTRACKED, 1);
  else if (isFrozenPlace(place) && place - PLACE_FROZEN <= age) add(T_FROZEN, 1);
  else if (isOldPlace(place) && place - PLACE_OLD <= age) add(T_OLD, 1);
  else if (place < PLACE_YOUNG || place - PLACE_YOUNG >= youngEnd() || youngAt(place - PLACE_YOUNG) != object)
    return fault(I_GENERATION, object);
  else add(T_YOUNG, 1);
  return 0;
}

// ── large objects ───────────────────────────────────────────────────────────────────────────────────

/** From the start of the block of a large object to what is the core's no more. */
export function frameBytes(): usize {
  return isDebug() ? <usize>FRAME_HEAD_BYTES : 0;
}

/** The array of large tracked objects has this one. */
export function isListed(object: usize): bool {
  const index = largeIndexOf(object);
  return index < largeCount() && largeAt(index) == object;
}

/** The object in a chunk of `size` bytes, sealed as that of one. */
export function verifyLarge(chunk: usize, size: u32): u32 {
  const block = chunk + CHUNK_HEADER_BYTES + frameBytes();
  const tracked = isListed(block + LARGE_OFFSET);
  const object = tracked ? block + LARGE_OFFSET : block;
  const word = typeWordOf(object);
  const room = size - CHUNK_HEADER_BYTES - (isDebug() ? FRAME_BYTES : 0);
  const own = room - (tracked ? <u32>LARGE_OFFSET : 0);
  if ((headOf(chunk) & CHUNK_RAW) != 0 || !isWordRight(word, TYPE_LARGE, tracked, own))
    return fault(I_LARGE_OBJECT, object);
  if (load<u32>(typeRecord(typeIdOf(object)), TYPE_BYTES) > room) return fault(I_LARGE_OBJECT, object);
  if (countOf(object) <= 0 && !mayBeDying(object)) return fault(I_LARGE_OBJECT, object);
  if (tracked) add(T_LARGE, 1);
  if (countOf(object) <= 0) {
    noteDying(object);
    return 0;
  }
  if (!tracked) add(T_LARGE_COUNTS, countOf(object));
  noteObject(object, word);
  return tracked ? verifyPlaceSlow(object, word) : 0;
}
