// From options to a running core: fetch, compile, check, link, initialise.

import { instantiate } from "@assemblyscript/loader";
import { show } from "./arguments.js";
import { type Core, differenceFromCore } from "./core.js";
import { HeapError, MemoryError } from "./errors.js";
import { RELEASE, THREADS } from "./generated/wasm.js";
import { HostCalls } from "./hostcalls.js";
import { HASH_KEY, R_MAGIC, RUNTIME, RUNTIME_MAGIC_VALUE, WASM_PAGE_BYTES } from "./layout.js";
import { HeapMemory } from "./memory.js";
import { isBufferSource, isModule, isResponse, isUrl, type Settings, type WasmSource } from "./options.js";
import { randomBytes, randomWord } from "./random.js";
import { OK } from "./status.js";
import { SharedMemory } from "./threads/sharedmemory.js";

/** Bytes of the key of SipHash. */
const HASH_KEY_BYTES = 16;

export interface RunningCore {
  readonly module: WebAssembly.Module;
  readonly core: Core;
  /** A SharedMemory, open, if threads share it. */
  readonly memory: HeapMemory;
  /** What the core calls. */
  readonly calls: HostCalls;
}

/**
 * Makes memory, links the core to it and sets up an empty heap in it.
 *
 * @throws HeapError `WASM_UNAVAILABLE`, `WASM_FOREIGN`; MemoryError if the engine refuses memory of this size
 */
export async function startCore(settings: Settings): Promise<RunningCore> {
  const running = await makeCore(settings);
  const { core, memory } = running;
  // The heap's secret: addresses and data that an attacker or a bug writes should not pass for the allocator's records.
  if (core.init(randomWord(), settings.debug ? 1 : 0) !== OK) throw refused(settings, undefined);
  if (memory.word(RUNTIME + R_MAGIC) !== RUNTIME_MAGIC_VALUE) throw foreign("it lays memory out in another way");
  // So that nobody can choose keys that collide.
  memory.bytes.set(randomBytes(HASH_KEY_BYTES), HASH_KEY);
  return running;
}

/**
 * Makes memory and links the core to it, without a heap in it.
 *
 * @throws as startCore; HeapError `SHARED_UNAVAILABLE`
 */
export async function makeCore(settings: Settings): Promise<RunningCore> {
  const { shared, wasm } = settings;
  if (shared) requireSharing();
  const module = wasm === undefined ? await embeddedCore(shared) : await load(wasm);
  const difference = differenceFromCore(module);
  if (difference !== null) throw foreign(difference);
  try {
    return await linkCore(module, createMemory(settings), shared);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    throw shared
      ? foreign(`it takes no memory that threads share (${error.message})`, "threads")
      : foreign(error.message);
  }
}

/** Links a core to memory, whatever is in that. */
export async function linkCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  shared: boolean,
): Promise<RunningCore> {
  const calls = new HostCalls();
  const { instance } = await instantiate(module, calls.imports(memory));
  const core = instance.exports as unknown as Core;
  return { module, core, memory: shared ? new SharedMemory(memory) : new HeapMemory(memory), calls };
}

function requireSharing(): void {
  if (typeof SharedArrayBuffer === "function") return;
  throw new HeapError(
    "SHARED_UNAVAILABLE",
    "Heap.create: shared: there is no SharedArrayBuffer here, because the page is not cross-origin isolated; serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  );
}

function createMemory(settings: Settings): WebAssembly.Memory {
  const { initialPages: initial, maximumPages: maximum, shared } = settings;
  try {
    return new WebAssembly.Memory({ initial, maximum, shared });
  } catch (error) {
    throw refused(settings, error);
  }
}

function refused(settings: Settings, cause: unknown): MemoryError {
  const initial = settings.initialPages * WASM_PAGE_BYTES;
  const maximum = settings.maximumPages * WASM_PAGE_BYTES;
  return new MemoryError(
    "NO_MEMORY",
    initial,
    `Heap.create: the engine refuses a memory of ${initial} bytes that may grow to ${maximum}; ` +
      "lower initialMemory, or maximumMemory, for which some engines reserve addresses at once",
    { cause },
  );
}

function foreign(difference: string, core: "release" | "threads" = "release"): HeapError {
  return new HeapError(
    "WASM_FOREIGN",
    `Heap.create: the module given as wasm is not this version's core: ${difference}; use arenaria/${core}.wasm`,
  );
}

// ── the module ──────────────────────────────────────────────────────────────────────────────────────

let embedded: Promise<WebAssembly.Module> | undefined;
let embeddedShared: Promise<WebAssembly.Module> | undefined;

/** The copy in the package, compiled once for all heaps. */
function embeddedCore(shared: boolean): Promise<WebAssembly.Module> {
  const what = "the copy inside the package";
  if (!shared) {
    embedded ??= compile(decodeBase64(RELEASE), what);
    return embedded;
  }
  embeddedShared ??= compile(threadsCore(), what);
  return embeddedShared;
}

/** The core for memory that threads share, of which the package has only what it does not have in common with the other. */
function threadsCore(): Uint8Array<ArrayBuffer> {
  const release = decodeBase64(RELEASE);
  const between = decodeBase64(THREADS.between);
  const core = new Uint8Array(THREADS.before + between.length + THREADS.behind);
  core.set(release.subarray(0, THREADS.before));
  core.set(between, THREADS.before);
  core.set(release.subarray(release.length - THREADS.behind), THREADS.before + between.length);
  return core;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function load(wasm: WasmSource): Promise<WebAssembly.Module> {
  const source: unknown = isUrl(wasm) ? await fetchFrom(wasm) : await settled(wasm);
  if (isResponse(source)) return compileResponse(source);
  if (isModule(source)) return source;
  if (isBufferSource(source)) return compile(source, "the bytes given as wasm");
  throw new TypeError(`Heap.create: the promise given as wasm must be of a Response, not of ${show(source)}`);
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  const from = response.url === "" ? "the response given as wasm" : response.url;
  if (!response.ok) throw unavailable(`${from} has status ${response.status}`, undefined);
  // Not streamed: the core is small, and streaming would insist on the MIME type.
  return compile(await response.arrayBuffer().catch(failure(`${from} could not be read`)), from);
}

async function settled(wasm: Exclude<WasmSource, URL>): Promise<unknown> {
  return Promise.resolve<unknown>(wasm).catch(failure("the promise given as wasm was rejected"));
}

function fetchFrom(url: URL): Promise<Response> {
  const hint = url.protocol === "file:" ? "; where fetch takes no file: URL, read the file and give its bytes" : "";
  return fetch(url).catch(failure(`${url.href} could not be fetched${hint}`));
}

function compile(bytes: BufferSource, from: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes).catch(failure(`${from} cannot be compiled as WebAssembly`));
}

/** A rejection handler that says what was being done. */
function failure(what: string): (cause: unknown) => never {
  return (cause) => {
    throw unavailable(`${what} (${cause instanceof Error ? cause.message : show(cause)})`, cause);
  };
}

function unavailable(what: string, cause: unknown): HeapError {
  return new HeapError("WASM_UNAVAILABLE", `Heap.create: ${what}`, cause === undefined ? {} : { cause });
}
