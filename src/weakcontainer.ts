// What weak dictionaries and sets have in common: a dict or set of the heap, in which the core leaves a hole where an object dies.

import type { ObjectAddress, Word } from "./address.js";
import { show } from "./arguments.js";
import type { Dict } from "./dict.js";
import { dispose } from "./dispose.js";
import { HandleError } from "./errors.js";
import { Handle } from "./handle.js";
import type { KeyCall } from "./keyed.js";
import { ABSENT, GC_BYTES, KEYEDREF_BYTES, REFUSED, T_NO_WEAKREFS } from "./layout.js";
import { objectFailure } from "./objectfailure.js";
import type { Objects } from "./objects.js";
import { makeWeakRef, SHARED, tried } from "./referents.js";
import type { HeapSet } from "./set.js";
import { defineSummary, summary } from "./summary.js";
import type { Tables } from "./tables.js";
import { indexOf } from "./word.js";

/**
 * A container of a heap that does not keep objects alive. It counts as a handle that belongs to no scope: `release` or `using` gives its
 * memory back, and one that was forgotten goes some time after the engine has collected it.
 *
 * All methods throw HandleError `HANDLE_RELEASED` once it is released, and HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`.
 */
export abstract class WeakContainer<C extends Dict | HeapSet> implements Disposable {
  readonly #objects: Objects;
  readonly #entries: C;
  readonly #name: string;

  static {
    defineSummary(WeakContainer.prototype, (container) => container.#summary());
  }

  /** `entries` belongs to no scope, and to this container alone. @internal */
  constructor({ objects }: Tables, name: string, entries: C) {
    this.#objects = objects;
    this.#entries = entries;
    this.#name = name;
  }

  /** Entries there are. That of an object that has just died counts until it is gone, which callbacks of the object that are newer can see. */
  get size(): number {
    return this.$entries("size").size;
  }

  /** Removes everything, and gives the table back. */
  clear(): void {
    this.$entries("clear").clear();
  }

  /** True from `release` on. */
  get released(): boolean {
    return this.#entries.released;
  }

  /** Drops what is in it, and gives its memory back. Again, or once the heap is disposed of, does nothing. */
  release(): void {
    this.#entries.release();
  }

  [dispose](): void {
    this.release();
  }

  get [Symbol.toStringTag](): string {
    return this.#name;
  }

  // ── for those who inherit from it ─────────────────────────────────────────────────────────────────

  protected get $objects(): Objects {
    return this.#objects;
  }

  /**
   * Gives what the container is to be made of to `add`, one after another; when that throws, the container is released.
   *
   * @throws TypeError nothing to go through; what `add` and the iterable throw
   */
  protected $fill<T>(given: Iterable<T> | null | undefined, add: (item: T, n: number) => void): void {
    if (given === null || given === undefined) return;
    try {
      if (typeof given[Symbol.iterator] !== "function") {
        throw new TypeError(`new ${this.#name}: wants something to go through, not ${show(given)}`);
      }
      let n = 0;
      for (const item of given) add(item, n++);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The same with pairs. */
  protected $fillPairs<K, V>(
    given: Iterable<readonly [K, V]> | null | undefined,
    set: (key: K, value: V) => void,
  ): void {
    this.$fill(given, (pair: unknown, n) => {
      if (typeof pair !== "object" || pair === null || pair instanceof Handle) {
        throw new TypeError(`new ${this.#name}: entry ${n} must be a pair [key, value], not ${show(pair)}`);
      }
      const { 0: key, 1: value } = pair as { 0: K; 1: V };
      set(key, value);
    });
  }

  /** The name of a method, as messages have it. */
  protected $named(method: string): string {
    return `${this.#name}.${method}`;
  }

  /** The dict or set inside, for a method. */
  protected $entries(method: string): C {
    const { engine } = this.#objects;
    if (engine.down !== null) throw engine.refusal();
    if (!this.#entries.released) return this.#entries;
    throw new HandleError(
      "HANDLE_RELEASED",
      `${this.$named(method)}: it was released. Use it before release() or the end of its using block`,
    );
  }

  /**
   * Makes a weak reference to an object that is to be an entry, and gives it to `insert` while the object is alive for certain: whatever makes
   * room for it may run code of the program. References are taken over, also on failure: that to `key`, the key of the entry, by the weak
   * reference (ABSENT: that is itself the key), and that to `other` by `insert`, with the weak reference.
   *
   * @throws TypeError not a handle, or an object that cannot be weakly referenced; HandleError; MemoryError; what `insert` throws
   */
  protected $insert(
    method: string,
    object: unknown,
    key: Word,
    other: Word,
    insert: (ref: ObjectAddress) => void,
  ): void {
    const objects = this.#objects;
    const what = this.$named(method);
    let held = 0;
    let ref = 0;
    try {
      objects.collectIfDue();
      const address = objects.addressOf(object, what);
      objects.incref(indexOf(address));
      held = address;
      ref = tried(objects, what, KEYEDREF_BYTES + GC_BYTES, () => {
        const container = this.$entries(method).address;
        return { ref: objects.engine.run((core) => core.newKeyedRef(address, container, key)) >>> 0, address };
      });
      insert(ref);
    } finally {
      if (objects.engine.down === null) {
        if (ref === 0 && key !== ABSENT) objects.dropWord(key);
        if (ref === 0) objects.dropWord(other);
        objects.dropWord(held);
      }
    }
  }

  /**
   * There can be weak references to a handle's object.
   *
   * @throws TypeError not a handle; HandleError
   */
  protected $isReferable(method: string, object: unknown): boolean {
    const { types } = this.#objects;
    const typeId = types.idAt(this.#objects.addressOf(object, this.$named(method)));
    return (types.wordOf(typeId) & T_NO_WEAKREFS) === 0;
  }

  /**
   * What a call that inserts nothing returns for an object that may be a key. Whatever word it is, no reference comes with it but that which
   * the call itself gives away.
   *
   * @throws TypeError not a handle, or an object that cannot be a key; HandleError; MemoryError
   */
  protected $find(method: string, object: unknown, call: KeyCall): number {
    const objects = this.#objects;
    const what = this.$named(method);
    const ref = makeWeakRef(objects, object, SHARED, what);
    try {
      const at = this.$entries(method).address;
      const answer = objects.engine.run((core) => call.word(core, at, ref, 0));
      if (answer === REFUSED) throw objectFailure(objects.engine, what, ref, objects.core.lastStatus());
      return answer;
    } finally {
      // Nobody is called for it, so nothing else goes with it.
      if (objects.engine.down === null) objects.dropWord(ref);
    }
  }

  #summary(): string {
    if (this.released) return `${this.#name} (released)`;
    const { engine } = this.#objects;
    if (engine.down !== null) return `${this.#name} (${engine.isOver ? "heap gone" : "lock not held"})`;
    return summary(this.#name, { size: this.size });
  }
}
