// How many objects of each type there are, and their bytes; counted piece by piece, so that no frame has to wait for it.

import { sizeOfObject } from "../../graph/sizes.js";
import type { Objects } from "../../objects.js";
import type { LargeMap } from "./largemap.js";
import { type PoolMap, SLOT_PAGES_SHIFT } from "./poolmap.js";
import { Residents } from "./residents.js";
import type { TypeNumbers } from "./session.js";

/** Pages between two looks at the clock. */
const PAGES_AT_ONCE = 16;

export class Census {
  /** Those with the most bytes first; as of the last count that came to its end. */
  types: readonly TypeNumbers[] = [];
  /** What `types` was counted at, see `advance`; −1 before the first. */
  #counted = -1;
  #counting = -1;
  #endedAt = Number.NEGATIVE_INFINITY;
  #page = 0;
  #chunk = 0;
  #sums = new Map<number, { id: number; name: string; objects: number; bytes: number }>();

  /** `types` is that of a heap as it was at this revision. */
  isAsOf(revision: number): boolean {
    return this.#counted === revision;
  }

  /** A count has ended less than so many milliseconds ago, and none is under way. */
  isResting(milliseconds: number): boolean {
    return this.#counting < 0 && performance.now() - this.#endedAt < milliseconds;
  }

  /**
   * Counts on until the clock says `deadline`, in milliseconds of performance.now(). `revision` is a number that is another whenever the heap is;
   * a count that has begun goes on over changes, and is then of no state in particular.
   */
  advance(objects: Objects, map: PoolMap, large: LargeMap, revision: number, deadline: number): void {
    if (this.#counting < 0) {
      if (this.#counted === revision) return;
      this.#begin(revision);
    }
    const residents = new Residents(objects.engine, map, large);
    const count = (object: number) => this.#count(objects, object);
    const pages = map.slots << SLOT_PAGES_SHIFT;
    while (this.#page < pages) {
      if (this.#page % PAGES_AT_ONCE === 0 && performance.now() >= deadline) return;
      residents.inPage(this.#page++, count);
    }
    while (this.#chunk < large.count) {
      if (this.#chunk % (PAGES_AT_ONCE * PAGES_AT_ONCE) === 0 && performance.now() >= deadline) return;
      const object = residents.inLarge(this.#chunk++);
      if (object !== 0) count(object);
    }
    this.types = [...this.#sums.values()].sort((a, b) => b.bytes - a.bytes || a.id - b.id);
    // Only a count that began in this state, and found it unchanged at its end, is one of it.
    this.#counted = this.#counting === revision ? revision : -1;
    this.#counting = -1;
    this.#endedAt = performance.now();
  }

  #begin(revision: number): void {
    this.#counting = revision;
    this.#page = 0;
    this.#chunk = 0;
    this.#sums = new Map();
  }

  #count(objects: Objects, object: number): void {
    const id = objects.types.idAt(object);
    let sum = this.#sums.get(id);
    if (sum === undefined) {
      sum = { id, name: objects.typeNameAt(object), objects: 0, bytes: 0 };
      this.#sums.set(id, sum);
    }
    sum.objects++;
    sum.bytes += sizeOfObject(objects, object);
  }
}
