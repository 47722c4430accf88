// The end of a heap: what is called before it goes, and finalizers of what nobody holds once its names are gone.

import type { Engine } from "./engine.js";
import type { EventHub } from "./events/heapevents.js";
import type { Finalizers } from "./finalize.js";
import type { Frames } from "./frames.js";
import type { GC } from "./gc.js";
import { G_GLOBALS, G_WATCHERS, GC as RECORD } from "./layout.js";

export class Exit {
  /** Called before anything else is done, while the heap can still be used. None of them may throw. */
  readonly whenEnding = new Set<() => void>();
  protected readonly engine: Engine;
  protected readonly finalizers: Finalizers;
  readonly #gc: GC;
  readonly #frames: Frames;
  readonly #events: EventHub;
  /** Told when nothing is left but leaks; null if nobody wants to know. */
  protected readonly tellLeaks: (() => void) | null;
  /** It is under way. */
  protected hasBegun = false;

  constructor(
    engine: Engine,
    gc: GC,
    frames: Frames,
    finalizers: Finalizers,
    events: EventHub,
    tellLeaks: (() => void) | null,
  ) {
    this.engine = engine;
    this.finalizers = finalizers;
    this.tellLeaks = tellLeaks;
    this.#gc = gc;
    this.#frames = frames;
    this.#events = events;
  }

  /**
   * Ends the heap. False if that is under way: what is called before it goes asks for it.
   *
   * @throws HeapError `HEAP_UNUSABLE` if a call into the core did not come to its end meanwhile; the heap is gone nevertheless
   */
  run(): boolean {
    if (this.hasBegun) return false;
    this.hasBegun = true;
    try {
      if (this.engine.down === null) {
        for (const look of this.whenEnding) look();
        this.before();
      }
    } finally {
      this.hasBegun = false;
      this.engine.dispose();
      this.#events.close();
    }
    return true;
  }

  /**
   * As CPython at its end (Python/pylifecycle.c, Py_FinalizeEx): functions of `weakref.finalize` first, then the names of `heap.globals` are
   * dropped, and what nobody holds any more is collected, without `gc.callbacks`. Nothing is collected by itself meanwhile. A heap
   * without finalizers and weak references has nothing of it to do, unless somebody wants to know what is left then.
   */
  protected before(): void {
    const { engine } = this;
    if (engine.memory.word(RECORD + G_WATCHERS) === 0 && this.tellLeaks === null) return;
    this.#gc.disable();
    this.finalizers.runAtExit();
    if (engine.memory.word(RECORD + G_GLOBALS) !== 0) this.#frames.globals.clear();
    engine.run((core) => core.collect(2));
    this.tellLeaks?.();
  }
}
