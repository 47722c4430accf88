// After the marking: survivors go to the next generation, the rest becomes the trash, a list.

import {
  appendTrash,
  areDeathsSeen,
  countOld,
  emptyYoung,
  makeOld,
  putYoung,
  setYoung,
  youngAt,
  youngEnd,
  youngStart,
} from "../generations";
import { GC } from "../layout";
import { gc0Of, isTrash, setGc1 } from "../object";
import { G_SET, G_TRASH_COUNT, GC_BYTES, GC0, GC1 } from "../objectlayout";
import { isUnreached, resting } from "./marks";

/** Puts an object into the trash, which no generation holds. Places are kept for those who want an order. */
function discard(object: usize, keepPlace: bool): void {
  const gc0 = gc0Of(object);
  inline.always(appendTrash(object));
  if (keepPlace) store<u32>(object - GC_BYTES, gc0, GC0);
  store<u32>(GC, load<u32>(GC, G_TRASH_COUNT) + 1, G_TRASH_COUNT);
}

/** Sweeps generation 0: its survivors are generation 1 from now on. */
export function sweepYoungest(): void {
  const rest = resting();
  const keepPlace = areDeathsSeen();
  let to = youngStart();
  const end = youngEnd();
  for (let index = to; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      discard(object, keepPlace);
    } else {
      setGc1(object, rest);
      putYoung(to++, object);
    }
  }
  setYoung(to, to);
}

/** Sweeps both young generations: their survivors are old from now on. Returns how many there are. */
export function sweepYoung(): u32 {
  const rest = resting();
  const keepPlace = areDeathsSeen();
  const end = youngEnd();
  let survivors: u32 = 0;
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      discard(object, keepPlace);
    } else {
      setGc1(object, rest);
      makeOld(object);
      survivors++;
    }
  }
  emptyYoung();
  countOld(survivors);
  return survivors;
}

/** Puts the members of a run that were not reached into the trash. The others already look as they will at rest. */
export function sweepRun(first: usize, end: usize, step: u32): void {
  const lowest = load<u32>(GC, G_SET);
  const rest = resting();
  const keepPlace = areDeathsSeen();
  for (let object = first; object < end; object += step) {
    if (load<i32>(object) <= 0 || (load<u32>(object - GC_BYTES, GC1) & 1) != rest) continue;
    if (load<u32>(object - GC_BYTES, GC0) >= lowest) discard(object, keepPlace);
  }
}

/** After all runs: young objects that are no trash are old. */
export function promoteYoung(): void {
  const end = youngEnd();
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object != 0 && !isTrash(object)) makeOld(object);
  }
  emptyYoung();
}
