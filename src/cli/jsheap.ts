// What something takes in the engine's own heap.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Something with what it took to make it. */
export interface Weighed<T> {
  readonly made: T;
  /** By which the engine's heap has grown for it. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Makes something, with a collection of the engine's heap before and after. */
export function weighed<T>(make: () => T): Weighed<T> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const made = make();
  const milliseconds = performance.now() - start;
  collect();
  return { made, bytes: Math.max(0, process.memoryUsage().heapUsed - before), milliseconds };
}
