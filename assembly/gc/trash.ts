// The end of the trash: freed, or kept for those who want to look at it.

import { countPlace } from "../generations";
import { GC } from "../layout";
import { countOf, firstReference, isInteger, isTracked, setCount, setGc1, setPlace, typeWordOf } from "../object";
import {
  G_COUNT,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_TAIL,
  PLACE_OLD,
  TYPE_ID_SHIFT,
  TYPE_REFS_MASK,
} from "../objectlayout";
import { giveParts } from "../parts";
import { drop, free } from "../release";
import { hasMany, runCount, runEnd, runStart } from "../visit";
import { isTrash, resting } from "./marks";
import { nextTrash } from "./sweep";

/** The word refers to an object of the trash, freed already or not yet. */
function dies(word: u32): bool {
  return countOf(word) == 0 || (isTracked(word) && isTrash(word));
}

/** Frees all trash. References of trash to trash need no counting: whoever they keep alive dies too. */
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
    free(object, word);
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

/** Makes all trash old objects with one reference more, which the caller owns. They are as they were otherwise. */
export function saveTrash(): void {
  for (let object = nextTrash(0); object != 0; ) {
    const next = nextTrash(object);
    setGc1(object, resting());
    setPlace(object, PLACE_OLD);
    countPlace(PLACE_OLD, 1);
    setCount(object, countOf(object) + 1);
    object = next;
  }
  forgetTrash();
}

function forgetTrash(): void {
  store<u32>(GC, 0, G_TRASH);
  store<u32>(GC, 0, G_TRASH_TAIL);
  store<u32>(GC, 0, G_TRASH_COUNT);
}
