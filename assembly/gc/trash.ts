// The end of the trash: freed, or kept for those who want to look at it.

import { bury } from "../bury";
import { countOld, leaveTrashSlow, makeOld, nextTrash } from "../generations";
import { GC } from "../layout";
import { countOf, firstReference, gc0Of, isInteger, isTracked, isTrash, setCount, setGc1, typeWordOf } from "../object";
import {
  G_COUNT,
  G_SET,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_CURSOR,
  G_TRASH_TAIL,
  T_RITES,
  T_TRACKED,
  TYPE_ID_SHIFT,
  TYPE_REFS_MASK,
} from "../objectlayout";
import { giveParts } from "../parts";
import { drop } from "../release";
import { isLeaf } from "../unseen";
import { hasMany, runCount, runEnd, runStart } from "../visit";
import { clear } from "./clear";
import { resting } from "./marks";

/** The word refers to an object of the trash, freed already or not yet. */
function dies(word: u32): bool {
  return countOf(word) == 0 || (isTracked(word) && isTrash(word));
}

/**
 * Frees all trash, when nobody can see in which order. References of trash to trash need no counting then: whoever they keep alive dies
 * too.
 */
export function freeTrash(): void {
  const freed = load<u32>(GC, G_TRASH_COUNT);
  for (let object = nextTrash(0); object != 0; ) {
    const next = nextTrash(object);
    const word = typeWordOf(object);
    if (hasMany(word)) {
      dropManySlow(object, word);
    } else {
      const first = firstReference(object);
      inline.always(dropLiving(first, first + ((word & TYPE_REFS_MASK) << 2)));
    }
    inline.always(bury(object, word));
    object = next;
  }
  forgetTrash();
  const made = load<u32>(GC, G_COUNT);
  store<u32>(GC, made > freed ? made - freed : 0, G_COUNT);
}

/** Drops the references to what is no trash. */
function dropLiving(slot: usize, end: usize): void {
  for (; slot != end; slot += 4) {
    const referent = load<u32>(slot);
    if (referent != 0 && !isInteger(referent) && !dies(referent)) drop(referent);
  }
}

function dropManySlow(object: usize, word: u32): void {
  const runs = runCount(object, word);
  for (let run: u32 = 0; run < runs; run++) dropLiving(runStart(object, word, run), runEnd(object, word, run));
  giveParts(object, word >> TYPE_ID_SHIFT);
}

/**
 * The trash can be freed in any order, whoever watches: none of it has finalizers or weak references, and nothing but leaves dies with it,
 * so that no program's code runs meanwhile.
 */
export function isEndUnseen(): bool {
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) {
    const word = typeWordOf(object);
    if ((word & T_RITES) != 0) return false;
    if (!hasMany(word)) {
      const first = firstReference(object);
      if (!areEndsUnseen(first, first + ((word & TYPE_REFS_MASK) << 2))) return false;
    } else if (!isEndOfManyUnseenSlow(object, word)) {
      return false;
    }
  }
  return true;
}

function isEndOfManyUnseenSlow(object: usize, word: u32): bool {
  for (let run = runCount(object, word); run != 0; ) {
    run--;
    if (!areEndsUnseen(runStart(object, word, run), runEnd(object, word, run))) return false;
  }
  return true;
}

/** What the words of [slot, end) refer to is trash too, a leaf, or was reached from elsewhere, and lives on. */
function areEndsUnseen(slot: usize, end: usize): bool {
  const lowest = load<u32>(GC, G_SET);
  for (; slot != end; slot += 4) {
    const referent = load<u32>(slot);
    if (isInteger(referent) || referent == 0) continue;
    const word = typeWordOf(referent);
    if (isLeaf(word)) continue;
    if ((word & T_TRACKED) == 0 || (!isTrash(referent) && gc0Of(referent) < lowest)) return false;
  }
  return true;
}

/**
 * Takes the references out of the trash, one object after the other (delete_garbage in Python/gc.c), so that all of it dies as if the last
 * reference to it had been dropped. A tuple keeps its own, and goes with what refers to it.
 */
export function clearTrash(): void {
  for (let object = nextTrash(0); object != 0; object = load<u32>(GC, G_TRASH_CURSOR)) {
    store<u32>(GC, object, G_TRASH_CURSOR);
    setCount(object, countOf(object) + 1);
    clear(object);
    // Somebody else may have come between only if the object was taken out, which a reference prevents.
    store<u32>(GC, nextTrash(object), G_TRASH_CURSOR);
    if (countOf(object) == 1) {
      drop(<u32>object);
    } else {
      setCount(object, countOf(object) - 1);
      leaveTrashSlow(object);
      makeOldAgain(object);
    }
  }
}

/**
 * Makes all trash old objects with one reference more, which the caller owns. They are as they were otherwise. Their addresses go to
 * `list`, where there is room for them and a 0 at the end, unless it is 1.
 */
export function saveTrash(list: usize): void {
  for (let object = nextTrash(0); object != 0; ) {
    const next = nextTrash(object);
    makeOldAgain(object);
    setCount(object, countOf(object) + 1);
    if (list > 1) {
      store<u32>(list, <u32>object);
      list += 4;
    }
    object = next;
  }
  if (list > 1) store<u32>(list, 0);
  forgetTrash();
}

/** What was trash is old, and no trash. */
function makeOldAgain(object: usize): void {
  setGc1(object, resting());
  makeOld(object);
  countOld(1);
}

function forgetTrash(): void {
  store<u32>(GC, 0, G_TRASH);
  store<u32>(GC, 0, G_TRASH_TAIL);
  store<u32>(GC, 0, G_TRASH_COUNT);
}
