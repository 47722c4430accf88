// Which members of a set of tracked objects does nothing outside the set reach? After CPython's Python/gc.c, deduce_unreachable,
// in another form: what is counted is references from within, in a word that is at rest else, so that nothing has to be set up.
//
//   1  every member adds one to gc1 of each referent in the set
//   2  a member with more references than that is referred to from outside: it is reached, and all that it reaches in the set
//   3  who is not reached is trash (gc/sweep.ts)
//
// The stack of step 2 threads through gc1 of the objects on it: it needs no memory and never overflows.
//
// Both steps take runs of objects, `step` bytes apart from `first` on, before `end`; those that are free or no members are
// passed over. A run is a pool, or one object.

import { GC } from "../layout";
import { countOf, isInteger, isTracked, typeWordOf } from "../object";
import {
  G_SET,
  GC_BYTES,
  GC0,
  GC1,
  HEADER_BYTES,
  MANY_REFS,
  ONE_REFERENCE,
  T_TRACKED,
  TYPE_REFS_MASK,
} from "../objectlayout";
import { hasMany, runCount, runEnd, runStart } from "../visit";
import { reportDamaged, resting } from "./marks";
import { untrackIfAtomic } from "./untrack";

/** A gc0 of this or more is that of a member. */
function lowestMember(): u32 {
  return load<u32>(GC, G_SET);
}

/** Step 1 for a run; returns how many of it are members. */
export function countRun(first: usize, end: usize, step: u32): u32 {
  return inline.always(countIn(first, end, step, false));
}

/** Step 1 for a run when every tracked object is a member. */
export function countFullRun(first: usize, end: usize, step: u32): u32 {
  return inline.always(countIn(first, end, step, true));
}

function countIn(first: usize, end: usize, step: u32, all: bool): u32 {
  const lowest: u32 = all ? 0 : lowestMember();
  let members: u32 = 0;
  for (let object = first; object < end; object += step) {
    if (countOf(object) <= 0 || (!all && load<u32>(object - GC_BYTES, GC0) < lowest)) continue;
    members++;
    const word = typeWordOf(object);
    if (hasMany(word)) {
      countManySlow(object, word, lowest);
    } else {
      const slot = object + HEADER_BYTES;
      inline.always(countWords(slot, slot + ((word & TYPE_REFS_MASK) << 2), lowest, all));
    }
  }
  return members;
}

/** Adds one to gc1 of each member that these words refer to. */
function countWords(slot: usize, end: usize, lowest: u32, all: bool): void {
  for (; slot != end; slot += 4) {
    const referent = load<u32>(slot);
    if (isInteger(referent) || !isTracked(referent)) continue;
    const head: usize = <usize>referent - GC_BYTES;
    if (all || load<u32>(head, GC0) >= lowest) store<u32>(head, load<u32>(head, GC1) + ONE_REFERENCE, GC1);
  }
}

function countManySlow(object: usize, word: u32, lowest: u32): void {
  for (let run = runCount(object, word); run != 0; ) {
    run--;
    countWords(runStart(object, word, run), runEnd(object, word, run), lowest, false);
  }
}

/** Step 2 for a run; returns how many members were reached, of the run and elsewhere. */
export function reachRun(first: usize, end: usize, step: u32): u32 {
  return inline.always(reachIn(first, end, step, false));
}

/** Step 2 for a run when every tracked object is a member. */
export function reachFullRun(first: usize, end: usize, step: u32): u32 {
  return inline.always(reachIn(first, end, step, true));
}

function reachIn(first: usize, end: usize, step: u32, all: bool): u32 {
  const lowest: u32 = all ? 0 : lowestMember();
  const rest = resting();
  const reached = rest ^ 1;
  let found: u32 = 0;
  for (let object = first; object < end; object += step) {
    const count = countOf(object);
    if (count <= 0 || (!all && load<u32>(object - GC_BYTES, GC0) < lowest)) continue;
    const within = load<u32>(object - GC_BYTES, GC1);
    if ((within & 1) != rest || within >> 1 == count) continue;
    // More references than its count: one was dropped too often. It stays, and somebody is told; so below.
    if (within >> 1 > <u32>count) reportDamaged(object);
    store<u32>(object - GC_BYTES, reached, GC1);
    let from = object;
    let typeWord = typeWordOf(object);
    let top: usize = 0;
    for (;;) {
      found++;
      const few = typeWord & TYPE_REFS_MASK;
      if (few == MANY_REFS) {
        top = reachManySlow(from, typeWord, top, lowest);
      } else {
        // The first that is reached from here comes next, and needs no place on the stack.
        let next: usize = 0;
        const last = from + HEADER_BYTES + (few << 2);
        for (let slot = from + HEADER_BYTES; slot != last; slot += 4) {
          const referent = load<u32>(slot);
          if (isInteger(referent)) continue;
          const word = typeWordOf(referent);
          if ((word & T_TRACKED) == 0) continue;
          const head: usize = <usize>referent - GC_BYTES;
          if (!all && load<u32>(head, GC0) < lowest) continue;
          const known = load<u32>(head, GC1);
          if ((known & 1) != rest) continue;
          if (known >> 1 > <u32>countOf(referent)) reportDamaged(referent);
          if (next == 0) {
            next = referent;
            typeWord = word;
            store<u32>(head, reached, GC1);
          } else {
            store<u32>(head, <u32>top | reached, GC1);
            top = referent;
          }
        }
        if (next != 0) {
          from = next;
          continue;
        }
      }
      if (top == 0) break;
      from = top;
      typeWord = typeWordOf(from);
      top = load<u32>(from - GC_BYTES, GC1) & ~7;
      store<u32>(from - GC_BYTES, reached, GC1);
    }
  }
  return found;
}

/**
 * Puts the members that an object with many references leads to on the stack, if they were not reached before; returns its new top.
 * A tuple that can be in no cycle is left alone from now on.
 */
function reachManySlow(object: usize, word: u32, top: usize, lowest: u32): usize {
  untrackIfAtomic(object, word);
  const rest = resting();
  for (let run = runCount(object, word); run != 0; ) {
    run--;
    const last = runEnd(object, word, run);
    for (let slot = runStart(object, word, run); slot != last; slot += 4) {
      const referent = load<u32>(slot);
      if (isInteger(referent) || !isTracked(referent)) continue;
      const head: usize = <usize>referent - GC_BYTES;
      const known = load<u32>(head, GC1);
      if (load<u32>(head, GC0) < lowest || (known & 1) != rest) continue;
      if (known >> 1 > <u32>countOf(referent)) reportDamaged(referent);
      store<u32>(head, <u32>top | (rest ^ 1), GC1);
      top = referent;
    }
  }
  return top;
}
