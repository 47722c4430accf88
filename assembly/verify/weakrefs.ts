// Weak references: the table, the list of each referent, and the marks in referents.

import { I_HASH, I_STATE, I_WEAKREF } from "../invariants";
import { GC } from "../layout";
import { isInteger, mayBeDying, typeIdOf, typeWordOf } from "../object";
import {
  G_COLLECTING,
  G_DEPTH,
  G_TYPE_COUNT,
  G_WATCHERS,
  G_WEAK,
  G_WEAK_LOG2,
  ID_FIRST,
  ID_KEYEDREF,
  ID_WEAKREF,
  T_FINALIZER,
  T_WEAK,
  TYPE_WORD,
  W_OWNER,
  W_PREVIOUS,
} from "../objectlayout";
import { typeRecord } from "../types";
import { isAnySet, isDict } from "../visit";
import { isCalled, isWeakRef, nextWeakRef, referentOf } from "../weaklist";
import { firstWeakRef, referentCount, weakSlotAt, weakSlots } from "../weaktable";
import { fault, T_LINKED, T_WEAK_MARKS, T_WEAK_REFS, total } from "./fault";
import { isWeakHashRight } from "./keys";
import { isInPool, isPlaceOfObject, refer } from "./live";
import { own } from "./own";

/** Run it after all references were verified. */
export function verifyWeakRefs(): u32 {
  if (!areWatchersRight()) return fault(I_STATE, GC + G_WATCHERS);
  const table: usize = load<u32>(GC, G_WEAK);
  if (table == 0) return referentCount() == 0 ? verifyMarks(0) : fault(I_WEAKREF, GC);
  if (load<u32>(GC, G_WEAK_LOG2) > 28 || !own(table, weakSlots() << 2)) return fault(I_WEAKREF, GC);
  const slots = weakSlots();
  // First what is in the table, which searches in it rely on.
  let referents: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const first = weakSlotAt(slot);
    if (first == 0) continue;
    if (!isLiveWeakRef(first)) return fault(I_WEAKREF, first);
    referents++;
  }
  // Two thirds of the slots at most are in use.
  if (referents != referentCount() || <u64>referents * 3 > <u64>slots * 2) return fault(I_WEAKREF, GC);
  let listed: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const first = weakSlotAt(slot);
    if (first == 0) continue;
    const length = lengthOfList(first);
    if (length == 0) return fault(I_WEAKREF, first);
    for (let ref = first; ref != 0; ref = nextWeakRef(ref)) if (!isWeakHashRight(ref)) return fault(I_HASH, ref);
    listed += length;
  }
  return verifyMarks(listed);
}

function isLiveWeakRef(ref: usize): bool {
  return isInPool(ref) && refer(ref, 0) && isWeakRef(typeIdOf(ref)) && isOwnerRight(ref);
}

/** The owner of a keyedref is the weak reference of a dict or set, which may be gone. */
function isOwnerRight(ref: usize): bool {
  if (typeIdOf(ref) != ID_KEYEDREF) return true;
  const owner = load<u32>(ref, W_OWNER);
  if (isInteger(owner) || !isInPool(owner) || !refer(owner, 0) || typeIdOf(owner) != ID_WEAKREF) return false;
  const container = referentOf(owner);
  return container == 0 || (isReferent(container) && (isDict(typeIdOf(container)) || isAnySet(typeIdOf(container))));
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
  return (refer(object, 0) || isDying(object)) && (typeWordOf(object) & T_WEAK) != 0;
}

/** Its count is nobody's for the moment. */
function isDying(object: usize): bool {
  return isPlaceOfObject(object) && mayBeDying(object);
}

/** As many objects say that there are weak references to them as are in the table; and all references with a referent are in a list. */
function verifyMarks(listed: u32): u32 {
  const right = total(T_WEAK_MARKS) == referentCount() && total(T_LINKED) == listed;
  return right ? 0 : fault(I_WEAKREF, GC);
}

/** There are as many watchers as weak references and types with finalizers; while the host is called, one more may be on its way. */
function areWatchersRight(): bool {
  if ((load<u32>(GC, G_DEPTH) | load<u32>(GC, G_COLLECTING)) != 0) return true;
  let watchers = total(T_WEAK_REFS);
  for (let id: u32 = ID_FIRST; id <= load<u32>(GC, G_TYPE_COUNT); id++)
    if ((load<u32>(typeRecord(id), TYPE_WORD) & T_FINALIZER) != 0) watchers++;
  return watchers == load<u32>(GC, G_WATCHERS);
}
