// What the functions of this folder that listen to a heap have in common.

import { show } from "../arguments.js";
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

/**
 * Listens from now on. `call` begins the message.
 *
 * @throws TypeError not a heap
 */
export function listenTo(call: string, heap: EventSource, listener: HeapListener): Listening {
  if (typeof heap?.events?.subscribe !== "function") throw new TypeError(`${call}: wants a heap, not ${show(heap)}`);
  const stop = heap.events.subscribe(listener);
  return { stop, [dispose]: stop };
}
