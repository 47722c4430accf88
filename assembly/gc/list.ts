// Objects for those who look: those of a generation, those that refer to an object, those an object refers to.

import { statusOf } from "../check";
import { youngAt, youngEnd, youngStart } from "../generations";
import { fail } from "../memory";
import { isOldPlace, isTrash, placeOf, typeWordOf } from "../object";
import { ABSENT } from "../objectlayout";
import { nextObject } from "../objectpools";
import { OK } from "../status";
import { runCount, runEnd, runStart } from "../visit";

/** Puts the n-th find at `out`, if there is room. */
function put(out: usize, capacity: u32, n: u32, word: u32): void {
  if (n < capacity) store<u32>(out + ((<usize>n) << 2), word);
}

/** Writes the addresses of at most `capacity` objects of a generation at `out`; returns how many there are. */
export function objects(generation: u32, out: usize, capacity: u32): u32 {
  return select(generation, 0, 0, out, capacity, 0);
}

/**
 * Writes the addresses of at most `capacity` tracked objects that are not frozen, and refer to one of the `count` objects at
 * `targets`, at `out`; returns how many there are. Those of generation 0 come first.
 */
export function referrers(targets: usize, count: u32, out: usize, capacity: u32): u32 {
  let n: u32 = 0;
  for (let generation: u32 = 0; generation < 3; generation++) n = select(generation, targets, count, out, capacity, n);
  return n;
}

/**
 * Adds the objects of a generation to the `n` that were found before; with `targets`, those that refer to one of them. Returns
 * how many that makes.
 */
function select(generation: u32, targets: usize, count: u32, out: usize, capacity: u32, n: u32): u32 {
  if (generation > 1) {
    for (let object = nextObject(0); object != 0; object = nextObject(object)) {
      if (isOldPlace(placeOf(object)) && !isTrash(object) && isWanted(object, targets, count))
        put(out, capacity, n++, <u32>object);
    }
    return n;
  }
  const end = generation == 0 ? youngEnd() : youngStart();
  for (let index = generation == 0 ? youngStart() : 0; index < end; index++) {
    const object = youngAt(index);
    if (object != 0 && isWanted(object, targets, count)) put(out, capacity, n++, <u32>object);
  }
  return n;
}

/** There are no targets, or the object refers to one of them. */
function isWanted(object: usize, targets: usize, count: u32): bool {
  if (targets == 0) return true;
  const typeWord = typeWordOf(object);
  const runs = runCount(object, typeWord);
  for (let run: u32 = 0; run < runs; run++) {
    const end = runEnd(object, typeWord, run);
    for (let slot = runStart(object, typeWord, run); slot != end; slot += 4)
      if (isAmong(load<u32>(slot), targets, count)) return true;
  }
  return false;
}

function isAmong(word: u32, targets: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (word == load<u32>(targets + ((<usize>i) << 2))) return true;
  return false;
}

/**
 * Writes at most `capacity` of an object's reference words that are not null at `out`; returns how many there are. 0, and a
 * status, if there is no object at the address.
 */
export function referents(object: usize, out: usize, capacity: u32): u32 {
  const status = statusOf(object);
  if (status != OK) return <u32>fail(status, object);
  let n: u32 = 0;
  const typeWord = typeWordOf(object);
  const runs = runCount(object, typeWord);
  for (let run: u32 = 0; run < runs; run++) {
    const end = runEnd(object, typeWord, run);
    for (let slot = runStart(object, typeWord, run); slot != end; slot += 4) {
      const word = load<u32>(slot);
      if (word != 0 && word != ABSENT) put(out, capacity, n++, word);
    }
  }
  return n;
}
