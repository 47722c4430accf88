// What is recorded while allocations are traced.

import type { BlockAddress } from "../address.js";
import { FreedBlocks } from "./freedblocks.js";
import { Stack } from "./stack.js";
import type { Traceback } from "./traceback.js";
import { Tracebacks, UNKNOWN } from "./tracebacks.js";
import { type TraceColumns, Traces } from "./traces.js";

export class Recording {
  /** Frames kept of each stack. */
  readonly limit: number;
  readonly #traces = new Traces();
  /** Only where freed blocks are kept back. */
  readonly #freed: FreedBlocks | null;
  #tracebacks = new Tracebacks();
  #stack: Stack;
  /** A stack is being read, which may run a function of the program: what that allocates is of unknown origin. */
  #reading = false;

  constructor(limit: number, debug: boolean) {
    this.limit = limit;
    this.#freed = debug ? new FreedBlocks() : null;
    this.#stack = new Stack(this.#tracebacks, limit);
  }

  /** For HostCalls. Where there is no room for a trace, there is none. Throws only where the stack has no room for the call itself. */
  readonly track = (block: BlockAddress, bytes: number): void => {
    try {
      const traceback = this.#caller(this.track);
      this.#freed?.forget(block);
      this.#traces.set(block, bytes, traceback);
    } catch {}
  };

  /** For HostCalls. Throws only as `track`. */
  readonly untrack = (block: BlockAddress): void => {
    try {
      const allocated = this.#traces.delete(block);
      if (this.#freed === null || allocated < 0) return;
      const tracebacks = this.#tracebacks;
      const freed = this.#caller(this.untrack);
      // Numbers from before traces were cleared are those of other tracebacks now.
      if (tracebacks === this.#tracebacks) this.#freed.add(block, { allocated, freed });
    } catch {}
  };

  get current(): number {
    return this.#traces.current;
  }

  get peak(): number {
    return this.#traces.peak;
  }

  resetPeak(): void {
    this.#traces.resetPeak();
  }

  get byteLength(): number {
    return this.#traces.byteLength + this.#tracebacks.byteLength + (this.#freed?.byteLength ?? 0);
  }

  /** Those that were copied before have their tracebacks still. */
  clear(): void {
    this.#traces.clear();
    this.#freed?.clear();
    this.#tracebacks = new Tracebacks();
    this.#stack = new Stack(this.#tracebacks, this.limit);
  }

  /** A copy of all traces, and the tracebacks that their numbers are of. */
  copy(): { columns: TraceColumns; tracebacks: Tracebacks } {
    return { columns: this.#traces.columns(), tracebacks: this.#tracebacks };
  }

  /** Of a block in use; null if it was not traced. */
  tracebackOf(block: BlockAddress): Traceback | null {
    const id = this.#traces.tracebackOf(block);
    return id < 0 ? null : this.#tracebacks.traceback(id);
  }

  /** Lines about who allocated a block, and who freed it if it is free. */
  historyOf(block: BlockAddress): string[] {
    const { allocated, freed } = this.#freed?.get(block) ?? { allocated: this.#traces.tracebackOf(block), freed: -1 };
    return [...this.#lines("allocated", allocated), ...this.#lines("freed", freed)];
  }

  #lines(what: string, id: number): string[] {
    if (id < 0) return [];
    const frames = this.#tracebacks.traceback(id).map((frame) => `    ${frame}`);
    return [`  ${what} at${frames.length > 1 ? ", most recent call first" : ""}:`, ...frames.reverse()];
  }

  /**
   * The number of the traceback of whoever called the core, which called `reader`. A function of the program that shows stacks may clear all
   * traces meanwhile: then it is unknown.
   */
  #caller(reader: (block: BlockAddress, bytes: number) => void): number {
    if (this.#reading) return UNKNOWN;
    this.#reading = true;
    const stack = this.#stack;
    try {
      const traceback = stack.read(reader);
      return stack === this.#stack ? traceback : UNKNOWN;
    } catch {
      // The end of the stack, or a function of the program that shows stacks threw.
      return UNKNOWN;
    } finally {
      this.#reading = false;
    }
  }
}
