// What is done with weak references, weak collections and finalizers.

/** WeakValueDictionary, WeakKeyDictionary, WeakSet. */
export type Collection = "values" | "keys" | "set";

/** How all objects of a collection die: each on its own, as one list that holds them is cleared, as cycles in one collection. */
export type End = "singly" | "together" | "collected";

/** What belongs to an object that dies: a weak reference, with a callback or not; a finalizer of its type; a function of `finalize`. */
export type Rite = "nothing" | "reference" | "callback" | "finalizer" | "finalize";

/**
 * What work is done. Names and numbers are the same for everybody, in bench/python/weak.py, too. Objects come, are looked for and die in
 * the same order: at random, what is measured of many are the misses of the caches.
 */
export type WeakTask =
  /** Entries into a new collection, and reads of entries that are there. */
  | { readonly kind: "insert" | "lookup"; readonly collection: Collection; readonly size: number }
  /** All objects of a collection die. Only their deaths are timed. */
  | { readonly kind: "entries die"; readonly collection: Collection; readonly end: End; readonly size: number }
  /** A weak reference that is made and goes; the one that there is already; one with a callback; the object of one. */
  | { readonly kind: "make" | "again" | "make with callback" | "deref" }
  /** A weak field, or what is nearest to it. */
  | { readonly kind: "read field" | "write field" }
  /** That many objects die, by their counts or in one collection. Only that is timed. */
  | {
      readonly kind: "objects die";
      readonly rite: Rite;
      readonly end: "together" | "collected";
      readonly size: number;
    };

/** Objects that tasks without a size go over. */
export const OBJECTS = 1000;
