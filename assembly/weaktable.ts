// The table of weakly referenced objects: the first weak reference to each, open addressing with linear probing by the address of the
// referent. What leaves lets those behind it move up, so nothing is ever marked as deleted, and no death needs memory.

import { GC } from "./layout";
import { take } from "./mem";
import { G_WEAK, G_WEAK_COUNT, G_WEAK_LOG2, W_REFERENT } from "./objectlayout";
import { givePart } from "./parts";

/** log2(slots) of the first table. */
const LOG2_MIN: u32 = 4;
/** 2^32 / golden ratio: multiplied by it, addresses spread over the high bits (Knuth, TAOCP vol. 3, 6.4). */
const SPREAD: u32 = 0x9e3779b1;

function table(): usize {
  return load<u32>(GC, G_WEAK);
}

function log2OfSlots(): u32 {
  return load<u32>(GC, G_WEAK_LOG2);
}

/** Objects with weak references. */
export function referentCount(): u32 {
  return load<u32>(GC, G_WEAK_COUNT);
}

/** Number of the last slot. */
function lastSlot(): u32 {
  return ((<u32>1) << log2OfSlots()) - 1;
}

function slotAt(slot: u32): usize {
  return table() + ((<usize>slot) << 2);
}

/** The slot that an object's first weak reference belongs into. */
function ownSlot(object: usize): u32 {
  return (<u32>object * SPREAD) >> (32 - log2OfSlots());
}

function referentAt(ref: usize): usize {
  return load<u32>(ref, W_REFERENT);
}

/** Slot of the first weak reference to an object; the slot where the search ended, which is not in use, if there is none. */
function find(object: usize): usize {
  const last = lastSlot();
  let slot = ownSlot(object);
  let ref: usize = load<u32>(slotAt(slot));
  while (ref != 0 && referentAt(ref) != object) {
    slot = (slot + 1) & last;
    ref = load<u32>(slotAt(slot));
  }
  return slotAt(slot);
}

/** The first weak reference to an object; 0 if there is none. */
export function firstWeakRef(object: usize): usize {
  return referentCount() == 0 ? 0 : load<u32>(find(object));
}

/** Another reference is the first to an object. */
export function replaceFirst(object: usize, ref: usize): void {
  store<u32>(find(object), ref);
}

/** Makes room for one object more. False: no memory, and nothing has changed. */
export function reserveReferent(): bool {
  // Two thirds of the slots at most are in use.
  return (table() != 0 && (referentCount() + 1) * 3 <= (lastSlot() + 1) * 2) || growSlow();
}

/** Puts the first weak reference to an object in. There is room. */
export function addReferent(ref: usize): void {
  store<u32>(find(referentAt(ref)), ref);
  store<u32>(GC, referentCount() + 1, G_WEAK_COUNT);
}

/** A table of twice the slots. */
function growSlow(): bool {
  const old = table();
  const log2 = old == 0 ? LOG2_MIN : log2OfSlots() + 1;
  const bytes = (<u32>4) << log2;
  const block = take(bytes);
  if (block == 0) return false;
  memory.fill(block, 0, bytes);
  store<u32>(GC, block, G_WEAK);
  store<u32>(GC, log2, G_WEAK_LOG2);
  if (old == 0) return true;
  const end = old + (bytes >> 1);
  for (let at = old; at < end; at += 4) {
    const ref: usize = load<u32>(at);
    if (ref != 0) store<u32>(find(referentAt(ref)), ref);
  }
  givePart(old);
  return true;
}

/** Takes an object out, which has a first weak reference still. The table goes with the last. */
export function removeReferent(object: usize): void {
  const hole = <u32>((find(object) - table()) >> 2);
  const left = referentCount() - 1;
  store<u32>(GC, left, G_WEAK_COUNT);
  if (left != 0) {
    moveUp(hole);
    return;
  }
  givePart(table());
  store<u32>(GC, 0, G_WEAK);
}

/** Fills a hole with the next reference that is not where it belongs and may be there, and so on up to a slot not in use. */
function moveUp(hole: u32): void {
  const last = lastSlot();
  let slot = (hole + 1) & last;
  for (let ref: usize = load<u32>(slotAt(slot)); ref != 0; ref = load<u32>(slotAt(slot))) {
    const own = ownSlot(referentAt(ref));
    if (((slot - own) & last) >= ((slot - hole) & last)) {
      store<u32>(slotAt(hole), ref);
      hole = slot;
    }
    slot = (slot + 1) & last;
  }
  store<u32>(slotAt(hole), 0);
}

// ── for the verifier ────────────────────────────────────────────────────────────────────────────────

/** Slots of the table; 0 if there is none. */
export function weakSlots(): u32 {
  return table() == 0 ? 0 : lastSlot() + 1;
}

/** What a slot has: a weak reference, or 0. */
export function weakSlotAt(slot: u32): usize {
  return load<u32>(slotAt(slot));
}
