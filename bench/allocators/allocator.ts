/** A fresh instance of one allocator with a linear memory of its own. */
export interface Allocator {
  readonly name: string;
  readonly memory: WebAssembly.Memory;
  /** What the loops import as `allocator`. Wasm exports where there are any, so that no JavaScript lies between. */
  readonly functions: AllocatorFunctions;
  /**
   * Bytes of linear memory taken so far: the whole memory, or how far the break has moved where other things live in
   * the same memory. Null where there is no such number.
   */
  footprint(): number | null;
  /** Checks the allocator's own records and throws if they do not hold. Absent where the allocator has no such check. */
  verify?(): void;
  /** Arenas it holds now. */
  arenas?(): number;
}

export interface AllocatorFunctions {
  malloc(size: number): number;
  calloc(count: number, size: number): number;
  realloc(address: number, size: number): number;
  /** The result, if any, is dropped. */
  free(address: number): unknown;
}

/** An allocator that takes part, and how to make one. */
export interface Contestant {
  readonly name: string;
  /** One line for the foot of the table. */
  readonly description: string;
  /**
   * Most milliseconds one replay of a trace may take; past that only a part of the trace is replayed and said so.
   * For allocators whose cost grows with the number of live blocks.
   */
  readonly patience?: number;
  /** Most rounds that are counted, for the same reason. */
  readonly rounds?: number;
  /** Its memory is not measured. */
  readonly timedOnly?: boolean;
  create(): Allocator;
  /** As `create`, but smallest in memory and with `verify` and `arenas`, for what is not timed. */
  createChecked?(): Promise<Allocator>;
}
