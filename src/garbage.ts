// gc.garbage: the list of objects that the collector found unreachable and was told to keep.

import type { ObjectAddress } from "./address.js";
import { allocationFailure } from "./failure.js";
import type { HandleClass } from "./handle.js";
import { G_GARBAGE, GC, ID_LIST, LIST_BYTES } from "./layout.js";
import type { List } from "./list.js";
import type { Objects } from "./objects.js";
import { residentHandle } from "./resident.js";
import { OK } from "./status.js";

/** The list is made when it is wanted first, and is the heap's own from then on. */
export class Garbage {
  readonly #objects: Objects;
  #handle: List | null = null;
  /** Objects that are to come into the list, with a reference each: for as long as there is no memory for that. */
  #waiting: ObjectAddress[] = [];

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /**
   * The list, with everything that was added.
   *
   * @throws MemoryError
   */
  get list(): List {
    const objects = this.#objects;
    const call = "gc.garbage";
    if (this.#address === 0) {
      const list = objects.made(call, LIST_BYTES, (core) => core.newList(0));
      // A collection that made room for it may have made one already.
      if (this.#address === 0) objects.engine.memory.setWord(GC + G_GARBAGE, list);
      else objects.dropWord(list);
    }
    if (!this.#tryToAdd()) throw allocationFailure(objects.engine, call, this.#waiting.length * 4);
    this.#handle ??= residentHandle(objects.types.classOf(ID_LIST) as HandleClass<List>, this.#address);
    return this.#handle;
  }

  /** Takes over one reference to each, and throws nothing: what there is no memory for waits until somebody looks at the list. */
  add(addresses: readonly ObjectAddress[]): void {
    for (const address of addresses) this.#waiting.push(address);
    this.#tryToAdd();
  }

  /** Objects that wait for room in the list; it owns a reference to each. */
  get waiting(): readonly ObjectAddress[] {
    return this.#waiting;
  }

  get #address(): ObjectAddress {
    return this.#objects.engine.memory.word(GC + G_GARBAGE);
  }

  /** False if there is no memory; then nothing has changed. */
  #tryToAdd(): boolean {
    const waiting = this.#waiting;
    if (waiting.length === 0) return true;
    const { engine } = this.#objects;
    return engine.run((core) => {
      const list = this.#address === 0 ? core.newList(waiting.length) >>> 0 : this.#address;
      if (list === 0) return false;
      engine.memory.setWord(GC + G_GARBAGE, list);
      if (core.listReserve(list, waiting.length) !== OK) return false;
      for (const address of waiting) core.listAppend(list, address);
      this.#waiting = [];
      return true;
    });
  }
}
