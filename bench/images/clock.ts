// How long something takes that takes long, or is to be repeated: each time with nothing left of the time before.

import { setTimeout as sleep } from "node:timers/promises";
import { collectJavaScript } from "../objects/answer.js";

/** Milliseconds after a collection: V8 gives memory back on another thread, which touching memory would have to wait for. */
const QUIET = 50;

/** A piece of work: what `prepare` makes is not timed, and given to `run`. */
export interface Piece<Given> {
  prepare?(): Given | Promise<Given>;
  run(given: Given): unknown;
}

/**
 * Milliseconds that `run` takes on average: it runs once, and again until it has run for that many milliseconds. The engine's garbage is
 * collected before each time, so that memory of the time before is given back.
 */
export async function timeOf<Given>({ prepare, run }: Piece<Given>, milliseconds: number): Promise<number> {
  let elapsed = 0;
  let times = 0;
  collectJavaScript();
  await sleep(QUIET);
  do {
    collectJavaScript();
    const given = (await prepare?.()) as Given;
    const before = performance.now();
    const result = run(given);
    if (result instanceof Promise) await result;
    elapsed += performance.now() - before;
    times++;
  } while (elapsed < milliseconds);
  return elapsed / times;
}
