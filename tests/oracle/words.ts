// Programs of the oracle as plain data: words with what they are given. What each word does: runtime.ts, and python/.

/** A name that a program gives to an object; "self" is what a finalizer or a callback is called with. */
export type Name = string;
export type Given = string | number | null;
/** A word, and its arguments: names, numbers, fields. */
export type Step = readonly [word: Word, ...given: Given[]];

export interface Program {
  readonly steps: readonly Step[];
  /** What finalizers and callbacks do, by number. */
  readonly bodies: readonly (readonly Step[])[];
}

export const WORDS = [
  // Making: a name first.
  "node",
  "fin",
  "container",
  "tuple",
  "wide",
  "frozenset",
  "let",
  "forget",
  // Changing what an object refers to.
  "link",
  "push",
  "unshift",
  "pop",
  "shift",
  "store",
  "splice",
  "put",
  "take",
  "add",
  "discard",
  "clear",
  "read",
  // Weak references.
  "ref",
  "callRef",
  "watch",
  "unwatch",
  "deref",
  "answers",
  "refs",
  "hasCallback",
  "linkWeak",
  "readWeak",
  "onDeath",
  "callNow",
  "detach",
  // One WeakValueDictionary, one WeakKeyDictionary and one WeakSet, which are not the program's.
  "valuePut",
  "valueTake",
  "keyPut",
  "keyTake",
  "setPut",
  "setTake",
  "tables",
  // Looking.
  "countRefs",
  "tracked",
  "finalized",
  "size",
  "census",
  "verify",
  // The collector.
  "collect",
  "freeze",
  "unfreeze",
  "throw",
] as const;
export type Word = (typeof WORDS)[number];
