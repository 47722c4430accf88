// Handles of objects that the heap itself keeps.

import type { ObjectAddress } from "./address.js";
import { type Handle, type HandleClass, Hold, LENT } from "./handle.js";
import { indexOf } from "./word.js";

/**
 * A handle of an object to which the heap owns a reference for as long as it lives. It is in no scope and is not counted; to release
 * it does nothing.
 */
export function residentHandle<H extends Handle>(Class: HandleClass<H>, address: ObjectAddress): H {
  const hold = new Hold(indexOf(address));
  hold.state = LENT;
  return Object.defineProperty(new Class(hold), "release", { value: () => {} });
}
