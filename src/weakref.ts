// What Python has in its module weakref: references that do not keep objects alive, and what is made of them.

import type { ObjectAddress } from "./address.js";
import { show } from "./arguments.js";
import { type Finalizer, Finalizers } from "./finalize.js";
import type { Handle } from "./handle.js";
import { TEXT_SCRATCH, W_NEXT } from "./layout.js";
import type { Objects, Storable } from "./objects.js";
import { makeWeakRef, SHARED } from "./referents.js";
import type { Scope } from "./scope.js";
import type { Tables } from "./tables.js";
import { WeakKeyDictionary } from "./weakkeys.js";
import { Callbacks, type WeakCallback, type WeakReference } from "./weakreference.js";
import { HeapWeakSet } from "./weakset.js";
import { WeakValueDictionary } from "./weakvalues.js";
import { allOrNone } from "./words.js";

const REF = "weakref.ref";
const MESSAGE = "Exception ignored while calling weakref callback";

/**
 * Weak references, after Python's module weakref. They can be had to structs, unless their type was defined with `weakrefable: false`, and to
 * sets, frozensets, deques and arrays; not to texts, numbers, bytes, tuples, lists, dicts, and weak references. Objects that have none
 * pay nothing for it.
 *
 * A callback runs in the middle of whatever let the object die: it may do anything, as a finalizer. Handles made meanwhile are released
 * when it returns, but those given to `scope.keep`: they are the program's then. What it throws, or that it is asynchronous, goes to
 * `onUnraisable`.
 *
 * @see https://docs.python.org/3/library/weakref.html
 */
export interface WeakrefModule {
  /**
   * A weak reference to a handle's object. Without a callback it is the same one each time: another handle of it.
   *
   * The callback is called once, when the object is dead, with the weak reference: the newest first where there are several. It is never
   * called when the weak reference dies before its object, or in the same cycle: keep its handle, or store it.
   *
   * @throws TypeError not a handle, an object that cannot be weakly referenced, or not a function; HandleError; MemoryError
   */
  ref<H extends Handle>(object: H, callback?: (ref: WeakReference<H>, scope: Scope) => void): WeakReference<H>;
  /**
   * How many weak references there are to a handle's object, those of weak dictionaries, sets and fields included; 0 if there can be none.
   *
   * @throws TypeError not a handle; HandleError
   */
  getWeakRefCount(object: Handle): number;
  /**
   * New handles of them: first the one without callback, then the newest.
   *
   * @throws as getWeakRefCount; MemoryError
   */
  getWeakRefs<H extends Handle>(object: H): WeakReference<H>[];
  /** See {@link WeakValueDictionary}; throws as its `set`. */
  readonly WeakValueDictionary: new <K = Storable, V extends Handle = Handle>(
    entries?: Iterable<readonly [K, V]> | null,
  ) => WeakValueDictionary<K, V>;
  /** See {@link WeakKeyDictionary}; throws as its `set`. */
  readonly WeakKeyDictionary: new <K extends Handle = Handle, V = Storable>(
    entries?: Iterable<readonly [K, V]> | null,
  ) => WeakKeyDictionary<K, V>;
  /** See {@link HeapWeakSet}; throws as its `add`. */
  readonly WeakSet: new <H extends Handle = Handle>(
    values?: Iterable<H> | null,
  ) => HeapWeakSet<H>;
  /**
   * Calls `fn` with `args` once when the object dies, or when the heap is disposed of, before anything in it goes; the newest first then. Nobody
   * has to keep the finalizer.
   *
   * `args` are kept as they are. A handle among them keeps its object alive as long as it is not released: with one of `object` itself
   * nothing is called before the heap goes, and one whose scope has ended is of no use to `fn`.
   *
   * @throws as ref
   */
  finalize<A extends unknown[]>(object: Handle, fn: (...args: A) => void, ...args: A): Finalizer;
}

/** The module of a heap, and what the heap calls. */
export interface WeakrefParts {
  readonly module: WeakrefModule;
  readonly callbacks: Callbacks;
  readonly finalizers: Finalizers;
}

export function createWeakref(objects: Objects, tables: Tables): WeakrefParts {
  const { engine } = objects;
  const callbacks = new Callbacks(objects);
  const finalizers = new Finalizers(objects, callbacks);

  function sharedRef(object: Handle): ObjectAddress {
    objects.collectIfDue();
    return makeWeakRef(objects, object, SHARED, REF);
  }

  function calledRef(object: Handle, called: WeakCallback): ObjectAddress {
    if (typeof called !== "function") {
      throw new TypeError(`${REF}: the callback must be a function, not ${show(called)}`);
    }
    return callbacks.newWeakRef(object, { called, message: MESSAGE, subject: null }, REF);
  }

  // Functions that need no `this`, so that a program may take them apart from the module, as Python's `from weakref import ref`.
  const module = Object.freeze<WeakrefModule>({
    ref<H extends Handle>(object: H, callback?: (ref: WeakReference<H>, scope: Scope) => void) {
      const none = callback === undefined || callback === null;
      const ref = none ? sharedRef(object) : calledRef(object, callback as WeakCallback);
      return objects.adopt(ref) as WeakReference<H>;
    },
    getWeakRefCount(object) {
      const address = objects.addressOf(object, "weakref.getWeakRefCount");
      return engine.run((core) => core.weakRefs(address, 0, 0));
    },
    getWeakRefs<H extends Handle>(object: H) {
      const address = objects.addressOf(object, "weakref.getWeakRefs");
      if (engine.run((core) => core.weakRefs(address, TEXT_SCRATCH, 1)) === 0) return [];
      const { words } = engine.memory;
      const refs: ObjectAddress[] = [];
      for (let ref = words[TEXT_SCRATCH >>> 2] as number; ref !== 0; ref = words[(ref + W_NEXT) >>> 2] as number) {
        refs.push(ref);
      }
      return allOrNone(refs, (ref) => objects.wrap(ref as ObjectAddress)) as WeakReference<H>[];
    },
    WeakValueDictionary: class<K, V extends Handle> extends WeakValueDictionary<K, V> {
      static override readonly name = "WeakValueDictionary";
      constructor(entries?: Iterable<readonly [K, V]> | null) {
        super(tables, entries);
      }
    },
    WeakKeyDictionary: class<K extends Handle, V> extends WeakKeyDictionary<K, V> {
      static override readonly name = "WeakKeyDictionary";
      constructor(entries?: Iterable<readonly [K, V]> | null) {
        super(tables, entries);
      }
    },
    WeakSet: class<H extends Handle> extends HeapWeakSet<H> {
      static override readonly name = "WeakSet";
      constructor(values?: Iterable<H> | null) {
        super(tables, values);
      }
    },
    finalize(object, fn, ...args) {
      if (typeof fn !== "function") throw new TypeError(`weakref.finalize: wants a function, not ${show(fn)}`);
      return finalizers.add(object, () => fn(...args), fn.name || "a function");
    },
  });
  return { module, callbacks, finalizers };
}
