// What the package exports.

export type { BlockAddress } from "./address.js";
export type { Allocator } from "./allocator.js";
export type { Core } from "./core.js";
export {
  AddressError,
  CorruptionError,
  type CorruptionRule,
  type ErrorCode,
  HeapError,
  MemoryError,
} from "./errors.js";
export { Heap } from "./heap.js";
export type { ArenaMap, HeapMap, LargeMap, PoolMap } from "./inspect.js";
export type { HeapOptions, WasmSource } from "./options.js";
export type { Arena, ArenaStats } from "./pyarena.js";
export type { MallocStats, MemoryUsage } from "./stats.js";
export type { Sys } from "./sys.js";
