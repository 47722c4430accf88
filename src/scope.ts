// heap.scope: the handles that were made since a scope was opened, and those of them that outlive it.

import { show } from "./arguments.js";
import { Handle, type Hold, inside, releasedHandle } from "./handle.js";

export interface Scope {
  /**
   * Hands a handle on: it outlives the scope, and belongs to the one around it, or where there is none to the program. A handle
   * that was made outside the scope stays what it is.
   *
   * @throws TypeError not a handle; HandleError `HANDLE_RELEASED`
   */
  keep<H extends Handle>(handle: H): H;
}

/** Holds that a stack has before released ones among them are looked for, and those it keeps room for. */
const FEW_HOLDS = 1024;

/** The open scopes of a heap, and the holds of the handles made in them: one stack for all, as scopes end in reverse order. */
export class Scopes {
  innermost: OpenScope | null = null;
  readonly #holds: (Hold | null)[] = [];
  #top = 0;
  #limit = FEW_HOLDS;

  open(): OpenScope {
    this.innermost = new OpenScope(this, this.innermost, this.#top);
    return this.innermost;
  }

  /** Adds the hold of a handle to the innermost scope. */
  add(hold: Hold): void {
    if (this.#top === this.#limit) this.#makeRoom();
    this.#holds[this.#top++] = hold;
  }

  /**
   * Ends the innermost scope: `release` gets all its holds but those of `result` and of handles that were kept. These go to the
   * scope around it, or to `handOn` where there is none.
   */
  close(result: unknown, release: (hold: Hold) => void, handOn: (handle: Handle) => void): void {
    const scope = this.innermost as OpenScope;
    const { base, outer } = scope;
    if (result instanceof Handle && !result.released) scope.keep(result);
    const holds = this.#holds;
    const end = this.#top;
    this.innermost = outer;
    this.#top = base;
    for (let i = base; i < end; i++) {
      const hold = holds[i] as Hold;
      holds[i] = null;
      const kept = scope.kept?.get(hold);
      if (kept === undefined) release(hold);
      else if (outer !== null) holds[this.#top++] = hold;
      else if (hold.index > 0) handOn(kept);
    }
    if (outer === null && holds.length > FEW_HOLDS) {
      holds.length = FEW_HOLDS;
      this.#limit = FEW_HOLDS;
    }
  }

  /** A long loop that releases its handles itself should not fill memory with them. */
  #makeRoom(): void {
    const holds = this.#holds;
    const base = this.innermost?.base ?? 0;
    let live = base;
    for (let i = base; i < this.#top; i++) {
      const hold = holds[i] as Hold;
      holds[i] = null;
      if (hold.index > 0) holds[live++] = hold;
    }
    this.#top = live;
    this.#limit = Math.max(FEW_HOLDS, live * 2);
  }
}

export class OpenScope implements Scope {
  readonly outer: OpenScope | null;
  /** Its holds are those of the stack from here on, up to those of the next. */
  readonly base: number;
  readonly #scopes: Scopes;
  /** Handles that live on, by their holds. Null as long as there is none. */
  kept: Map<Hold, Handle> | null = null;

  constructor(scopes: Scopes, outer: OpenScope | null, base: number) {
    this.#scopes = scopes;
    this.outer = outer;
    this.base = base;
  }

  keep<H extends Handle>(handle: H): H {
    if (!(handle instanceof Handle)) throw new TypeError(`scope.keep: wants a handle, not ${show(handle)}`);
    if (handle.released) throw releasedHandle(handle, "scope.keep");
    if (!this.#isOpen()) return handle;
    // The handle outlives the scopes inside this one too.
    for (let scope = this.#scopes.innermost; scope !== this.outer && scope !== null; scope = scope.outer) {
      scope.kept ??= new Map();
      scope.kept.set(inside(handle).$hold, handle);
    }
    return handle;
  }

  #isOpen(): boolean {
    for (let scope = this.#scopes.innermost; scope !== null; scope = scope.outer) if (scope === this) return true;
    return false;
  }
}

/** Refuses the result of a body that was async: its handles were released before it came to its end. */
export function refusePromise(result: unknown): void {
  if (typeof result !== "object" || result === null || result instanceof Handle) return;
  if (typeof (result as { then?: unknown }).then !== "function") return;
  throw new TypeError(
    "heap.scope: the body returned a promise, and its handles are released already; end the scope before the first await, or " +
      "release handles by hand",
  );
}
