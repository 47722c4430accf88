// Plays a trace on a heap, call by call.

import type { Core } from "../core.js";
import { OP_BITS, OP_CALLOC, OP_FREE, OP_MASK, OP_REALLOC, type Trace } from "./format.js";

/** The domain mem, by its letter. */
const DOMAIN = 0x6d;

/** The calls of a trace, as level 0 has them. */
type Calls = Pick<Core, "malloc" | "calloc" | "realloc" | "free">;

/** One call of a trace. */
export interface Operation {
  readonly op: number;
  readonly slot: number;
  /** Bytes that are asked for; 0 of a free. */
  readonly size: number;
  /** Block of the slot before the call; 0 is none. */
  readonly address: number;
}

/** Where a player is: all that it has besides the heap and the trace. */
export interface PlayerState {
  /** Operations done. */
  readonly position: number;
  /** Words read. */
  readonly at: number;
  /** Address of the block of each slot; 0 is none. */
  readonly addresses: Uint32Array;
  /** Calls so far that found no memory. */
  readonly failures: number;
}

/** Plays one trace on one heap. What else happens to the heap meanwhile does not matter, as long as the blocks stay. */
export class TracePlayer {
  readonly trace: Trace;
  readonly #calls: Calls;
  readonly #addresses: Uint32Array;
  #position: number;
  #at: number;
  #failures: number;

  /**
   * At the beginning of the trace, or where another player was, of the same trace on a heap with the same contents.
   *
   * @param debug whether the heap's blocks have frames
   */
  constructor(core: Core, debug: boolean, trace: Trace, from?: PlayerState) {
    this.trace = trace;
    this.#calls = debug ? framed(core) : core;
    this.#addresses = from?.addresses.slice() ?? new Uint32Array(trace.slots);
    this.#position = from?.position ?? 0;
    this.#at = from?.at ?? 0;
    this.#failures = from?.failures ?? 0;
  }

  /** Operations done. */
  get position(): number {
    return this.#position;
  }

  /** Calls so far that found no memory. Their slots stay as they were. */
  get failures(): number {
    return this.#failures;
  }

  /** The operation that is next; null at the end. */
  get next(): Operation | null {
    const { words } = this.trace;
    if (this.#at >= words.length) return null;
    const word = words[this.#at] as number;
    const op = word & OP_MASK;
    const slot = word >>> OP_BITS;
    const size = op === OP_FREE ? 0 : (words[this.#at + 1] as number);
    return { op, slot, size, address: this.addressOf(slot) };
  }

  /** Address of the block in a slot; 0 is none. */
  addressOf(slot: number): number {
    return this.#addresses[slot] ?? 0;
  }

  /** Does as many operations, or all that are left; returns how many it did. */
  play(operations: number): number {
    const { words } = this.trace;
    const { malloc, calloc, realloc, free } = this.#calls;
    const addresses = this.#addresses;
    let at = this.#at;
    let done = 0;
    try {
      for (; done < operations && at < words.length; done++) {
        const word = words[at++] as number;
        const slot = word >>> OP_BITS;
        const op = word & OP_MASK;
        const before = addresses[slot] as number;
        if (op === OP_FREE) {
          addresses[slot] = 0;
          free(before);
          continue;
        }
        const size = words[at++] as number;
        const block =
          op === OP_CALLOC ? calloc(1, size) : op === OP_REALLOC && before !== 0 ? realloc(before, size) : malloc(size);
        if (block === 0) this.#failures++;
        else addresses[slot] = block;
      }
    } finally {
      this.#at = at;
      this.#position += done;
    }
    return done;
  }

  /** Frees every block that is left, lowest slot first. */
  freeAll(): void {
    for (const [slot, address] of this.#addresses.entries()) {
      if (address === 0) continue;
      this.#addresses[slot] = 0;
      this.#calls.free(address);
    }
  }

  /** Where this player is, for another one. */
  state(): PlayerState {
    return {
      position: this.#position,
      at: this.#at,
      addresses: this.#addresses.slice(),
      failures: this.#failures,
    };
  }
}

/** The same calls in a heap in debug mode. */
function framed(core: Core): Calls {
  return {
    malloc: (size) => core.debugMalloc(DOMAIN, size),
    calloc: (count, size) => core.debugCalloc(DOMAIN, count, size),
    realloc: (address, size) => core.debugRealloc(DOMAIN, address, size),
    free: (address) => core.debugFree(DOMAIN, address),
  };
}
