// Frozen objects: the collector neither looks at them nor lists them, until they are unfrozen (CPython's gc.freeze).

import { emptyYoung, largeAt, largeCount } from "../generations";
import { G_COUNT, G_FROZEN, G_OLD, GC, PLACE_FROZEN, PLACE_OLD } from "../layout";
import { placeOf, setGc1, setPlace } from "../object";
import { endOfObjects, firstObject, isLive, nextObjectPool, objectStep } from "../objectpools";
import { resting } from "./marks";

/** Freezes all tracked objects and starts the counts anew. */
export function freeze(): void {
  let frozen: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) if (isLive(object)) frozen += freezeOne(object);
  }
  for (let index: u32 = 0; index < largeCount(); index++) frozen += freezeOne(largeAt(index));
  emptyYoung();
  store<u32>(GC, load<u32>(GC, G_FROZEN) + frozen, G_FROZEN);
  store<u32>(GC, 0, G_OLD);
  for (let generation: usize = 0; generation < 3; generation++) store<u32>(GC + G_COUNT + (generation << 2), 0);
}

/** 1 if the object was not frozen before. */
function freezeOne(object: usize): u32 {
  if (placeOf(object) < PLACE_OLD) return 0;
  setPlace(object, PLACE_FROZEN);
  return 1;
}

/** Makes all frozen objects old ones. */
export function unfreeze(): void {
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const step = objectStep(pool);
    const end = endOfObjects(pool);
    for (let object = firstObject(pool); object != end; object += step) if (isLive(object)) thaw(object);
  }
  for (let index: u32 = 0; index < largeCount(); index++) thaw(largeAt(index));
  store<u32>(GC, load<u32>(GC, G_OLD) + load<u32>(GC, G_FROZEN), G_OLD);
  store<u32>(GC, 0, G_FROZEN);
}

function thaw(object: usize): void {
  if (placeOf(object) != PLACE_FROZEN) return;
  setPlace(object, PLACE_OLD);
  setGc1(object, resting());
}
