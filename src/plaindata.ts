// What counts as plain data, and what is said of everything else.

import { show } from "./arguments.js";

/** The length of an array. Only a proxy's can be other than a whole number. */
export function lengthOf({ length }: { readonly length: unknown }): number {
  return typeof length === "number" && length >= 0 ? Math.trunc(length) : 0;
}

/** A Map, and not only something with its prototype. */
export function isMap(object: object): object is Map<unknown, unknown> {
  return object instanceof Map && answers(() => Map.prototype.has.call(object, 0));
}

export function isSet(object: object): object is Set<unknown> {
  return object instanceof Set && answers(() => Set.prototype.has.call(object, 0));
}

function answers(question: () => unknown): boolean {
  try {
    question();
    return true;
  } catch {
    return false;
  }
}

/** Made by {}, by JSON.parse, or without a prototype. */
export function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** The error for what is neither a value nor plain data. */
export function refusal(value: unknown, what: string): TypeError {
  return new TypeError(
    `${what}: wants a value (null, boolean, number, bigint, string, handle) or plain data (array, plain object, Map, Set, typed ` +
      `array, ArrayBuffer), not ${show(value)}`,
  );
}
