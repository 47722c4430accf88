// Weak references by their addresses: how they are made, and why there can be none.

import type { ObjectAddress } from "./address.js";
import { allocationFailure } from "./failure.js";
import { GC_BYTES, ID_FIRST, ID_KEYEDREF, ID_WEAKREF, WEAKREF_BYTES } from "./layout.js";
import { objectFailure } from "./objectfailure.js";
import type { Objects } from "./objects.js";
import { NO_MEMORY, NOT_REFERABLE } from "./status.js";

/** Whether the host is called when the object dies. One that is not called is shared by all who want one. */
export const SHARED = 0;
export const CALLED = 1;

/**
 * A weak reference to a handle's object, with one reference for the caller. `call` begins messages.
 *
 * @throws TypeError not a handle, or an object that cannot be weakly referenced; HandleError; MemoryError
 */
export function makeWeakRef(objects: Objects, object: unknown, called: number, call: string): ObjectAddress {
  return tried(objects, call, WEAKREF_BYTES + GC_BYTES, () => {
    // Looked at before each attempt: a collection before it may have run code that released the handle.
    const address = objects.addressOf(object, call);
    const ref = objects.engine.run((core) => core.newWeakRef(address, called)) >>> 0;
    return { ref, address };
  });
}

/**
 * The weak reference that is shared to the object at an address, with one reference for the caller. `call` begins messages.
 *
 * @throws TypeError an object that cannot be weakly referenced; AddressError; MemoryError
 */
export function sharedWeakRefTo(objects: Objects, address: ObjectAddress, call: string): ObjectAddress {
  return tried(objects, call, WEAKREF_BYTES + GC_BYTES, () => {
    const ref = objects.engine.run((core) => core.newWeakRef(address, SHARED)) >>> 0;
    return { ref, address };
  });
}

/** Attempts to make a weak reference of so many bytes to an object, once more after everything was collected if memory was short. */
export function tried(
  objects: Objects,
  call: string,
  bytes: number,
  attempt: () => { readonly ref: number; readonly address: ObjectAddress },
): ObjectAddress {
  for (let retried = false; ; retried = true) {
    const { ref, address } = attempt();
    if (ref !== 0) return ref;
    const status = objects.engine.run((core) => core.lastStatus());
    if (status !== NO_MEMORY) throw referenceFailure(objects, call, address, status);
    if (retried || !objects.collectedForMemory()) throw allocationFailure(objects.engine, call, bytes);
  }
}

/** The error for a weak reference to the object at `address` that could not be made. */
function referenceFailure(objects: Objects, call: string, address: ObjectAddress, status: number): Error {
  if (status !== NOT_REFERABLE) return objectFailure(objects.engine, call, address, status, call);
  return new TypeError(`${call}: ${unreferable(objects, address)}`);
}

function unreferable({ types }: Objects, address: ObjectAddress): string {
  const typeId = types.idAt(address);
  const name = types.nameOf(typeId);
  const article = /^[aeiou]/i.test(name) ? "an" : "a";
  if (typeId >= ID_FIRST)
    return `${article} ${name} cannot be weakly referenced: its type was defined with weakrefable: false`;
  if (typeId === ID_WEAKREF || typeId === ID_KEYEDREF) {
    return "a weak reference cannot be weakly referenced; give the object that it refers to";
  }
  return `${article} ${name} cannot be weakly referenced; structs, sets, frozensets, deques and arrays can`;
}
