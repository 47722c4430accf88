// The clock that everything about time is measured with.

/** Milliseconds of a clock that does not go back, where there is one: `performance.now()`. */
export function now(): number {
  return typeof performance === "object" ? performance.now() : Date.now();
}
