// The core without its host: numbers in, numbers out, and every byte of its memory to look at and to change.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Core } from "../../src/core.js";
import { Engine } from "../../src/engine.js";
import { HostCalls } from "../../src/hostcalls.js";
import { invariantOf } from "../../src/invariants.js";
import {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  FRAME_HEAD_BYTES,
  R_FAULT_ADDRESS,
  R_FAULT_RULE,
  R_STATUS,
  RUNTIME,
  SCRATCH,
} from "../../src/layout.js";
import { HeapMemory } from "../../src/memory.js";
import { type MallocStats, mallocStats } from "../../src/stats.js";
import { OK } from "../../src/status.js";

export type DomainName = "raw" | "mem" | "obj";
export const DOMAINS: readonly DomainName[] = ["raw", "mem", "obj"];
const LETTERS = { raw: DOMAIN_RAW, mem: DOMAIN_MEM, obj: DOMAIN_OBJ };

/** The calls of one domain. Addresses and sizes come out unsigned. */
export interface Calls {
  malloc(size: number): number;
  calloc(count: number, size: number): number;
  realloc(address: number, size: number): number;
  /** Returns a status. */
  free(address: number): number;
  usableSize(address: number): number;
}

export interface CoreOptions {
  /** Pages of 64 KiB to begin with; 2 if not given. */
  pages?: number;
  /** Memory grows no further than this many pages; 65,532 if not given. */
  maximumPages?: number;
  /** The heap's secret. */
  key?: number;
}

/** A build of the core, with debug hooks or without. */
export interface Variant {
  readonly name: string;
  /** "release", "debug", or the name of the file that ARENARIA_WASM names. */
  readonly build: string;
  readonly debug: boolean;
  open(options?: CoreOptions): CoreHeap;
}

/** A call of the host by the core, and its argument. */
export type HostCall = readonly [name: "finalize" | "callBack" | "forget", object: number];

/** Functions for a core that do nothing but note their calls. */
function recording(called: HostCall[]): HostCalls {
  const host = new HostCalls();
  host.finalize = (object) => called.push(["finalize", object]);
  host.callBack = (ref) => called.push(["callBack", ref]);
  host.forget = (ref) => called.push(["forget", ref]);
  return host;
}

/** Where the core writes although nothing changed: what it remembers of its last failure, and the verifier's notes. */
const NOTES: readonly (readonly [start: number, end: number])[] = [
  [RUNTIME + R_STATUS, RUNTIME + R_STATUS + 4],
  [RUNTIME + R_FAULT_ADDRESS, RUNTIME + R_FAULT_ADDRESS + 4],
  [RUNTIME + R_FAULT_RULE, RUNTIME + R_FAULT_RULE + 4],
  [SCRATCH, SCRATCH + 256],
];

export class CoreHeap {
  readonly core: Core;
  readonly memory: HeapMemory;
  readonly debug: boolean;
  /** What the core has called, first to last. */
  readonly called: HostCall[] = [];
  /** What the core calls: it notes that in `called`, and whoever puts another function in its place does so himself if he wants to. */
  readonly host: HostCalls;
  readonly #engine: Engine;
  readonly #calls: Record<DomainName, Calls>;

  constructor(module: WebAssembly.Module, debug: boolean, options: CoreOptions) {
    const { pages = 2, maximumPages = 65_532, key = 0x1234_5678 } = options;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: maximumPages });
    this.host = recording(this.called);
    this.core = new WebAssembly.Instance(module, this.host.imports(memory)).exports as unknown as Core;
    this.memory = new HeapMemory(memory);
    this.debug = debug;
    this.#engine = new Engine(this.core, this.memory, debug, maximumPages * 65_536);
    this.#calls = { raw: this.#domain("raw"), mem: this.#domain("mem"), obj: this.#domain("obj") };
    if (this.core.init(key, debug ? 1 : 0) !== OK) throw new Error("the core does not start");
  }

  get raw(): Calls {
    return this.#calls.raw;
  }

  get mem(): Calls {
    return this.#calls.mem;
  }

  get obj(): Calls {
    return this.#calls.obj;
  }

  in(domain: DomainName): Calls {
    return this.#calls[domain];
  }

  #domain(name: DomainName): Calls {
    const { core } = this;
    const letter = LETTERS[name];
    if (this.debug) {
      return {
        malloc: (size) => core.debugMalloc(letter, size) >>> 0,
        calloc: (count, size) => core.debugCalloc(letter, count, size) >>> 0,
        realloc: (address, size) => core.debugRealloc(letter, address, size) >>> 0,
        free: (address) => core.debugFree(letter, address),
        usableSize: (address) => core.debugUsableSize(letter, address) >>> 0,
      };
    }
    const raw = name === "raw";
    return {
      malloc: raw ? (size) => core.rawMalloc(size) >>> 0 : (size) => core.malloc(size) >>> 0,
      calloc: raw
        ? (count, size) => core.rawCalloc(count, size) >>> 0
        : (count, size) => core.calloc(count, size) >>> 0,
      realloc: raw
        ? (address, size) => core.rawRealloc(address, size) >>> 0
        : (address, size) => core.realloc(address, size) >>> 0,
      free: raw ? (address) => core.rawFree(address) : (address) => core.free(address),
      usableSize: raw ? (address) => core.rawUsableSize(address) >>> 0 : (address) => core.usableSize(address) >>> 0,
    };
  }

  /** What `size` bytes for a block cost the allocator below the debug hooks: the request it sees. */
  inner(size: number): number {
    return this.debug ? size + 12 : size;
  }

  /** Where the allocator below the debug hooks has the block. */
  block(address: number): number {
    return this.debug ? address - FRAME_HEAD_BYTES : address;
  }

  word(address: number): number {
    return this.memory.word(address);
  }

  poke(address: number, value: number): void {
    this.memory.setWord(address, value);
  }

  /** Everything that waits goes back where it came from: quarantine first, then quick lists. */
  settle(): void {
    if (this.debug) {
      // More than quarantine holds: everything in it has to leave, this block as well.
      const flood = this.mem.malloc(300_000);
      if (flood !== 0) this.mem.free(flood);
    }
    this.core.drain();
  }

  /** As `sys.debugMallocStats()`: drains quick lists. */
  stats(): MallocStats {
    return mallocStats(this.#engine);
  }

  /** Name of an invariant that does not hold and where, "" if all do. */
  broken(): string {
    const rule = this.core.verify();
    if (rule === 0) return "";
    return `${invariantOf(rule).name} (${rule}) at 0x${(this.core.faultAddress() >>> 0).toString(16)}`;
  }

  /** Throws if an invariant does not hold. */
  verify(): void {
    const broken = this.broken();
    if (broken !== "") throw new Error(`verify: ${broken}`);
  }

  /** A copy of memory, to compare with. */
  snapshot(): Uint8Array {
    return this.memory.bytes.slice();
  }

  /** Puts memory back to what it was, which is all there is of a heap, if it has not grown since. */
  restore(before: Uint8Array): void {
    if (this.memory.byteLength !== before.length) throw new Error("memory has grown");
    this.memory.bytes.set(before);
  }

  /** Address of the first byte that is not as it was, −1 if all are; what the core remembers of its last failure aside. */
  firstChange(before: Uint8Array): number {
    const now = this.memory.bytes;
    if (now.length !== before.length) return Math.min(now.length, before.length);
    let from = 0;
    for (const [start, end] of [...NOTES, [now.length, now.length] as const].sort(([a], [b]) => a - b)) {
      if (start > from && Buffer.compare(now.subarray(from, start), before.subarray(from, start)) !== 0) {
        for (let at = from; at < start; at++) if (now[at] !== before[at]) return at;
      }
      from = end;
    }
    return -1;
  }
}

function modules(): [string, WebAssembly.Module][] {
  const files = process.env.ARENARIA_WASM ? [process.env.ARENARIA_WASM] : ["build/release.wasm", "build/debug.wasm"];
  return files.map((file) => [basename(file, ".wasm"), new WebAssembly.Module(readFileSync(file))]);
}

/** Both builds of the core, or the one that ARENARIA_WASM names; each with debug hooks and without. */
export const VARIANTS: readonly Variant[] = modules().flatMap(([build, module]) =>
  [false, true].map((debug) => ({
    build,
    name: `${build} build, ${debug ? "debug" : "plain"} heap`,
    debug,
    open: (options: CoreOptions = {}) => new CoreHeap(module, debug, options),
  })),
);

export const PLAIN: readonly Variant[] = VARIANTS.filter(({ debug }) => !debug);
export const DEBUG: readonly Variant[] = VARIANTS.filter(({ debug }) => debug);
