// What the core calls: in the middle of a death or a collection, of an allocation, of growth.

import type { BlockAddress, ObjectAddress } from "./address.js";

/**
 * The functions that the core imports beside its memory. A core is linked before there is a heap, so they do nothing until somebody
 * puts others in their places. None of them may throw: there is half a death on the stack below.
 */
export class HostCalls {
  /** Runs the finalizer of the object's type. The object is alive, and so is all it refers to. */
  finalize: (object: ObjectAddress) => void = nothing;
  /** Runs the callback of a weak reference whose referent is gone. The reference is alive as long as that runs. */
  callBack: (ref: ObjectAddress) => void = nothing;
  /** A weak reference whose callback will never run dies. */
  forget: (ref: ObjectAddress) => void = nothing;
  /** Memory has grown from so many pages of 64 KiB, in the middle of a call. Must not use the heap. */
  grew: (pagesBefore: number) => void = nothing;
  /** While allocations are traced, of each block, in the middle of a call: it is allocated, or has another size. Must not use the heap. */
  track: (block: BlockAddress, bytes: number) => void = nothing;
  /** The same of each that was freed, whether it was tracked or not. */
  untrack: (block: BlockAddress) => void = nothing;

  /** What a core is linked to. */
  imports(memory: WebAssembly.Memory): { env: WebAssembly.ModuleImports } {
    return {
      env: {
        memory,
        finalize: (object: number) => this.finalize(object >>> 0),
        callBack: (ref: number) => this.callBack(ref >>> 0),
        forget: (ref: number) => this.forget(ref >>> 0),
        grew: (pagesBefore: number) => this.grew(pagesBefore),
        track: (block: number, bytes: number) => this.track(block >>> 0, bytes >>> 0),
        untrack: (block: number) => this.untrack(block >>> 0),
      },
    };
  }
}

function nothing(): void {}
