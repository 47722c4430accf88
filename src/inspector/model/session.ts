// What the inspector looks at: a heap, by what means it moves on, and what is known of it from moment to moment.

import type { ObjectAddress } from "../../address.js";
import type { ObjectGraph } from "../../graph/objectgraph.js";
import type { Heap } from "../../heap.js";
import type { MallocStats, MemoryUsage } from "../../stats.js";
import type { ObjectBrowser } from "./browser.js";
import type { LargeMap } from "./largemap.js";
import type { PoolMap } from "./poolmap.js";

/** trace: a recorded run of a program's allocator calls. demo: a program of objects. image: bytes of `heap.snapshot()`. heap: one in this page. */
export type SessionKind = "trace" | "demo" | "image" | "heap";

/**
 * ready: it can be read. waiting: other threads have its lock, and what is shown is what was read last. gone: it was disposed of. broken: a
 * call into its core did not come to its end, or what was played cannot go on.
 */
export type SessionState = "ready" | "waiting" | "gone" | "broken";

/**
 * A heap under inspection. Nothing here throws in a frame loop: where the heap cannot be read, `state` says so, and everything stays as it was
 * read last.
 */
export interface Session {
  readonly kind: SessionKind;
  /** For people: a file's name, or what the program called its heap. */
  readonly name: string;
  /**
   * The heap, with nothing freed that waits in quick lists. Of a trace or the demo it is another after a seek, and of a trace a copy as it was
   * at the position when it was asked for; do not keep it.
   *
   * @throws HeapError `HEAP_DISPOSED` once the heap is gone
   */
  readonly heap: Heap;
  readonly state: SessionState;
  /** The state in a sentence; empty while it is "ready". */
  readonly stateText: string;
  /** Null if there is nothing to play: an image, a heap in this page. */
  readonly player: Player | null;
  readonly map: PoolMap;
  readonly large: LargeMap;
  readonly series: Series;
  readonly collections: Collections;
  readonly browser: ObjectBrowser;
  /**
   * To be called once a frame with the milliseconds it may take: plays, reads the map, takes points of the curves, and goes on with what is
   * counted piece by piece. Never throws.
   */
  frame(budgetMs: number): void;
  /** Totals as of the last frame. Cheap enough for every frame, but changes are of interest some four times a second. */
  numbers(): Numbers;
  /**
   * The objects as of now. Take a new one after anything was played; on a heap that threads share only inside {@link look}.
   *
   * @throws HeapError when the heap is gone or the lock is not held
   */
  graph(): ObjectGraph;
  /** What lies at an address, as of now; by the map alone where the heap cannot be read. */
  placeAt(address: number): Place;
  /** Writes a BLOCK_… of pages.ts for each block of a pool, and returns how many there are; 0 if the page is no pool in use, or cannot be read. */
  blocksOf(page: number, into: Uint8Array): number;
  /** Calls `body` when the heap may be read: at once, unless threads share it. Rejects with what `body` throws, or why the heap cannot be read. */
  look<T>(body: () => T): Promise<T>;
  /** Ends the session, and with it a heap that it made. A heap of the program's stays as it is. */
  close(): void;
}

/** Plays what a session is made of on a real heap. The state at a position is always the same, whichever way it was come to. */
export interface Player {
  /** Operations there are. */
  readonly length: number;
  /** Operations done. */
  readonly position: number;
  /** Switched off at the end. */
  playing: boolean;
  /** Operations a second; Infinity: as fast as it goes. */
  speed: number;
  /** A seek is under way: `position` moves towards `target`. */
  readonly seeking: boolean;
  /** Where a seek leads to, else `position`. */
  readonly target: number;
  /** Does the next `n` operations, as far as there are any; 1 if not given. Stops playing. */
  step(n?: number): void;
  /**
   * Goes to a position, forwards by playing, backwards from a checkpoint; in slices, so that the page stays alive. Another seek takes the place
   * of one that is under way, whose promise is fulfilled with it. Stops playing.
   */
  seek(position: number): Promise<void>;
  /** Plays on for so many milliseconds at most, if it is playing, at the speed that was set. The session's `frame` does this. */
  advance(budgetMs: number): void;
  /** The operation that comes next, in words. */
  describe(): string;
}

/** Curves over operations, or over time. Long ones are thinned out: each point then stands for a stretch, of which lowest and highest are kept. */
export interface Series {
  readonly unit: "operations" | "milliseconds";
  /** Grows with every change. */
  readonly version: number;
  /** The columns, as views that are valid until the next change; all of the same length. */
  columns(): SeriesColumns;
}

export interface SeriesColumns {
  /** Operations or milliseconds since the beginning at the end of the stretch. */
  readonly x: Float64Array;
  /** Bytes in live blocks: least and most during the stretch. */
  readonly liveLow: Float64Array;
  readonly liveHigh: Float64Array;
  /** Most bytes in arenas and large blocks until then. */
  readonly peak: Float64Array;
  /** Bytes of linear memory. */
  readonly reserved: Float64Array;
  /** Bytes in arenas. */
  readonly arenas: Float64Array;
}

/** A collection that has run. */
export interface CollectionRecord {
  readonly generation: 0 | 1 | 2;
  /** By itself, not by a call of `gc.collect`. */
  readonly automatic: boolean;
  /** Where it belongs on the curves: operations or milliseconds since the beginning. */
  readonly at: number;
  /** Milliseconds. */
  readonly pause: number;
  /** Objects examined, and those of them that were found unreachable. */
  readonly candidates: number;
  readonly collected: number;
}

export interface Collections {
  /** Oldest first; the newest 10,000 at least. */
  readonly records: readonly CollectionRecord[];
  /** How many there were before the first of them. */
  readonly dropped: number;
  /** Grows with every change. */
  readonly version: number;
}

/** Totals of a heap at one moment. */
export interface Numbers {
  /** As `sys.debugMallocStats()`. */
  readonly malloc: Omit<MallocStats, "toString">;
  /** As `sys.memoryUsage()`. */
  readonly usage: MemoryUsage;
  /** As `sys.getAllocatedBlocks()`: small and large ones, without those that the heap keeps for itself. */
  readonly blocks: number;
  readonly gc: CollectorNumbers;
  /** Live objects by type, those with the most bytes first; as of the last count that came to its end, which `counting` says is not the last state. */
  readonly types: readonly TypeNumbers[];
  readonly counting: boolean;
  /** Handles of the program, or those that there were when the image was made; null of a trace and of the demo. */
  readonly handles: number | null;
}

export interface CollectorNumbers {
  readonly enabled: boolean;
  /** As `gc.getCount()` and `gc.getThreshold()`. */
  readonly count: readonly [number, number, number];
  readonly threshold: readonly [number, number, number];
  /** Tracked objects of each generation, and those that are frozen. */
  readonly objects: readonly [number, number, number];
  readonly frozen: number;
  /** As `gc.getStats()`. */
  readonly stats: readonly [GenerationNumbers, GenerationNumbers, GenerationNumbers];
}

export interface GenerationNumbers {
  readonly collections: number;
  readonly candidates: number;
  readonly collected: number;
  readonly uncollectable: number;
  /** Seconds. */
  readonly duration: number;
}

export interface TypeNumbers {
  readonly id: number;
  readonly name: string;
  readonly objects: number;
  /** As `sys.getSizeOf` has it, summed up. */
  readonly bytes: number;
}

/** What lies at an address. */
export interface Place {
  readonly kind: "runtime" | "head" | "pool" | "block" | "large" | "free" | "outside";
  readonly start: number;
  readonly bytes: number;
  /** In use, where `kind` is block or large. */
  readonly used: boolean;
  /** The object that lives there; 0 if none does. */
  readonly object: ObjectAddress;
  /** One line for people. */
  readonly text: string;
}
