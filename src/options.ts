// Options of Heap.create: defaults, limits, and a sentence for whatever is not within them.

import { show } from "./arguments.js";
import { MEMORY_MAX_BYTES, WASM_PAGE_BYTES } from "./layout.js";
import type { LeakOption } from "./leaks/leakreport.js";
import type { UnraisableEvent } from "./unraisable.js";

/** Where the core may come from. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response> | URL;

/** Three thresholds, one a generation; see {@link GC.setThreshold}. */
export type Thresholds = readonly [number, number, number];

export interface GCOptions {
  /** Whether collections start by themselves. True if not given. */
  enabled?: boolean;
  /** Integers of 0 … 2^31 − 1. [2000, 10, 10] if not given. */
  threshold?: Thresholds;
}

export interface HeapOptions {
  /** Bytes of linear memory to begin with, rounded up to 64 KiB. 64 KiB … `maximumMemory`; 1 MiB if not given. */
  initialMemory?: number;
  /** Linear memory never grows past this many bytes, rounded down to 64 KiB. At most, and if not given: 4 GiB less 256 KiB. */
  maximumMemory?: number;
  /**
   * Debug hooks around every block, as with PYTHONMALLOC=debug: pad bytes, fill patterns, domain letters, and freed blocks
   * kept back for a while. 12 bytes more a block, and slower. False if not given.
   */
  debug?: boolean;
  /**
   * Memory that threads share: `heap.share()` is what other threads attach to, and whoever does anything with the heap, here too, must hold
   * its lock, `heap.gil`. False if not given. Pages need to be cross-origin isolated for it.
   */
  shared?: boolean;
  /** How the cycle collector starts out; `heap.gc` changes it later. */
  gc?: GCOptions;
  /**
   * Where errors thrown inside callbacks go. If not given: to the engine's reportError, as the `cause` of an Error that says what
   * threw, or to console.error where there is none.
   */
  onUnraisable?: (event: UnraisableEvent) => void;
  /**
   * Who is told what is left when the heap is disposed of, its `globals` without names and garbage collected: handles that were not
   * released and what they keep alive, references, blocks and arenas. "warn" prints a table with console.warn, a function gets the
   * report; neither if nothing is left. It takes as long as a full collection or two. Nobody if not given.
   */
  leaks?: LeakOption;
  /**
   * The core, for hosts that load it themselves: the file arenaria/release.wasm of the package, or arenaria/threads.wasm for a heap that is
   * `shared`. The copy inside the package if not given.
   */
  wasm?: WasmSource;
}

/** Options that hold for certain; memory in pages of 64 KiB. */
export interface Settings {
  readonly initialPages: number;
  readonly maximumPages: number;
  readonly debug: boolean;
  readonly shared: boolean;
  readonly gc: Required<GCOptions>;
  readonly onUnraisable: ((event: UnraisableEvent) => void) | undefined;
  readonly leaks: LeakOption | undefined;
  readonly wasm: WasmSource | undefined;
}

/** The runtime and the first region share the first page. */
const MEMORY_MIN_BYTES = WASM_PAGE_BYTES;
const INITIAL_BYTES = 2 ** 20;
/** CPython's, from 3.13 on. */
const THRESHOLDS: Thresholds = [2000, 10, 10];
const THRESHOLD_MAX = 2 ** 31 - 1;
export const OPTION_NAMES: readonly (keyof HeapOptions)[] = [
  "debug",
  "gc",
  "initialMemory",
  "leaks",
  "maximumMemory",
  "onUnraisable",
  "shared",
  "wasm",
];
const GC_NAMES: readonly (keyof GCOptions)[] = ["enabled", "threshold"];

/**
 * Checks options and fills in what is not given; `undefined` counts as not given.
 *
 * @throws TypeError an option of an unknown name or a wrong type; RangeError a size out of bounds
 */
export function settle(options: HeapOptions = {}): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Heap.create: options must be an object, not ${show(options)}`);
  }
  requireNames("Heap.create", "option", options, OPTION_NAMES);
  const { initialMemory, maximumMemory = MEMORY_MAX_BYTES, debug = false, shared = false, wasm } = options;
  const { leaks, onUnraisable } = options;
  if (typeof debug !== "boolean") throw new TypeError(`Heap.create: debug must be true or false, not ${show(debug)}`);
  if (typeof shared !== "boolean") {
    throw new TypeError(`Heap.create: shared must be true or false, not ${show(shared)}`);
  }
  requireHandler("Heap.create", onUnraisable);
  if (leaks !== undefined && leaks !== "warn" && typeof leaks !== "function") {
    throw new TypeError(`Heap.create: leaks must be "warn" or a function, not ${show(leaks)}`);
  }
  if (wasm !== undefined) requireSource(wasm);
  requireBytes("maximumMemory", maximumMemory, MEMORY_MAX_BYTES);
  const maximumPages = Math.floor(maximumMemory / WASM_PAGE_BYTES);
  const most = maximumPages * WASM_PAGE_BYTES;
  if (initialMemory !== undefined) requireBytes("initialMemory", initialMemory, most);
  const initial = initialMemory ?? Math.min(INITIAL_BYTES, most);
  const initialPages = Math.ceil(initial / WASM_PAGE_BYTES);
  return { initialPages, maximumPages, debug, shared, gc: settleGc(options.gc), onUnraisable, leaks, wasm };
}

/** @throws TypeError */
export function requireHandler(call: string, onUnraisable: unknown): void {
  if (onUnraisable === undefined || typeof onUnraisable === "function") return;
  throw new TypeError(`${call}: onUnraisable must be a function, not ${show(onUnraisable)}`);
}

function settleGc(options: GCOptions = {}): Required<GCOptions> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Heap.create: gc must be an object, not ${show(options)}`);
  }
  requireNames("Heap.create", "gc option", options, GC_NAMES);
  const { enabled = true, threshold = THRESHOLDS } = options;
  if (typeof enabled !== "boolean") {
    throw new TypeError(`Heap.create: gc.enabled must be true or false, not ${show(enabled)}`);
  }
  if (!Array.isArray(threshold) || threshold.length !== 3) {
    throw new TypeError(`Heap.create: gc.threshold must be an array of three numbers, not ${show(threshold)}`);
  }
  const [first, second, third] = threshold as Thresholds;
  requireThreshold("Heap.create: gc.threshold[0]", first);
  requireThreshold("Heap.create: gc.threshold[1]", second);
  requireThreshold("Heap.create: gc.threshold[2]", third);
  return { enabled, threshold: [first, second, third] };
}

/**
 * Refuses what cannot be the threshold of a generation; `what` begins the message.
 *
 * @throws TypeError not a number; RangeError no integer of 0 … 2^31 − 1
 */
export function requireThreshold(what: string, value: unknown): void {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < 0 || value > THRESHOLD_MAX) {
    throw new RangeError(`${what} must be an integer of 0 … ${THRESHOLD_MAX}, not ${value}`);
  }
}

/**
 * Refuses an option that is misspelt; `what` is the word for one.
 *
 * @throws TypeError
 */
export function requireNames(call: string, what: string, given: object, names: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new TypeError(`${call}: there is no ${what} ${show(name)}; there are ${names.join(", ")}`);
  }
}

function requireBytes(name: string, value: unknown, most: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`Heap.create: ${name} must be a number of bytes, not ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < MEMORY_MIN_BYTES || value > most) {
    const limit = name === "initialMemory" ? `${most} (maximumMemory)` : `${most}`;
    throw new RangeError(
      `Heap.create: ${name} must be an integer of ${MEMORY_MIN_BYTES} … ${limit} bytes, not ${value}`,
    );
  }
}

function requireSource(wasm: unknown): void {
  if (isModule(wasm) || isBufferSource(wasm) || isResponse(wasm) || isUrl(wasm) || isPromise(wasm)) return;
  throw new TypeError(
    `Heap.create: wasm must be a WebAssembly.Module, its bytes, a Response or a promise of one, or a URL, not ${show(wasm)}`,
  );
}

// By tag, not by instanceof: they may come from another realm (an iframe, a vm context).

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isModule(value: unknown): value is WebAssembly.Module {
  return tagOf(value) === "WebAssembly.Module";
}

export function isSharedMemory(value: unknown): value is WebAssembly.Memory {
  return tagOf(value) === "WebAssembly.Memory" && tagOf((value as WebAssembly.Memory).buffer) === "SharedArrayBuffer";
}

export function isBufferSource(value: unknown): value is BufferSource {
  return ArrayBuffer.isView(value) || tagOf(value) === "ArrayBuffer";
}

export function isResponse(value: unknown): value is Response {
  return tagOf(value) === "Response";
}

export function isUrl(value: unknown): value is URL {
  return tagOf(value) === "URL";
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}
