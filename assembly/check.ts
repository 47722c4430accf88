// Is this address that of an object? A quick look for every call that changes counts, and an exact one.

import { isPooled, objectOffset } from "./alloc";
import { checkLarge } from "./large";
import { ALIGNMENT, FALSE_OBJECT, FILL_DEAD, FRAME_HEAD_BYTES, HEAP_START, TRUE_OBJECT } from "./layout";
import { isDebug } from "./mem";
import { memoryEnd, refuse } from "./memory";
import { countOf, typeIdOf, typeWordOf } from "./object";
import { LARGE_OFFSET, T_TRACKED } from "./objectlayout";
import { holdsObjects, isAnyBlockStart, isStamped, tagAt } from "./pool";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, IS_OBJECT, OK } from "./status";
import { isTypeWord } from "./types";

/** What debug mode leaves of a type word. */
const DEAD_WORD: u32 = FILL_DEAD * 0x01010101;

/**
 * OK if what lies at `address` looks like a live object: a count, and the type word of a type. Bytes of a block that the host
 * wrote itself can look so too; `checkObject` is exact.
 */
export function statusOf(address: usize): u32 {
  if ((address & (ALIGNMENT - 1)) != 0 || address >= memoryEnd()) return BAD_ADDRESS;
  if (address < HEAP_START) return address == TRUE_OBJECT || address == FALSE_OBJECT ? OK : BAD_ADDRESS;
  const word = typeWordOf(address);
  if (word == DEAD_WORD) return ALREADY_FREE;
  if (!isTypeWord(word)) return BAD_ADDRESS;
  return countOf(address) > 0 ? OK : ALREADY_FREE;
}

/**
 * OK if a live object of the type starts at `address`; of any type, if that is 0. BAD_TYPE: it is of another one.
 * ALREADY_FREE: it is dead, as far as its bytes still tell. BAD_ADDRESS: no object starts there.
 */
export function checkObject(address: usize, type: u32): u32 {
  const status = exactStatusOf(address);
  if (status != OK) return refuse(status, address);
  return type == 0 || typeIdOf(address) == type ? OK : refuse(BAD_TYPE, address);
}

/** As `checkObject`, of any type, and without a note of what is wrong. */
export function exactStatusOf(address: usize): u32 {
  if ((address & (ALIGNMENT - 1)) != 0 || address >= memoryEnd() || address < HEAP_START) return statusOf(address);
  if (isPooled(address)) {
    const tag = tagAt(address);
    return holdsObjects(tag) && isAnyBlockStart(tag, address - objectOffset(tag)) ? statusInPool(address) : BAD_ADDRESS;
  }
  const status = statusOf(address);
  if (status != OK) return checkLarge(address - frameBytes(), 0) == ALREADY_FREE ? ALREADY_FREE : status;
  const inBlock = (typeWordOf(address) & T_TRACKED) != 0 ? LARGE_OFFSET : 0;
  return checkLarge(address - inBlock - frameBytes(), 0) == IS_OBJECT ? OK : BAD_ADDRESS;
}

/** For the place of an object in a pool of objects, in the part that was handed out. */
function statusInPool(address: usize): u32 {
  const status = isStamped(address) ? ALREADY_FREE : statusOf(address);
  return status == BAD_ADDRESS ? ALREADY_FREE : status;
}

/** What debug mode puts before a block. */
function frameBytes(): usize {
  return isDebug() ? <usize>FRAME_HEAD_BYTES : 0;
}
