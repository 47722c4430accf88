// What comes between finding the trash and freeing it, if some of it has finalizers or weak references (Python/gc.c of 3.15:
// handle_weakref_callbacks, finalize_garbage, handle_resurrected_objects, clear_weakrefs). The trash is in order of age.

import { appendTrash, countOld, makeOld, nextTrash, openGap, putYoung, youngStart } from "../generations";
import { GC } from "../layout";
import {
  countOf,
  gc0Of,
  isFinalized,
  isInteger,
  isTracked,
  isTrash,
  setCount,
  setFinalized,
  setGc1,
  typeIdOf,
  typeWordOf,
} from "../object";
import {
  G_CALLS,
  G_GENERATION,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_CURSOR,
  G_TRASH_TAIL,
  GC_BYTES,
  GC_FINALIZED,
  GC_REVIVED,
  GC0,
  PLACE_SHIFT,
  T_FINALIZER,
  T_WEAK,
} from "../objectlayout";
import { callFinalizer, callWeakRefs, drop, putBehind } from "../release";
import { runCount, runEnd, runStart } from "../visit";
import { isCalled, isWeakRef, nextWeakRef, unlink } from "../weaklist";
import { firstWeakRef } from "../weaktable";
import { resting } from "./marks";

/** Calls of the host since the heap was made. */
export function callsOfHost(): u32 {
  return load<u32>(GC, G_CALLS);
}

/**
 * Weak references with callbacks to trash read null from now on, and those that are no trash themselves are called. Returns how many of
 * these died.
 */
export function callWeakRefsToTrash(): u32 {
  let first: usize = 0;
  let last: usize = 0;
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) {
    if ((typeWordOf(object) & T_WEAK) == 0) continue;
    for (let ref = firstWeakRef(object); ref != 0; ) {
      const next = nextWeakRef(ref);
      if (isCalled(ref)) {
        unlink(ref);
        if (!isTrash(ref)) {
          if (first == 0) first = ref;
          last = putBehind(last, ref);
        }
      }
      ref = next;
    }
  }
  return callWeakRefs(first);
}

/** Runs the finalizers of the trash that did not run before. What they let die leaves the trash. */
export function finalizeTrash(): void {
  for (let object = nextTrash(0); object != 0; object = load<u32>(GC, G_TRASH_CURSOR)) {
    store<u32>(GC, nextTrash(object), G_TRASH_CURSOR);
    const word = typeWordOf(object);
    if ((word & T_FINALIZER) == 0 || isWeakRef(typeIdOf(object)) || isFinalized(object)) continue;
    setFinalized(object);
    setCount(object, countOf(object) + 1);
    callFinalizer(object);
    drop(<u32>object);
  }
}

// ── what was revived ────────────────────────────────────────────────────────────────────────────────

/**
 * Gives the objects of the trash that something outside leads to by now, and all that they lead to, to the next generation. As for the
 * whole set (gc/deduce.ts), but it is gc0 that has the references from within, and the stack of what is revived.
 */
export function reviveTrash(): void {
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) setGc0(object, gc0Of(object) & GC_FINALIZED);
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) countReferents(object);
  let found: u32 = 0;
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) {
    const within = gc0Of(object);
    if ((within & GC_REVIVED) == 0 && within >> PLACE_SHIFT < <u32>countOf(object)) found += revive(object);
  }
  const inFront = load<u32>(GC, G_GENERATION) == 0 && found != 0 && openGap(found);
  let index = youngStart() - (inFront ? found : 0);
  let object = nextTrash(0);
  store<u32>(GC, 0, G_TRASH);
  store<u32>(GC, 0, G_TRASH_TAIL);
  while (object != 0) {
    const next = nextTrash(object);
    const isRevived = (gc0Of(object) & GC_REVIVED) != 0;
    setGc0(object, gc0Of(object) & GC_FINALIZED);
    if (isRevived) {
      setGc1(object, resting());
      if (inFront) putYoung(index++, object);
      else makeOld(object);
    } else {
      appendTrash(object);
    }
    object = next;
  }
  if (!inFront) countOld(found);
  store<u32>(GC, load<u32>(GC, G_TRASH_COUNT) - found, G_TRASH_COUNT);
}

function setGc0(object: usize, value: u32): void {
  store<u32>(object - GC_BYTES, value, GC0);
}

/** The word refers to an object of the trash. */
function isTrashWord(word: u32): bool {
  return !isInteger(word) && isTracked(word) && isTrash(word);
}

/** Counts, in each object of the trash, a reference from within. */
function countReferents(object: usize): void {
  const word = typeWordOf(object);
  for (let run = runCount(object, word); run != 0; ) {
    run--;
    const end = runEnd(object, word, run);
    for (let slot = runStart(object, word, run); slot != end; slot += 4) {
      const referent = load<u32>(slot);
      if (isTrashWord(referent)) setGc0(referent, gc0Of(referent) + (1 << PLACE_SHIFT));
    }
  }
}

/** Marks an object of the trash, and all of it that this leads to; returns how many. */
function revive(object: usize): u32 {
  let found: u32 = 0;
  let top = pushRevived(object, 0);
  while (top != 0) {
    const from = top;
    top = gc0Of(from) & ~7;
    found++;
    const word = typeWordOf(from);
    for (let run = runCount(from, word); run != 0; ) {
      run--;
      const end = runEnd(from, word, run);
      for (let slot = runStart(from, word, run); slot != end; slot += 4) {
        const referent = load<u32>(slot);
        if (isTrashWord(referent) && (gc0Of(referent) & GC_REVIVED) == 0) top = pushRevived(referent, top);
      }
    }
  }
  return found;
}

function pushRevived(object: usize, top: usize): usize {
  setGc0(object, <u32>top | (gc0Of(object) & GC_FINALIZED) | GC_REVIVED);
  return object;
}

// ── what is left ────────────────────────────────────────────────────────────────────────────────────

/** All weak references to trash, and all in it, read null from now on; nobody is called. */
export function clearWeakRefsOfTrash(): void {
  for (let object = nextTrash(0); object != 0; object = nextTrash(object)) {
    if (isWeakRef(typeIdOf(object))) unlink(object);
    while ((typeWordOf(object) & T_WEAK) != 0) unlink(firstWeakRef(object));
  }
}
