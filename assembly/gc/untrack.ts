// Tuples that can be in no cycle are untracked by the first collection that reaches them (after CPython's Objects/tupleobject.c,
// _PyTuple_MaybeUntrack): what they hold is known for good, and none of it is tracked.

import { countPlace, forgetYoung } from "../generations";
import { gc0Of, isInteger, isTracked, placeOf, setPlace, typeIdOf } from "../object";
import { GC_FLAGS, ID_TUPLE, PLACE_NONE, PLACE_YOUNG, TYPE_ID_SHIFT } from "../objectlayout";
import { runEnd, runStart } from "../visit";

/** The object may be in a cycle, now or later. */
function mayBeTracked(word: u32): bool {
  if (isInteger(word) || !isTracked(word)) return false;
  return typeIdOf(word) != ID_TUPLE || gc0Of(word) > GC_FLAGS;
}

/** Takes a tracked tuple of which nothing may be tracked out of its generation. */
export function untrackIfAtomic(object: usize, typeWord: u32): void {
  if (typeWord >> TYPE_ID_SHIFT != ID_TUPLE) return;
  const end = runEnd(object, typeWord, 0);
  for (let slot = runStart(object, typeWord, 0); slot != end; slot += 4) if (mayBeTracked(load<u32>(slot))) return;
  const place = placeOf(object);
  if (place >= PLACE_YOUNG) forgetYoung(place - PLACE_YOUNG);
  setPlace(object, PLACE_NONE);
  countPlace(PLACE_NONE, 1);
}
