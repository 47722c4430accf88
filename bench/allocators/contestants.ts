import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MemPool } from "@thi.ng/malloc";
import { Heap } from "arenaria";
import { projectPath } from "../paths.js";
import type { Allocator, Contestant } from "./allocator.js";
import { fromWasm, instantiateForeign } from "./foreign.js";

/** Bytes of the buffer @thi.ng/malloc works in; it cannot grow. */
const THING_BYTES = 64 * 2 ** 20;

/** Bytes of linear memory a heap begins with when its memory is measured: the least that Heap.create takes. */
export const HEAP_LEAST_BYTES = 2 * 65536;

/** This project's release core. */
export const ours: Contestant = {
  name: "ours",
  description: "arenaria, the release core that ships (misuse checks on)",
  create: () => fromWasm("ours", projectPath("build", "release.wasm")),
  createChecked: async () => {
    const heap = await Heap.create({ initialMemory: HEAP_LEAST_BYTES });
    return {
      name: "ours",
      memory: heap.memory,
      functions: heap.core,
      footprint: () => heap.memory.buffer.byteLength,
      verify: () => heap.verify(),
      arenas: () => heap.sys.debugMallocStats().arenas.current,
    };
  },
};

/** The same core compiled without what it does against misuse. */
export const unchecked: Contestant = {
  name: "unchecked",
  description: "arenaria without its misuse checks; never shipped",
  timedOnly: true,
  create: () => fromWasm("unchecked", projectPath("build", "bench", "unchecked.wasm")),
};

/** AssemblyScript's own allocator. */
export const tlsf: Contestant = {
  name: "tlsf",
  description: "AssemblyScript's TLSF (asc --runtime minimal -O3 --noAssert)",
  create: () => fromWasm("tlsf", projectPath("build", "bench", "tlsf.wasm")),
};

/**
 * dlmalloc as Emscripten builds it, out of Pyodide's module. Python is not started: the module is instantiated without
 * its runtime, so the heap is as empty as everybody else's.
 */
export const dlmalloc: Contestant = {
  name: "dlmalloc",
  description: "Emscripten's dlmalloc inside Pyodide's module (Python not started)",
  create: () => {
    const directory = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
    const { memory, exports } = instantiateForeign(join(directory, "pyodide.asm.wasm"));
    const { malloc, calloc, realloc, free, sbrk } = exports as unknown as Allocator["functions"] & {
      sbrk(bytes: number): number;
    };
    const start = sbrk(0) >>> 0;
    const footprint = () => (sbrk(0) >>> 0) - start;
    return { name: "dlmalloc", memory, functions: { malloc, calloc, realloc, free }, footprint };
  },
};

/** @thi.ng/malloc: JavaScript functions over a buffer, here a wasm memory, so that the same loop can call them. */
export const thing: Contestant = {
  name: "thi.ng",
  description: `@thi.ng/malloc in a fixed buffer of ${THING_BYTES / 2 ** 20} MiB (JavaScript; it cannot grow)`,
  patience: 150,
  rounds: 2,
  timedOnly: true,
  create: () => {
    const memory = new WebAssembly.Memory({ initial: THING_BYTES / 65536, maximum: THING_BYTES / 65536 });
    const pool = new MemPool({ buf: memory.buffer });
    const functions = {
      malloc: (size: number) => pool.malloc(size >>> 0),
      calloc: (count: number, size: number) => pool.calloc((count * size) >>> 0),
      realloc: (address: number, size: number) => pool.realloc(address >>> 0, size >>> 0),
      free: (address: number) => pool.free(address >>> 0),
    };
    return { name: "thi.ng", memory, functions, footprint: () => null };
  },
};

/** Not an allocator: the share of the loop and the calls in everybody's time. Blocks overlap, so it only suits timing. */
export const floor: Contestant = {
  name: "floor",
  description: "no allocator: the loop and the calls alone",
  timedOnly: true,
  create: () => fromWasm("floor", projectPath("build", "bench", "floor.wasm")),
};

/** Everybody, in the order of the table. */
export const CONTESTANTS: readonly Contestant[] = [ours, tlsf, dlmalloc, thing];

/** Those that are not compared but explain a number; taken only when named. */
export const EXTRAS: readonly Contestant[] = [floor, unchecked];
