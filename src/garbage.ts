// gc.garbage: objects that the collector found unreachable and was told to keep.

import type { ObjectAddress } from "./address.js";
import { handlesOf } from "./gclists.js";
import type { Handle } from "./handle.js";
import type { Objects } from "./objects.js";
import { absenceOfHeap } from "./printing.js";
import { defineSummary } from "./summary.js";

/**
 * Objects in the order in which they came. The list owns one reference to each, apart from all handles and scopes: an object
 * stays until it is taken out, and dies then unless somebody else holds it.
 *
 * Everything that makes handles throws as they do: HeapError when the heap is gone.
 */
export interface Garbage extends Iterable<Handle> {
  readonly length: number;
  /** A handle of the object at an index, from the end if that is negative; undefined outside the list. */
  at(index: number): Handle | undefined;
  /** Takes the last object out: the handle owns what was the list's reference. Undefined when the list is empty. */
  pop(): Handle | undefined;
  /** Drops all references. What nobody else holds dies, unless it is in a cycle, for the next collection to find. */
  clear(): void;
  /** Handles of all objects; when it throws, it has made none. */
  toArray(): Handle[];
}

export class GarbageList implements Garbage {
  readonly #objects: Objects;
  readonly #addresses: ObjectAddress[] = [];

  static {
    defineSummary(GarbageList.prototype, (garbage) => garbage.#summary());
  }

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** Takes over one reference to each. */
  add(addresses: readonly ObjectAddress[]): void {
    for (const address of addresses) this.#addresses.push(address);
  }

  #summary(): string {
    const absence = absenceOfHeap(this.#objects.engine);
    return `Garbage(${this.length})${absence === null ? "" : ` (${absence})`}`;
  }

  get length(): number {
    return this.#addresses.length;
  }

  at(index: number): Handle | undefined {
    const address = this.#addresses.at(index);
    return address === undefined ? undefined : this.#objects.wrap(address);
  }

  pop(): Handle | undefined {
    const address = this.#addresses.pop();
    return address === undefined ? undefined : this.#objects.adopt(address);
  }

  clear(): void {
    const addresses = this.#addresses.splice(0);
    this.#objects.engine.run((core) => {
      for (const address of addresses) core.decref(address);
    });
  }

  toArray(): Handle[] {
    return handlesOf(this.#objects, this.#addresses);
  }

  *[Symbol.iterator](): IterableIterator<Handle> {
    for (let index = 0; index < this.#addresses.length; index++) yield this.at(index) as Handle;
  }
}
