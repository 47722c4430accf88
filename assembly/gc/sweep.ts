// After the marking: survivors go to the next generation, the rest becomes the trash, a list through gc1.

import { countPlace, largeAt, largeCount, putYoung, setYoung, youngAt, youngEnd, youngStart } from "../generations";
import {
  G_SET,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_TAIL,
  GC,
  GC_BYTES,
  GC0,
  GC1,
  PLACE_NONE,
  PLACE_OLD,
  REACHED,
  TRASH,
} from "../layout";
import { setGc1, setPlace } from "../object";
import { endOfObjects, firstObject, isLive, nextObjectPool, objectStep } from "../objectpools";

/** The first of the trash, or the one after `object`; 0 if there is none. */
export function nextTrash(object: usize): usize {
  return object == 0 ? load<u32>(GC, G_TRASH) : load<u32>(object - GC_BYTES, GC1) & ~7;
}

/** Appends an object to the trash, which no generation holds. */
function discard(object: usize): void {
  const tail: usize = load<u32>(GC, G_TRASH_TAIL);
  if (tail == 0) store<u32>(GC, object, G_TRASH);
  else setGc1(tail, <u32>object | TRASH);
  setGc1(object, TRASH);
  setPlace(object, PLACE_NONE);
  store<u32>(GC, object, G_TRASH_TAIL);
  store<u32>(GC, load<u32>(GC, G_TRASH_COUNT) + 1, G_TRASH_COUNT);
}

function isReached(object: usize): bool {
  return (load<u32>(object - GC_BYTES, GC1) & REACHED) != 0;
}

/** Sweeps generation 0: its survivors are generation 1 from now on. */
export function sweepYoungest(): void {
  let to = youngStart();
  const end = youngEnd();
  for (let index = to; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isReached(object)) {
      setGc1(object, 0);
      putYoung(to++, object);
    } else {
      discard(object);
    }
  }
  setYoung(to, to);
}

/** Sweeps both young generations: their survivors are old from now on. Returns how many there are. */
export function sweepYoung(): u32 {
  const end = youngEnd();
  let survivors: u32 = 0;
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isReached(object)) {
      grow(object);
      survivors++;
    } else {
      discard(object);
    }
  }
  setYoung(0, 0);
  countPlace(PLACE_OLD, survivors);
  return survivors;
}

/** Makes a survivor an old object. */
function grow(object: usize): void {
  setGc1(object, 0);
  setPlace(object, PLACE_OLD);
}

/** Sweeps everything that is not frozen: survivors are old. Returns how many there are. */
export function sweepAll(): u32 {
  const limit = load<u32>(GC, G_SET);
  let survivors: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) {
      if (isLive(object)) survivors += sweepMember(object, limit);
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) survivors += sweepMember(largeAt(index), limit);
  setYoung(0, 0);
  return survivors;
}

/** Sweeps an object if it is in the set; 1 if it survives. */
function sweepMember(object: usize, limit: u32): u32 {
  if (load<u32>(object - GC_BYTES, GC0) < limit) return 0;
  if (!isReached(object)) {
    discard(object);
    return 0;
  }
  grow(object);
  return 1;
}
