// The end of one of the heaps that threads have at a memory: it lets go of what is its own, and the last does what the end of a heap does.

import { HeapError } from "../errors.js";
import type { EventHub } from "../events/heapevents.js";
import { Exit } from "../exit.js";
import type { Finalizers } from "../finalize.js";
import type { Frames } from "../frames.js";
import type { GC } from "../gc.js";
import { GIL, L_HEAPS } from "../layout.js";
import type { SharedEngine } from "./sharedengine.js";
import type { SharedGil } from "./sharedgil.js";
import type { SharedObjects } from "./sharedobjects.js";

const HEAPS_INDEX = (GIL + L_HEAPS) >>> 2;
/** What is there instead of a number once the last was disposed of. */
const ENDED = -1;

export class SharedExit extends Exit {
  declare protected readonly engine: SharedEngine;
  readonly #objects: SharedObjects;
  readonly #frames: Frames;
  readonly #gil: SharedGil;

  /**
   * Counts the heap among those at the memory.
   *
   * @throws HeapError `HEAP_DISPOSED` the last of them was disposed of
   */
  constructor(
    objects: SharedObjects,
    gil: SharedGil,
    gc: GC,
    frames: Frames,
    finalizers: Finalizers,
    events: EventHub,
    tellLeaks: (() => void) | null,
  ) {
    super(objects.engine, gc, frames, finalizers, events, tellLeaks);
    this.#objects = objects;
    this.#frames = frames;
    this.#gil = gil;
    const { firstWords } = objects.engine.memory;
    if (firstWords[HEAPS_INDEX] === ENDED) {
      throw new HeapError(
        "HEAP_DISPOSED",
        "Heap.attach: the last that had the heap has disposed of it; do that when the others have attached",
      );
    }
    Atomics.add(firstWords, HEAPS_INDEX, 1);
  }

  /**
   * Takes the lock for it. Where this thread may not wait for it, that happens when the lock is to be had.
   *
   * @throws HeapError `BUSY` inside a finalizer or a callback that the core has called
   */
  override run(): boolean {
    if (this.hasBegun) return false;
    try {
      this.#gil.acquire();
    } catch (error) {
      if (!(error instanceof HeapError)) throw error;
      if (error.code !== "CANNOT_BLOCK") return this.#withoutLock();
      void this.#gil.runAsync(() => this.#withLock()).catch(() => this.#withoutLock());
      return true;
    }
    if (this.engine.isBusy && !this.engine.isOver) {
      this.#gil.release();
      throw new HeapError(
        "BUSY",
        "heap[Symbol.dispose]: a finalizer or a callback is running; dispose of the heap outside",
      );
    }
    return this.#withLock();
  }

  #withLock(): boolean {
    try {
      return super.run();
    } finally {
      this.#gil.close();
    }
  }

  /** Nobody can have the lock any more. */
  #withoutLock(): boolean {
    this.engine.dispose();
    this.#gil.close();
    return true;
  }

  protected override before(): void {
    const { firstWords } = this.engine.memory;
    // Threads that ended without a word are still counted.
    if (Atomics.sub(firstWords, HEAPS_INDEX, 1) === 1 || !this.#gil.hasOthers) {
      firstWords[HEAPS_INDEX] = ENDED;
      super.before();
      return;
    }
    this.finalizers.runAtExit();
    this.tellLeaks?.();
    for (const names of this.#frames.dicts()) this.#objects.dropWord(names);
    for (const ref of this.finalizers.refs()) this.#objects.dropWord(ref);
    for (const hold of this.#objects.holds()) this.#objects.release(hold);
  }
}
