// Objects for those who look: those of a generation, those that refer to an object, those an object refers to.

import { largeAt, largeCount, youngAt, youngEnd, youngStart } from "../generations";
import { PLACE_OLD } from "../layout";
import { endOfReferences, firstReference, placeOf, typeWordOf } from "../object";
import { endOfObjects, firstObject, isLive, nextObjectPool, objectStep } from "../objectpools";

/** Puts the n-th find at `out`, if there is room. */
function put(out: usize, capacity: u32, n: u32, word: u32): void {
  if (n < capacity) store<u32>(out + ((<usize>n) << 2), word);
}

/** Writes the addresses of at most `capacity` objects of a generation at `out`; returns how many there are. */
export function objects(generation: u32, out: usize, capacity: u32): u32 {
  if (generation == 0) return youngObjects(youngStart(), youngEnd(), out, capacity);
  if (generation == 1) return youngObjects(0, youngStart(), out, capacity);
  let n: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) {
      if (isLive(object) && placeOf(object) == PLACE_OLD) put(out, capacity, n++, <u32>object);
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const object = largeAt(index);
    if (placeOf(object) == PLACE_OLD) put(out, capacity, n++, <u32>object);
  }
  return n;
}

function youngObjects(from: u32, end: u32, out: usize, capacity: u32): u32 {
  let n: u32 = 0;
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object != 0) put(out, capacity, n++, <u32>object);
  }
  return n;
}

/** One of the `count` words at `targets` is in a reference slot of the object. */
function refersTo(object: usize, targets: usize, count: u32): bool {
  const end = endOfReferences(object, typeWordOf(object));
  for (let slot = firstReference(object); slot != end; slot += 4) {
    const word = load<u32>(slot);
    for (let i: u32 = 0; i < count; i++) if (word == load<u32>(targets + ((<usize>i) << 2))) return true;
  }
  return false;
}

/**
 * Writes the addresses of at most `capacity` tracked objects that are not frozen, and refer to one of the `count` objects at
 * `targets`, at `out`; returns how many there are. Those of generation 0 first.
 */
export function referrers(targets: usize, count: u32, out: usize, capacity: u32): u32 {
  let n: u32 = 0;
  for (let index = youngStart(); index < youngEnd(); index++) {
    const object = youngAt(index);
    if (object != 0 && refersTo(object, targets, count)) put(out, capacity, n++, <u32>object);
  }
  for (let index: u32 = 0; index < youngStart(); index++) {
    const object = youngAt(index);
    if (object != 0 && refersTo(object, targets, count)) put(out, capacity, n++, <u32>object);
  }
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) {
      if (isLive(object) && placeOf(object) == PLACE_OLD && refersTo(object, targets, count))
        put(out, capacity, n++, <u32>object);
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const object = largeAt(index);
    if (placeOf(object) == PLACE_OLD && refersTo(object, targets, count)) put(out, capacity, n++, <u32>object);
  }
  return n;
}

/** Writes at most `capacity` of an object's reference words that are not null at `out`; returns how many there are. */
export function referents(object: usize, out: usize, capacity: u32): u32 {
  let n: u32 = 0;
  const end = endOfReferences(object, typeWordOf(object));
  for (let slot = firstReference(object); slot != end; slot += 4) {
    const word = load<u32>(slot);
    if (word != 0) put(out, capacity, n++, word);
  }
  return n;
}
