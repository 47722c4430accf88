// Frozen objects: the collector neither looks at them nor lists them, until they are unfrozen (CPython's gc.freeze).

import { emptyYoung, nextAge, youngAt, youngEnd } from "../generations";
import { GC } from "../layout";
import { isFrozenPlace, isOldPlace, isTrash, placeOf, setGc1, setPlace } from "../object";
import { G_COUNT, G_FROZEN, G_OLD, PLACE_FROZEN, PLACE_OLD } from "../objectlayout";
import { nextObject } from "../objectpools";
import { resting } from "./marks";

/** Freezes all tracked objects and starts the counts anew. */
export function freeze(): void {
  let frozen: u32 = 0;
  for (let object = nextObject(0); object != 0; object = nextObject(object)) {
    const place = placeOf(object);
    if (!isOldPlace(place) || isTrash(object)) continue;
    setPlace(object, place - PLACE_OLD + PLACE_FROZEN);
    frozen++;
  }
  const end = youngEnd();
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    setPlace(object, PLACE_FROZEN + nextAge());
    frozen++;
  }
  emptyYoung();
  store<u32>(GC, load<u32>(GC, G_FROZEN) + frozen, G_FROZEN);
  store<u32>(GC, 0, G_OLD);
  for (let generation: usize = 0; generation < 3; generation++) store<u32>(GC + G_COUNT + (generation << 2), 0);
}

/** Makes all frozen objects old ones. */
export function unfreeze(): void {
  const rest = resting();
  for (let object = nextObject(0); object != 0; object = nextObject(object)) {
    const place = placeOf(object);
    if (!isFrozenPlace(place) || isTrash(object)) continue;
    setPlace(object, place - PLACE_FROZEN + PLACE_OLD);
    setGc1(object, rest);
  }
  store<u32>(GC, load<u32>(GC, G_OLD) + load<u32>(GC, G_FROZEN), G_OLD);
  store<u32>(GC, 0, G_FROZEN);
}
