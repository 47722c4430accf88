// What the library throws besides TypeError and RangeError for arguments of the wrong kind: one base class, and a `code`
// that stays the same when the words of a message change.

import type { BlockAddress } from "./address.js";

/**
 * | code                | class           | what happened                                                                 |
 * |---------------------|-----------------|-------------------------------------------------------------------------------|
 * | `NO_MEMORY`         | MemoryError     | linear memory cannot grow far enough                                          |
 * | `REQUEST_TOO_LARGE` | MemoryError     | more bytes than one block can have, or a product that overflows               |
 * | `BAD_ADDRESS`       | AddressError    | no block starts at this address                                               |
 * | `ALREADY_FREE`      | AddressError, CorruptionError (debug) | the block was freed before                              |
 * | `BAD_DOMAIN`        | AddressError, CorruptionError (debug) | the block belongs to another domain                     |
 * | `IS_OBJECT`         | AddressError    | an object lives at this address: release its handles, do not free it          |
 * | `UNDERRUN`          | CorruptionError | debug: bytes before a block were overwritten                                  |
 * | `OVERRUN`           | CorruptionError | debug: bytes after a block were overwritten                                   |
 * | `USE_AFTER_FREE`    | CorruptionError | a freed block was written to; found for certain in debug mode only            |
 * | `INVARIANT`         | CorruptionError | the heap's own records contradict each other; also after a core.decref too many |
 * | `HANDLE_RELEASED`   | HandleError     | the handle was released, or its scope has ended                               |
 * | `HANDLE_FOREIGN`    | HandleError     | the handle belongs to another heap                                            |
 * | `HEAP_DISPOSED`     | HeapError       | the heap was disposed of                                                      |
 * | `HEAP_UNUSABLE`     | HeapError       | a call into the core did not come to its end; what it left half done is unknown |
 * | `ARENA_FREED`       | HeapError       | the arena was freed                                                           |
 * | `WASM_UNAVAILABLE`  | HeapError       | the core could not be loaded or compiled                                      |
 * | `WASM_FOREIGN`      | HeapError       | the module given is not the core of this library                              |
 * | `BUSY`              | HeapError       | the heap is in the middle of something, such as a finalizer                   |
 * | `NOT_SHARED`        | HeapError       | the heap was not made with `shared: true`, so no other thread can have it      |
 * | `SHARED_UNAVAILABLE` | HeapError      | there is no shared memory here: a page that is not cross-origin isolated       |
 * | `GIL_NOT_HELD`      | HeapError       | this thread does not hold the lock of a heap that threads share               |
 * | `CANNOT_BLOCK`      | HeapError       | another thread holds the lock, and this one may not wait: a browser's main thread |
 * | `NOT_TRACING`       | HeapError       | heap.tracemalloc was not started                                              |
 * | `TRACING_SHARED`    | HeapError       | heap.tracemalloc cannot trace a heap that threads share                       |
 * | `THREAD_ENDED`      | HeapError       | a thread ended while it held the lock; reported to `onUnraisable`, not thrown  |
 * | `IMAGE_FOREIGN`     | ImageError      | no image of a heap                                                            |
 * | `IMAGE_VERSION`     | ImageError      | an image of another version of this library, whose heaps are laid out otherwise |
 * | `IMAGE_DAMAGED`     | ImageError      | an image that was cut off or changed                                          |
 * | `IMAGE_MISMATCH`    | ImageError      | the image is of a heap that differs from what the options say: debug mode, struct types |
 */
export type ErrorCode =
  | "NO_MEMORY"
  | "REQUEST_TOO_LARGE"
  | "BAD_ADDRESS"
  | "ALREADY_FREE"
  | "BAD_DOMAIN"
  | "IS_OBJECT"
  | "UNDERRUN"
  | "OVERRUN"
  | "USE_AFTER_FREE"
  | "INVARIANT"
  | "HANDLE_RELEASED"
  | "HANDLE_FOREIGN"
  | "HEAP_DISPOSED"
  | "HEAP_UNUSABLE"
  | "ARENA_FREED"
  | "WASM_UNAVAILABLE"
  | "WASM_FOREIGN"
  | "BUSY"
  | "NOT_SHARED"
  | "SHARED_UNAVAILABLE"
  | "GIL_NOT_HELD"
  | "CANNOT_BLOCK"
  | "NOT_TRACING"
  | "TRACING_SHARED"
  | "THREAD_ENDED"
  | "IMAGE_FOREIGN"
  | "IMAGE_VERSION"
  | "IMAGE_DAMAGED"
  | "IMAGE_MISMATCH";

/** Base of all errors of this library. */
export class HeapError extends Error {
  /** Stable across versions; see {@link ErrorCode}. */
  readonly code: ErrorCode;

  static {
    HeapError.prototype.name = "HeapError";
  }

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The request cannot be met within `maximumMemory`. The heap is unchanged and stays usable. */
export class MemoryError extends HeapError {
  /** Bytes that were asked for. */
  readonly requested: number;

  static {
    MemoryError.prototype.name = "MemoryError";
  }

  constructor(code: "NO_MEMORY" | "REQUEST_TOO_LARGE", requested: number, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.requested = requested;
  }
}

/** A pointer that the allocator did not hand out, or handed out and took back; the heap is unchanged. */
export class AddressError extends HeapError {
  /** As it was given: also what is no address at all, such as -1. */
  readonly address: BlockAddress;

  static {
    AddressError.prototype.name = "AddressError";
  }

  constructor(
    code: "BAD_ADDRESS" | "ALREADY_FREE" | "BAD_DOMAIN" | "IS_OBJECT",
    address: BlockAddress,
    message: string,
  ) {
    super(code, message);
    this.address = address;
  }
}

/** A handle was used after `release()` or the end of its scope, or belongs to another heap; nothing has changed. */
export class HandleError extends HeapError {
  static {
    HandleError.prototype.name = "HandleError";
  }

  constructor(code: "HANDLE_RELEASED" | "HANDLE_FOREIGN", message: string) {
    super(code, message);
  }
}

/** What `Heap.restore` was given is no image of this version, was damaged, or does not fit the options. No heap was made. */
export class ImageError extends HeapError {
  static {
    ImageError.prototype.name = "ImageError";
  }

  constructor(
    code: "IMAGE_FOREIGN" | "IMAGE_VERSION" | "IMAGE_DAMAGED" | "IMAGE_MISMATCH",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The rules of {@link CorruptionError}. */
export type CorruptionRule = "bad-domain" | "underrun" | "overrun" | "double-free" | "use-after-free" | "invariant";

const CODES: { readonly [R in CorruptionRule]: ErrorCode } = {
  "bad-domain": "BAD_DOMAIN",
  underrun: "UNDERRUN",
  overrun: "OVERRUN",
  "double-free": "ALREADY_FREE",
  "use-after-free": "USE_AFTER_FREE",
  invariant: "INVARIANT",
};

/**
 * Found by the debug hooks, by `verify()` or by `inspect()`: which rule broke, and where. The block it is about stays as it is;
 * `free` with "use-after-free" speaks of a block freed earlier, and has freed its own.
 */
export class CorruptionError extends HeapError {
  readonly rule: CorruptionRule;
  /** The block the rule is about; for `invariant`, the pool, arena, chunk, object or record. */
  readonly address: BlockAddress;
  /** What the bytes of the block say: size, domain, pad bytes one by one, data. Lines of text; empty for `invariant`. */
  readonly report: string;
  /** The name of the invariant that does not hold, such as "pool-count"; null for the other rules. */
  readonly invariant: string | null;

  static {
    CorruptionError.prototype.name = "CorruptionError";
  }

  constructor(
    rule: CorruptionRule,
    address: BlockAddress,
    message: string,
    { report = "", invariant = null }: { report?: string; invariant?: string | null },
  ) {
    super(CODES[rule], report === "" ? message : `${message}\n${report}`);
    this.rule = rule;
    this.address = address;
    this.report = report;
    this.invariant = invariant;
  }
}
