// What objects hold is right, and each of their references leads to a live object, where it is counted (live.ts).

import { isDeadFrame } from "../debug";
import { I_REFERENCE } from "../invariants";
import {
  ARENA_SHIFT,
  DIVISORS,
  GC,
  OBJECT_LISTS,
  POOL_MASK,
  SLOT_POOLS,
  SLOTS,
  TAG_CLASS,
  UNTRACKED_LISTS,
} from "../layout";
import { isDebug } from "../mem";
import { isInteger, typeWordOf } from "../object";
import {
  ABSENT,
  G_OBJECT_OFFSET,
  GC_BYTES,
  GC1,
  HEADER_BYTES,
  ID_BYTES,
  ID_INT,
  ID_KEYEDREF,
  ID_STR,
  MANY_REFS,
  O_TYPE,
  ONE_REFERENCE,
  TYPE_ID_SHIFT,
  TYPE_REFS_MASK,
} from "../objectlayout";
import { endOfObjects, endOfUntracked, firstObject, firstUntracked, objectStep } from "../objectpools";
import { isStamped, poolOf, tagAt } from "../pool";
import { isAnySet, isDict, isReference, runCount, runEnd, runStart } from "../visit";
import { verifyShape } from "./containers";
import { fault, T_STOP } from "./fault";
import { IMMORTAL_MAX } from "./headers";
import { refer } from "./live";

/** The objects of a pool of tracked ones; `n` is 1, or 0 if nothing is to be counted. 0 or the id of what is wrong. */
export function countPool(pool: usize, n: u32): u32 {
  const step = objectStep(pool);
  const end = endOfObjects(pool);
  const offset = load<u32>(GC, G_OBJECT_OFFSET);
  const one = n * ONE_REFERENCE;
  for (let object = firstObject(pool); object < end; object += step) {
    if (load<i32>(object) <= 0) continue;
    const word = load<u32>(object, O_TYPE);
    const few = word & TYPE_REFS_MASK;
    if (few == MANY_REFS) {
      markLeafy(pool);
      const rule = countObjectSlow(object, word, n);
      if (rule != 0) return rule;
      continue;
    }
    const last = object + HEADER_BYTES + (few << 2);
    for (let slot = object + HEADER_BYTES; slot != last; slot += 4) {
      const referent = load<u32>(slot);
      if (isInteger(referent) || referent == 0) continue;
      // A tracked object in a pool, as most are; `refer` knows all others.
      if (load<u8>(SLOTS + (referent >> ARENA_SHIFT)) == SLOT_POOLS) {
        const tag = load<u32>(tagAt(referent), TAG_CLASS);
        const list = (tag & 0xffff) - <u32>OBJECT_LISTS;
        if (list < <u32>(UNTRACKED_LISTS - OBJECT_LISTS)) {
          const at = (referent & POOL_MASK) - offset;
          const divisor = load<u32>(<usize>list, DIVISORS);
          if (at * divisor < divisor && at < tag >> 16 && load<i32>(referent) > 0) {
            const gc: usize = <usize>referent - GC_BYTES;
            store<u32>(gc, load<u32>(gc, GC1) + one, GC1);
            continue;
          }
        }
      }
      markLeafy(pool);
      if (referent == ABSENT || !refer(referent, n)) return stopSlow(object, slot);
    }
  }
  return 0;
}

// Where counts of untracked objects may have changed is remembered, so that they need not be sought everywhere to be put back: in the
// first word of the pool's descriptor, which only pools of blocks use otherwise (own.ts).

function markLeafy(pool: usize): void {
  store<u32>(poolOf(pool), 1);
}

/** Objects in this pool of tracked ones may refer to untracked objects. */
export function isLeafy(pool: usize): bool {
  return load<u32>(poolOf(pool)) != 0;
}

/** The objects of a pool of untracked ones. */
export function countLeaves(pool: usize, n: u32): u32 {
  const step = objectStep(pool);
  const end = endOfUntracked(pool);
  const debug = isDebug();
  const offset = firstUntracked(pool) - pool;
  for (let object = firstUntracked(pool); object < end; object += step) {
    const block = object - offset;
    if (isStamped(block) || (debug && isDeadFrame(block))) continue;
    const word = typeWordOf(object);
    if (!holdsMore(word) || load<i32>(object) <= IMMORTAL_MAX) continue;
    const rule = countObjectSlow(object, word, n);
    if (rule != 0) return rule;
  }
  return 0;
}

/** What an untracked object with this type word holds is not all data. */
function holdsMore(word: u32): bool {
  const id = word >> TYPE_ID_SHIFT;
  return (word & TYPE_REFS_MASK) != 0 || id == ID_STR || id == ID_BYTES || id == ID_INT;
}

/** Any object. */
export function countObjectSlow(object: usize, word: u32, n: u32): u32 {
  const rule = verifyShape(object);
  if (rule != 0) {
    store<u32>(T_STOP, object);
    return rule;
  }
  const runs = runCount(object, word);
  const holes = mayHaveHoles(word);
  for (let run: u32 = 0; run < runs; run++) {
    const end = runEnd(object, word, run);
    for (let slot = runStart(object, word, run); slot != end; slot += 4)
      if (!countWord(slot, holes, n)) return stopSlow(object, slot);
  }
  return 0;
}

/** The word at `slot` is null, an integer, or leads to a live object, or is a hole where there may be some. */
export function countWord(slot: usize, holes: bool, n: u32): bool {
  const word = load<u32>(slot);
  return isReference(word) ? refer(word, n) : word != ABSENT || holes;
}

function mayHaveHoles(word: u32): bool {
  const id = word >> TYPE_ID_SHIFT;
  return isDict(id) || isAnySet(id) || id == ID_KEYEDREF;
}

export function stopSlow(object: usize, slot: usize): u32 {
  store<u32>(T_STOP, slot);
  return fault(I_REFERENCE, object);
}
