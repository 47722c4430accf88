// The engine of a heap that threads share: it may be called while this thread holds the lock.

import type { Core } from "../core.js";
import { type Down, Engine } from "../engine.js";
import { HeapError } from "../errors.js";
import { GIL, L_BUSY } from "../layout.js";
import type { SharedMemory } from "./sharedmemory.js";

const NOT_HELD: Down = {
  code: "GIL_NOT_HELD",
  message: "this thread does not hold the lock of the heap; do it inside heap.gil.run(() => …)",
};

const BUSY_INDEX = (GIL + L_BUSY) >>> 2;

export class SharedEngine extends Engine {
  declare readonly memory: SharedMemory;
  readonly #refuse = (): HeapError => this.refusal();
  /** Called when a call into the core did not come to its end: nobody may have the lock any more. */
  whenBroken: () => void = () => {};

  /** Runs `body` while this thread keeps the lock. */
  withoutOthers: <T>(body: () => T) => T = (body) => body();
  /** Callbacks of the program that run outside of calls into the core. */
  #callbacks = 0;

  /** Without the lock, whatever `memory` is. */
  constructor(core: Core, memory: SharedMemory, debug: boolean, maximumBytes: number) {
    const guard = new Guard(memory);
    super(guarded(core, guard), memory, debug, maximumBytes);
    guard.engine = this;
    this.leave();
  }

  /** This thread does not hold the lock, and the heap is not gone. */
  get isAway(): boolean {
    return this.down === NOT_HELD;
  }

  override get isOver(): boolean {
    return this.down !== null && this.down !== NOT_HELD;
  }

  /** The heap is in the middle of something, of this thread if it holds the lock: what asks is a finalizer or a callback. */
  get isBusy(): boolean {
    return this.#callbacks > 0 || this.memory.firstWords[BUSY_INDEX] !== 0;
  }

  override undivided<T>(body: () => T): T {
    return this.withoutOthers(() => {
      this.#callbacks++;
      try {
        return body();
      } finally {
        this.#callbacks--;
      }
    });
  }

  /** All of `body` is one call, so that nobody takes it for whole what a thread leaves behind that ends in the middle. */
  override run<T>(body: (core: Core) => T): T {
    if (this.down !== null) throw this.refusal();
    const { firstWords } = this.memory;
    firstWords[BUSY_INDEX] = (firstWords[BUSY_INDEX] as number) + 1;
    const result = super.run(body);
    firstWords[BUSY_INDEX] = (firstWords[BUSY_INDEX] as number) - 1;
    return result;
  }

  override refusal(): HeapError {
    return this.down === NOT_HELD ? new HeapError(NOT_HELD.code, NOT_HELD.message) : super.refusal();
  }

  override trapped(cause: unknown): HeapError {
    const error = super.trapped(cause);
    if (this.isBroken) this.whenBroken();
    return error;
  }

  /** This thread has got the lock. */
  enter(): void {
    if (this.down !== NOT_HELD) return;
    this.memory.open();
    this.down = null;
  }

  /** This thread lets go of the lock. */
  leave(): void {
    if (this.down === null) {
      this.down = NOT_HELD;
      this.memory.shut(this.#refuse);
    } else if (this.isBroken) {
      // At the end of the stack `trapped` may not have come to it.
      this.whenBroken();
    }
  }
}

/** What is done before and after each call into the core. */
class Guard {
  declare engine: Engine;
  readonly #memory: SharedMemory;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /** @throws HeapError `GIL_NOT_HELD`, `HEAP_DISPOSED`, `HEAP_UNUSABLE` */
  begin(): void {
    if (this.engine.down !== null) throw this.engine.refusal();
    // Only the holder of the lock writes it.
    const { firstWords } = this.#memory;
    firstWords[BUSY_INDEX] = (firstWords[BUSY_INDEX] as number) + 1;
  }

  end(): void {
    const { firstWords } = this.#memory;
    firstWords[BUSY_INDEX] = (firstWords[BUSY_INDEX] as number) - 1;
    this.#memory.catchUp();
  }
}

type Call = (...parameters: number[]) => number;

/**
 * The core with a guard around each of its functions. A call that does not come to its end stays begun, so that others see that it has not,
 * should this thread end.
 */
function guarded(core: Core, guard: Guard): Core {
  const calls = Object.entries(core).map(([name, value]) => {
    const call = typeof value === "function" ? guardedCall(value as Call, guard) : value;
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as unknown as Core;
}

/** By the number of parameters: an array of them would be made for each call. */
function guardedCall(call: Call, guard: Guard): Call {
  const returned = (result: number): number => {
    guard.end();
    return result;
  };
  switch (call.length) {
    case 0:
      return () => {
        guard.begin();
        return returned(call());
      };
    case 1:
      return (a) => {
        guard.begin();
        return returned(call(a as number));
      };
    case 2:
      return (a, b) => {
        guard.begin();
        return returned(call(a as number, b as number));
      };
    case 3:
      return (a, b, c) => {
        guard.begin();
        return returned(call(a as number, b as number, c as number));
      };
    default:
      return (...parameters) => {
        guard.begin();
        return returned(call(...parameters));
      };
  }
}
