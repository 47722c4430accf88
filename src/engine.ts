// A running core with its memory, and whether it may still be called. What every part of one heap shares.

import type { BlockAddress } from "./address.js";
import type { Core } from "./core.js";
import { type ErrorCode, HeapError } from "./errors.js";
import type { HeapMemory } from "./memory.js";

/** Why a core may not be called any more, or for the time being. */
export interface Down {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}

const DISPOSED: Down = {
  code: "HEAP_DISPOSED",
  message: "the heap was disposed of; make another with Heap.create",
};

const UNFINISHED: Down = {
  code: "HEAP_UNUSABLE",
  message:
    "a call into the core did not come to its end, so the heap cannot be used any more; make another with Heap.create",
};

export class Engine {
  readonly core: Core;
  readonly memory: HeapMemory;
  /** Blocks have frames. */
  readonly debug: boolean;
  /** Memory may grow to this many bytes. */
  readonly maximumBytes: number;
  /** Why the core may not be called any more; null as long as it may. Look at it before every call. */
  down: Down | null = null;
  /**
   * What whoever catches an error of a call into the core sets `down` to before anything else, unless it is set: the error may be
   * the end of the engine's stack, where an assignment can still be made and no call, not even that of `trapped`. A field, not an
   * export: what some bundlers make of an import is read by a call.
   */
  readonly unfinished: Down = UNFINISHED;
  /** Lines about who allocated a block, and who freed it; null while allocations are not traced. */
  historyOf: ((block: BlockAddress) => readonly string[]) | null = null;
  /** Memory is closed, as it must be once `down` is set. */
  #closed = false;

  constructor(core: Core, memory: HeapMemory, debug: boolean, maximumBytes: number) {
    this.core = core;
    this.memory = memory;
    this.debug = debug;
    this.maximumBytes = maximumBytes;
  }

  /** The heap is gone for good: it was disposed of, or it is broken. */
  get isOver(): boolean {
    return this.down !== null;
  }

  /** A call into the core did not come to its end. */
  get isBroken(): boolean {
    return this.down !== null && this.down.code === UNFINISHED.code;
  }

  /** Calls into the core through `body`. Calls that must be fast do the same by hand. */
  run<T>(body: (core: Core) => T): T {
    if (this.down !== null) throw this.refusal();
    try {
      return body(this.core);
    } catch (error) {
      this.down ??= this.unfinished;
      throw this.trapped(error);
    }
  }

  /** Runs code of the program that no other thread may change the heap under, though no call into the core is under way. */
  undivided<T>(body: () => T): T {
    return body();
  }

  /** What to throw when `down` is set. */
  refusal(): HeapError {
    // At the end of the stack `trapped` may not have come to it.
    if (this.down !== null && !this.#closed) this.#end(this.down);
    const { code, message, cause } = this.down ?? DISPOSED;
    return new HeapError(code, message, cause === undefined ? {} : { cause });
  }

  dispose(): void {
    this.#end(DISPOSED);
  }

  /**
   * Takes note that a call into the core threw. It never does so on purpose: this is a mistake in the core, records that were
   * overwritten, or the end of the engine's stack, and whatever the call was about is half done. Set `down` to
   * `unfinished` before.
   */
  trapped(cause: unknown): HeapError {
    this.down ??= UNFINISHED;
    if (this.down !== UNFINISHED) return this.refusal();
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    this.#end({
      code: "HEAP_UNUSABLE",
      message:
        `a call into the core did not come to its end (${what}), so the heap cannot be used any more; ` +
        "make another with Heap.create, with debug: true to find out who overwrote what",
      cause,
    });
    return this.refusal();
  }

  /** Closes memory too: fields of objects are read and written without a call into the core. */
  #end(down: Down): void {
    this.down = down;
    this.memory.close(() => this.refusal());
    this.#closed = true;
  }
}

/** The error for the use of a heap that was disposed of. */
export function disposed(): HeapError {
  return new HeapError(DISPOSED.code, DISPOSED.message);
}
