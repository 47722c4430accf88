// The trash in the order in which its objects were made, which is seen by finalizers and callbacks of weak references, also by those of what
// only the trash holds. A natural merge sort of the list (Knuth, TAOCP vol. 3, 5.2.4, algorithm L): pools are full of long runs, and no
// memory is needed.

import { nextTrash, setPreviousTrash } from "../generations";
import { GC } from "../layout";
import { gc0Of, setGc1 } from "../object";
import { G_TRASH, G_TRASH_TAIL, TRASH } from "../objectlayout";

/** Puts the trash in order of age, oldest first, and links it backwards too. Its objects keep their places until then. */
export function orderTrash(): void {
  while (!mergeRuns()) {}
  let previous: usize = 0;
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) {
    setPreviousTrash(object, previous);
    previous = object;
  }
  store<u32>(GC, previous, G_TRASH_TAIL);
}

/** Merges each two runs that follow each other; true if there was only one. */
function mergeRuns(): bool {
  let rest = nextTrash(0);
  let tail: usize = 0;
  let runs: u32 = 0;
  while (rest != 0) {
    let one = rest;
    rest = cutRun(rest);
    let other = rest;
    if (other != 0) rest = cutRun(other);
    runs++;
    while (one != 0 || other != 0) {
      // Of two of the same age the one that was first stays first.
      const fromOther = one == 0 || (other != 0 && gc0Of(other) < gc0Of(one));
      const object = fromOther ? other : one;
      if (fromOther) other = nextTrash(object);
      else one = nextTrash(object);
      if (tail == 0) store<u32>(GC, object, G_TRASH);
      else setGc1(tail, <u32>object | TRASH);
      tail = object;
    }
  }
  if (tail != 0) setGc1(tail, TRASH);
  return runs <= 1;
}

/** Ends the run that begins with an object, and returns what follows it. */
function cutRun(object: usize): usize {
  let next = nextTrash(object);
  while (next != 0 && gc0Of(next) >= gc0Of(object)) {
    object = next;
    next = nextTrash(object);
  }
  setGc1(object, TRASH);
  return next;
}
