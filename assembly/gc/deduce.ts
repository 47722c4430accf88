// Which members of a set of tracked objects does nothing outside the set reach? After CPython's Python/gc.c, deduce_unreachable,
// in another form: what is counted is references from within, in a word that is 0 at rest, so that there is no pass to set up.
//
//   1  every object of the set adds one to gc1 of each referent in the set
//   2  an object with more references than that is referred to from outside: it is reached, and all that it reaches in the set
//   3  who is not reached is trash (gc/sweep.ts)
//
// The stack of step 2 threads through gc1 of the objects on it: it needs no memory and never overflows.

import { largeAt, largeCount, youngAt } from "../generations";
import { G_CANDIDATES, G_DAMAGED, G_SET, GC, GC_BYTES, GC0, GC1, ONE_REFERENCE, REACHED } from "../layout";
import { countOf, endOfReferences, firstReference, isInteger, isTracked, typeWordOf } from "../object";
import { endOfObjects, firstObject, isLive, nextObjectPool, objectStep } from "../objectpools";

/** A gc0 of this or more is that of a member. */
function setLimit(): u32 {
  return load<u32>(GC, G_SET);
}

/** The head (the address of gc0) of a referent that is in the set; 0 for any other word. */
function memberHead(word: u32, limit: u32): usize {
  if (isInteger(word) || !isTracked(word)) return 0;
  const head: usize = <usize>word - GC_BYTES;
  return load<u32>(head, GC0) >= limit ? head : 0;
}

// ── step 1 ──────────────────────────────────────────────────────────────────────────────────────────

function countReferents(object: usize, limit: u32): void {
  const end = endOfReferences(object, typeWordOf(object));
  for (let slot = firstReference(object); slot != end; slot += 4) {
    const head = memberHead(load<u32>(slot), limit);
    if (head != 0) store<u32>(head, load<u32>(head, GC1) + ONE_REFERENCE, GC1);
  }
}

/** Counts references between the objects of [from, end) of the young array. */
export function countYoung(from: u32, end: u32): void {
  const limit = setLimit();
  let members: u32 = 0;
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    members++;
    countReferents(object, limit);
  }
  store<u32>(GC, members, G_CANDIDATES);
}

/** Counts references between all tracked objects that are not frozen. */
export function countAll(): void {
  const limit = setLimit();
  let members: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    members += countPool(pool, limit);
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const object = largeAt(index);
    if (!isMember(object, limit)) continue;
    members++;
    countReferents(object, limit);
  }
  store<u32>(GC, members, G_CANDIDATES);
}

function isMember(object: usize, limit: u32): bool {
  return load<u32>(object - GC_BYTES, GC0) >= limit;
}

/** Counts the references of a pool's objects; returns how many of them are in the set. */
function countPool(pool: usize, limit: u32): u32 {
  const step = objectStep(pool);
  const end = endOfObjects(pool);
  let members: u32 = 0;
  for (let object = firstObject(pool); object != end; object += step) {
    if (!isLive(object) || !isMember(object, limit)) continue;
    members++;
    countReferents(object, limit);
  }
  return members;
}

// ── step 2 ──────────────────────────────────────────────────────────────────────────────────────────

/** A member was not reached so far: if it has references from outside, it is now, and what it reaches. */
function reachFrom(object: usize, limit: u32): void {
  const within = load<u32>(object - GC_BYTES, GC1);
  if ((within & REACHED) != 0) return;
  const count = <u32>countOf(object);
  if (within / ONE_REFERENCE == count) return;
  // More references than were counted: someone took one away too many. It stays, and somebody is told.
  if (within / ONE_REFERENCE > count) store<u32>(GC, object, G_DAMAGED);
  reach(object, limit);
}

/** Marks an object and all members it reaches. */
function reach(object: usize, limit: u32): void {
  store<u32>(object - GC_BYTES, REACHED, GC1);
  let top = object;
  while (top != 0) {
    const from = top;
    top = load<u32>(from - GC_BYTES, GC1) & ~7;
    const end = endOfReferences(from, typeWordOf(from));
    for (let slot = firstReference(from); slot != end; slot += 4) {
      const head = memberHead(load<u32>(slot), limit);
      if (head == 0 || (load<u32>(head, GC1) & REACHED) != 0) continue;
      store<u32>(head, <u32>top | REACHED, GC1);
      top = head + GC_BYTES;
    }
  }
}

export function reachYoung(from: u32, end: u32): void {
  const limit = setLimit();
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object != 0) reachFrom(object, limit);
  }
}

export function reachAll(): void {
  const limit = setLimit();
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) {
      if (isLive(object) && isMember(object, limit)) reachFrom(object, limit);
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const object = largeAt(index);
    if (isMember(object, limit)) reachFrom(object, limit);
  }
}
