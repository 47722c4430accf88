// A heap of the program that the inspector runs in.

import { type Heap, partsOf } from "../../heap.js";
import { ARENA_BYTES, G_COUNT, GC, R_ARENAS, R_CHUNK_BYTES, R_PEAK_BYTES, R_REFILLS, RUNTIME } from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import { HeapView } from "./heapview.js";
import { liveBytes } from "./numbers.js";
import type { Numbers, SessionState } from "./session.js";

/** Milliseconds between two points of the curves. */
const POINT_MS = 50;
/** Milliseconds between two looks at a heap that threads share: each takes its lock. */
const LOOK_MS = 100;
/** Milliseconds after which who waits for the lock is told so. */
const PATIENCE_MS = 400;
/** Milliseconds after which a heap is read anew though its maps are the same. */
const STALE_MS = 1000;

export class HeapSession extends HeapView {
  readonly heap: Heap;
  readonly #parts: Parts;
  readonly #unsubscribe: () => void;
  readonly #start = performance.now();
  #closed = false;
  #revision = 0;
  /** Frames and looks so far. */
  #frames = 0;
  #fingerprint = "";
  #readAt = 0;
  #pointAt = Number.NEGATIVE_INFINITY;
  /** When a look at a shared heap was asked for, and when the last one ended; 0 if none is under way. */
  #askedAt = 0;
  #lookedAt = 0;

  /** @throws HeapError `HEAP_DISPOSED` */
  constructor(heap: Heap, name: string) {
    super("heap", name);
    this.heap = heap;
    this.#parts = partsOf(heap);
    this.#unsubscribe = heap.events.subscribe((event) => {
      if (event.kind !== "collection") return;
      const { generation, trigger, start, duration, candidates, collected } = event;
      const at = start - this.#start;
      this.collections.add({ generation, automatic: trigger !== "manual", at, pause: duration, candidates, collected });
    });
  }

  get state(): SessionState {
    const { engine } = this.#parts;
    if (this.#closed) return "gone";
    if (engine.isOver) return engine.isBroken ? "broken" : "gone";
    if (this.failure !== null) return "broken";
    return this.#askedAt > 0 && performance.now() - this.#askedAt > PATIENCE_MS ? "waiting" : "ready";
  }

  get stateText(): string {
    if (this.#closed) return "The session was closed.";
    switch (this.state) {
      case "gone":
        return "The heap was disposed of. What you see is how it was last.";
      case "broken":
        if (!this.#parts.engine.isOver) return `The heap cannot be read: ${this.failure}`;
        return "A call into the heap's core did not come to its end. What you see is how it was before.";
      case "waiting":
        return "Other threads have the lock of the heap. What you see is how it was last.";
      default:
        return "";
    }
  }

  override frame(budgetMs: number): void {
    if (this.#closed || this.#parts.engine.isOver) return;
    if (this.canRead) {
      this.#look(budgetMs);
      return;
    }
    const now = performance.now();
    if (this.#askedAt > 0 || now - this.#lookedAt < LOOK_MS) return;
    this.#askedAt = now;
    const look = () => {
      if (!this.#closed) this.#look(budgetMs);
    };
    this.#parts.gil
      .runAsync(look)
      // Gone, or broken: `state` says so.
      .catch(() => {})
      .finally(() => {
        this.#askedAt = 0;
        this.#lookedAt = performance.now();
      });
  }

  async look<T>(body: () => T): Promise<T> {
    const now = () => {
      // The program may have run since the last frame.
      this.#frames++;
      return body();
    };
    return this.canRead ? now() : this.#parts.gil.runAsync(now);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
  }

  protected override get canRead(): boolean {
    return !this.#closed && this.#parts.engine.down === null;
  }

  protected get revision(): number {
    return this.#revision;
  }

  /** Between two frames the maps may be behind. */
  protected override get mapRevision(): number {
    return this.#frames;
  }

  /** Fields change without a trace in the maps: so objects are another matter with every frame. */
  protected override get browsedRevision(): number {
    return this.#frames;
  }

  protected get shown(): HeapMemory {
    return this.#parts.engine.memory;
  }

  protected settled(): Parts {
    const parts = partsOf(this.heap);
    parts.engine.run((core) => core.drain());
    return parts;
  }

  protected override handlesOf({ objects }: Parts): number {
    return objects.handleCount;
  }

  #look(budgetMs: number): void {
    this.trying(() => this.#lookNow(budgetMs));
  }

  #lookNow(budgetMs: number): void {
    const deadline = performance.now() + budgetMs;
    this.#frames++;
    this.skimMaps();
    // Quick lists that are so long would take too much time in each frame.
    if (!this.map.settled) this.settled();
    this.#noteChanges();
    this.countTypes(deadline);
    this.#addPoint();
    if (this.#parts.sharing !== null) this.#keepNumbers();
  }

  /** Numbers are asked for without the lock. */
  #keepNumbers(): Numbers {
    return super.numbers();
  }

  #noteChanges(): void {
    const memory = this.shown;
    const now = performance.now();
    const words = [RUNTIME + R_REFILLS, RUNTIME + R_CHUNK_BYTES, GC + G_COUNT, GC + G_COUNT + 4, GC + G_COUNT + 8].map(
      (at) => memory.word(at),
    );
    const fingerprint = [this.map.version, this.large.version, this.#parts.objects.handleCount, ...words].join();
    if (fingerprint === this.#fingerprint && now - this.#readAt < STALE_MS) return;
    this.#fingerprint = fingerprint;
    this.#readAt = now;
    this.#revision++;
  }

  #addPoint(): void {
    const x = performance.now() - this.#start;
    if (x - this.#pointAt < POINT_MS) return;
    this.#pointAt = x;
    const memory = this.shown;
    const live = liveBytes(memory, this.map);
    this.series.add({
      x,
      liveLow: live,
      liveHigh: live,
      peak: memory.word(RUNTIME + R_PEAK_BYTES),
      reserved: memory.byteLength,
      arenas: memory.word(RUNTIME + R_ARENAS) * ARENA_BYTES,
    });
  }
}
