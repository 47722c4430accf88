// From options to a running core: fetch, compile, check, link, initialise.

import { instantiate } from "@assemblyscript/loader";
import { show } from "./arguments.js";
import { type Core, differenceFromCore } from "./core.js";
import { HeapError, MemoryError } from "./errors.js";
import { RELEASE } from "./generated/wasm.js";
import { HostCalls } from "./hostcalls.js";
import { HASH_KEY, R_MAGIC, RUNTIME, RUNTIME_MAGIC_VALUE, WASM_PAGE_BYTES } from "./layout.js";
import { HeapMemory } from "./memory.js";
import { isBufferSource, isModule, isResponse, isUrl, type Settings, type WasmSource } from "./options.js";
import { OK } from "./status.js";

/** Bytes of the key of SipHash. */
const HASH_KEY_BYTES = 16;

export interface RunningCore {
  readonly core: Core;
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
  if (core.init(randomKey(), settings.debug ? 1 : 0) !== OK) throw refused(settings, undefined);
  if (memory.word(RUNTIME + R_MAGIC) !== RUNTIME_MAGIC_VALUE) throw foreign("it lays memory out in another way");
  // So that nobody can choose keys that collide.
  memory.bytes.set(randomBytes(HASH_KEY_BYTES), HASH_KEY);
  return running;
}

/**
 * Makes memory and links the core to it, without a heap in it.
 *
 * @throws as startCore
 */
export async function makeCore(settings: Settings): Promise<RunningCore> {
  const module = settings.wasm === undefined ? await embeddedCore() : await load(settings.wasm);
  const difference = differenceFromCore(module);
  if (difference !== null) throw foreign(difference);
  const memory = createMemory(settings);
  const calls = new HostCalls();
  const { instance } = await instantiate(module, calls.imports(memory));
  return { core: instance.exports as unknown as Core, memory: new HeapMemory(memory), calls };
}

function createMemory(settings: Settings): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: settings.initialPages, maximum: settings.maximumPages });
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

function foreign(difference: string): HeapError {
  return new HeapError(
    "WASM_FOREIGN",
    `Heap.create: the module given as wasm is not this version's core: ${difference}; use arenaria/release.wasm`,
  );
}

// ── the module ──────────────────────────────────────────────────────────────────────────────────────

let embedded: Promise<WebAssembly.Module> | undefined;

/** The copy in the package, compiled once for all heaps. */
function embeddedCore(): Promise<WebAssembly.Module> {
  embedded ??= compile(decodeBase64(RELEASE), "the copy inside the package");
  return embedded;
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

/** The heap's secret: addresses and data that an attacker or a bug writes should not pass for the allocator's records. */
function randomKey(): number {
  const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  return typeof crypto === "object" ? crypto.getRandomValues(bytes) : bytes.map(() => Math.random() * 256);
}
