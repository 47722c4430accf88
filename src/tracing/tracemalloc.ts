// heap.tracemalloc: who allocated what, as Python's module tracemalloc has it.

import type { BlockAddress, ObjectAddress } from "../address.js";
import { show } from "../arguments.js";
import type { Engine } from "../engine.js";
import { HeapError } from "../errors.js";
import type { Handle } from "../handle.js";
import type { HostCalls } from "../hostcalls.js";
import { GC_BYTES, LARGE_OFFSET, O_TYPE, T_TRACKED } from "../layout.js";
import type { Objects } from "../objects.js";
import { defineSummary, summary } from "../summary.js";
import { SharedMemory } from "../threads/sharedmemory.js";
import { byteSize } from "./bytesize.js";
import { Recording } from "./recording.js";
import { FRAMES_MAX, loadedSnapshot } from "./snapshotjson.js";
import type { Traceback } from "./traceback.js";
import { TraceSnapshot } from "./tracesnapshot.js";

/** Bytes of the blocks that are traced. */
export interface TracedMemory {
  /** Of those in use: what was asked for. */
  readonly current: number;
  /** Most at a time since tracing began, or since `resetPeak`. */
  readonly peak: number;
}

/**
 * Blocks of raw, mem and obj and all objects are traced, from `start` on. A traceback is the stack of JavaScript's calls at that moment, without
 * frames of this library, of wasm, and of the engine. Where the engine follows source maps, or the program shows stacks in its own way
 * (`Error.prepareStackTrace`), it has the places that these say. In a bundle without a source map, frames of this library cannot be told from
 * the program's.
 *
 * A program whose stack ends within an allocation that is traced cannot use its heap any more (`HEAP_UNUSABLE`): of all that is called then, what
 * looks at the stack is the deepest.
 *
 * Nothing is paid while it is off. What blocks the library asks for on behalf of a call is traced as that call's.
 */
export interface Tracemalloc {
  /**
   * Begins to trace, and keeps at most `frames` frames of each stack. Does nothing if it traces already.
   *
   * Where `Error` is frozen, as SES and others do, the engine's own limit of frames holds, which is `Error.stackTraceLimit` as it was then (10
   * unless the program raised it before), and frames of this library count: there are fewer frames, and where none of them is the program's a
   * block has `<unknown>:0`.
   *
   * @throws TypeError, RangeError for what is no integer of 1 … 65,535; HeapError `TRACING_SHARED` in a heap that threads share
   */
  start(frames?: number): void;
  /** Ends tracing and forgets all traces. Snapshots stay. */
  stop(): void;
  isTracing(): boolean;
  /** Forgets all traces, and goes on. */
  clearTraces(): void;
  /** Zeros if it does not trace. Blocks that were allocated before `start` are in neither. */
  getTracedMemory(): TracedMemory;
  /** The peak is what there is now. */
  resetPeak(): void;
  /** Bytes that the records take, outside the heap; about, since engines tell of no strings and objects. */
  getTracemallocMemory(): number;
  /** Frames kept of each stack, as the last `start` was told. */
  getTracebackLimit(): number;
  /**
   * A copy of all traces.
   *
   * @throws HeapError `NOT_TRACING`
   */
  takeSnapshot(): TraceSnapshot;
  /**
   * Who allocated the object; the most recent frame comes last. Null if it does not trace, or did not then.
   *
   * @throws HandleError; TypeError for what is no handle
   */
  getObjectTraceback(object: Handle): Traceback | null;
  /**
   * A snapshot of what `toJSON` of another returned, in any heap and any program.
   *
   * @throws TypeError, RangeError for what is none, or was changed: the message says where
   */
  loadSnapshot(json: unknown): TraceSnapshot;
}

/** What the rest of the library gets to see of it. */
export interface TracemallocParts {
  readonly module: Tracemalloc;
  /** Who allocated the block, or resized it last; null if it was not traced. */
  tracebackOf(block: BlockAddress): Traceback | null;
  /** The same of the block of an object. */
  tracebackOfObject(object: ObjectAddress): Traceback | null;
}

export function createTracemalloc(objects: Objects, calls: HostCalls): TracemallocParts {
  const tracing = new Tracing(objects, calls);
  return {
    module: tracing,
    tracebackOf: (block) => tracing.tracebackOf(block),
    tracebackOfObject: (object) => tracing.tracebackOfObject(object),
  };
}

class Tracing implements Tracemalloc {
  readonly #objects: Objects;
  readonly #engine: Engine;
  readonly #calls: HostCalls;
  #recording: Recording | null = null;
  #limit = 1;

  static {
    defineSummary(Tracing.prototype, (tracing) => tracing.#summary());
  }

  constructor(objects: Objects, calls: HostCalls) {
    this.#objects = objects;
    this.#engine = objects.engine;
    this.#calls = calls;
  }

  start(frames = 1): void {
    if (typeof frames !== "number") {
      throw new TypeError(`tracemalloc.start: frames must be a number, not ${show(frames)}`);
    }
    if (!Number.isInteger(frames) || frames < 1 || frames > FRAMES_MAX) {
      throw new RangeError(`tracemalloc.start: frames must be an integer of 1 … ${FRAMES_MAX}, not ${frames}`);
    }
    if (this.#engine.memory instanceof SharedMemory) {
      throw new HeapError(
        "TRACING_SHARED",
        "tracemalloc.start: a heap that threads share cannot be traced, since records belong to one thread; " +
          "trace a heap made without shared: true",
      );
    }
    if (this.#recording !== null) return;
    const recording = new Recording(frames, this.#engine.debug);
    this.#calls.track = recording.track;
    this.#calls.untrack = recording.untrack;
    this.#engine.run((core) => core.traceBegin());
    this.#engine.historyOf = (block) => recording.historyOf(block);
    this.#recording = recording;
    this.#limit = frames;
  }

  stop(): void {
    if (this.#recording === null) return;
    this.#recording = null;
    this.#engine.historyOf = null;
    if (!this.#engine.isOver) this.#engine.run((core) => core.traceEnd());
    this.#calls.track = nothing;
    this.#calls.untrack = nothing;
  }

  isTracing(): boolean {
    return this.#recording !== null;
  }

  clearTraces(): void {
    this.#recording?.clear();
  }

  getTracedMemory(): TracedMemory {
    const recording = this.#settled();
    return { current: recording?.current ?? 0, peak: recording?.peak ?? 0 };
  }

  resetPeak(): void {
    this.#settled()?.resetPeak();
  }

  getTracemallocMemory(): number {
    return this.#recording?.byteLength ?? 0;
  }

  getTracebackLimit(): number {
    return this.#limit;
  }

  takeSnapshot(): TraceSnapshot {
    const recording = this.#settled();
    if (recording === null) {
      throw new HeapError(
        "NOT_TRACING",
        "tracemalloc.takeSnapshot: allocations are not traced; call tracemalloc.start() before what is to be looked at",
      );
    }
    const { columns, tracebacks } = recording.copy();
    return new TraceSnapshot({ ...columns, domains: null }, tracebacks, recording.limit);
  }

  getObjectTraceback(object: Handle): Traceback | null {
    const address = this.#objects.addressOf(object, "tracemalloc.getObjectTraceback: object");
    return this.tracebackOfObject(address);
  }

  loadSnapshot(json: unknown): TraceSnapshot {
    const { columns, tracebacks, tracebackLimit } = loadedSnapshot(json);
    return new TraceSnapshot(columns, tracebacks, tracebackLimit);
  }

  tracebackOf(block: BlockAddress): Traceback | null {
    return this.#settled()?.tracebackOf(block) ?? null;
  }

  tracebackOfObject(object: ObjectAddress): Traceback | null {
    const recording = this.#settled();
    if (recording === null) return null;
    const tracked = (this.#engine.memory.word(object + O_TYPE) & T_TRACKED) !== 0;
    const block = object as number;
    if (!tracked) return recording.tracebackOf(block);
    // No block of an object is so small that another could begin where that of a large one would.
    return recording.tracebackOf(block - GC_BYTES) ?? recording.tracebackOf(block - LARGE_OFFSET);
  }

  /** The recording with all frees in it; null if there is none. */
  #settled(): Recording | null {
    if (this.#recording !== null) this.#engine.run((core) => core.traceSettle());
    return this.#recording;
  }

  #summary(): string {
    const recording = this.#recording;
    if (recording === null) return "Tracemalloc (off)";
    const { limit, current, peak } = recording;
    return summary("Tracemalloc", { frames: limit, current: byteSize(current), peak: byteSize(peak) });
  }
}

function nothing(): void {}
