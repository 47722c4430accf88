// Weak references: the table, the list of each referent, and the mark in it.

import { exactStatusOf } from "../check";
import { I_WEAKREF } from "../invariants";
import { GC } from "../layout";
import { bytesOf } from "../mem";
import { countOf, typeIdOf, typeWordOf } from "../object";
import { G_WEAK, T_WEAK, W_PREVIOUS } from "../objectlayout";
import { nextObject } from "../objectpools";
import { OK } from "../status";
import { isCalled, isWeakRef, nextWeakRef, referentOf } from "../weaklist";
import { firstWeakRef, referentCount, weakSlotAt, weakSlots } from "../weaktable";
import { fault } from "./fault";

/** Run it after all objects were verified, one by one. */
export function verifyWeakRefs(): u32 {
  const slots = weakSlots();
  if (slots != 0 && bytesOf(load<u32>(GC, G_WEAK)) < slots << 2) return fault(I_WEAKREF, GC);
  let referents: u32 = 0;
  let listed: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const first = weakSlotAt(slot);
    if (first == 0) continue;
    referents++;
    if (exactStatusOf(first) != OK || !isWeakRef(typeIdOf(first))) return fault(I_WEAKREF, first);
    const length = lengthOfList(first);
    if (length == 0) return fault(I_WEAKREF, first);
    listed += length;
  }
  if (referents != referentCount()) return fault(I_WEAKREF, GC);
  return verifyMarks(referents, listed);
}

/** Weak references in the list of one object; 0 if it is broken. */
function lengthOfList(first: usize): u32 {
  const object = referentOf(first);
  if (!isReferent(object) || firstWeakRef(object) != first) return 0;
  let length: u32 = 0;
  let previous: usize = 0;
  for (let ref = first; ref != 0; ref = nextWeakRef(ref)) {
    if (exactStatusOf(ref) != OK || !isWeakRef(typeIdOf(ref)) || referentOf(ref) != object) return 0;
    if (<usize>load<u32>(ref, W_PREVIOUS) != previous || (previous != 0 && !isCalled(ref))) return 0;
    previous = ref;
    length++;
  }
  return length;
}

/** A live object, or one whose death waits, which says that there are weak references to it. */
function isReferent(object: usize): bool {
  if (object == 0 || (countOf(object) > 0 && exactStatusOf(object) != OK)) return false;
  return countOf(object) != 0 && (typeWordOf(object) & T_WEAK) != 0;
}

/** As many tracked objects say that there are weak references to them as there can be, and all that have a referent are in a list. */
function verifyMarks(referents: u32, listed: u32): u32 {
  let marked: u32 = 0;
  let linked: u32 = 0;
  for (let object = nextObject(0); object != 0; object = nextObject(object)) {
    if ((typeWordOf(object) & T_WEAK) != 0) marked++;
    if (isWeakRef(typeIdOf(object)) && referentOf(object) != 0) linked++;
  }
  return marked <= referents && linked == listed ? 0 : fault(I_WEAKREF, GC);
}
