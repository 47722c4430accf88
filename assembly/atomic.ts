// What can be in no cycle, now or ever: tuples and frozensets of atoms. They never change, so the collector can leave them alone; some
// from birth (after CPython's Objects/tupleobject.c and Objects/setobject.c).

import { countUntracked, leave } from "./generations";
import { EMPTY_TUPLE, GC } from "./layout";
import { gc0Of, isInteger, isTracked, isTrash, setGc1, setPlace, typeIdOf } from "./object";
import { G_COUNT, G_REST, GC_BYTES, GC_FLAGS, GC0, GC1, ID_TUPLE, PLACE_NONE, PLACE_SHIFT } from "./objectlayout";

/** One of the words of [slot, end) refers to an object of a type that the collector knows. */
export function hasTrackedType(slot: usize, end: usize): bool {
  for (; slot != end; slot += 4) {
    const word = load<u32>(slot);
    if (!isInteger(word) && (isTracked(word) || word == <u32>EMPTY_TUPLE)) return true;
  }
  return false;
}

/** One of the words of [slot, end), holes of tables among them, refers to an object that may be in a cycle. */
export function hasTracked(slot: usize, end: usize): bool {
  for (; slot != end; slot += 4) if (mayBeTracked(load<u32>(slot))) return true;
  return false;
}

/** All objects of types that the collector knows, but untracked tuples. */
function mayBeTracked(word: u32): bool {
  if (isInteger(word) || !isTracked(word)) return false;
  return typeIdOf(word) != ID_TUPLE || gc0Of(word) > GC_FLAGS || isTrash(word);
}

/** Notes a new object of a tracked type that no generation is to have. Its gc words are written here. */
export function enterUntracked(object: usize): void {
  store<u32>(object - GC_BYTES, PLACE_NONE << PLACE_SHIFT, GC0);
  store<u32>(object - GC_BYTES, load<u32>(GC, G_REST), GC1);
  store<u32>(GC, load<u32>(GC, G_COUNT) + 1, G_COUNT);
  countUntracked(1);
}

/** Takes an object out of its generation for good. */
export function becomeUntracked(object: usize): void {
  leave(object);
  setPlace(object, PLACE_NONE);
  setGc1(object, load<u32>(GC, G_REST));
  countUntracked(1);
}
