// weakref.WeakSet: a set of the heap of weak references.

import type { Word } from "./address.js";
import { Handle } from "./handle.js";
import { referentOf } from "./items.js";
import { TableIterator } from "./iteration.js";
import { insideKeyed, requireCallback } from "./keyed.js";
import { ABSENT } from "./layout.js";
import type { Objects } from "./objects.js";
import { ADD, HAS, type HeapSet, REMOVE, SET_SHIFT } from "./set.js";
import type { Tables } from "./tables.js";
import { WeakContainer } from "./weakcontainer.js";

/**
 * A set that does not keep its values alive: one goes when it dies. Values are handles of structs, which are compared by identity, or of
 * frozensets, which are by what is in them. The interface is that of Set, with values in the order in which they came.
 *
 * @see https://docs.python.org/3/library/weakref.html#weakref.WeakSet
 */
export abstract class HeapWeakSet<H extends Handle = Handle> extends WeakContainer<HeapSet> implements Iterable<H> {
  /** @internal */
  constructor(tables: Tables, values: Iterable<H> | null | undefined) {
    const name = "WeakSet";
    super(tables, name, tables.setApart(`new ${name}`));
    this.$fill(values, (value) => this.add(value));
  }

  /**
   * Adds a value; one that is there already keeps its place.
   *
   * @throws TypeError not a handle, or what cannot be weakly referenced or a key; HandleError; MemoryError, and then nothing has changed
   */
  add(value: H): this {
    const entries = this.$entries("add");
    this.$insert("add", value, ABSENT, 0, (ref) => {
      insideKeyed(entries).$insertWord(this.$named("add"), ref, null, 0, ADD);
    });
    return this;
  }

  /** The value is there; what cannot be weakly referenced, or is no handle, is not. Throws as add for all else. */
  has(value: Handle): boolean {
    return value instanceof Handle && this.$isReferable("has", value) && this.$find("has", value, HAS) === 1;
  }

  /**
   * Removes a value; false if it is not there.
   *
   * @throws as add
   */
  delete(value: Handle): boolean {
    return this.$find("delete", value, REMOVE) === 1;
  }

  /**
   * The values, each as a new handle. As with Set, values may come and go meanwhile: those that are added will be visited, those that go before
   * their turn not.
   */
  values(): IterableIterator<H, undefined> {
    return new TableIterator(this.$entries("values"), SET_SHIFT, readValue) as IterableIterator<H, undefined>;
  }

  [Symbol.iterator](): IterableIterator<H, undefined> {
    return this.values();
  }

  /** Calls a function for each value, which it gets twice, as from Set. */
  forEach(callback: (value: H, again: H, set: this) => void, thisArg?: unknown): void {
    requireCallback(callback, this.$named("forEach"));
    for (const value of this.values()) callback.call(thisArg, value, value, this);
  }
}

function readValue(objects: Objects, words: Uint32Array, at: number): Handle | undefined {
  const referent = referentOf(words, words[at] as Word);
  return referent === 0 ? undefined : objects.wrap(referent);
}
