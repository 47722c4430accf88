// Reference counts for the host: every word is looked at before anything is changed.

import { exactStatusOf, refuseWordSlow, statusOf, statusOfWord } from "./check";
import { lateWrite } from "./debug";
import { GC, R_STATUS, RUNTIME } from "./layout";
import { isDebug } from "./mem";
import { fail, refuse } from "./memory";
import { countOf, firstReference, isInteger, setCount, typeIdOf, typeWordOf } from "./object";
import { G_FRAME_STATUS, MANY_REFS, TYPE_REFS_MASK } from "./objectlayout";
import { drop } from "./release";
import { BAD_INDEX, NO_MEMORY, OK } from "./status";
import { refsOf } from "./types";

/** One reference more and the count would mean something else. No program comes here that stores its references. */
function isCountFull(word: u32): bool {
  return !isInteger(word) && word != 0 && countOf(word) == i32.MAX_VALUE;
}

/** One reference more; returns a Status, and changes nothing unless it is OK. */
export function incref(word: u32): u32 {
  const status = inline.always(statusOfWord(word));
  if (status != OK) return refuseWordSlow(word);
  if (isCountFull(word)) return refuse(NO_MEMORY, word);
  keep(word);
  return OK;
}

/** Takes a reference to what a word refers to. */
export function keep(word: u32): void {
  if (isInteger(word) || word == 0) return;
  const count = countOf(word);
  if (count > 0) setCount(word, count + 1);
}

/**
 * One reference less, which frees the object if it was the last, and all that only it kept alive. Returns a Status, and
 * changes nothing unless it is OK; in debug mode UNDERRUN or OVERRUN speak of an object that has died with a damaged frame, and
 * USE_AFTER_FREE of one that died long ago and was written to since.
 */
export function decref(word: u32): u32 {
  const status = inline.always(statusOfWord(word));
  if (status != OK) return refuseWordSlow(word);
  inline.always(drop(word));
  return debugReport();
}

/** What debug mode found since it was last asked: the damaged frame of an object that died, or a write to a dead one. */
export function debugReport(): u32 {
  if (!isDebug()) return OK;
  const status = load<u32>(GC, G_FRAME_STATUS);
  if (status == OK) return lateWrite();
  store<u32>(GC, OK, G_FRAME_STATUS);
  return status;
}

/** References to an object; 0 if there is none at the address. */
export function refcount(object: usize): u32 {
  const status = statusOf(object);
  return status == OK ? countOf(object) : <u32>fail(exactStatusOf(object), object);
}

/** Id of an object's type; 0 if there is none at the address. */
export function typeOf(object: usize): u32 {
  const status = statusOf(object);
  return status == OK ? typeIdOf(object) : <u32>fail(exactStatusOf(object), object);
}

/** Address of reference word `index` of an object; 0, and a status, if there is none. */
function slotOf(object: usize, index: u32): usize {
  const status = statusOf(object);
  if (status != OK) return fail(status, object);
  const refs = typeWordOf(object) & TYPE_REFS_MASK;
  if (index >= (refs != MANY_REFS ? refs : refsOf(typeIdOf(object)))) return fail(BAD_INDEX, object);
  return firstReference(object) + ((<usize>index) << 2);
}

/** Stores a word in a reference slot, with a reference to what it refers to, and drops the old one. Returns as decref does. */
export function setRef(object: usize, index: u32, word: u32): u32 {
  const slot = inline.always(slotOf(object, index));
  if (slot == 0) return load<u32>(RUNTIME, R_STATUS);
  const status = inline.always(statusOfWord(word));
  if (status != OK) return refuseWordSlow(word);
  if (isCountFull(word)) return refuse(NO_MEMORY, word);
  inline.always(keep(word));
  const old = load<u32>(slot);
  store<u32>(slot, word);
  inline.always(drop(old));
  return debugReport();
}

/** The word in a reference slot; 0, and a status, if there is no such slot. */
export function getRef(object: usize, index: u32): u32 {
  const slot = inline.always(slotOf(object, index));
  return slot == 0 ? 0 : load<u32>(slot);
}
