// heap.scope: the handles that were made since a scope was opened, and those of them that outlive it.

import { show } from "./arguments.js";
import { Handle, inside, releasedHandle } from "./handle.js";

export interface Scope {
  /**
   * Hands a handle on: it outlives the scope, and belongs to the one around it, or where there is none to the program. A handle
   * that was made outside the scope stays what it is.
   *
   * @throws TypeError not a handle; HandleError `HANDLE_RELEASED`
   */
  keep<H extends Handle>(handle: H): H;
}

/** Handles that a scope has before it first looks for released ones among them. */
const FEW_HANDLES = 1024;

export class HandleScope implements Scope {
  /** The scope around it. */
  readonly outer: HandleScope | null;
  /** Handles made in the scope. Some may be released. */
  readonly #handles: Handle[] = [];
  #limit = FEW_HANDLES;
  /** Handles that live on. Null as long as there is none. */
  #kept: Set<Handle> | null = null;
  /** The innermost scope now. */
  readonly #innermost: () => HandleScope | null;

  constructor(outer: HandleScope | null, innermost: () => HandleScope | null) {
    this.outer = outer;
    this.#innermost = innermost;
  }

  add(handle: Handle): void {
    if (this.#handles.length >= this.#limit) this.#forgetReleased();
    this.#handles.push(handle);
  }

  keep<H extends Handle>(handle: H): H {
    if (!(handle instanceof Handle)) throw new TypeError(`scope.keep: wants a handle, not ${show(handle)}`);
    if (handle.released) throw releasedHandle(handle, "scope.keep");
    const inner: HandleScope[] = [];
    let scope = this.#innermost();
    for (; scope !== null && scope !== this; scope = scope.outer) inner.push(scope);
    // A scope that has ended is not found, and has nothing that could be kept.
    if (scope === this) for (const each of [...inner, this]) each.#mark(handle);
    return handle;
  }

  /** Releases the handles of the scope, but for `result` and those kept, which `handOn` gets. Returns the first error, if any. */
  end(result: unknown, handOn: (handle: Handle) => void): unknown {
    let failure: unknown = null;
    const kept = this.#kept;
    for (const handle of this.#handles) {
      if (handle === result || kept?.has(handle)) {
        if (!handle.released) handOn(handle);
        continue;
      }
      try {
        handle.release();
      } catch (error) {
        failure ??= error;
      }
    }
    return failure;
  }

  #mark(handle: Handle): void {
    this.#kept ??= new Set();
    this.#kept.add(handle);
  }

  /** A long loop that releases its handles itself should not fill memory with them. */
  #forgetReleased(): void {
    const handles = this.#handles;
    let live = 0;
    for (const handle of handles) {
      if (inside(handle).$at > 0) handles[live++] = handle;
    }
    handles.length = live;
    this.#limit = Math.max(FEW_HANDLES, live * 2);
  }
}
