// One object, drawn in objectlayout.ts: its header, its gc words, its references. And what a reference word is.

import { GC } from "./layout";
import {
  G_DEPTH,
  GC_BYTES,
  GC_FINALIZED,
  GC_FLAGS,
  GC0,
  GC1,
  HEADER_BYTES,
  IMMORTAL,
  INTEGER_TAG,
  O_COUNT,
  O_TYPE,
  PLACE_FROZEN,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  T_TRACKED,
  TRASH,
  TYPE_ID_SHIFT,
} from "./objectlayout";

/** The reference word is an integer. */
export function isInteger(word: u32): bool {
  return (word & INTEGER_TAG) != 0;
}

export function countOf(object: usize): i32 {
  return load<i32>(object, O_COUNT);
}

export function setCount(object: usize, count: i32): void {
  store<i32>(object, count, O_COUNT);
}

export function typeWordOf(object: usize): u32 {
  return load<u32>(object, O_TYPE);
}

export function typeIdOf(object: usize): u32 {
  return load<u32>(object, O_TYPE) >> TYPE_ID_SHIFT;
}

/** The object has gc words. Of null it says no: the guard page is all zero. */
export function isTracked(object: usize): bool {
  return (load<u32>(object, O_TYPE) & T_TRACKED) != 0;
}

/** The first of few reference words. */
export function firstReference(object: usize): usize {
  return object + HEADER_BYTES;
}

// ── gc words, of tracked types only ─────────────────────────────────────────────────────────────────

export function gc0Of(object: usize): u32 {
  return load<u32>(object - GC_BYTES, GC0);
}

export function gc1Of(object: usize): u32 {
  return load<u32>(object - GC_BYTES, GC1);
}

export function setGc1(object: usize, value: u32): void {
  store<u32>(object - GC_BYTES, value, GC1);
}

export function placeOf(object: usize): u32 {
  return gc0Of(object) >> PLACE_SHIFT;
}

export function setPlace(object: usize, place: u32): void {
  store<u32>(object - GC_BYTES, (place << PLACE_SHIFT) | (gc0Of(object) & GC_FLAGS), GC0);
}

/** The object's finalizer ran. */
export function isFinalized(object: usize): bool {
  return (gc0Of(object) & GC_FINALIZED) != 0;
}

export function setFinalized(object: usize): void {
  store<u32>(object - GC_BYTES, gc0Of(object) | GC_FINALIZED, GC0);
}

export function isOldPlace(place: u32): bool {
  return place - PLACE_OLD < PLACE_YOUNG - PLACE_OLD;
}

export function isFrozenPlace(place: u32): bool {
  return place - PLACE_FROZEN < PLACE_OLD - PLACE_FROZEN;
}

/** The object is in the trash of the collection that is under way: its gc words are links then. */
export function isTrash(object: usize): bool {
  return (gc1Of(object) & TRASH) != 0;
}

// ── dying objects: a stack through their counts ─────────────────────────────────────────────────────

/** Puts an object whose count is to be 0 before `next` on the stack of those whose references are to be dropped. */
export function setNextDying(object: usize, next: usize): void {
  store<u32>(object, IMMORTAL | (<u32>next >> 1), O_COUNT);
}

/** The object may be one that dies, seen from the program's code that is called meanwhile. */
export function mayBeDying(object: usize): bool {
  return countOf(object) < 0 && load<u32>(GC, G_DEPTH) != 0;
}

export function nextDying(object: usize): usize {
  return load<u32>(object, O_COUNT) << 1;
}
