// From a core's status about an object to an error.

import { hex, type ObjectAddress } from "./address.js";
import type { Engine } from "./engine.js";
import { AddressError } from "./errors.js";
import { allocationFailure, corruption, debugRuleOf } from "./failure.js";
import {
  ID_ARRAY,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_KEYEDREF,
  ID_LIST,
  ID_SET,
  ID_TUPLE,
  ID_WEAKREF,
  O_TYPE,
  TYPE_ID_SHIFT,
  W_REFERENT,
} from "./layout.js";
import { ALREADY_FREE, NO_MEMORY, OVERRUN, TOO_DEEP, UNDERRUN, UNHASHABLE, USE_AFTER_FREE } from "./status.js";

/** What cannot be a key, and what to use instead. */
const UNHASHABLES: ReadonlyMap<number, readonly [name: string, instead: string]> = new Map([
  [ID_LIST, ["a list", "a tuple"]],
  [ID_DICT, ["a dict", "a tuple of its entries"]],
  [ID_DEFAULTDICT, ["a defaultdict", "a tuple of its entries"]],
  [ID_SET, ["a set", "a frozenset"]],
  [ID_DEQUE, ["a deque", "a tuple"]],
  [ID_ARRAY, ["an array", "a tuple, or bytes"]],
]);

/** No object of the type can be a key. Of tuples, some can. */
export function isUnhashable(typeId: number): boolean {
  return UNHASHABLES.has(typeId);
}

/** The error for a key of a type that can be none. `what` begins the message. */
export function unhashable(what: string, typeId: number): TypeError {
  if (typeId === ID_TUPLE) {
    return new TypeError(`${what}: a tuple cannot be a key if something in it can change; put only keys in it`);
  }
  const [name, instead] = UNHASHABLES.get(typeId) ?? ["this object", "a tuple"];
  return new TypeError(`${what}: ${name} cannot be a key, because it can change; use ${instead}`);
}

/** The error for the object at an address, which cannot be a key. */
function unhashableAt({ memory }: Engine, what: string, at: number): TypeError {
  const typeId = memory.word(at + O_TYPE) >>> TYPE_ID_SHIFT;
  if (typeId !== ID_WEAKREF && typeId !== ID_KEYEDREF) return unhashable(what, typeId);
  const referent = memory.word(at + W_REFERENT);
  if (referent !== 0) return unhashable(what, memory.word(referent + O_TYPE) >>> TYPE_ID_SHIFT);
  return new TypeError(
    `${what}: a weak reference cannot become a key once its object is dead; use it as one before, and it stays one`,
  );
}

/** The error for a call about an object that came back with `status`; `subject`, if it is given, begins the message. */
export function objectFailure(
  engine: Engine,
  call: string,
  object: ObjectAddress,
  status: number,
  subject = `${call}(${hex(object)})`,
): Error {
  const address: number = object;
  if (status === NO_MEMORY) return allocationFailure(engine, call, 0);
  if (status === UNHASHABLE) {
    return unhashableAt(engine, call, engine.run((core) => core.faultAddress()) >>> 0);
  }
  if (status === TOO_DEEP) {
    return new RangeError(`${call}: the keys are nested too deeply to be compared; use keys with fewer levels`);
  }
  if (status === UNDERRUN || status === OVERRUN || status === USE_AFTER_FREE) {
    const at = engine.run((core) => core.faultAddress()) >>> 0;
    const rule = debugRuleOf(status) ?? "overrun";
    return corruption(engine, subject, rule, at);
  }
  if (status === ALREADY_FREE) {
    return new AddressError(
      "ALREADY_FREE",
      address,
      `${subject}: the object is dead; nothing has changed. Hold a handle, or a reference, as long as you use an address`,
    );
  }
  return new AddressError(
    "BAD_ADDRESS",
    address,
    `${subject}: no object starts at this address; nothing has changed. Give the address of a handle, or one that ` +
      "the core of this heap returned",
  );
}
