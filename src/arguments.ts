// Arguments that no core call may see: each of these throws.

import { ADDRESS_SPACE_BYTES, type BlockAddress, hex } from "./address.js";
import { AddressError, MemoryError } from "./errors.js";
import { REQUEST_MAX } from "./layout.js";

/** A value as a message shows it: short, and on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (isHandle(value)) {
    return value.released ? `a released handle of ${value.typeName}` : `the ${value.typeName} at ${hex(value.address)}`;
  }
  if (typeof value === "object" && value !== null) return showObject(value);
  return String(value);
}

/** `[object Date]`; of an instance of a class that says nothing about itself, the name of the class. */
function showObject(value: object): string {
  const text: string = Object.prototype.toString.call(value);
  const name: unknown = text === "[object Object]" ? Object.getPrototypeOf(value)?.constructor?.name : undefined;
  return typeof name === "string" && name !== "" && name !== "Object" ? `an instance of ${name}` : text;
}

/** Handles are known by what they have: arguments are looked at where nothing of objects is known yet. */
function isHandle(value: unknown): value is { typeName: string; released: boolean; address: number } {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "$hold") &&
    typeof (value as { typeName?: unknown }).typeName === "string"
  );
}

/**
 * Refuses a size, or a count of elements, that is no integer of 0 … 2^31 − 1.
 *
 * @throws TypeError not a number; RangeError negative, fractional, NaN or infinite; MemoryError above the limit of a block
 */
export function refuseSize(call: string, name: string, value: unknown): never {
  if (typeof value !== "number") throw new TypeError(`${call}: ${name} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < 0) {
    throw new RangeError(`${call}: ${name} must be an integer of 0 … ${REQUEST_MAX}, not ${value}`);
  }
  throw new MemoryError(
    "REQUEST_TOO_LARGE",
    value,
    `${call}: ${value} bytes are more than a block can have (${REQUEST_MAX}); the heap is unchanged`,
  );
}

/**
 * Refuses what cannot be an address.
 *
 * @throws TypeError not a number; AddressError no integer of 0 … 2^32 − 1
 */
export function refuseAddress(call: string, value: unknown): never {
  if (typeof value !== "number") {
    const hint = isHandle(value) && !value.released ? "; give its .address" : "";
    throw new TypeError(`${call}: an address must be a number, not ${show(value)}${hint}`);
  }
  const hint =
    Number.isInteger(value) && value < 0 && value >= -ADDRESS_SPACE_BYTES / 2
      ? `; ${value} may be ${hex(value)} taken as signed: apply ">>> 0" to addresses from heap.core`
      : "";
  throw new AddressError(
    "BAD_ADDRESS",
    value as BlockAddress,
    `${call}: an address is an integer of 0 … 0xffffffff, not ${value}; the heap is unchanged${hint}`,
  );
}
