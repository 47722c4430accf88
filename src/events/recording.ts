// What the functions of this folder that listen to a heap have in common.

import { dispose } from "../dispose.js";
import type { HeapEvents, HeapListener } from "./heapevents.js";

/** A heap, or whatever has its events. */
export interface EventSource {
  readonly events: HeapEvents;
}

/** Something that listens to a heap until it is stopped. */
export interface Listening extends Disposable {
  /** Again, it does nothing. */
  stop(): void;
}

/** Listens from now on. */
export function listenTo(heap: EventSource, listener: HeapListener): Listening {
  const stop = heap.events.subscribe(listener);
  return { stop, [dispose]: stop };
}
