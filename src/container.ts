// What the handles of all containers have in common: how words are handed to the core, and what it means when it refuses them.

import type { Word } from "./address.js";
import { show } from "./arguments.js";
import type { Core } from "./core.js";
import { allocationFailure } from "./failure.js";
import { addressHeld, Handle, releasedHandle } from "./handle.js";
import { objectFailure } from "./objectfailure.js";
import type { Objects } from "./objects.js";
import { BAD_INDEX, NO_MEMORY, OK, OVERRUN, UNDERRUN, USE_AFTER_FREE } from "./status.js";
import { mayBeRefused, ownedWords, withWords } from "./words.js";

/** A call into the core about the object at `at`. Returns a status. */
type Call = (core: Core, at: number) => number;
/** One that returns a word. */
type Take = (core: Core, at: number, index: number) => number;
/** One that takes over the reference that `word` is, unless it fails. */
type StoreOne = (core: Core, at: number, word: number, index: number) => number;
/** One that takes over those of the `n` words at `from`. */
type StoreMany = (core: Core, at: number, from: number, n: number) => number;

export abstract class Container extends Handle {
  declare protected readonly $owner: Objects;

  // `what` is the name of the method as messages have it: with that of its type, or to be completed by `$named`.

  /**
   * The address of the object for the call into the core that comes next, in the form that costs least: it may be negative.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  protected $at(what: string): number {
    const { engine } = this.$owner;
    if (engine.down !== null) throw engine.refusal();
    const { index } = this.$hold;
    if (index > 0) return index << 2;
    throw releasedHandle(this, this.$named(what));
  }

  /**
   * An index where something is to be replaced, as one from the start.
   *
   * @throws TypeError, RangeError
   */
  protected $place(what: string, index: number, length: number): number {
    if (typeof index !== "number") throw new TypeError(`${what}: the index must be a number, not ${show(index)}`);
    const i = index < 0 ? index + length : index;
    if (Number.isInteger(i) && i >= 0 && i < length) return i;
    if (length === 0) throw new RangeError(`${what}: there is no item ${index}; the ${this.typeName} is empty`);
    throw new RangeError(`${what}: the index must be an integer of ${-length} … ${length - 1}, not ${index}`);
  }

  /** Makes a call that stores nothing. */
  protected $do(what: string, call: Call): void {
    const at = this.$at(what);
    const status = this.$owner.engine.run((core) => call(core, at));
    if (status !== OK) throw this.$failure(what, status, 0);
  }

  /** Makes a call that takes a word out, which is the caller's then. `index` is passed on. */
  protected $take(what: string, take: Take, index: number): Word {
    const at = this.$at(what);
    const { core, engine } = this.$owner;
    try {
      return take(core, at, index) >>> 0;
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
  }

  /** Hands a value to the core. When it fails, nothing has changed. `index` is passed on. */
  protected $store(what: string, value: unknown, store: StoreOne, index: number): void {
    const objects = this.$owner;
    const { core, engine } = objects;
    this.$at(what);
    const word = objects.ownedWord(value, mayBeRefused(value) ? `${what}: value` : what);
    // Getters of the value may have released the handle.
    const at = this.$hold.index;
    let status = NO_MEMORY;
    if (at > 0 && engine.down === null) {
      try {
        status = store(core, at << 2, word, index);
      } catch (error) {
        engine.down ??= engine.unfinished;
        throw engine.trapped(error);
      }
      if (status === OK) return;
    }
    this.$storeAtAnyCost(what, word, store, index, status);
  }

  /** What is left to be done when a word could not be stored, or the status is about something else. */
  protected $storeAtAnyCost(what: string, word: Word, store: StoreOne, index: number, first: number): void {
    const objects = this.$owner;
    let status = first;
    try {
      this.$at(what);
      if (status === NO_MEMORY && objects.collectedForMemory()) {
        const at = this.$at(what);
        status = objects.engine.run((core) => store(core, at, word, index));
      }
      if (status !== OK) throw this.$failure(what, status, 4);
    } finally {
      if (!isDone(status)) objects.dropWord(word);
    }
  }

  /** Hands many values to the core. `prepare` is called when they are ready for it, before each attempt. */
  protected $storeAll(what: string, values: readonly unknown[], prepare: () => StoreMany): void {
    const objects = this.$owner;
    this.$at(what);
    const words = ownedWords(objects, values, `${what}: values`);
    let status = NO_MEMORY;
    try {
      status = this.$tried(() => {
        return withWords(objects, words, what, () => {
          this.$at(what);
          const store = prepare();
          // What that has dropped may have released the handle.
          const at = this.$at(what);
          return (core, from) => store(core, at, from, words.length);
        });
      });
      if (status !== OK) throw this.$failure(what, status, words.length * 4);
    } finally {
      if (!isDone(status)) for (const word of words) objects.dropWord(word);
    }
  }

  /** The status of `call`, which is called once more if memory was short and something may have been freed. */
  protected $tried(call: () => number): number {
    const status = call();
    return status === NO_MEMORY && this.$owner.collectedForMemory() ? call() : status;
  }

  /** Methods that several types have are given without the name of the type. */
  protected $named(what: string): string {
    return what.includes(".") ? what : `${this.typeName}.${what}`;
  }

  /** The error for a status; `bytes` is what there was no memory for. */
  protected $failure(what: string, status: number, bytes: number): Error {
    const { engine } = this.$owner;
    if (status === NO_MEMORY) return allocationFailure(engine, what, bytes);
    if (status === BAD_INDEX) {
      return new RangeError(
        `${what}: the ${this.typeName} became shorter while the value was converted; nothing was stored`,
      );
    }
    return objectFailure(engine, what, addressHeld(this), status);
  }
}

/** The call has done what it is for, though the status may be about a damaged block that it came across. */
export function isDone(status: number): boolean {
  return status === OK || status === UNDERRUN || status === OVERRUN || status === USE_AFTER_FREE;
}
