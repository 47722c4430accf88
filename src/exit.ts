// What is done before a heap goes: functions that are to be called then, and finalizers of what nobody holds once its names are gone.

import type { Engine } from "./engine.js";
import type { Finalizers } from "./finalize.js";
import type { Frames } from "./frames.js";
import type { GC } from "./gc.js";
import { G_GLOBALS, G_WATCHERS, GC as RECORD } from "./layout.js";

/** What has a say in the end of a heap. */
interface Parts {
  readonly engine: Engine;
  readonly gc: GC;
  readonly frames: Frames;
  readonly finalizers: Finalizers;
}

/**
 * As CPython does at its end (Python/pylifecycle.c, Py_FinalizeEx): functions of `weakref.finalize` first, then the names of `heap.globals`
 * are dropped, and everything is collected that nobody holds any more. There is no automatic collection meanwhile, and `gc.callbacks`
 * are not called. Heaps in which nobody can see that have nothing of it to do.
 *
 * @throws HeapError `HEAP_UNUSABLE` if a call into the core does not come to its end
 */
export function beforeExit({ engine, gc, frames, finalizers }: Parts): void {
  const { memory } = engine;
  if (memory.word(RECORD + G_WATCHERS) === 0) return;
  gc.disable();
  finalizers.runAtExit();
  // What it has called may have thrown the heap away for good.
  if (engine.down !== null) return;
  if (memory.word(RECORD + G_GLOBALS) !== 0) frames.globals.clear();
  if (engine.down === null) engine.run((core) => core.collect(2));
}
