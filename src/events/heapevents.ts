// heap.events: what happens in a heap, to whoever listens.

import { show } from "../arguments.js";
import type { Engine } from "../engine.js";
import { R_ARENAS, RUNTIME, WASM_PAGE_BYTES } from "../layout.js";
import { defineSummary, summary } from "../summary.js";
import type { ReportUnraisable } from "../unraisable.js";
import { type Channels, channels } from "./channel.js";
import { now } from "./clock.js";
import { type MemoryInUse, memoryInUse } from "./memoryinuse.js";

/** Why a collection began: it was due; `gc.collect` was called; memory was exhausted. */
export type Trigger = "automatic" | "manual" | "memory";

/** A collection that has ended. */
export interface CollectionEvent {
  readonly kind: "collection";
  /** Which heap of this program, from 1 on in the order in which they were made. */
  readonly heap: number;
  readonly generation: 0 | 1 | 2;
  readonly trigger: Trigger;
  /** Milliseconds of `performance.now()` when it began, and how long it took, `gc.callbacks` left out. */
  readonly start: number;
  readonly duration: number;
  /** Objects examined. */
  readonly candidates: number;
  /** Objects found unreachable, and freed or kept in `gc.garbage`. */
  readonly collected: number;
  /** Always 0; see {@link CollectionInfo}. */
  readonly uncollectable: number;
  readonly before: MemoryInUse;
  readonly after: MemoryInUse;
}

/** Linear memory has grown. */
export interface GrowthEvent {
  readonly kind: "growth";
  readonly heap: number;
  /** Milliseconds of `performance.now()` when it grew. */
  readonly start: number;
  /** Bytes of linear memory. */
  readonly before: number;
  readonly after: number;
  /** Arenas of pools then: the one that it may have grown for is not among them. */
  readonly arenas: number;
}

export type HeapEvent = CollectionEvent | GrowthEvent;
export type HeapListener = (event: HeapEvent) => void;

/**
 * Collections and growth of a heap. As long as nobody listens, a collection costs one test more, and growth nothing.
 *
 * In Node, what listeners are told is published as well, on the channels "arenaria:collection" and "arenaria:growth" of
 * node:diagnostics_channel, as long as these have subscribers.
 *
 * Collections that a program starts itself through `heap.core`, the last one before a heap is disposed of, and what other threads do to a
 * heap that is shared are not told.
 */
export interface HeapEvents {
  /**
   * `listener` is called with every event from now on, until the function that is returned is called. What it throws goes to
   * `onUnraisable`.
   *
   * Of a collection it hears when that has ended and `gc.callbacks` were called; it may use the heap, and no other collection begins
   * meanwhile. Memory grows in the middle of something: of that it hears before the next collection is told, or else when the code that runs
   * has returned to the engine's loop. In that case, to use a heap that is shared takes its lock.
   *
   * @throws TypeError not a function
   */
  subscribe(listener: HeapListener): () => void;
}

/** Heaps that were made so far. */
let heaps = 0;

/** The events of one heap. */
export class EventHub implements HeapEvents {
  readonly #engine: Engine;
  readonly #report: ReportUnraisable;
  readonly #channels: Channels | null = channels();
  readonly #heap = ++heaps;
  /** Replaced, not changed: somebody may be going through it. */
  #listeners: readonly HeapListener[] = [];
  /** What listeners have not heard of yet. */
  #growth: GrowthEvent[] = [];

  static {
    defineSummary(EventHub.prototype, (hub) => summary("HeapEvents", { listeners: hub.#listeners.length }));
  }

  constructor(engine: Engine, report: ReportUnraisable) {
    this.#engine = engine;
    this.#report = report;
  }

  subscribe(listener: HeapListener): () => void {
    if (typeof listener !== "function") {
      throw new TypeError(`events.subscribe: the listener must be a function, not ${show(listener)}`);
    }
    // The same function may be given twice.
    const own: HeapListener = (event) => listener(event);
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== own);
    };
  }

  /** Somebody wants to hear of collections. */
  get hearsCollections(): boolean {
    return this.#listeners.length > 0 || this.#channels?.collection.hasSubscribers === true;
  }

  /** What is in use now; null if nobody wants to know. */
  look(): MemoryInUse | null {
    return this.hearsCollections ? memoryInUse(this.#engine) : null;
  }

  /** A collection has ended, and the heap can be used. */
  collected(event: Omit<CollectionEvent, "kind" | "heap">): void {
    this.flush();
    this.#tell({ kind: "collection", heap: this.#heap, ...event });
  }

  /** Memory has grown, and the core is in the middle of a call. Throws nothing. */
  grew(pagesBefore: number): void {
    if (this.#listeners.length === 0 && this.#channels?.growth.hasSubscribers !== true) return;
    try {
      const { memory } = this.#engine;
      if (this.#growth.length === 0) queueMicrotask(() => this.flush());
      this.#growth.push({
        kind: "growth",
        heap: this.#heap,
        start: now(),
        before: pagesBefore * WASM_PAGE_BYTES,
        after: memory.byteLength,
        arenas: memory.word(RUNTIME + R_ARENAS),
      });
    } catch {
      // The engine's stack has ended: nobody hears of it.
    }
  }

  /** Tells what has not been told. To be called where the heap can be used. */
  flush(): void {
    const growth = this.#growth;
    this.#growth = [];
    for (const event of growth) this.#tell(event);
  }

  /** The heap goes: nothing will happen any more. */
  close(): void {
    this.flush();
    this.#listeners = [];
  }

  #tell(event: HeapEvent): void {
    const channel = this.#channels?.[event.kind];
    if (channel?.hasSubscribers) channel.publish(event);
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#report(error, "Exception ignored while telling a listener of heap.events", event.kind);
      }
    }
  }
}
