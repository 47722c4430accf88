// What the collector writes into gc1, drawn in objectlayout.ts. At rest all objects that are not frozen have the same value there, 0 or
// 1. A member that is reached gets the other one; after a full collection that is the value at rest, so that survivors need
// not be touched again.

import { GC } from "../layout";
import { G_DAMAGED, G_REST, GC_BYTES, GC1 } from "../objectlayout";

/** What gc1 is at rest. */
export function resting(): u32 {
  return load<u32>(GC, G_REST);
}

export function setResting(rest: u32): void {
  store<u32>(GC, rest, G_REST);
}

/** The member was not reached, and is not in the trash yet. */
export function isUnreached(object: usize): bool {
  return (load<u32>(object - GC_BYTES, GC1) & 1) == resting();
}

/** Takes note of an object whose count is less than the references to it. */
export function reportDamaged(object: usize): void {
  store<u32>(GC, object, G_DAMAGED);
}
