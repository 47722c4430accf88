// Cores with two types of records, and the loops of bench/assembly/objects.ts over them.

import { instantiateForeign } from "../allocators/foreign.js";
import { projectPath, wasmModule } from "../paths.js";

/** Exports of the core that are called here. */
interface CoreExports {
  init(key: number, debug: number): number;
  malloc(size: number): number;
  free(address: number): number;
  newObject(type: number): number;
  incref(word: number): number;
  decref(word: number): number;
  setRef(object: number, index: number, word: number): number;
  collect(generation: number): number;
  objects(generation: number, out: number, capacity: number): number;
  verify(): number;
}

/** Exports of the loops. */
interface Loops {
  defineRecord(refs: number, scalars: number): number;
  counts(object: number, count: number): void;
  pairs(type: number, count: number): void;
  fill(type: number, table: number, count: number): void;
  clear(table: number, count: number): void;
  replace(type: number, table: number, live: number, random: number, count: number): number;
  tree(type: number, depth: number): number;
  trees(type: number, depth: number, count: number): void;
  chain(type: number, length: number): number;
}

/** Loops that only the module beside the core has. */
interface GraphLoops extends Loops {
  setAutomatic(on: number): void;
  fillAtOnce(type: number, table: number, count: number): void;
  link(table: number, edges: number, count: number): void;
  dropBetween(table: number, count: number, stride: number): void;
  dropEvery(table: number, count: number, stride: number): void;
}

/** A core with records in it. */
export interface Ground<Of extends Loops = Loops> {
  readonly memory: WebAssembly.Memory;
  readonly core: CoreExports;
  readonly loops: Of;
  /** Ids of the types: two references, and two f64. */
  readonly referring: number;
  readonly numeric: number;
}

/** A fixed secret makes runs repeatable. */
const KEY = 0x9e3779b9;
const REFERENCES = 2;
const SCALAR_BYTES = 16;

/** The release core, with the loops in a module of their own. */
export function linkedGround(): Ground<GraphLoops> {
  const { memory, exports } = instantiateForeign(projectPath("build", "release.wasm"));
  const core = exports as unknown as CoreExports;
  core.init(KEY, 0);
  const imports = { core: exports, env: { memory } } as unknown as WebAssembly.Imports;
  const loops = new WebAssembly.Instance(wasmModule(projectPath("build", "bench", "objects.wasm")), imports).exports;
  return groundOf(memory, core, loops as unknown as GraphLoops);
}

/** Core and loops compiled into one module. */
export function insideGround(): Ground {
  const { memory, exports } = instantiateForeign(projectPath("build", "bench", "inside-objects.wasm"));
  const core = exports as unknown as CoreExports;
  core.init(KEY, 0);
  return groundOf(memory, core, exports as unknown as Loops);
}

function groundOf<Of extends Loops>(memory: WebAssembly.Memory, core: CoreExports, loops: Of): Ground<Of> {
  const referring = loops.defineRecord(REFERENCES, 0);
  const numeric = loops.defineRecord(0, SCALAR_BYTES);
  return { memory, core, loops, referring, numeric };
}

/** A block for `words` 32-bit words, all of them written to. */
export function tableOf({ memory, core }: Ground, words: number): number {
  const table = core.malloc(words * 4) >>> 0;
  if (table === 0) throw new Error(`there is no room for a table of ${words} words`);
  wordsAt(memory, table, words).fill(0);
  return table;
}

/** A view of a table, until memory grows. */
export function wordsAt(memory: WebAssembly.Memory, table: number, words: number): Uint32Array {
  return new Uint32Array(memory.buffer, table, words);
}
