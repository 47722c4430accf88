// weakref.finalize: functions that are called once, when an object dies or, at the latest, before the heap goes (Lib/weakref.py).

import type { ObjectAddress } from "./address.js";
import { show } from "./arguments.js";
import { referentOf } from "./items.js";
import type { Objects } from "./objects.js";
import { defineSummary } from "./summary.js";
import type { Callbacks } from "./weakreference.js";

/** A function that is to be called once, as Python's weakref.finalize. */
export interface Finalizer {
  /** It was neither called nor detached. False once the heap is gone. */
  readonly alive: boolean;
  /** Whether it is called before the heap is disposed of, if it is alive then. True at first; once it is not alive, false for good. */
  atexit: boolean;
  /** Calls the function now, unless it is not alive any more. What the function throws is thrown here. */
  call(): void;
  /** Sees to it that the function is never called. False if that is too late: it is not alive, or the object is dead already. */
  detach(): boolean;
}

const MESSAGE = "Exception ignored while calling finalize function";

/** The finalizers of a heap that are alive. They stay until they are called or detached, whoever has forgotten them. */
export class Finalizers {
  readonly #objects: Objects;
  readonly #callbacks: Callbacks;
  /** Oldest first. */
  readonly #alive = new Set<LiveFinalizer>();
  /** Those whose weak reference is still to be dropped: their functions run. */
  readonly #removed = new Set<LiveFinalizer>();
  /** One was made since this was last false. */
  #isChanged = false;
  /** The heap is about to go: no function is called any more. */
  #isOver = false;

  constructor(objects: Objects, callbacks: Callbacks) {
    this.#objects = objects;
    this.#callbacks = callbacks;
  }

  /** See {@link WeakrefModule.finalize}. */
  add(object: unknown, fn: () => unknown, name: string): Finalizer {
    const call = "weakref.finalize";
    this.#objects.addressOf(object, call);
    const finalizer = new LiveFinalizer(this, fn, name, String(object));
    const callback = { called: () => finalizer.run(), message: MESSAGE, subject: finalizer.subject };
    finalizer.ref = this.#callbacks.newWeakRef(object, callback, call);
    this.#alive.add(finalizer);
    this.#isChanged = true;
    return finalizer;
  }

  /** The weak references that they own, those whose functions run included. */
  refs(): ObjectAddress[] {
    return [...this.#alive, ...this.#removed].map(({ ref }) => ref);
  }

  has(finalizer: LiveFinalizer): boolean {
    return this.#alive.has(finalizer) && !this.#objects.engine.isOver;
  }

  /** Its object is there still. */
  hasObject({ ref }: LiveFinalizer): boolean {
    return referentOf(this.#objects.engine.memory.words, ref) !== 0;
  }

  remove(finalizer: LiveFinalizer): void {
    this.#alive.delete(finalizer);
    this.#removed.add(finalizer);
  }

  /** No function is called any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Drops the weak reference of one that was removed. */
  drop(finalizer: LiveFinalizer): void {
    this.#removed.delete(finalizer);
    if (!this.#objects.engine.isOver) this.#objects.dropWord(finalizer.ref);
  }

  /** Calls all that are to be called before the heap goes, the newest first, and after that no others. */
  runAtExit(): void {
    let pending = this.#pending();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const finalizer = next;
      this.#objects.runApart(
        () => finalizer.run(),
        MESSAGE,
        () => finalizer.subject,
      );
      if (this.#isChanged) pending = this.#pending();
    }
    this.#isOver = true;
  }

  /** Those that are to be called before the heap goes, oldest first. */
  #pending(): LiveFinalizer[] {
    this.#isChanged = false;
    return [...this.#alive].filter(({ atexit }) => atexit);
  }
}

class LiveFinalizer implements Finalizer {
  readonly #finalizers: Finalizers;
  readonly #fn: () => unknown;
  readonly #name: string;
  /** The object, as messages have it. */
  readonly subject: string;
  /** The weak reference that it owns; 0 before it has one. */
  ref: ObjectAddress = 0;
  #atexit = true;

  static {
    defineSummary(LiveFinalizer.prototype, (finalizer) => finalizer.#summary());
  }

  constructor(finalizers: Finalizers, fn: () => unknown, name: string, subject: string) {
    this.#finalizers = finalizers;
    this.#fn = fn;
    this.#name = name;
    this.subject = subject;
  }

  get alive(): boolean {
    return this.#finalizers.has(this);
  }

  get atexit(): boolean {
    return this.alive && this.#atexit;
  }

  set atexit(atexit: boolean) {
    if (typeof atexit !== "boolean") throw new TypeError(`atexit must be true or false, not ${show(atexit)}`);
    this.#atexit = atexit;
  }

  call(): void {
    this.run();
  }

  detach(): boolean {
    const finalizers = this.#finalizers;
    if (!this.alive || !finalizers.hasObject(this)) return false;
    finalizers.remove(this);
    finalizers.drop(this);
    return true;
  }

  /** Returns what the function does. */
  run(): unknown {
    if (!this.alive) return undefined;
    this.#finalizers.remove(this);
    try {
      return this.#finalizers.isOver ? undefined : this.#fn();
    } finally {
      this.#finalizers.drop(this);
    }
  }

  #summary(): string {
    return `Finalizer(${this.#name} for ${this.subject})${this.alive ? "" : " (dead)"}`;
  }
}
