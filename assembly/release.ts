// Objects die: what a reference less may lead to. A cascade of deaths is a stack through the dying objects themselves, not a
// recursion, and needs no memory (in place of CPython's trashcan, Objects/object.c).

import { giveBlock, isPooled } from "./alloc";
import { sealObject } from "./chunk";
import { debugGiveBlock } from "./debug";
import { removeLarge, untrack } from "./generations";
import { forgetInterned } from "./intern";
import { freeLarge } from "./large";
import { CHUNK_HEADER_BYTES, FRAME_HEAD_BYTES, GC } from "./layout";
import { isDebug } from "./mem";
import { refuse } from "./memory";
import { countOf, firstReference, isInteger, nextDying, setCount, setNextDying, typeWordOf } from "./object";
import {
  G_FRAME_STATUS,
  GC_BYTES,
  LARGE_OFFSET,
  O_TYPE,
  STR_WORD,
  T_ASCII,
  T_INTERNED,
  T_TRACKED,
  T_WIDE,
  TYPE_ID_SHIFT,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_REFS_MASK,
  TYPE_SIZED,
} from "./objectlayout";
import { giveParts } from "./parts";
import { quickListByTag, tagAt } from "./pool";
import { OK } from "./status";
import { typeRecord } from "./types";
import { hasMany, runCount, runEnd, runStart } from "./visit";

/** Drops a reference that a slot held; `word` is 0, an integer, or a live object. */
export function drop(word: u32): void {
  if (isInteger(word) || word == 0) return;
  const count = countOf(word);
  if (count > 1) setCount(word, count - 1);
  else if (count == 1) die(word);
}

/** The last reference to `object` is gone: it dies, and whatever only it kept alive, parents before children. */
export function die(object: usize): void {
  const typeWord = typeWordOf(object);
  if ((typeWord & (T_TRACKED | TYPE_REFS_MASK)) == 0) {
    freeLeaf(object, typeWord);
    return;
  }
  setNextDying(object, 0);
  let top = object;
  while (top != 0) {
    const dying = top;
    const word = typeWordOf(dying);
    top = nextDying(dying);
    if (hasMany(word)) {
      top = dropManySlow(dying, word, top);
    } else {
      const first = firstReference(dying);
      top = inline.always(dropRun(first, first + ((word & TYPE_REFS_MASK) << 2), top));
    }
    if ((word & T_TRACKED) != 0) untrack(dying);
    inline.always(free(dying, word));
  }
}

/** Drops the references of a run. Objects whose last it was join the stack; returns its new top. */
function dropRun(first: usize, end: usize, top: usize): usize {
  // From the last to the first, so that the first comes out on top of the stack.
  for (let slot = end; slot != first; ) {
    slot -= 4;
    const referent = load<u32>(slot);
    if (isInteger(referent) || referent == 0) continue;
    const count = countOf(referent);
    if (count > 1) {
      setCount(referent, count - 1);
    } else if (count == 1) {
      setNextDying(referent, top);
      top = referent;
    }
  }
  return top;
}

/** Drops all references of an object that has many, and gives its blocks back. */
function dropManySlow(dying: usize, word: u32, top: usize): usize {
  for (let run = runCount(dying, word); run != 0; ) {
    run--;
    top = dropRun(runStart(dying, word, run), runEnd(dying, word, run), top);
  }
  giveParts(dying, word >> TYPE_ID_SHIFT);
  return top;
}

/** Gives back the block of an object without references, which the collector does not know. */
function freeLeaf(object: usize, word: u32): void {
  const list: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  setCount(object, 0);
  if (list == TYPE_SIZED && (word & T_INTERNED) == 0 && !isDebug() && isPooled(object)) {
    inline.always(giveBlock(quickListByTag(tagAt(object)), object));
  } else {
    inline.always(free(object, word));
  }
}

/** Gives back the block of a dead object that no generation knows any more. */
export function free(object: usize, word: u32): void {
  setCount(object, 0);
  const list: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  const block = (word & T_TRACKED) != 0 ? object - GC_BYTES : object;
  if (list >= TYPE_SIZED || isDebug()) freeOtherSlow(object, block, list, word);
  else giveBlock(list, block);
}

/** Large, of a type with instances of different sizes, or in debug mode. `block` is right unless the object is large. */
function freeOtherSlow(object: usize, block: usize, list: usize, word: u32): void {
  if (list == TYPE_SIZED) {
    if ((word & ~(T_WIDE | T_ASCII)) == (STR_WORD | T_INTERNED)) forgetInterned(object);
    list = isPooled(block) ? quickListByTag(tagAt(block)) : <usize>TYPE_LARGE;
  }
  if (list == TYPE_LARGE) {
    if ((word & T_TRACKED) != 0) {
      removeLarge(object);
      block = object - LARGE_OFFSET;
    } else {
      // A chunk that waits in a quick list has its link where the count was: nothing must take that for an object.
      store<u32>(object, 0, O_TYPE);
    }
    sealObject(chunkOfLarge(block), false);
  }
  if (isDebug()) {
    const status = debugGiveBlock(block);
    if (status != OK) store<u32>(GC, refuse(status, block), G_FRAME_STATUS);
  } else if (list == TYPE_LARGE) {
    freeLarge(block, 0);
  } else {
    giveBlock(list, block);
  }
}

/** The chunk of a large object's block. */
export function chunkOfLarge(block: usize): usize {
  return block - CHUNK_HEADER_BYTES - (isDebug() ? <usize>FRAME_HEAD_BYTES : 0);
}
