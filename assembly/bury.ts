// What becomes of the block of an object that has died, whose references are dropped.

import { giveBlock, isPooled } from "./alloc";
import { sealObject } from "./chunk";
import { debugGiveBlock } from "./debug";
import { removeLarge } from "./generations";
import { forgetInterned } from "./intern";
import { freeLarge } from "./large";
import { CHUNK_HEADER_BYTES, FRAME_HEAD_BYTES, GC } from "./layout";
import { isDebug } from "./mem";
import { refuse } from "./memory";
import { setCount } from "./object";
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
  TYPE_SIZED,
} from "./objectlayout";
import { quickListByTag, tagAt } from "./pool";
import { OK } from "./status";
import { typeRecord } from "./types";

/** Gives back the block of an object without references, which the collector does not know. */
export function buryLeaf(object: usize, word: u32): void {
  const list: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  setCount(object, 0);
  if (isDebug()) buryOtherSlow(object, object, list, word);
  else if (list < TYPE_SIZED) inline.always(giveBlock(list, object));
  else if (list == TYPE_SIZED && (word & T_INTERNED) == 0 && isPooled(object))
    inline.always(giveBlock(quickListByTag(tagAt(object)), object));
  else buryOtherSlow(object, object, list, word);
}

/** The same as a call, for loops that have to do with other things mostly. */
export function buryLeafSlow(object: usize, word: u32): void {
  inline.always(buryLeaf(object, word));
}

/** Gives back the block of a dead object that no generation knows any more. */
export function bury(object: usize, word: u32): void {
  setCount(object, 0);
  const list: usize = load<u32>(typeRecord(word >> TYPE_ID_SHIFT), TYPE_LIST);
  const block = (word & T_TRACKED) != 0 ? object - GC_BYTES : object;
  if (list >= TYPE_SIZED || isDebug()) buryOtherSlow(object, block, list, word);
  else giveBlock(list, block);
}

/** Large, of a type with instances of different sizes, or in debug mode. `block` is right unless the object is large. */
function buryOtherSlow(object: usize, block: usize, list: usize, word: u32): void {
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
