// arenaria/testing: tests that leave something behind in a heap fail.

import { show } from "../arguments.js";
import { HeapError } from "../errors.js";
import { Heap, partsOf } from "../heap.js";
import { laterOf } from "../scope.js";
import { Baseline } from "./baseline.js";
import { LeakReport } from "./leakreport.js";

export { LeakReport };

/** What is needed of vitest, node:test, or another runner of tests. */
export interface TestHooks {
  beforeEach(body: () => void): unknown;
  afterEach(body: () => void): unknown;
}

/** A test has left something behind; the message is the report as text. */
export class LeakError extends Error {
  /** What it has left. */
  readonly report: LeakReport;

  static {
    LeakError.prototype.name = "LeakError";
  }

  constructor(report: LeakReport) {
    super(report.toString());
    this.report = report;
  }
}

/** Collections until nothing is found any more, at most: finalizers make garbage. */
const MOST_COLLECTIONS = 5;

/**
 * Makes every test from here on fail that leaves something behind in a heap: handles, objects, blocks or arenas that were not there
 * before it. Full collections before and after each test see to it that garbage is not counted. Places come with the message while
 * `heap.tracemalloc` is tracing.
 *
 *     import { afterEach, beforeEach } from "vitest"; // or "node:test"
 *     leakGuard(() => heap, { beforeEach, afterEach });
 *
 * `heap` is a heap, or a function that returns the one of the test, or undefined if there is none yet; one that is made in a hook or in the
 * test itself was empty before. A handle that was only forgotten counts: release it, or make it in a scope.
 *
 * The heap must be there still when the guard looks. vitest calls the `afterEach` that comes last first, node:test the first first: dispose of
 * the heap in a hook that is called later.
 *
 * @throws TypeError neither a heap nor a function, no hooks. The tests: LeakError; Error the heap was disposed of already
 */
export function leakGuard(heap: Heap | (() => Heap | null | undefined), hooks: TestHooks): void {
  if (!(heap instanceof Heap) && typeof heap !== "function") {
    throw new TypeError(`leakGuard: wants a heap, or a function that returns one, not ${show(heap)}`);
  }
  if (typeof hooks?.beforeEach !== "function" || typeof hooks.afterEach !== "function") {
    throw new TypeError("leakGuard: wants the hooks of the test runner: leakGuard(heap, { beforeEach, afterEach })");
  }
  const current = () => (typeof heap === "function" ? heap() : heap) ?? null;
  let before: { readonly heap: Heap; readonly baseline: Baseline } | null = null;
  hooks.beforeEach(() => {
    const found = current();
    before = found === null || isGone(found) ? null : { heap: found, baseline: baselineOf(found, "leakGuard") };
  });
  hooks.afterEach(() => {
    const found = current();
    if (found === null) return;
    const baseline = before?.heap === found ? before.baseline : new Baseline(null, "leakGuard");
    before = null;
    check(found, baseline, "leakGuard");
  });
}

/**
 * Calls `body` and returns what it returns, or a promise of it. What `body`, or its promise, leaves behind in the heap is a LeakError. What it
 * throws itself comes first.
 *
 * @throws TypeError not a heap, not a function; LeakError; Error the heap was disposed of meanwhile; what `body` throws
 */
export function withoutLeaks<T>(heap: Heap, body: () => T): T {
  if (!(heap instanceof Heap)) throw new TypeError(`withoutLeaks: wants a heap, not ${show(heap)}`);
  if (typeof body !== "function") throw new TypeError(`withoutLeaks: wants a function, not ${show(body)}`);
  const baseline = baselineOf(heap, "withoutLeaks");
  const result = body();
  const finish = <R>(value: R): R => {
    check(heap, baseline, "withoutLeaks");
    return value;
  };
  if (laterOf(result) === "promise") return (result as PromiseLike<unknown>).then(finish) as T;
  return finish(result);
}

function baselineOf(heap: Heap, call: string): Baseline {
  return heap.gil.run(() => {
    collect(heap);
    return new Baseline(partsOf(heap).leaks, call);
  });
}

/** @throws LeakError; Error the heap is gone */
function check(heap: Heap, baseline: Baseline, call: string): void {
  if (isGone(heap)) {
    throw new Error(
      `${call}: the heap was disposed of before it could be looked at; dispose of it in a hook that is called later, or give ` +
        "the option leaks to Heap.create",
    );
  }
  const report = heap.gil.run(() => {
    collect(heap);
    return baseline.compare(partsOf(heap).leaks, "Left behind by the test", call);
  });
  if (!report.isEmpty) throw new LeakError(report);
}

function collect(heap: Heap): void {
  for (let n = 0; n < MOST_COLLECTIONS && heap.gc.collect() > 0; n++);
}

function isGone(heap: Heap): boolean {
  try {
    return heap.gil === undefined;
  } catch (error) {
    if (error instanceof HeapError && error.code === "HEAP_DISPOSED") return true;
    throw error;
  }
}
