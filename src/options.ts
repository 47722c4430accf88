// Options of Heap.create: defaults, limits, and a sentence for whatever is not within them.

import { show } from "./arguments.js";
import { MEMORY_MAX_BYTES, WASM_PAGE_BYTES } from "./layout.js";

/** Where the core may come from. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response> | URL;

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
  /** The core, for hosts that load it themselves. The copy inside the package if not given. */
  wasm?: WasmSource;
}

/** Options that hold for certain; memory in pages of 64 KiB. */
export interface Settings {
  readonly initialPages: number;
  readonly maximumPages: number;
  readonly debug: boolean;
  readonly wasm: WasmSource | undefined;
}

/** The runtime and the first region share the first page. */
const MEMORY_MIN_BYTES = WASM_PAGE_BYTES;
const INITIAL_BYTES = 2 ** 20;
const NAMES: readonly (keyof HeapOptions)[] = ["debug", "initialMemory", "maximumMemory", "wasm"];

/**
 * Checks options and fills in what is not given; `undefined` counts as not given.
 *
 * @throws TypeError an option of an unknown name or a wrong type; RangeError a size out of bounds
 */
export function settle(options: HeapOptions = {}): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Heap.create: options must be an object, not ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!(NAMES as readonly string[]).includes(name)) {
      throw new TypeError(`Heap.create: there is no option ${show(name)}; there are ${NAMES.join(", ")}`);
    }
  }
  const { initialMemory, maximumMemory = MEMORY_MAX_BYTES, debug = false, wasm } = options;
  if (typeof debug !== "boolean") throw new TypeError(`Heap.create: debug must be true or false, not ${show(debug)}`);
  if (wasm !== undefined) requireSource(wasm);
  requireBytes("maximumMemory", maximumMemory, MEMORY_MAX_BYTES);
  const maximumPages = Math.floor(maximumMemory / WASM_PAGE_BYTES);
  const most = maximumPages * WASM_PAGE_BYTES;
  if (initialMemory !== undefined) requireBytes("initialMemory", initialMemory, most);
  const initial = initialMemory ?? Math.min(INITIAL_BYTES, most);
  return { initialPages: Math.ceil(initial / WASM_PAGE_BYTES), maximumPages, debug, wasm };
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
