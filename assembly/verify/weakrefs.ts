// Weak references: the table, the list of each referent, and the mark in it.

import { exactStatusOf } from "../check";
import { I_WEAKREF } from "../invariants";
import { GC } from "../layout";
import { bytesOf, isBlock } from "../mem";
import { mayBeDying, typeIdOf, typeWordOf } from "../object";
import { G_WEAK, T_WEAK, W_PREVIOUS } from "../objectlayout";
import { ALREADY_FREE, OK } from "../status";
import { isCalled, isWeakRef, nextWeakRef, referentOf } from "../weaklist";
import { firstWeakRef, referentCount, weakSlotAt, weakSlots } from "../weaktable";
import { fault, T_LINKED, T_WEAK_MARKS, total } from "./fault";

/** Run it after all objects were verified, one by one. */
export function verifyWeakRefs(): u32 {
  const slots = weakSlots();
  if (slots == 0) return referentCount() == 0 ? verifyMarks(0) : fault(I_WEAKREF, GC);
  if (!isBlock(load<u32>(GC, G_WEAK)) || bytesOf(load<u32>(GC, G_WEAK)) < slots << 2) return fault(I_WEAKREF, GC);
  // First what is in the table, which searches in it rely on.
  let referents: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const first = weakSlotAt(slot);
    if (first == 0) continue;
    if (!isLiveWeakRef(first)) return fault(I_WEAKREF, first);
    referents++;
  }
  if (referents != referentCount() || referents == slots) return fault(I_WEAKREF, GC);
  let listed: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const first = weakSlotAt(slot);
    if (first == 0) continue;
    const length = lengthOfList(first);
    if (length == 0) return fault(I_WEAKREF, first);
    listed += length;
  }
  return verifyMarks(listed);
}

function isLiveWeakRef(ref: usize): bool {
  return exactStatusOf(ref) == OK && isWeakRef(typeIdOf(ref));
}

/** Weak references in the list of one object; 0 if it is broken. */
function lengthOfList(first: usize): u32 {
  const object = referentOf(first);
  if (!isReferent(object) || firstWeakRef(object) != first) return 0;
  let length: u32 = 0;
  let previous: usize = 0;
  for (let ref = first; ref != 0; ref = nextWeakRef(ref)) {
    if (!isLiveWeakRef(ref) || referentOf(ref) != object) return 0;
    if (<usize>load<u32>(ref, W_PREVIOUS) != previous || (previous != 0 && !isCalled(ref))) return 0;
    previous = ref;
    length++;
  }
  return length;
}

/** A live object, or one whose death waits, which says that there are weak references to it. */
function isReferent(object: usize): bool {
  const status = exactStatusOf(object);
  if (status != OK && (status != ALREADY_FREE || !mayBeDying(object))) return false;
  return (typeWordOf(object) & T_WEAK) != 0;
}

/** As many objects say that there are weak references to them as are in the table; and all references with a referent are in a list. */
function verifyMarks(listed: u32): u32 {
  const right = total(T_WEAK_MARKS) == referentCount() && total(T_LINKED) == listed;
  return right ? 0 : fault(I_WEAKREF, GC);
}
