// Where tracked objects are known from: the young ones from one dense array, oldest first, the old ones from the pools they
// lie in, large ones from an array of their own besides. Generation 1 is the front of the young array, generation 0 the rest,
// so that objects pass from one to the next without being moved, and promotion needs no memory.

import { GC } from "./layout";
import { enlarge, give } from "./mem";
import { gc1Of, placeOf, setGc1, setPlace } from "./object";
import {
  AGE_MAX,
  G_AGE,
  G_COUNT,
  G_LARGE,
  G_LARGE_CAPACITY,
  G_LARGE_COUNT,
  G_OLD,
  G_REST,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_CURSOR,
  G_TRASH_TAIL,
  G_UNTRACKED,
  G_WATCHERS,
  G_YOUNG,
  G_YOUNG_CAPACITY,
  G_YOUNG_END,
  G_YOUNG_START,
  GC_BYTES,
  GC_FLAGS,
  GC0,
  GC1,
  LARGE_OFFSET,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  TRASH,
} from "./objectlayout";

/** Words the arrays have room for at first. */
const CAPACITY_MIN: u32 = 1024;
/** Words of the young array that it keeps when it is empty. */
const CAPACITY_KEPT: u32 = 16384;

// ── the young array ─────────────────────────────────────────────────────────────────────────────────

/** Address of the array. */
export function young(): usize {
  return load<u32>(GC, G_YOUNG);
}

/** Index at which generation 0 begins. */
export function youngStart(): u32 {
  return load<u32>(GC, G_YOUNG_START);
}

/** Index behind the last. */
export function youngEnd(): u32 {
  return load<u32>(GC, G_YOUNG_END);
}

export function setYoung(start: u32, end: u32): void {
  store<u32>(GC, start, G_YOUNG_START);
  store<u32>(GC, end, G_YOUNG_END);
}

/** No object is young any more. An array much longer than usual goes back. */
export function emptyYoung(): void {
  setYoung(0, 0);
  if (load<u32>(GC, G_YOUNG_CAPACITY) <= CAPACITY_KEPT) return;
  give(young());
  store<u32>(GC, 0, G_YOUNG);
  store<u32>(GC, 0, G_YOUNG_CAPACITY);
}

/** The object at an index, 0 if it has died. */
export function youngAt(index: u32): usize {
  return load<u32>(young() + ((<usize>index) << 2));
}

/** Puts an object at an index, and notes that in the object. */
export function putYoung(index: u32, object: usize): void {
  store<u32>(young() + ((<usize>index) << 2), object);
  setPlace(object, PLACE_YOUNG + index);
}

/** Room for one more. False: no memory. */
export function reserveYoung(): bool {
  return youngEnd() != load<u32>(GC, G_YOUNG_CAPACITY) || makeRoomSlow(1);
}

/** Takes the new object into generation 0; there must be room. Its gc words are written here. */
export function track(object: usize): void {
  const end = youngEnd();
  store<u32>(young() + ((<usize>end) << 2), object);
  store<u32>(object - GC_BYTES, (PLACE_YOUNG + end) << PLACE_SHIFT, GC0);
  store<u32>(object - GC_BYTES, load<u32>(GC, G_REST), GC1);
  store<u32>(GC, end + 1, G_YOUNG_END);
  store<u32>(GC, load<u32>(GC, G_COUNT) + 1, G_COUNT);
}

/** Closes the holes; a longer array if less than a quarter, or less than `count` words, is free then. */
function makeRoomSlow(count: u32): bool {
  closeHoles();
  const end = youngEnd();
  const capacity = load<u32>(GC, G_YOUNG_CAPACITY);
  if (end < capacity - (capacity >> 2) && capacity - end >= count) return true;
  let more = max(capacity * 2, CAPACITY_MIN);
  while (more - end < count) more *= 2;
  const array = enlarge(young(), end << 2, more << 2);
  if (array == 0) return capacity - end >= count;
  store<u32>(GC, array, G_YOUNG);
  store<u32>(GC, more, G_YOUNG_CAPACITY);
  return true;
}

function closeHoles(): void {
  const start = closeHolesOf(0, youngStart(), 0);
  setYoung(start, closeHolesOf(youngStart(), youngEnd(), start));
}

/** Moves the objects of [from, end) to `to` and what follows; returns the index behind the last. */
function closeHolesOf(from: u32, end: u32, to: u32): u32 {
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object != 0) putYoung(to++, object);
  }
  return to;
}

/** Makes room for `count` objects at the end of generation 1. False: there is none, and nothing has changed that matters. */
export function openGap(count: u32): bool {
  if (load<u32>(GC, G_YOUNG_CAPACITY) - youngEnd() < count && !makeRoomSlow(count)) return false;
  const start = youngStart();
  for (let index = youngEnd(); index != start; ) {
    index--;
    const object = youngAt(index);
    if (object != 0) putYoung(index + count, object);
    else forgetYoung(index + count);
  }
  setYoung(start + count, youngEnd() + count);
  return true;
}

/** Leaves a hole at an index. */
export function forgetYoung(index: u32): void {
  store<u32>(young() + ((<usize>index) << 2), 0);
}

/** Takes a dying object out of its generation, or out of the trash. */
export function untrack(object: usize): void {
  if ((gc1Of(object) & TRASH) != 0) leaveTrashSlow(object);
  else inline.always(leavePlace(object));
  inline.always(countDeath());
}

/** The same of an object that is not in the trash. */
export function untrackLiving(object: usize): void {
  inline.always(leavePlace(object));
  inline.always(countDeath());
}

function countDeath(): void {
  const made = load<u32>(GC, G_COUNT);
  if (made != 0) store<u32>(GC, made - 1, G_COUNT);
}

/** Takes an object out of where it is known from; its gc words mean nothing then. */
export function leave(object: usize): void {
  if ((gc1Of(object) & TRASH) != 0) leaveTrashSlow(object);
  else inline.always(leavePlace(object));
}

function leavePlace(object: usize): void {
  const place = placeOf(object);
  if (place >= PLACE_YOUNG) {
    const index = place - PLACE_YOUNG;
    forgetYoung(index);
    if (index + 1 == youngEnd()) dropLastHoles(index);
  } else {
    // Which count it is, without a branch: untracked, frozen, old.
    const at: usize = GC + G_UNTRACKED + ((u32(place != PLACE_NONE) + u32(place >= PLACE_OLD)) << 2);
    store<u32>(at, load<u32>(at) - 1);
  }
}

/** Makes an object the youngest of all, wherever it was; an old one, if there is no memory for that. */
export function rejuvenate(object: usize): void {
  leave(object);
  setGc1(object, load<u32>(GC, G_REST));
  enterYoungest(object);
}

/** Makes an object that is nowhere the youngest of all, or an old one. */
export function enterYoungest(object: usize): void {
  if (reserveYoung()) {
    const end = youngEnd();
    putYoung(end, object);
    setYoung(youngStart(), end + 1);
  } else {
    makeOld(object);
    countOld(1);
  }
}

/** The objects of [end, youngEnd) have died: the array ends with the last that lives. */
function dropLastHoles(end: u32): void {
  while (end != 0 && youngAt(end - 1) == 0) end--;
  setYoung(min(youngStart(), end), end);
}

// ── elsewhere ───────────────────────────────────────────────────────────────────────────────────────

/** Makes an object old, the youngest of those; whoever does so counts it. */
export function makeOld(object: usize): void {
  setPlace(object, PLACE_OLD + nextAge());
}

/** The age for the next object that becomes old, or is frozen. */
export function nextAge(): u32 {
  const age = load<u32>(GC, G_AGE);
  if (age < AGE_MAX) store<u32>(GC, age + 1, G_AGE);
  return age;
}

export function countOld(n: i32): void {
  store<u32>(GC, load<u32>(GC, G_OLD) + n, G_OLD);
}

export function countUntracked(n: i32): void {
  store<u32>(GC, load<u32>(GC, G_UNTRACKED) + n, G_UNTRACKED);
}

/** Objects of tracked types that are untracked: tuples and frozensets of what cannot be in a cycle. */
export function untrackedCount(): u32 {
  return load<u32>(GC, G_UNTRACKED);
}

/** Old objects; generation 2 holds them. */
export function oldCount(): u32 {
  return load<u32>(GC, G_OLD);
}

/** Somebody may see when objects die, and in which order: there are finalizers, or weak references. */
export function areDeathsSeen(): bool {
  return load<u32>(GC, G_WATCHERS) != 0;
}

/** Keeps the number of those who do. */
export function countWatchers(n: i32): void {
  store<u32>(GC, load<u32>(GC, G_WATCHERS) + n, G_WATCHERS);
}

// ── the trash of the collection that is under way: a list through gc1, and back through gc0 ─────────

/** The first of the trash, or the one after `object`; 0 if there is none. */
export function nextTrash(object: usize): usize {
  return object == 0 ? load<u32>(GC, G_TRASH) : gc1Of(object) & ~7;
}

/** Appends an object to the trash, which no generation holds. Whoever does so counts it. */
export function appendTrash(object: usize): void {
  const tail: usize = load<u32>(GC, G_TRASH_TAIL);
  if (tail == 0) store<u32>(GC, object, G_TRASH);
  else setGc1(tail, <u32>object | TRASH);
  setGc1(object, TRASH);
  setPreviousTrash(object, tail);
  store<u32>(GC, object, G_TRASH_TAIL);
}

/** Takes an object out of the trash. Whoever goes through it finds the next one at G_TRASH_CURSOR. */
export function leaveTrashSlow(object: usize): void {
  const next: usize = gc1Of(object) & ~7;
  const previous: usize = load<u32>(object - GC_BYTES, GC0) & ~7;
  if (previous == 0) store<u32>(GC, next, G_TRASH);
  else setGc1(previous, <u32>next | TRASH);
  if (next == 0) store<u32>(GC, previous, G_TRASH_TAIL);
  else setPreviousTrash(next, previous);
  if (<usize>load<u32>(GC, G_TRASH_CURSOR) == object) store<u32>(GC, next, G_TRASH_CURSOR);
  store<u32>(GC, load<u32>(GC, G_TRASH_COUNT) - 1, G_TRASH_COUNT);
}

/** Notes in an object of the trash which one precedes it. */
export function setPreviousTrash(object: usize, previous: usize): void {
  store<u32>(object - GC_BYTES, <u32>previous | (load<u32>(object - GC_BYTES, GC0) & GC_FLAGS), GC0);
}

// ── large objects: each knows its index, LARGE_OFFSET before its address ──────────────────────────

export function largeCount(): u32 {
  return load<u32>(GC, G_LARGE_COUNT);
}

export function largeAt(index: u32): usize {
  return load<u32>(<usize>load<u32>(GC, G_LARGE) + ((<usize>index) << 2));
}

function putLarge(index: u32, object: usize): void {
  store<u32>(<usize>load<u32>(GC, G_LARGE) + ((<usize>index) << 2), object);
  store<u32>(object - LARGE_OFFSET, index);
}

/** The index of a large object. */
export function largeIndexOf(object: usize): u32 {
  return load<u32>(object - LARGE_OFFSET);
}

/** Room for one more. False: no memory. */
export function reserveLarge(): bool {
  const capacity = load<u32>(GC, G_LARGE_CAPACITY);
  if (largeCount() != capacity) return true;
  const more = max(capacity * 2, CAPACITY_MIN);
  const array = enlarge(load<u32>(GC, G_LARGE), capacity << 2, more << 2);
  if (array == 0) return false;
  store<u32>(GC, array, G_LARGE);
  store<u32>(GC, more, G_LARGE_CAPACITY);
  return true;
}

export function addLarge(object: usize): void {
  const index = largeCount();
  putLarge(index, object);
  store<u32>(GC, index + 1, G_LARGE_COUNT);
}

/** The last takes the place of the one that goes. */
export function removeLarge(object: usize): void {
  const last = largeCount() - 1;
  const index = largeIndexOf(object);
  if (index != last) putLarge(index, largeAt(last));
  store<u32>(GC, last, G_LARGE_COUNT);
}
