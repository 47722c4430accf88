// After the marking: survivors go to the next generation, the rest becomes the trash, a list.

import { countOld, emptyYoung, makeOld, putYoung, setYoung, youngAt, youngEnd, youngStart } from "../generations";
import { GC } from "../layout";
import { isTrash, setGc1 } from "../object";
import { G_SET, G_TRASH, G_TRASH_COUNT, G_TRASH_TAIL, GC_BYTES, GC0, GC1, TRASH } from "../objectlayout";
import { isUnreached, resting } from "./marks";

/** Appends an object to the trash behind `tail`, if that is not 0, and returns it; `endTrash` writes the rest. It keeps its place. */
function discard(object: usize, tail: usize): usize {
  if (tail == 0) store<u32>(GC, object, G_TRASH);
  else setGc1(tail, <u32>object | TRASH);
  return object;
}

/** The last of the trash; 0 if there is none. */
function lastTrash(): usize {
  return load<u32>(GC, G_TRASH_TAIL);
}

/** The trash ends with `tail`, and has `found` objects more than before. */
function endTrash(tail: usize, found: u32): void {
  if (found == 0) return;
  setGc1(tail, TRASH);
  store<u32>(GC, tail, G_TRASH_TAIL);
  store<u32>(GC, load<u32>(GC, G_TRASH_COUNT) + found, G_TRASH_COUNT);
}

/** Sweeps generation 0: its survivors are generation 1 from now on. */
export function sweepYoungest(): void {
  const rest = resting();
  let tail = lastTrash();
  let found: u32 = 0;
  let to = youngStart();
  const end = youngEnd();
  for (let index = to; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      tail = discard(object, tail);
      found++;
    } else {
      setGc1(object, rest);
      putYoung(to++, object);
    }
  }
  setYoung(to, to);
  endTrash(tail, found);
}

/** Sweeps both young generations: their survivors are old from now on. Returns how many there are. */
export function sweepYoung(): u32 {
  const rest = resting();
  let tail = lastTrash();
  let found: u32 = 0;
  const end = youngEnd();
  let survivors: u32 = 0;
  for (let index: u32 = 0; index < end; index++) {
    const object = youngAt(index);
    if (object == 0) continue;
    if (isUnreached(object)) {
      tail = discard(object, tail);
      found++;
    } else {
      setGc1(object, rest);
      makeOld(object);
      survivors++;
    }
  }
  emptyYoung();
  countOld(survivors);
  endTrash(tail, found);
  return survivors;
}

/** Puts the members of a run that were not reached into the trash. The others already look as they will at rest. */
export function sweepRun(first: usize, end: usize, step: u32): void {
  const lowest = load<u32>(GC, G_SET);
  const rest = resting();
  let tail = lastTrash();
  let found: u32 = 0;
  for (let object = first; object < end; object += step) {
    if (load<i32>(object) <= 0 || (load<u32>(object - GC_BYTES, GC1) & 1) != rest) continue;
    if (load<u32>(object - GC_BYTES, GC0) < lowest) continue;
    tail = discard(object, tail);
    found++;
  }
  endTrash(tail, found);
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
