// After the marking: survivors go to the next generation, the rest becomes the trash, a list through gc1.

import { countPlace, emptyYoung, putYoung, setYoung, youngAt, youngEnd, youngStart } from "../generations";
import { GC } from "../layout";
import { setGc1, setPlace } from "../object";
import {
  G_SET,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_TAIL,
  GC_BYTES,
  GC0,
  GC1,
  PLACE_NONE,
  PLACE_OLD,
  TRASH,
} from "../objectlayout";
import { isTrash, isUnreached, resting } from "./marks";

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

/** Sweeps generation 0: its survivors are generation 1 from now on. */
export function sweepYoungest(): void {
  const rest = resting();
  let to = youngStart();
  const end = youngEnd();
  for (let index = to; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      discard(object);
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
  const end = youngEnd();
  let survivors: u32 = 0;
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      discard(object);
    } else {
      setGc1(object, rest);
      setPlace(object, PLACE_OLD);
      survivors++;
    }
  }
  emptyYoung();
  countPlace(PLACE_OLD, survivors);
  return survivors;
}

/** Puts the members of a run that were not reached into the trash. The others already look as they will at rest. */
export function sweepRun(first: usize, end: usize, step: u32): void {
  const lowest = load<u32>(GC, G_SET);
  const rest = resting();
  for (let object = first; object < end; object += step) {
    if (load<i32>(object) <= 0 || (load<u32>(object - GC_BYTES, GC1) & 1) != rest) continue;
    if (load<u32>(object - GC_BYTES, GC0) >= lowest) discard(object);
  }
}

/** After all runs: young objects that are no trash are old. */
export function promoteYoung(): void {
  const end = youngEnd();
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object != 0 && !isTrash(object)) setPlace(object, PLACE_OLD);
  }
  emptyYoung();
}
