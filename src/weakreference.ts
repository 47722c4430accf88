// Handles of weak references, and the functions that are called when their referents die.

import type { ObjectAddress } from "./address.js";
import { Handle, inside } from "./handle.js";
import { ID_KEYEDREF, ID_WEAKREF, O_TYPE, T_CALLED, W_REFERENT, WEAKREF_WORD } from "./layout.js";
import type { Objects } from "./objects.js";
import { CALLED, makeWeakRef } from "./referents.js";
import type { Scope } from "./scope.js";
import { OK } from "./status.js";

/** What a weak reference can be given: gets that reference, which reads `undefined` by then. */
export type WeakCallback<H extends Handle = Handle> = (ref: WeakReference<H>, scope: Scope) => void;

/** A method's type, so that a weak reference to a struct is one to a handle as well. */
interface WeakCallbackOf<H extends Handle> {
  called(ref: WeakReference<H>, scope?: Scope): void;
}

const REFERENT_WORD = W_REFERENT >>> 2;
/** The type word of a weak reference that waits to be called, signed. */
const CALLED_WORD = WEAKREF_WORD | T_CALLED;

/**
 * A weak reference: it does not keep its object alive. As an object of the heap it can be stored as any other, and be a key: it is equal
 * to others whose objects are equal, and once its object is dead only to itself.
 */
export abstract class WeakReference<H extends Handle = Handle> extends Handle {
  declare protected readonly $owner: Objects;
  /** On the prototype. */
  declare protected readonly $callbacks: Callbacks;

  /**
   * A new handle of the object, as from JavaScript's WeakRef; undefined once that is dead.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  deref(): H | undefined {
    const referent = this.$referent("deref");
    return referent === 0 ? undefined : (this.$owner.wrap(referent) as H);
  }

  /**
   * The object is not dead. Unlike `deref`, this makes no handle, which would keep it.
   *
   * @throws as deref
   */
  get alive(): boolean {
    return this.$referent("alive") !== 0;
  }

  /**
   * What will be called when the object dies; null if there is nothing, or the object is dead.
   *
   * @throws as deref
   */
  get callback(): WeakCallbackOf<H>["called"] | null {
    return this.$referent("callback") === 0 ? null : this.$callbacks.of(this.address);
  }

  private $referent(what: string): ObjectAddress | 0 {
    const at = this.$hold.index + REFERENT_WORD;
    const { views } = this.$owner;
    const referent = views.u32[at] ?? (this.$owner.ready(inside(this), `${this.typeName}.${what}`).u32[at] as number);
    // Null has no count, nor has an object whose death waits.
    return (views.i32[referent >>> 2] as number) > 0 ? referent : 0;
  }

  get [Symbol.toStringTag](): string {
    return "WeakReference";
  }
}

Object.defineProperty(WeakReference.prototype, "$fields", { value: [{ name: "referent", from: REFERENT_WORD }] });

/** Something to be called when the object of a weak reference dies. */
export interface Callback {
  /** What the weak reference says it is. */
  readonly called: WeakCallback;
  /** What is said when it throws. */
  readonly message: string;
  /** Who threw, then; the weak reference, if there is nothing. */
  readonly subject: string | null;
}

/** A callback that waits, and the object whose death it waits for. */
interface Waiting {
  readonly callback: Callback;
  readonly referent: ObjectAddress;
}

/**
 * The callbacks of a heap's weak references, by their addresses: the core knows only that there is one. A weak reference that another
 * thread made, or the program whose image the heap was, has none here.
 */
export class Callbacks {
  readonly #objects: Objects;
  readonly #waiting = new Map<ObjectAddress, Waiting>();

  constructor(objects: Objects) {
    this.#objects = objects;
    for (const typeId of [ID_WEAKREF, ID_KEYEDREF]) {
      const Class = objects.types.newOwnClass<WeakReference>(typeId, WeakReference);
      Object.defineProperty(Class.prototype, "$callbacks", { value: this });
    }
  }

  /**
   * A new weak reference to a handle's object, with one reference for the caller. May collect. `call` begins messages.
   *
   * @throws TypeError not a handle, or an object that cannot be weakly referenced; HandleError; MemoryError
   */
  newWeakRef(object: unknown, callback: Callback, call: string): ObjectAddress {
    this.#objects.collectIfDue();
    const ref = makeWeakRef(this.#objects, object, CALLED, call);
    this.#waiting.set(ref, { callback, referent: this.#objects.engine.memory.word(ref + W_REFERENT) });
    return ref;
  }

  of(ref: ObjectAddress): WeakCallback | null {
    return this.#waiting.get(ref)?.callback.called ?? null;
  }

  /** Calls the callback of a weak reference whose object is gone. The core does, once. */
  callBack(ref: ObjectAddress): void {
    const waiting = this.#waiting.get(ref);
    if (waiting === undefined) return;
    const { callback } = waiting;
    this.#waiting.delete(ref);
    let handle: Handle | null = null;
    this.#objects.runApart(
      (scope) => {
        handle = this.#objects.wrap(ref);
        const { called } = callback;
        return called(handle as WeakReference, scope);
      },
      callback.message,
      () => callback.subject ?? String(handle),
    );
  }

  /** Forgets the callback of a weak reference that dies, which will never be called. The core does. */
  forget(ref: ObjectAddress): void {
    this.#waiting.delete(ref);
  }

  /**
   * To be called when this thread has the heap again after another had it, and nothing of the heap is under way. That one's core called
   * nobody here: callbacks of objects that died meanwhile run now, unless their weak references are gone too.
   */
  catchUp(): void {
    const { engine } = this.#objects;
    const { memory } = engine;
    const due: [ObjectAddress, Waiting][] = [];
    for (const [ref, waiting] of this.#waiting) {
      // A dead weak reference refers to nothing, whatever else is left of it.
      const isThere =
        (memory.word(ref + O_TYPE) | 0) === CALLED_WORD && memory.word(ref + W_REFERENT) === waiting.referent;
      if (isThere) continue;
      if (this.#isCalled(ref)) due.push([ref, waiting]);
      else this.#waiting.delete(ref);
    }
    // Now that all others are forgotten: what they stood for may be somebody else's when a callback runs.
    for (const [ref, waiting] of due) {
      if (engine.down !== null) return;
      // Callbacks before it may have let go of it, and made another in its place.
      if (this.#waiting.get(ref) !== waiting) continue;
      if (this.#isCalled(ref)) this.callBack(ref);
      else this.#waiting.delete(ref);
    }
  }

  /** The weak reference is there, and its callback was called where there is none. */
  #isCalled(ref: ObjectAddress): boolean {
    const { engine } = this.#objects;
    if (engine.run((core) => core.checkObject(ref, ID_WEAKREF)) !== OK) return false;
    return engine.memory.word(ref + W_REFERENT) === 0 && (engine.memory.word(ref + O_TYPE) & T_CALLED) === 0;
  }
}
