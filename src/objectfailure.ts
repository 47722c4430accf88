// From a core's status about an object to an error.

import { hex, type ObjectAddress } from "./address.js";
import type { Engine } from "./engine.js";
import { AddressError, type HeapError } from "./errors.js";
import { corruption, debugRuleOf } from "./failure.js";
import { ALREADY_FREE, OVERRUN, UNDERRUN, USE_AFTER_FREE } from "./status.js";

/** The error for a call about an object that came back with `status`; `subject`, if it is given, begins the message. */
export function objectFailure(
  engine: Engine,
  call: string,
  object: ObjectAddress,
  status: number,
  subject = `${call}(${hex(object)})`,
): HeapError {
  const address: number = object;
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
