// Reference counts, words in slots, and collections before something is made: what everybody who deals with objects stands on.

import { hex, type ObjectAddress, type Word } from "./address.js";
import type { Core } from "./core.js";
import type { Engine } from "./engine.js";
import { allocationFailure } from "./failure.js";
import { G_COUNT, G_ENABLED, G_LIMIT, GC } from "./layout.js";
import type { Views } from "./memory.js";
import { objectFailure } from "./objectfailure.js";
import { NO_MEMORY, OK } from "./status.js";
import { addressAt, indexOf, isAddress } from "./word.js";

const COUNT_INDEX = indexOf(GC + G_COUNT);
const LIMIT_INDEX = indexOf(GC + G_LIMIT);

export class Counts {
  readonly engine: Engine;
  /** For calls that must be fast: look at `engine.down` before, set it to `engine.unfinished` when they
   * throw, and give what they threw to `engine.trapped`. */
  readonly core: Core;
  readonly views: Views;
  /** Runs the automatic collection that is due. Called before an object is made, and only when one is. */
  safePoint: () => void;
  /** Collects everything, when memory is exhausted and automatic collection is on. */
  fullCollection: () => void;

  constructor(engine: Engine) {
    this.engine = engine;
    this.core = engine.core;
    this.views = engine.memory.views;
    this.safePoint = () => engine.run((core) => core.collect(core.dueGeneration()));
    this.fullCollection = () => engine.run((core) => core.collect(2));
  }

  // ── counts and references ─────────────────────────────────────────────────────────────────────────

  /** One reference more to the object at an index. */
  incref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 0) views.i32[index] = count + 1;
  }

  /** One reference less. */
  decref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 1) views.i32[index] = count - 1;
    else if (count === 1) this.#free(index);
  }

  #free(index: number): void {
    if (this.engine.down !== null) throw this.engine.refusal();
    let status: number;
    try {
      status = this.core.decref(addressAt(index));
    } catch (error) {
      this.engine.down ??= this.engine.unfinished;
      throw this.engine.trapped(error);
    }
    if (status !== OK) throw objectFailure(this.engine, "decref", addressAt(index), status);
  }

  /** Drops the reference that a word is. */
  dropWord(word: Word): void {
    if (isAddress(word)) this.decref(indexOf(word));
  }

  /** Stores a word in the slot at an index of the view of words, with a reference to it, and drops the old one. */
  store(slot: number, word: Word): void {
    const { u32 } = this.views;
    const old = u32[slot] as number;
    if (isAddress(word)) this.incref(word >>> 2);
    u32[slot] = word;
    if (isAddress(old)) this.decref(old >>> 2);
  }

  /** The same with a word whose reference is taken over. */
  storeOwned(slot: number, word: Word): void {
    const { u32 } = this.views;
    const old = u32[slot] as number;
    u32[slot] = word;
    if (isAddress(old)) this.decref(old >>> 2);
  }

  /**
   * Stores a word in a reference of the object at `address`, after the core has made sure that it is one.
   *
   * @throws AddressError
   */
  setRef(address: ObjectAddress, slot: number, word: Word, what: string): void {
    const { engine } = this;
    if (engine.down !== null) throw engine.refusal();
    let status: number;
    try {
      status = this.core.setRef(address, slot, word);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (status === OK) return;
    const at = engine.run((core) => core.faultAddress()) >>> 0;
    throw objectFailure(engine, what, at, status, at === word ? `${what} = ${hex(word)}` : undefined);
  }

  // ── before and after something is made ────────────────────────────────────────────────────────────

  /** A safe point: call it before objects are made, while nothing is half done. */
  collectIfDue(): void {
    const { words } = this.engine.memory;
    if ((words[COUNT_INDEX] as number) > (words[LIMIT_INDEX] as number)) this.safePoint();
  }

  /** To be called in long loops, where nothing is half done: a heap that threads share lets others of them in. */
  letOthersIn(): void {}

  /** After an allocation has failed: true if memory was short and everything was collected, so that it may be tried again. */
  collectedForMemory(): boolean {
    const { engine } = this;
    if (engine.run((core) => core.lastStatus()) !== NO_MEMORY || engine.memory.word(GC + G_ENABLED) === 0) return false;
    this.fullCollection();
    return true;
  }

  /**
   * What `make` returns: an address, or a word that is not 0. `what` begins the message of the error for `bytes` that are not there.
   *
   * @throws MemoryError
   */
  made(what: string, bytes: number, make: (core: Core) => number): number {
    const word = this.engine.run(make) >>> 0;
    return word !== 0 ? word : this.madeAgain(what, bytes, make);
  }

  /** The same after `make` has failed once: collects everything, and tries it again. */
  madeAgain(what: string, bytes: number, make: (core: Core) => number): number {
    const { engine } = this;
    const word = this.collectedForMemory() ? engine.run(make) >>> 0 : 0;
    if (word !== 0) return word;
    throw allocationFailure(engine, what, bytes);
  }
}
