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
} from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { memoryEnd } from "../memory";
import { countOf, gc1Of, setCount, setGc1 } from "../object";
import { G_OBJECT_OFFSET, GC_BYTES, IMMORTAL, LARGE_OFFSET, ONE_REFERENCE } from "../objectlayout";
import { holdsObjects, holdsTracked, isAnyBlockStart, isStamped, tagAt } from "../pool";
import { isChunkSlot, slotKind } from "../region";
import { add, T_DAMAGED, T_LARGE_COUNTS, T_LEAF_REFERENCES } from "./fault";
import { frameBytes, IMMORTAL_MAX, isListed } from "./headers";

/** What lies at an address, as far as its place tells. */
const NOTHING: u32 = 0;
const TRACKED: u32 = 1;
const LEAF: u32 = 2;
const LARGE_LEAF: u32 = 3;
const FOREVER: u32 = 4;

/** Counts `n` references, 0 or 1, to the live object at an address; false if there is none. Blocks and headers must have been verified. */
export function refer(object: usize, n: u32): bool {
  const kind = kindAt(object);
  if (kind == TRACKED) return referToTracked(object, n);
  if (kind == LARGE_LEAF) add(T_LARGE_COUNTS, -n);
  return kind == LEAF || kind == LARGE_LEAF ? referToLeaf(object, n) : kind == FOREVER;
}

/** An object has this place, whatever its count says. */
export function isPlaceOfObject(object: usize): bool {
  return kindAt(object) != NOTHING;
}

/** The address lies in a pool. */
export function isInPool(address: usize): bool {
  return slotKind(<u32>(address >> ARENA_SHIFT)) == SLOT_POOLS && !isLent(address);
}

function kindAt(object: usize): u32 {
  if ((object & 7) != 0 || object >= memoryEnd()) return NOTHING;
  if (object < HEAP_START) return isImmortal(object) ? FOREVER : NOTHING;
  return isInPool(object) ? kindInPool(object) : kindOfLarge(object);
}

/** One of the objects that come with the heap. Nothing else where they lie has such a count. */
function isImmortal(object: usize): bool {
  const isThere = (object >= FALSE_OBJECT && object < IMMORTALS_END) || object >= CHAR_STRS;
  return isThere && <u32>countOf(object) == IMMORTAL;
}

/** Free places of tracked objects have no count. */
function kindInPool(object: usize): u32 {
  const tag = tagAt(object);
  if (!holdsObjects(tag)) return NOTHING;
  const offset: usize = load<u32>(GC, G_OBJECT_OFFSET);
  if (holdsTracked(tag)) return isAnyBlockStart(tag, object - offset) ? TRACKED : NOTHING;
  const block = object - (offset - GC_BYTES);
  const isFree = !isAnyBlockStart(tag, block) || isStamped(block) || (isDebug() && isDeadFrame(block));
  return isFree ? NOTHING : LEAF;
}

/** The seal of its chunk says so, and the array whether it is tracked. */
function kindOfLarge(object: usize): u32 {
  const chunk = object - frameBytes() - CHUNK_HEADER_BYTES;
  if ((chunk & 15) != CHUNK_HEADER_BYTES || !(isChunkSlot(object) || isLent(object))) return NOTHING;
  if (isObjectSealed(chunk) && !isListed(object + LARGE_OFFSET)) return LARGE_LEAF;
  return isObjectSealed(chunk - LARGE_OFFSET) && isListed(object) ? TRACKED : NOTHING;
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
