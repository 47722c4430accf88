// Is this address that of an object? A quick look for every call that changes counts, and an exact one.

import { isPooled, objectOffset } from "./alloc";
import { checkLarge } from "./large";
import { ALIGNMENT, CHAR_STRS, FALSE_OBJECT, FILL_DEAD, FRAME_HEAD_BYTES, HEAP_START, IMMORTALS_END } from "./layout";
import { isDebug } from "./mem";
import { fail, memoryEnd, refuse } from "./memory";
import { countOf, isInteger, typeIdOf, typeWordOf } from "./object";
import { IMMORTAL, LARGE_OFFSET, REFUSED, T_TRACKED } from "./objectlayout";
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
  if (address < HEAP_START) return isImmortal(address) ? OK : BAD_ADDRESS;
  const word = typeWordOf(address);
  if (word == DEAD_WORD) return ALREADY_FREE;
  if (!isTypeWord(word)) return BAD_ADDRESS;
  return countOf(address) > 0 ? OK : ALREADY_FREE;
}

/** For an address below HEAP_START: one of the objects that come with the heap. Nothing else where they lie has such a count. */
function isImmortal(address: usize): bool {
  const isThere = (address >= FALSE_OBJECT && address < IMMORTALS_END) || address >= CHAR_STRS;
  return isThere && <u32>countOf(address) == IMMORTAL;
}

/** OK if the word may be stored: 0, an integer, or what looks like a live object. */
export function statusOfWord(word: u32): u32 {
  return isInteger(word) || word == 0 ? OK : statusOf(word);
}

/** Refuses what is no live object; a closer look tells dead ones from other addresses. */
export function refuseWordSlow(word: u32): u32 {
  const status = exactStatusOf(word);
  return refuse(status == OK ? BAD_ADDRESS : status, word);
}

/** OK if what looks like a live object of the type lies at `address`. */
export function isOf(address: usize, type: u32): u32 {
  const status = inline.always(statusOf(address));
  return status != OK || typeIdOf(address) == type ? status : BAD_TYPE;
}

/** Refuses what is no live object of the type. */
export function refuseObjectSlow(address: usize, type: u32): u32 {
  const status = exactStatusOf(address);
  return refuse(status != OK ? status : typeIdOf(address) != type ? BAD_TYPE : BAD_ADDRESS, address);
}

/** As refuseObjectSlow, for calls that return a word. */
export function noneOfSlow(address: usize, type: u32): u32 {
  refuseObjectSlow(address, type);
  return REFUSED;
}

/** Notes why a call fails that returns a word. */
export function noneFor(status: u32, address: usize): u32 {
  fail(status, address);
  return REFUSED;
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
