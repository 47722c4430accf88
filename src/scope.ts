// heap.scope: the handles that were made since a scope was opened, and those of them that outlive it.

import { show } from "./arguments.js";
import {
  ENDED,
  foreignHandle,
  Handle,
  type HandleOwner,
  type Hold,
  inside,
  refusePosted,
  releasedHandle,
} from "./handle.js";

export interface Scope {
  /**
   * Hands a handle on: it outlives the scope, and belongs to the one around it, or where there is none to the program. A handle
   * that was made outside the scope stays what it is. In a finalizer or a callback, a handle that is kept belongs to the program,
   * whatever scopes are open around what made it run.
   *
   * @throws TypeError not a handle, or the scope has ended; HandleError `HANDLE_RELEASED`, `HANDLE_FOREIGN`
   */
  readonly keep: <H extends Handle>(handle: H) => H;
}

/** Holds that a stack has before released ones among them are looked for, and those it keeps room for. */
const FEW_HOLDS = 1024;

/** The open scopes of a heap, and the holds of the handles made in them: one stack for all, as scopes end in reverse order. */
export class Scopes {
  innermost: OpenScope | null = null;
  readonly owner: HandleOwner;
  readonly #handOn: (handle: Handle) => void;
  /** What was kept of holds that no scope has any more, because the engine's stack ended while the outermost was closed. */
  #left: Map<Hold, Handle> | null = null;
  readonly #holds: (Hold | null)[] = [];
  #top = 0;
  #limit = FEW_HOLDS;

  /** `owner` is what all handles of the heap have; `handOn` gets those that are kept and belong to no scope any more. */
  constructor(owner: HandleOwner, handOn: (handle: Handle) => void) {
    this.owner = owner;
    this.#handOn = handOn;
  }

  /** Runs `body` in a scope of its own; see {@link Heap.scope}. */
  run<T>(body: (scope: Scope) => T): T {
    const scope = this.#open(false);
    try {
      let result: T;
      try {
        result = body(scope);
      } catch (error) {
        this.#close(scope, undefined);
        throw error;
      }
      const failures = this.#close(scope, result);
      const refusal = refusalOf(result);
      if (failures.length > 0) throw failures[0];
      if (refusal !== null) throw refusal;
      return result;
    } finally {
      // Only assignments: at the end of the engine's stack no call can be made, also none that closes a scope.
      this.innermost = scope.outer;
      if (scope.outer === null) this.#left = scope.kept;
    }
  }

  /**
   * Runs a function of the program that the heap calls, in a scope that has nothing to do with those that are open: what is kept of it is
   * the program's. What it throws goes to `report`, and so does that it is not synchronous. Does nothing once the heap is gone.
   *
   * @throws HeapError `HEAP_UNUSABLE` if a call into the core did not come to its end meanwhile: no other must that is under way then
   */
  runApart(body: (scope: Scope) => unknown, report: (error: unknown) => void): void {
    const { engine } = this.owner;
    if (engine.down !== null) return;
    const scope = this.#open(true);
    try {
      try {
        const refusal = refusalOfCallback(body(scope));
        if (refusal !== null) report(refusal);
      } catch (error) {
        report(error);
      } finally {
        for (const failure of this.#close(scope, undefined)) report(failure);
      }
    } catch {
      // The engine's stack has ended: there is no room to tell anybody.
    } finally {
      this.innermost = scope.outer;
      if (scope.outer === null) this.#left = scope.kept;
    }
    if (engine.isBroken) throw engine.refusal();
  }

  /** The holds of all live handles that are in scopes. */
  holds(): Hold[] {
    const all = [...this.#holds.slice(0, this.#top), ...(this.#left?.keys() ?? [])];
    return all.filter((hold): hold is Hold => hold !== null && hold.index > 0);
  }

  #open(isApart: boolean): OpenScope {
    const outer = this.innermost;
    // An outermost scope takes over what was left by one that could not be closed.
    const scope = new OpenScope(this, outer, outer === null ? 0 : this.#top, isApart || outer === null);
    if (outer === null) scope.kept = this.#left;
    this.innermost = scope;
    return scope;
  }

  /** Adds the hold of a handle to the innermost scope. */
  add(hold: Hold): void {
    if (this.#top === this.#limit) this.#makeRoom();
    this.#holds[this.#top++] = hold;
  }

  /**
   * Ends the innermost scope: all its handles are released but `result` and those that were kept. These go to the scope around it, or on if
   * it stands apart. Returns what went wrong; all are released nevertheless. To release a handle may run finalizers, which open scopes and
   * end them.
   *
   * Where the engine's stack ends meanwhile, the holds that are left stay in the stack, and so belong to the scope around it.
   */
  #close(scope: OpenScope, result: unknown): unknown[] {
    const { base, outer, isApart } = scope;
    const failures: unknown[] = [];
    if (result instanceof Handle && !result.released) scope.retain(result);
    const holds = this.#holds;
    const end = this.#top;
    let live = base;
    for (let i = base; i < end; i++) {
      const hold = holds[i] as Hold | null;
      if (hold === null) continue;
      const kept = scope.kept?.get(hold);
      if (kept === undefined) this.#end(hold, failures);
      else if (isApart && hold.index > 0) this.#handOn(kept);
      holds[i] = null;
      if (kept !== undefined && !isApart) holds[live++] = hold;
    }
    this.#top = live;
    this.innermost = outer;
    scope.kept = null;
    if (live === 0 && holds.length > FEW_HOLDS) {
      holds.length = FEW_HOLDS;
      this.#limit = FEW_HOLDS;
    }
    return failures;
  }

  /** Releases a hold that is not released yet, and notes that its scope did. */
  #end(hold: Hold, failures: unknown[]): void {
    if (hold.index < 0) return;
    try {
      this.owner.release(hold);
    } catch (error) {
      failures.push(error);
    }
    hold.state = ENDED;
  }

  /** A long loop that releases its handles itself should not fill memory with them. */
  #makeRoom(): void {
    const holds = this.#holds;
    const base = this.innermost?.base ?? 0;
    let live = base;
    for (let i = base; i < this.#top; i++) {
      const hold = holds[i] as Hold | null;
      holds[i] = null;
      if (hold !== null && hold.index > 0) holds[live++] = hold;
    }
    this.#top = live;
    this.#limit = Math.max(FEW_HOLDS, live * 2);
  }
}

export class OpenScope implements Scope {
  readonly outer: OpenScope | null;
  /** Its holds are those of the stack from here on, up to those of the next. */
  readonly base: number;
  /** What is kept of it is the program's. */
  readonly isApart: boolean;
  readonly #scopes: Scopes;
  /** Handles that live on, by their holds. Null as long as there is none. */
  kept: Map<Hold, Handle> | null = null;
  #keep: Scope["keep"] | null = null;

  constructor(scopes: Scopes, outer: OpenScope | null, base: number, isApart: boolean) {
    this.#scopes = scopes;
    this.outer = outer;
    this.base = base;
    this.isApart = isApart;
  }

  /** A function that needs no `this`, so that a body may take it apart from its scope. Made only where it is wanted. */
  get keep(): Scope["keep"] {
    this.#keep ??= (handle) => {
      if (!(handle instanceof Handle)) {
        refusePosted(handle, "scope.keep");
        throw new TypeError(`scope.keep: wants a handle, not ${show(handle)}`);
      }
      if (inside(handle).$owner !== this.#scopes.owner) throw foreignHandle(handle, "scope.keep");
      if (handle.released) throw releasedHandle(handle, "scope.keep");
      if (!this.#isOpen()) throw new TypeError("scope.keep: the scope has ended; keep handles while its body runs");
      this.retain(handle);
      return handle;
    };
    return this.#keep;
  }

  /** Lets a live handle outlive this scope, and those inside it. */
  retain(handle: Handle): void {
    for (let scope = this.#scopes.innermost; scope !== this.outer && scope !== null; scope = scope.outer) {
      scope.kept ??= new Map();
      scope.kept.set(inside(handle).$hold, handle);
    }
  }

  #isOpen(): boolean {
    for (let scope = this.#scopes.innermost; scope !== null; scope = scope.outer) if (scope === this) return true;
    return false;
  }
}

/**
 * The error for the result of a body that is to go on after it has returned, when its handles are released already: a promise,
 * or a generator. Null for every other. Nobody else gets to see a promise that is refused, so its rejection is not reported.
 */
export function refusalOf(result: unknown): TypeError | null {
  switch (laterOf(result)) {
    case "promise":
      return new TypeError(
        "heap.scope: the body returned a promise, and its handles are released already; end the scope before the first await, or " +
          "release handles by hand",
      );
    case "iterator":
      return new TypeError(
        "heap.scope: the body returned an iterator, and its handles are released already; go through it inside the scope, or open the " +
          "scope inside the generator",
      );
  }
  return null;
}

/** The same for a function of the program that the heap calls. */
export function refusalOfCallback(result: unknown): TypeError | null {
  const later = laterOf(result);
  if (later === null) return null;
  return new TypeError(
    `it returned ${later === "promise" ? "a promise" : "an iterator"} and must be synchronous: its handles are released when it returns. Do what ` +
      "is to be done before, or note what is to be done later",
  );
}

/** What the result of a function goes on with after it has returned; null if that is nothing. */
export function laterOf(result: unknown): "promise" | "iterator" | null {
  if (typeof result !== "object" || result === null || result instanceof Handle) return null;
  if (isFunction(result, "then")) {
    if (result instanceof Promise) result.catch(() => {});
    return "promise";
  }
  const iterates = isFunction(result, Symbol.iterator) || isFunction(result, Symbol.asyncIterator);
  return iterates && isFunction(result, "next") ? "iterator" : null;
}

function isFunction(object: object, name: PropertyKey): boolean {
  return typeof object[name as keyof object] === "function";
}
