// Fields of the kind "weak": the slot has the weak reference that all share who want none of their own, or null.

import { hex, type ObjectAddress, type Word } from "./address.js";
import { refuseAddress, show } from "./arguments.js";
import { Handle, refusePosted } from "./handle.js";
import { isWeakRef, referentOf } from "./items.js";
import { HEADER_BYTES } from "./layout.js";
import type { Objects } from "./objects.js";
import type { Body } from "./printing.js";
import { makeWeakRef, SHARED, sharedWeakRefTo } from "./referents.js";
import type { Accessors } from "./scalars.js";
import { addressAt, integerOf, isInteger } from "./word.js";

/** The accessors of a weak field of handles: a new handle each time, or null. */
export function weakReference(objects: Objects, what: string, offset: number): Accessors {
  const word = offset >>> 2;
  return {
    get() {
      const referent = referentIn(objects, this, what, word);
      return referent === 0 ? null : objects.wrap(referent);
    },
    set(value) {
      objects.ready(this, what);
      objects.collectIfDue();
      const ref = refTo(objects, value, what);
      try {
        // A collection before it may have run code that released the handle.
        objects.ready(this, what);
      } catch (error) {
        if (objects.engine.down === null) objects.dropWord(ref);
        throw error;
      }
      objects.storeOwned(this.$hold.index + word, ref);
    },
  };
}

/** The accessors of a weak field of cursors: the address of the object, or 0. */
export function weakAddress(objects: Objects, what: string, offset: number): Accessors {
  const word = offset >>> 2;
  const slot = (offset - HEADER_BYTES) >>> 2;
  return {
    get() {
      return referentIn(objects, this, what, word);
    },
    set(value) {
      objects.ready(this, what);
      if (typeof value !== "number" || value >>> 0 !== value) refuseAddress(what, value);
      const ref = value === 0 ? 0 : sharedWeakRefTo(objects, value, `${what} = ${hex(value)}`);
      try {
        objects.ready(this, what);
        objects.setRef(addressAt(this.$hold.index), slot, ref, what);
      } finally {
        if (objects.engine.down === null) objects.dropWord(ref);
      }
    },
  };
}

/** What the field refers to, or 0. */
function referentIn(objects: Objects, body: Body, what: string, word: number): ObjectAddress | 0 {
  const { views } = objects;
  const ref = views.u32[body.$hold.index + word] ?? (objects.ready(body, what).u32[body.$hold.index + word] as number);
  if (ref === 0) return 0;
  // The core stores references without a look at the kinds of fields.
  if (!isWeakRef(views.u32, ref)) refuseWord(objects, what, ref);
  return referentOf(views.u32, ref);
}

/** The word that the field stores for a value, with a reference. */
function refTo(objects: Objects, value: unknown, what: string): Word {
  if (value === null || value === undefined) return 0;
  if (value instanceof Handle) return makeWeakRef(objects, value, SHARED, what);
  refusePosted(value, what);
  throw new TypeError(`${what}: wants a handle of what can be weakly referenced, or null; not ${show(value)}`);
}

function refuseWord(objects: Objects, what: string, word: number): never {
  const is = isInteger(word) ? `the integer ${integerOf(word)}` : `the ${objects.typeNameAt(word)} at ${hex(word)}`;
  throw new TypeError(`${what}: holds ${is}, and no weak reference; core.setRef does not look at kinds of fields`);
}
