import { wasmModule } from "../paths.js";
import { instantiateLoop } from "../replay/loops.js";
import type { Allocator, AllocatorFunctions } from "./allocator.js";

const PAGE_BYTES = 65536;
const MAXIMUM_PAGES = 65536;
/** The secret of heaps that have one; a fixed one makes runs repeatable. */
const KEY = 0x9e3779b9;

/** A module of somebody's allocator, instantiated without the runtime it was made for. */
export interface ForeignInstance {
  readonly memory: WebAssembly.Memory;
  readonly exports: Readonly<Record<string, WebAssembly.ExportValue>>;
}

/**
 * Instantiates a wasm module that needs nothing but memory from its host. An imported memory is made, as small as the
 * module takes it; `emscripten_resize_heap` grows the memory; every other function it imports is answered with 0.
 */
export function instantiateForeign(path: string): ForeignInstance {
  const module = wasmModule(path);
  for (let pages = 1; ; pages++) {
    const imported = new WebAssembly.Memory({ initial: pages, maximum: MAXIMUM_PAGES });
    let memory = imported;
    const imports = answers(module, imported, (bytes) => growTo(memory, bytes));
    try {
      const { exports } = new WebAssembly.Instance(module, imports);
      if (exports.memory instanceof WebAssembly.Memory) memory = exports.memory;
      return { memory, exports: exports as ForeignInstance["exports"] };
    } catch (error) {
      // Too small a memory is a LinkError, and so is anything else that does not fit.
      if (!(error instanceof WebAssembly.LinkError) || pages === 1024) throw error;
    }
  }
}

function answers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  resize: (bytes: number) => number,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    let fields = imports[from];
    if (fields === undefined) {
      fields = {};
      imports[from] = fields;
    }
    if (kind === "memory") fields[name] = memory;
    // Emscripten's global offset table; filled in by its dynamic linker, which is not here.
    else if (kind === "global") fields[name] = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
    else if (kind === "function") fields[name] = name === "emscripten_resize_heap" ? resize : () => 0;
  }
  return imports;
}

function growTo(memory: WebAssembly.Memory, bytes: number): number {
  const missing = Math.ceil(((bytes >>> 0) - memory.buffer.byteLength) / PAGE_BYTES);
  try {
    if (missing > 0) memory.grow(missing);
    return 1;
  } catch {
    return 0;
  }
}

/**
 * An allocator out of a wasm file: a build of ours, or another project's for comparison.
 *
 * The module exports `malloc` and `free`; `calloc` and `realloc` are made of those two where they are missing
 * (such a realloc copies as many bytes as are asked for, because it does not know the old size).
 * `init(key, debug)`, `_initialize` or `__wasm_call_ctors` is called once if there is one.
 */
export function fromWasm(name: string, path: string): Allocator {
  const { memory, exports } = instantiateForeign(path);
  const { malloc, free, calloc, realloc } = exports;
  if (typeof malloc !== "function" || typeof free !== "function") throw new Error(`${path} exports no malloc and free`);
  const start = exports._initialize ?? exports.__wasm_call_ctors;
  if (typeof start === "function") start();
  if (typeof exports.init === "function") exports.init(KEY, 0);
  const given = { malloc, free, calloc, realloc } as Partial<AllocatorFunctions>;
  const made =
    calloc === undefined || realloc === undefined
      ? (instantiateLoop("shim", given, memory) as unknown as Partial<AllocatorFunctions>)
      : {};
  const functions = { malloc, free, calloc: calloc ?? made.calloc, realloc: realloc ?? made.realloc };
  return { name, memory, functions: functions as AllocatorFunctions, footprint: () => memory.buffer.byteLength };
}
