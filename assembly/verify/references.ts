// Do the counts of objects cover the references there are? They are held by objects, by the heap itself, and by whoever holds an image.
// Those found are counted in gc1 of tracked objects and taken off the counts of others; then all is put back.

import { isDeadFrame } from "../debug";
import { largeAt, largeCount } from "../generations";
import { I_REFERENCE, I_REFERENCE_COUNT } from "../invariants";
import { GC, HEAP_START } from "../layout";
import { isDebug } from "../mem";
import { countOf, gc1Of, isTracked, setCount, setGc1, typeIdOf, typeWordOf } from "../object";
import { G_COLLECTING, G_GARBAGE, G_GLOBALS, ID_DICT, ID_LIST, ONE_REFERENCE, TYPE_REFS_MASK } from "../objectlayout";
import {
  endOfObjects,
  endOfUntracked,
  firstObject,
  firstUntracked,
  nextObjectPool,
  nextUntrackedPool,
  objectStep,
} from "../objectpools";
import { isStamped } from "../pool";
import { isReference, runCount, runEnd, runStart } from "../visit";
import { countLeaves, countObjectSlow, countPool, countWord, isLeafy, stopSlow } from "./count";
import { fault, T_DAMAGED, T_LARGE_COUNTS, T_LEAF_REFERENCES, T_STOP, total } from "./fault";
import { IMMORTAL_MAX } from "./headers";
import { refer } from "./live";
import { nextLargeLeaf } from "./walk";

/**
 * Run it when all blocks and headers were verified: what each object holds, and the counts. Each of the `count` addresses at `held` counts
 * as a reference.
 */
export function verifyReferences(held: usize, count: u32): u32 {
  if ((held & 3) != 0 || <u64>held + ((<u64>count) << 2) > (<u64>memory.size()) << 16) return fault(I_REFERENCE, held);
  const end = held + ((<usize>count) << 2);
  // The gc words of trash are links, so during a collection nothing is counted.
  const counting = load<u32>(GC, G_COLLECTING) == 0;
  let rule = countAll(held, end, counting ? 1 : 0);
  if (!counting) return rule;
  if (rule == 0) rule = verifyLargeCounts();
  const damaged = settleAll();
  if (total(T_LEAF_REFERENCES) != 0) giveBackAll(held, end);
  if (rule != 0) return rule;
  const leaf: usize = total(T_DAMAGED);
  return damaged == 0 && leaf == 0 ? 0 : fault(I_REFERENCE_COUNT, max(damaged, leaf));
}

// The order in which references are counted, and taken back up to where counting came to an end.

function countAll(held: usize, end: usize, n: u32): u32 {
  for (let slot = held; slot != end; slot += 4) {
    const word = load<u32>(slot);
    if (!isReference(word) || !countWord(slot, false, n)) return stopSlow(word, slot);
  }
  if (!isOwned(GC + G_GLOBALS, ID_DICT, n)) return stopSlow(GC, GC + G_GLOBALS);
  if (!isOwned(GC + G_GARBAGE, ID_LIST, n)) return stopSlow(GC, GC + G_GARBAGE);
  let rule: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0 && rule == 0; pool = nextObjectPool(pool)) rule = countPool(pool, n);
  for (let index: u32 = 0; index < largeCount() && rule == 0; index++) {
    const object = largeAt(index);
    if (countOf(object) > 0) rule = countObjectSlow(object, typeWordOf(object), n);
  }
  for (let pool = nextUntrackedPool(0); pool != 0 && rule == 0; pool = nextUntrackedPool(pool))
    rule = countLeaves(pool, n);
  for (let object = nextLargeLeaf(0); object != 0 && rule == 0; object = nextLargeLeaf(object))
    rule = countObjectSlow(object, typeWordOf(object), n);
  return rule;
}

/** What the heap itself refers to is of the type, or nothing. */
function isOwned(slot: usize, type: u32, n: u32): bool {
  const word = load<u32>(slot);
  return word == 0 || (isReference(word) && refer(word, 0) && typeIdOf(word) == type && refer(word, n));
}

/** References to large untracked objects all led to those that there are: what is left of their counts adds up. */
function verifyLargeCounts(): u32 {
  let left: u32 = 0;
  for (let object = nextLargeLeaf(0); object != 0; object = nextLargeLeaf(object)) left += countOf(object);
  return left == total(T_LARGE_COUNTS) ? 0 : fault(I_REFERENCE, 0);
}

// ── back to rest ────────────────────────────────────────────────────────────────────────────────────

/** Makes gc1 of all objects what it is at rest; returns one that was referred to more often than its count says, or 0. */
function settleAll(): usize {
  let damaged: usize = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool))
    damaged = max(damaged, settle(firstObject(pool), endOfObjects(pool), objectStep(pool)));
  for (let index: u32 = 0; index < largeCount(); index++)
    damaged = max(damaged, settle(largeAt(index), largeAt(index) + 1, 1));
  return damaged;
}

function settle(first: usize, end: usize, step: u32): usize {
  let damaged: usize = 0;
  for (let object = first; object < end; object += step) {
    const count = countOf(object);
    if (count <= 0) continue;
    const found = gc1Of(object);
    if (found < ONE_REFERENCE) continue;
    if (found / ONE_REFERENCE > <u32>count) damaged = object;
    setGc1(object, found % ONE_REFERENCE);
  }
  return damaged;
}

/** Adds the references that were taken off the counts of untracked objects again. */
function giveBackAll(held: usize, end: usize): void {
  let going =
    giveBack(held, end) && giveBack(GC + G_GLOBALS, GC + G_GLOBALS + 4) && giveBack(GC + G_GARBAGE, GC + G_GARBAGE + 4);
  for (let pool = nextObjectPool(0); pool != 0 && going; pool = nextObjectPool(pool)) going = giveBackInTracked(pool);
  for (let index: u32 = 0; index < largeCount() && going; index++)
    if (countOf(largeAt(index)) > 0) going = giveBackOf(largeAt(index));
  for (let pool = nextUntrackedPool(0); pool != 0 && going; pool = nextUntrackedPool(pool)) going = giveBackIn(pool);
  for (let object = nextLargeLeaf(0); object != 0 && going; object = nextLargeLeaf(object)) going = giveBackOf(object);
}

function giveBackInTracked(pool: usize): bool {
  if (!isLeafy(pool)) return true;
  const end = endOfObjects(pool);
  const step = objectStep(pool);
  for (let object = firstObject(pool); object < end; object += step)
    if (countOf(object) > 0 && (typeWordOf(object) & TYPE_REFS_MASK) != 0 && !giveBackOf(object)) return false;
  return true;
}

function giveBackIn(pool: usize): bool {
  const end = endOfUntracked(pool);
  const offset = firstUntracked(pool) - pool;
  for (let object = firstUntracked(pool); object < end; object += objectStep(pool)) {
    if (isStamped(object - offset) || (isDebug() && isDeadFrame(object - offset))) continue;
    if (<usize>total(T_STOP) == object) return false;
    if ((typeWordOf(object) & TYPE_REFS_MASK) != 0 && countOf(object) > IMMORTAL_MAX && !giveBackOf(object))
      return false;
  }
  return true;
}

/** What an object refers to; false if that is where counting came to an end. */
function giveBackOf(object: usize): bool {
  if (<usize>total(T_STOP) == object) return false;
  const word = typeWordOf(object);
  const runs = runCount(object, word);
  for (let run: u32 = 0; run < runs; run++)
    if (!giveBack(runStart(object, word, run), runEnd(object, word, run))) return false;
  return true;
}

function giveBack(slot: usize, end: usize): bool {
  const stop: usize = total(T_STOP);
  for (; slot != end; slot += 4) {
    if (slot == stop) return false;
    const word = load<u32>(slot);
    if (!isReference(word) || <usize>word < HEAP_START || isTracked(word)) continue;
    setCount(word, countOf(word) + 1);
  }
  return true;
}
