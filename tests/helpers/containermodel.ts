// Random operations on a container of a heap, and the same on a model of it.
import { expect } from "vitest";
import { Handle } from "../../src/handle.js";
import type { Heap, Storable, Value } from "../../src/index.js";
import { SHARED, VARIANTS, type Variant } from "./heap.js";
import { comesBackAs, expectSameShape, inUse } from "./plaindata.js";
import { Random, TEST_SEED } from "./random.js";

/**
 * Two of the compiled cores are enough: the one that ships, and the one with assertions of its own in debug mode; and a heap that
 * threads share.
 */
export const HEAPS: readonly Variant[] =
  VARIANTS.length > 2
    ? [...VARIANTS.filter(({ name, debug }) => name.startsWith("debug") === debug), SHARED]
    : VARIANTS;

/** Values that are no containers. All can be keys. */
export const ATOMS: readonly Storable[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    2 ** 30 - 1,
    2 ** 30,
    -(2 ** 30),
    -(2 ** 30) - 1,
    2 ** 53,
    -0.5,
    1e300,
    NaN,
    Infinity,
  ],
  ...[2n ** 64n, -(2n ** 63n), 10n ** 40n, "", "a", "é", "Ā", "a key of some length", "x".repeat(1100), "\ud800"],
];

export class Trial {
  readonly heap: Heap;
  readonly random = new Random(TEST_SEED);
  /** Objects that several containers hold. */
  readonly #shared: Handle[];
  readonly #before: ReturnType<typeof inUse>;

  private constructor(heap: Heap) {
    this.heap = heap;
    this.#shared = [heap.list([1]), heap.dict({ a: 1 }), heap.tuple(["t", 2]), heap.list(), heap.frozenset([1, "f"])];
    this.#before = inUse(heap);
  }

  static async open({ open }: Variant): Promise<Trial> {
    return new Trial(await open());
  }

  /** Any value: an atom, plain data, or an object that others hold too. */
  value(): Storable {
    const { random } = this;
    if (random.chance(20)) return random.pick(this.#shared);
    if (random.chance(10)) return [random.below(9), { deep: [random.below(9)] }];
    return this.atom();
  }

  values(most: number): Storable[] {
    return Array.from({ length: this.random.below(most + 1) }, () => this.value());
  }

  atom(): Storable {
    const { random } = this;
    return random.chance(40) ? random.between(-50, 50) : random.pick(ATOMS);
  }

  /** One of about `n` keys. */
  key(n: number): Storable {
    const { random } = this;
    const i = random.below(n);
    return i % 3 === 0 ? `key ${i}` : i % 3 === 1 ? i : random.pick([i, i * 2 ** 40, i + 0.5, BigInt(i) * 2n ** 70n]);
  }

  /** An index that may lie beyond either end, from either end. */
  index(length: number): number {
    return this.random.between(-length - 3, length + 3);
  }

  /** Calls `step` many times, each in a scope, and `check` now and then, with collections between. */
  run(steps: number, every: number, step: () => void, check: () => void): void {
    const { heap } = this;
    for (let i = 0; i < steps; i++) {
      try {
        heap.scope(step);
        if (i % every === 0) {
          heap.scope(check);
          heap.verify();
        }
        if (i % (3 * every) === 0) heap.gc.collect(this.random.below(3) as 0 | 1 | 2);
      } catch (error) {
        throw new Error(`TEST_SEED=${TEST_SEED}, step ${i}: ${error}`, { cause: error });
      }
    }
    heap.scope(check);
  }

  /** Fails unless a value that was read is the one that was stored; `undefined` is for none. */
  expectValue(read: Value | undefined, stored: Storable): void {
    if (stored instanceof Handle) {
      expect(stored.is(read as Value)).toBe(true);
    } else if (typeof stored === "object" && stored !== null) {
      expectSameShape(this.heap.toJS(read as Value), stored);
    } else {
      const wanted = stored === undefined ? undefined : comesBackAs(stored);
      if (!Object.is(read, wanted)) expect(read).toBe(wanted);
    }
  }

  expectValues(read: Iterable<Value>, stored: readonly Storable[]): void {
    const values = [...read];
    expect(values.length).toBe(stored.length);
    for (const [i, value] of values.entries()) this.expectValue(value, stored[i]);
  }

  /** Releases the containers, and fails if anything is left that was not there at first. */
  end(...containers: readonly Handle[]): void {
    for (const container of containers) container.release();
    this.heap.gc.collect();
    this.heap.verify();
    expect(inUse(this.heap), `TEST_SEED=${TEST_SEED}`).toEqual(this.#before);
  }
}
