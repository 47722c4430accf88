// The blocks of pools: each is free, or in use; in a pool of objects, it is an object then.

import { isDeadFrame, verifyFrame } from "../debug";
import { I_FRAME, I_OBJECT } from "../invariants";
import { FRAME_BYTES, GC, SCRATCH } from "../layout";
import { isDebug } from "../mem";
import { countOf, mayBeDying, typeWordOf } from "../object";
import {
  G_OBJECT_OFFSET,
  G_REST,
  GC_BYTES,
  HEADER_BYTES,
  PLACE_OLD,
  PLACE_SHIFT,
  T_WEAK,
  TYPE_ID_SHIFT,
} from "../objectlayout";
import { isStamped } from "../pool";
import { isWeakRef } from "../weaklist";
import { add, fault, T_MARKED, T_OLD } from "./fault";
import { isWordRight, noteDying, noteObject, oldEnd, verifyPlaceSlow } from "./headers";
import { takeBit } from "./own";
import { isMarked } from "./quick";

/** One bit a possible block, 512 bits at SCRATCH: set for the blocks of the pool's own free list. */
export function clearSeen(): void {
  memory.fill(SCRATCH, 0, 64);
}

export function isSeen(index: u32): bool {
  return ((load<u8>(SCRATCH + (index >> 3)) >> (index & 7)) & 1) != 0;
}

export function see(index: u32): void {
  const at = SCRATCH + (index >> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | ((<u32>1) << (index & 7))));
}

/** The frames of the pool's allocated blocks. */
export function verifyFrames(start: usize, size: u32, virgin: u32): u32 {
  for (let offset: u32 = 0; offset < virgin; offset += size) {
    const block = start + offset;
    if (isSeen(offset / size) || isMarked(block)) continue;
    const rule = size < FRAME_BYTES ? fault(I_FRAME, block) : verifyFrame(block, size, false);
    if (rule != 0) return rule;
  }
  return 0;
}

/** Takes note of the blocks of a pool that wait in quick lists. */
export function findMarked(start: usize, size: u32, virgin: u32): void {
  for (let block = start; block != start + virgin; block += size) {
    if (!isMarked(block)) continue;
    add(T_MARKED, -1);
    takeBit(block);
  }
}

/** In a pool of tracked objects of the class of a quick list. */
export function verifyTracked(start: usize, size: u32, virgin: u32, list: usize): u32 {
  const offset: usize = load<u32>(GC, G_OBJECT_OFFSET);
  if (offset + HEADER_BYTES > size) return fault(I_OBJECT, start);
  const oldest: u32 = PLACE_OLD << PLACE_SHIFT;
  const end = start + offset + virgin;
  const rest = load<u32>(GC, G_REST);
  const limit = oldEnd();
  let last: u32 = 0;
  let old: u32 = 0;
  for (let object = start + offset; object != end; object += size) {
    const head = load<u64>(object);
    if (<i32>head <= 0) {
      if (!isFreeSlow(object - offset, start, size, object, list)) return fault(I_OBJECT, object);
      continue;
    }
    const word = <u32>(head >> 32);
    if (word != last || word == 0) {
      if (!isWordRight(word, list, true, size - <u32>offset)) return fault(I_OBJECT, object);
      if ((word & T_WEAK) == 0 && !isWeakRef(word >> TYPE_ID_SHIFT)) last = word;
      else noteObject(object, word);
    }
    const gc = load<u64>(object - GC_BYTES);
    if (<u32>gc - oldest < limit && (<u32>gc & 3) == 0 && <u32>(gc >> 32) == rest) {
      old++;
    } else {
      const rule = isMarked(object - offset) ? fault(I_OBJECT, object) : verifyPlaceSlow(object, word);
      if (rule != 0) return rule;
    }
  }
  add(T_OLD, old);
  return 0;
}

/** The place of an object that has no count is that of a free block, or of an object that is dying. */
function isFreeSlow(block: usize, start: usize, size: u32, object: usize, list: usize): bool {
  if (isSeen(<u32>(block - start) / size) || isQuarantined(block)) return true;
  if (isMarked(block)) {
    add(T_MARKED, -1);
    return true;
  }
  if (!mayBeDying(object) || !isWordRight(typeWordOf(object), list, true, size)) return false;
  noteDying(object);
  return true;
}

/** In one of other objects, of whose blocks `free` are in its free list. */
export function verifyUntracked(start: usize, size: u32, virgin: u32, list: usize, free: u32): u32 {
  const offset: usize = load<u32>(GC, G_OBJECT_OFFSET) - GC_BYTES;
  if (offset + HEADER_BYTES > size) return fault(I_OBJECT, start);
  let last: u32 = 0;
  const end = start + virgin;
  for (let block = start; block != end; block += size) {
    if (isMarked(block)) {
      add(T_MARKED, -1);
      continue;
    }
    if (isStamped(block)) {
      free--;
      continue;
    }
    if (isQuarantined(block)) continue;
    const object = block + offset;
    const word = typeWordOf(object);
    if ((word != last || word == 0) && !isWordRight(word, list, false, size - <u32>offset))
      return fault(I_OBJECT, object);
    last = word;
    if (countOf(object) > 0) noteObject(object, word);
    else if (mayBeDying(object)) noteDying(object);
    else return fault(I_OBJECT, object);
  }
  return free == 0 ? 0 : fault(I_OBJECT, start);
}

function isQuarantined(block: usize): bool {
  return isDebug() && isDeadFrame(block);
}
