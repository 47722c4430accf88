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
 * before it, or containers with more in them. Full collections before and after each test see to it that garbage is not counted. Places
 * come with the message while `heap.tracemalloc` is tracing.
 *
 *     import { afterEach, beforeEach } from "vitest"; // or "node:test"
 *
 *     let heap: Heap;
 *     beforeEach(async () => {
 *       heap = await Heap.create();
 *     });
 *     afterEach(() => heap[Symbol.dispose]());
 *     leakGuard(() => heap, { beforeEach, afterEach });
 *
 * `heap` is a heap, or a function that returns the one of the test. One that is made by the test itself, or a hook that stands behind the
 * guard, was empty before. One that is disposed of is looked at when that happens. A handle that was only forgotten counts: release it, or
 * make it in a scope. Tests of a guard run one after another.
 *
 * @throws TypeError neither a heap nor a function, no hooks. The tests: LeakError; Error two at the same time, a heap that came and went unseen
 */
export function leakGuard(heap: Heap | (() => Heap | null | undefined), hooks: TestHooks): void {
  if (!(heap instanceof Heap) && typeof heap !== "function") {
    throw new TypeError(`leakGuard: wants a heap, or a function that returns one, not ${show(heap)}`);
  }
  if (typeof hooks?.beforeEach !== "function" || typeof hooks.afterEach !== "function") {
    throw new TypeError("leakGuard: wants the hooks of the test runner: leakGuard(heap, { beforeEach, afterEach })");
  }
  const current = () => (typeof heap === "function" ? heap() : heap) ?? null;
  let test: GuardedTest | null = null;
  hooks.beforeEach(() => {
    if (test !== null) {
      test.watch?.abandon();
      test = null;
      throw new Error(
        "leakGuard: two tests have run at the same time, and what each leaves behind cannot be told apart; run the tests of a guard one " +
          "after another",
      );
    }
    const heap = current();
    const wasGone = heap !== null && isGone(heap);
    test = { heap, wasGone, watch: heap === null || wasGone ? null : new Watch(heap, false, "leakGuard") };
  });
  hooks.afterEach(() => {
    const ended = test;
    test = null;
    const heap = current();
    if (ended === null || heap === null || (heap === ended.heap && ended.wasGone)) return;
    if (heap !== ended.heap && isGone(heap)) {
      throw new Error(
        "leakGuard: the heap was made behind the guard, and disposed of before it looked; make it in a hook that stands before leakGuard",
      );
    }
    (heap === ended.heap && ended.watch !== null ? ended.watch : new Watch(heap, true, "leakGuard")).end();
  });
}

/** What a guard knows of the test that is under way. */
interface GuardedTest {
  /** The heap that there was before it; null if there was none. */
  readonly heap: Heap | null;
  /** It was disposed of already. */
  readonly wasGone: boolean;
  readonly watch: Watch | null;
}

/**
 * Calls `body` and returns what it returns, or a promise of it. What `body`, or its promise, leaves behind in the heap is a LeakError. What it
 * throws itself comes first.
 *
 * @throws TypeError not a heap, not a function; LeakError; what `body` throws; HeapError `HEAP_DISPOSED`
 */
export function withoutLeaks<T>(heap: Heap, body: () => T): T {
  if (!(heap instanceof Heap)) throw new TypeError(`withoutLeaks: wants a heap, not ${show(heap)}`);
  if (typeof body !== "function") throw new TypeError(`withoutLeaks: wants a function, not ${show(body)}`);
  const watch = new Watch(heap, false, "withoutLeaks");
  const finish = <R>(value: R): R => {
    watch.end();
    return value;
  };
  const fail = (error: unknown): never => {
    watch.abandon();
    throw error;
  };
  let result: T;
  try {
    result = body();
  } catch (error) {
    return fail(error);
  }
  if (laterOf(result) === "promise") return (result as PromiseLike<unknown>).then(finish, fail) as T;
  return finish(result);
}

/** What looks at a heap now, a guard and what is inside its test for instance. */
const watches = new WeakMap<Heap, Set<Watch>>();

/** A heap while a test has it. */
class Watch {
  readonly heap: Heap;
  #baseline: Baseline;
  readonly #call: string;
  readonly #title: string;
  /** What was found when the heap was disposed of. */
  #found: { readonly report: LeakReport } | { readonly error: unknown } | null = null;
  readonly #look = () => {
    try {
      this.#found = { report: this.#compare() };
    } catch (error) {
      this.#found = { error };
    }
  };

  /** `wasEmpty`: the heap is looked at for the first time when the test is over already. */
  constructor(heap: Heap, wasEmpty: boolean, call: string) {
    this.heap = heap;
    this.#call = call;
    this.#title = wasEmpty ? "In the heap, which was made behind the guard" : "Left behind by the test";
    this.#baseline = heap.gil.run(() => {
      if (!wasEmpty) collect(heap);
      return new Baseline(wasEmpty ? null : partsOf(heap).leaks, call);
    });
    partsOf(heap).exit.whenEnding.add(this.#look);
    watches.set(heap, (watches.get(heap) ?? new Set()).add(this));
  }

  /** @throws LeakError */
  end(): void {
    if (this.#found === null) {
      this.abandon();
      this.heap.gil.run(this.#look);
    }
    const found = this.#found;
    if (found === null) return;
    if ("error" in found) throw found.error;
    if (found.report.isEmpty) return;
    if (!isGone(this.heap)) for (const other of watches.get(this.heap) ?? []) other.#begin();
    throw new LeakError(found.report);
  }

  /** From now on: what was there before is not told any more. */
  #begin(): void {
    this.#baseline = this.heap.gil.run(() => new Baseline(partsOf(this.heap).leaks, this.#call));
  }

  /** Looks no more. */
  abandon(): void {
    watches.get(this.heap)?.delete(this);
    if (!isGone(this.heap)) partsOf(this.heap).exit.whenEnding.delete(this.#look);
  }

  #compare(): LeakReport {
    collect(this.heap);
    return this.#baseline.compare(partsOf(this.heap).leaks, this.#title, this.#call);
  }
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
