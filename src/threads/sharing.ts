// A heap that threads share: what ties its engine, its objects and its lock together, and what is posted to other threads.

import { show } from "../arguments.js";
import { differenceFromCore } from "../core.js";
import { HeapError } from "../errors.js";
import { LAYOUT_FINGERPRINT } from "../images/format.js";
import { linkCore, type RunningCore } from "../instantiate.js";
import {
  GIL,
  L_ENTRIES,
  L_TAKEN_OVER,
  MEMORY_MAX_BYTES,
  R_DEBUG,
  R_MAGIC,
  RUNTIME,
  RUNTIME_MAGIC_VALUE,
  WASM_PAGE_BYTES,
} from "../layout.js";
import { isModule, isSharedMemory, requireHandler, requireNames } from "../options.js";
import type { ReportUnraisable, UnraisableEvent } from "../unraisable.js";
import { SharedEngine } from "./sharedengine.js";
import { SharedGil } from "./sharedgil.js";
import type { SharedMemory } from "./sharedmemory.js";
import { SharedObjects } from "./sharedobjects.js";

const ENTRIES_INDEX = (GIL + L_ENTRIES) >>> 2;
const TAKEN_OVER_INDEX = (GIL + L_TAKEN_OVER) >>> 2;

/** A heap for other threads: plain data to be posted to them, which give it to {@link Heap.attach}. */
export interface HeapShare {
  readonly memory: WebAssembly.Memory;
  /** The compiled core. */
  readonly module: WebAssembly.Module;
  /** Bytes, as in the options of Heap.create. */
  readonly maximumMemory: number;
  /** How memory is laid out: the same in both threads, or the heap cannot be used. */
  readonly layout: bigint;
}

export interface AttachOptions {
  /** Where errors thrown inside callbacks in this thread go, as in the options of Heap.create. */
  onUnraisable?: (event: UnraisableEvent) => void;
}

/** One of the heaps that are at a memory. It begins without the lock. */
export class Sharing {
  readonly engine: SharedEngine;
  readonly gil: SharedGil;
  readonly objects: SharedObjects;
  /** Calls callbacks of what died in other threads. */
  catchUp: () => void = () => {};
  /** Sets right what a thread may have left as it was for a while only. */
  whenTakenOver: () => void = () => {};
  readonly #share: HeapShare;
  readonly #report: ReportUnraisable;
  /** How often any heap at the memory was entered, when this one was. */
  #entries = 0;
  /** How often the lock was taken from a thread that had ended, at the last look. */
  #takenOver = 0;

  constructor(running: RunningCore, debug: boolean, maximumMemory: number, report: ReportUnraisable) {
    const memory = running.memory as SharedMemory;
    this.#report = report;
    this.#share = { memory: memory.memory, module: running.module, maximumMemory, layout: LAYOUT_FINGERPRINT };
    this.engine = new SharedEngine(running.core, memory, debug, maximumMemory);
    const hooks = { entered: () => this.#entered(), leaving: () => this.engine.leave(), report };
    this.gil = new SharedGil(memory.firstWords, hooks);
    this.engine.whenBroken = () => this.gil.markBroken();
    this.engine.withoutOthers = (body) => this.gil.atomic(body);
    this.objects = new SharedObjects(this.engine, report, this.gil);
  }

  /** See {@link Heap.share}. */
  share(): HeapShare {
    this.gil.watchNew();
    return { ...this.#share };
  }

  #entered(): void {
    this.engine.enter();
    if (this.engine.down !== null) return;
    const { firstWords } = this.engine.memory;
    const entries = firstWords[ENTRIES_INDEX] as number;
    const wasAlone = entries === this.#entries;
    this.#entries = (entries + 1) | 0;
    firstWords[ENTRIES_INDEX] = this.#entries;
    if (wasAlone && !this.objects.hasNoted) return;
    this.engine.undivided(() => {
      if (!wasAlone) this.#catchUpWithOthers();
      // After that: what dies now may have weak references where those were that others let go of.
      this.objects.dropNoted();
    });
  }

  /** What is to be done when another thread, or another heap of this thread, was at the memory. */
  #catchUpWithOthers(): void {
    const takenOver = this.engine.memory.firstWords[TAKEN_OVER_INDEX] as number;
    if (takenOver !== this.#takenOver) this.whenTakenOver();
    this.#takenOver = takenOver;
    try {
      this.catchUp();
    } catch (error) {
      this.#report(error, "Exception ignored while calling weakref callbacks", "objects that died in other threads");
    }
  }
}

/** What {@link Heap.attach} makes a heap of. */
export interface Attached {
  readonly running: RunningCore;
  readonly debug: boolean;
  readonly maximumMemory: number;
}

/**
 * Links a core of this thread to a memory that another has shared.
 *
 * @throws TypeError what is no share, options that are none; HeapError `WASM_FOREIGN` one of another version
 */
export async function attachCore(share: HeapShare, options: AttachOptions): Promise<Attached> {
  const call = "Heap.attach";
  requireShare(call, share);
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${call}: options must be an object, not ${show(options)}`);
  }
  requireNames(call, "option", options, ["onUnraisable"]);
  requireHandler(call, options.onUnraisable);
  const { memory, module, maximumMemory, layout } = share;
  const difference = layout === LAYOUT_FINGERPRINT ? differenceFromCore(module) : "it lays memory out in another way";
  if (difference !== null) throw foreign(call, difference);
  let running: RunningCore;
  try {
    running = await linkCore(module, memory, true);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    throw foreign(call, error.message);
  }
  if (running.memory.word(RUNTIME + R_MAGIC) !== RUNTIME_MAGIC_VALUE) throw foreign(call, "there is no heap in it");
  return { running, debug: running.memory.word(RUNTIME + R_DEBUG) !== 0, maximumMemory };
}

function requireShare(call: string, share: unknown): asserts share is HeapShare {
  const { memory, module, maximumMemory, layout } = (share ?? {}) as Partial<HeapShare>;
  const isSize =
    typeof maximumMemory === "number" && maximumMemory % WASM_PAGE_BYTES === 0 && maximumMemory <= MEMORY_MAX_BYTES;
  if (isSharedMemory(memory) && isModule(module) && isSize && typeof layout === "bigint") return;
  throw new TypeError(`${call}: wants what heap.share() of another thread returned, not ${show(share)}`);
}

function foreign(call: string, difference: string): HeapError {
  return new HeapError(
    "WASM_FOREIGN",
    `${call}: the heap is not one of this version: ${difference}; use the same version of the library in all threads`,
  );
}

/** The error for {@link Heap.share} of a heap that is not shared. */
export function notShared(): HeapError {
  return new HeapError(
    "NOT_SHARED",
    "heap.share: the heap has its memory to itself; make it with Heap.create({ shared: true })",
  );
}
