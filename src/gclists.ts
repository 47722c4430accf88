// The lists of heap.gc: which objects there are, and who refers to whom. The core is asked for everything before the first
// handle is made, and a list that cannot be made whole leaves no handle behind.

import type { BlockAddress, ObjectAddress } from "./address.js";
import type { Allocator } from "./allocator.js";
import type { Core } from "./core.js";
import { MemoryError } from "./errors.js";
import { allocationFailure } from "./failure.js";
import { Handle } from "./handle.js";
import type { Objects, Value } from "./objects.js";
import { allOrNone, valuesOfWords } from "./words.js";

/** Words that a list has room for at first. */
const FEW_WORDS = 256;

export class GCLists {
  readonly #objects: Objects;
  readonly #mem: Allocator;

  /** `mem` lends blocks for as long as a list is made. */
  constructor(objects: Objects, mem: Allocator) {
    this.#objects = objects;
    this.#mem = mem;
  }

  /** The tracked objects of these generations. */
  objectsOf(generations: readonly number[], call: string): Handle[] {
    return handlesOf(
      this.#objects,
      generations.flatMap((generation) =>
        this.#words(call, (core, out, capacity) => core.objects(generation, out, capacity)),
      ),
    );
  }

  /** The tracked objects that refer to one of `targets`. */
  referrersOf(targets: readonly ObjectAddress[], call: string): Handle[] {
    const block = this.#borrow(call, targets.length * 4);
    let found: number[];
    try {
      this.#objects.engine.memory.words.set(targets, block >>> 2);
      found = this.#words(call, (core, out, capacity) => core.referrers(block, targets.length, out, capacity));
    } finally {
      this.#mem.free(block);
    }
    return handlesOf(this.#objects, found);
  }

  /** What each of these objects refers to, one after another. */
  referentsOf(holders: readonly ObjectAddress[], call: string): Value[] {
    const words = holders.flatMap((at) =>
      this.#words(call, (core, out, capacity) => core.referents(at, out, capacity)),
    );
    return valuesOfWords(this.#objects, words);
  }

  /** All words that `list` has for a block of at most `capacity` words at `out`. */
  #words(call: string, list: (core: Core, out: BlockAddress, capacity: number) => number): number[] {
    const { engine } = this.#objects;
    for (let capacity = FEW_WORDS; ; ) {
      const out = this.#borrow(call, capacity * 4);
      try {
        const found = engine.run((core) => list(core, out, capacity));
        if (found <= capacity) return Array.from(engine.memory.words.subarray(out >>> 2, (out >>> 2) + found));
        capacity = found;
      } finally {
        this.#mem.free(out);
      }
    }
  }

  /** @throws MemoryError that names `call` */
  #borrow(call: string, bytes: number): BlockAddress {
    try {
      return this.#mem.malloc(bytes);
    } catch (error) {
      throw error instanceof MemoryError ? allocationFailure(this.#objects.engine, call, bytes) : error;
    }
  }
}

/** A handle of each object; all or none. */
function handlesOf(objects: Objects, addresses: readonly ObjectAddress[]): Handle[] {
  return allOrNone(addresses, (address) => objects.wrap(address as ObjectAddress));
}

/** What was given one by one, and in arrays and the like; a list of the heap is one. */
export function flattened<V>(given: readonly (V | Iterable<V>)[]): V[] {
  const all: V[] = [];
  for (const one of given) {
    if (!isIterable(one)) all.push(one);
    else for (const value of one) all.push(value);
  }
  return all;
}

function isIterable<V>(value: V | Iterable<V>): value is Iterable<V> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && !(value instanceof Handle);
}
