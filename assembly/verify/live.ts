// References, one at a time: each must lead to a live object, and is counted there, in gc1 of tracked objects, off the counts of others.

import { isObjectSealed } from "../chunk";
import { isDeadFrame } from "../debug";
import {
  ARENA_SHIFT,
  CHAR_STRS,
  CHUNK_HEADER_BYTES,
  FALSE_OBJECT,
  GC,
  HEAP_START,
  IMMORTALS_END,
  SLOT_POOLS,
  SLOTS,
} from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { memoryEnd } from "../memory";
import { countOf, gc1Of, setCount, setGc1 } from "../object";
import { G_OBJECT_OFFSET, GC_BYTES, IMMORTAL, LARGE_OFFSET, ONE_REFERENCE } from "../objectlayout";
import { holdsObjects, holdsTracked, isAnyBlockStart, isStamped, tagAt } from "../pool";
import { isChunkSlot } from "../region";
import { add, T_DAMAGED, T_LARGE_COUNTS, T_LEAF_REFERENCES } from "./fault";
import { frameBytes, IMMORTAL_MAX, isListed } from "./headers";

/** Counts `n` references, 0 or 1, to the live object at an address; false if there is none. Blocks and headers must have been verified. */
export function refer(object: usize, n: u32): bool {
  if ((object & 7) != 0 || object >= memoryEnd()) return false;
  if (object < HEAP_START) return isImmortal(object);
  if (load<u8>(SLOTS + (object >> ARENA_SHIFT)) == SLOT_POOLS && !isLent(object)) return referInPool(object, n);
  return (isChunkSlot(object) || isLent(object)) && referToLarge(object, n);
}

/** One of the objects that come with the heap. Nothing else where they lie has such a count. */
function isImmortal(object: usize): bool {
  const isThere = (object >= FALSE_OBJECT && object < IMMORTALS_END) || object >= CHAR_STRS;
  return isThere && <u32>countOf(object) == IMMORTAL;
}

function referInPool(object: usize, n: u32): bool {
  const tag = tagAt(object);
  if (!holdsObjects(tag)) return false;
  const offset: usize = load<u32>(GC, G_OBJECT_OFFSET);
  if (holdsTracked(tag)) return isAnyBlockStart(tag, object - offset) && referToTracked(object, n);
  const block = object - (offset - GC_BYTES);
  if (!isAnyBlockStart(tag, block) || isStamped(block) || (isDebug() && isDeadFrame(block))) return false;
  return referToLeaf(object, n);
}

/** Large objects: the seal of their chunk says so, and the array whether they are tracked. */
function referToLarge(object: usize, n: u32): bool {
  const chunk = object - frameBytes() - CHUNK_HEADER_BYTES;
  if ((chunk & 15) != CHUNK_HEADER_BYTES) return false;
  if (isObjectSealed(chunk) && !isListed(object + LARGE_OFFSET)) {
    add(T_LARGE_COUNTS, -n);
    return referToLeaf(object, n);
  }
  return isObjectSealed(chunk - LARGE_OFFSET) && isListed(object) && referToTracked(object, n);
}

function referToTracked(object: usize, n: u32): bool {
  if (countOf(object) <= 0) return false;
  setGc1(object, gc1Of(object) + n * ONE_REFERENCE);
  return true;
}

function referToLeaf(object: usize, n: u32): bool {
  const count = countOf(object);
  if (count <= IMMORTAL_MAX) return false;
  add(T_LEAF_REFERENCES, n);
  setCount(object, count - n);
  if (count - <i32>n < 0) store<u32>(T_DAMAGED, object);
  return true;
}
