// The weak references to one object: a list through them, the one without callback first, then the newest (Objects/weakrefobject.c,
// insert_head, insert_after).

import { typeIdOf, typeWordOf } from "./object";
import {
  ID_KEYEDREF,
  ID_WEAKREF,
  O_TYPE,
  T_CALLED,
  T_WEAK,
  W_NEXT,
  W_OWNER,
  W_PREVIOUS,
  W_REFERENT,
} from "./objectlayout";
import { addReferent, firstWeakRef, removeReferent, replaceFirst } from "./weaktable";

export function isWeakRef(id: u32): bool {
  return id == ID_WEAKREF || id == ID_KEYEDREF;
}

export function referentOf(ref: usize): usize {
  return load<u32>(ref, W_REFERENT);
}

export function nextWeakRef(ref: usize): usize {
  return load<u32>(ref, W_NEXT);
}

/** Somebody wants to know when the referent dies: the host, or the dict or set that the reference is in. */
export function isCalled(ref: usize): bool {
  const word = typeWordOf(ref);
  return (word & T_CALLED) != 0 || typeIdOf(ref) == ID_KEYEDREF;
}

/** The weak reference without callback that all share who want one; 0 if there is none yet. */
export function sharedWeakRef(object: usize): usize {
  const first = firstWeakRef(object);
  return first != 0 && !isCalled(first) ? first : 0;
}

/** Puts a new reference into the list of its referent. The table has room. */
export function link(ref: usize, object: usize): void {
  const first = firstWeakRef(object);
  store<u32>(ref, <u32>object, W_REFERENT);
  if (first == 0) {
    addReferent(ref);
    store<u32>(object, typeWordOf(object) | T_WEAK, O_TYPE);
    return;
  }
  if (isCalled(ref) && !isCalled(first)) {
    join(ref, nextWeakRef(first));
    join(first, ref);
  } else {
    replaceFirst(object, ref);
    join(ref, first);
  }
}

/** Makes `next`, which may be 0, the one behind `ref`. */
function join(ref: usize, next: usize): void {
  store<u32>(ref, <u32>next, W_NEXT);
  if (next != 0) store<u32>(next, <u32>ref, W_PREVIOUS);
}

/** Takes a reference out of the list of its referent, if it has one still: it reads null from now on. */
export function unlink(ref: usize): void {
  const object = referentOf(ref);
  if (object == 0) return;
  const next = nextWeakRef(ref);
  const previous: usize = load<u32>(ref, W_PREVIOUS);
  if (previous != 0) {
    join(previous, next);
  } else if (next != 0) {
    replaceFirst(object, next);
    store<u32>(next, 0, W_PREVIOUS);
  } else {
    removeReferent(object);
    store<u32>(object, typeWordOf(object) & ~T_WEAK, O_TYPE);
  }
  store<u32>(ref, 0, W_REFERENT);
  store<u32>(ref, 0, W_NEXT);
  store<u32>(ref, 0, W_PREVIOUS);
}

/** The dict or set that a keyedref is in; 0 once that is dead. */
export function ownerOf(ref: usize): usize {
  const owner: usize = load<u32>(ref, W_OWNER);
  return owner == 0 ? 0 : referentOf(owner);
}
