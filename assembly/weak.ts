// Weak references as objects (Objects/weakrefobject.c): made on demand, shared when nobody is called, and listed.

import { exactStatusOf, statusOf, statusOfWord } from "./check";
import { make } from "./create";
import { countWatchers } from "./generations";
import { fail, refuse } from "./memory";
import { countOf, setCount, typeIdOf, typeWordOf } from "./object";
import {
  ABSENT,
  ID_KEYEDREF,
  ID_WEAKREF,
  O_TYPE,
  T_CALLED,
  T_NO_WEAKREFS,
  W_KEY,
  W_OWNER,
  WEAKREF_WORD,
} from "./objectlayout";
import { drop } from "./release";
import { BAD_TYPE, NO_MEMORY, NOT_REFERABLE, OK } from "./status";
import { isAnySet, isDict } from "./visit";
import { link, nextWeakRef, sharedWeakRef } from "./weaklist";
import { firstWeakRef, reserveReferent } from "./weaktable";

/** OK if there can be weak references to a live object at the address; a status that is noted if not. */
function statusOfReferent(object: usize): u32 {
  if (statusOf(object) != OK) return refuse(exactStatusOf(object), object);
  return (typeWordOf(object) & T_NO_WEAKREFS) == 0 ? OK : refuse(NOT_REFERABLE, object);
}

/**
 * A weak reference to an object, with one reference for the caller: a new one for which the host is called when the object dies, or the
 * one that all share for whom it is not. 0 on failure.
 */
export function newWeakRef(object: usize, called: u32): usize {
  if (statusOfReferent(object) != OK) return 0;
  if (called == 0) return shared(object);
  const ref = makeRef(ID_WEAKREF);
  if (ref == 0) return 0;
  store<u32>(ref, WEAKREF_WORD | T_CALLED, O_TYPE);
  link(ref, object);
  return ref;
}

/** The reference without callback to an object of any type, with one reference for the caller; 0: no memory. */
function shared(object: usize): usize {
  let ref = sharedWeakRef(object);
  if (ref != 0) {
    if (countOf(ref) == i32.MAX_VALUE) return fail(NO_MEMORY, ref);
    setCount(ref, countOf(ref) + 1);
    return ref;
  }
  ref = makeRef(ID_WEAKREF);
  if (ref != 0) link(ref, object);
  return ref;
}

/** A new reference to nothing yet, and room for its referent in the table; 0: no memory. */
function makeRef(id: u32): usize {
  const ref = reserveReferent() ? make(id) : 0;
  if (ref != 0) countWatchers(1);
  return ref;
}

/**
 * A weak reference to an object that lies in a dict or set, as the value of `key`, which it takes over, or, if that is ABSENT, as a key
 * itself. When the object dies the entry goes. 0 on failure.
 */
export function newKeyedRef(object: usize, container: usize, key: u32): usize {
  if (statusOfReferent(object) != OK) return 0;
  const status = statusOf(container);
  if (status != OK) return fail(status, container);
  const id = typeIdOf(container);
  if (!isDict(id) && !isAnySet(id)) return fail(BAD_TYPE, container);
  if (key != ABSENT && statusOfWord(key) != OK) return fail(statusOfWord(key), key);
  const owner = shared(container);
  if (owner == 0) return 0;
  const ref = makeRef(ID_KEYEDREF);
  if (ref == 0) {
    drop(<u32>owner);
    return 0;
  }
  store<u32>(ref, <u32>owner, W_OWNER);
  store<u32>(ref, key, W_KEY);
  link(ref, object);
  return ref;
}

/**
 * Writes the addresses of at most `capacity` of the weak references to an object at `out`, the one without callback first, then the
 * newest; returns how many there are. 0 for objects that cannot have any.
 */
export function weakRefs(object: usize, out: usize, capacity: u32): u32 {
  if (statusOf(object) != OK || (typeWordOf(object) & T_NO_WEAKREFS) != 0) return 0;
  let n: u32 = 0;
  for (let ref = firstWeakRef(object); ref != 0; ref = nextWeakRef(ref)) {
    if (n < capacity) store<u32>(out + ((<usize>n) << 2), <u32>ref);
    n++;
  }
  return n;
}
