// Do the counts of objects cover the references there are? Those that are found are counted in gc1 of tracked objects, and taken off the
// counts of untracked ones; then all is put back. References are held by objects, by the heap itself, and by whoever holds an image.

import { exactStatusOf } from "../check";
import { I_REFERENCE, I_REFERENCE_COUNT } from "../invariants";
import { GC } from "../layout";
import { countOf, gc1Of, isTracked, setCount, setGc1, typeIdOf, typeWordOf } from "../object";
import { G_GARBAGE, G_GLOBALS, ID_DICT, ID_LIST, ONE_REFERENCE, TYPE_REFS_MASK } from "../objectlayout";
import { nextObject } from "../objectpools";
import { OK } from "../status";
import { isReference, runCount, runEnd, runStart } from "../visit";
import { fault } from "./fault";
import { IMMORTAL_MAX, nextUntracked } from "./walk";

/** What the heap itself refers to is there, and each of the `count` addresses at `held` is that of an object. */
export function verifyOwned(held: usize, count: u32): u32 {
  if (!isNoneOr(load<u32>(GC, G_GLOBALS), ID_DICT) || !isNoneOr(load<u32>(GC, G_GARBAGE), ID_LIST))
    return fault(I_REFERENCE, GC);
  if ((held & 3) != 0 || <u64>held + ((<u64>count) << 2) > (<u64>memory.size()) << 16) return fault(I_REFERENCE, held);
  const end = held + ((<usize>count) << 2);
  for (let at = held; at != end; at += 4)
    if (exactStatusOf(load<u32>(at)) != OK) return fault(I_REFERENCE, load<u32>(at));
  return 0;
}

/** An object of the type, or nothing. */
function isNoneOr(object: usize, type: u32): bool {
  return object == 0 || (exactStatusOf(object) == OK && typeIdOf(object) == type);
}

/** Run it when everything else was verified. */
export function verifyReferenceCounts(held: usize, count: u32): u32 {
  const end = held + ((<usize>count) << 2);
  let damaged = max(countAll(1), countWords(held, end, 1));
  for (let object = nextObject(0); object != 0; object = nextObject(object))
    if (gc1Of(object) / ONE_REFERENCE > <u32>countOf(object)) damaged = object;
  countWords(held, end, -1);
  countAll(-1);
  return damaged == 0 ? 0 : fault(I_REFERENCE_COUNT, damaged);
}

/** Counts all references of objects and of the heap, or takes that back; returns an untracked object with too low a count, or 0. */
function countAll(n: i32): usize {
  let damaged = max(
    countWords(GC + G_GLOBALS, GC + G_GLOBALS + 4, n),
    countWords(GC + G_GARBAGE, GC + G_GARBAGE + 4, n),
  );
  for (let object = nextObject(0); object != 0; object = nextObject(object))
    damaged = max(damaged, countReferences(object, n));
  for (let object = nextUntracked(0); object != 0; object = nextUntracked(object))
    if ((typeWordOf(object) & TYPE_REFS_MASK) != 0) damaged = max(damaged, countReferences(object, n));
  return damaged;
}

function countReferences(object: usize, n: i32): usize {
  let damaged: usize = 0;
  const word = typeWordOf(object);
  const runs = runCount(object, word);
  for (let run: u32 = 0; run < runs; run++)
    damaged = max(damaged, countWords(runStart(object, word, run), runEnd(object, word, run), n));
  return damaged;
}

function countWords(slot: usize, end: usize, n: i32): usize {
  let damaged: usize = 0;
  for (; slot != end; slot += 4) {
    const word = load<u32>(slot);
    if (!isReference(word)) continue;
    if (isTracked(word)) {
      setGc1(word, gc1Of(word) + n * ONE_REFERENCE);
    } else if (countOf(word) > IMMORTAL_MAX) {
      setCount(word, countOf(word) - n);
      if (countOf(word) < 0) damaged = word;
    }
  }
  return damaged;
}
