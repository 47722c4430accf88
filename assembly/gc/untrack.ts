// Tuples that can be in no cycle are untracked by the first collection that reaches them (after CPython's Objects/tupleobject.c,
// _PyTuple_MaybeUntrack): what they hold is known for good, and none of it is tracked.

import { hasTracked } from "../atomic";
import { countUntracked, forgetYoung } from "../generations";
import { placeOf, setPlace } from "../object";
import { ID_TUPLE, PLACE_NONE, PLACE_YOUNG, TYPE_ID_SHIFT } from "../objectlayout";
import { runEnd, runStart } from "../visit";

/** Takes a tracked tuple of which nothing may be tracked out of its generation. */
export function untrackIfAtomic(object: usize, typeWord: u32): void {
  if (typeWord >> TYPE_ID_SHIFT != ID_TUPLE) return;
  if (hasTracked(runStart(object, typeWord, 0), runEnd(object, typeWord, 0))) return;
  const place = placeOf(object);
  if (place >= PLACE_YOUNG) forgetYoung(place - PLACE_YOUNG);
  setPlace(object, PLACE_NONE);
  countUntracked(1);
}
