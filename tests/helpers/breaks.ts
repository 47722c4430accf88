// One way to damage a heap, and what the verifier has to say to it.
import { expect } from "vitest";
import type { CoreHeap } from "./core.js";

/**
 * Damages a heap whose bytes were `sound`, and has the verifier find it: one of the invariants `found`, each time the same, without a byte
 * changed by looking. Leaves the heap sound.
 */
export function expectFound(heap: CoreHeap, sound: Uint8Array, found: number | readonly number[], damage: () => void) {
  heap.restore(sound);
  damage();
  const damaged = heap.snapshot();
  expect([found].flat()).toContain(heap.core.verify());
  expect(heap.core.faultRule()).toBe(heap.core.verify());
  expect(heap.firstChange(damaged), "verify changed a byte").toBe(-1);
  heap.restore(sound);
  expect(heap.broken()).toBe("");
}
