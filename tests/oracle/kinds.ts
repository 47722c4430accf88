// What the handles are of that programs of the oracle meet.
import type { Deque, Dict, FrozenSet, Handle, HeapSet, List, Tuple, Value, WeakReference } from "../../src/index.js";
import type { Name } from "./words.js";

export interface Struct extends Handle {
  a: Value;
  b: Value;
  c: Value;
  w: Handle | null;
  readonly id: number;
}
export interface Finalized extends Struct {
  readonly does: number;
}
export type AnyRef = WeakReference<Handle>;

export type Kinds = {
  Node: Struct;
  Fin: Finalized;
  list: List;
  dict: Dict;
  set: HeapSet;
  deque: Deque;
  tuple: Tuple;
  frozenset: FrozenSet;
  weakref: AnyRef;
};

export function of<K extends keyof Kinds>(...kinds: K[]): (object: Handle | null) => object is Kinds[K] {
  return (object): object is Kinds[K] => object !== null && kinds.includes(object.typeName as K);
}

export const isAny = (object: Handle | null): object is Handle => object !== null;
export const isStruct = of("Node", "Fin");
export const isList = of("list");
export const isDeque = of("deque");
export const isRow = of("list", "deque");
export const isTuple = of("tuple");
export const isDict = of("dict");
export const isSet = of("set");
export const isContainer = of("list", "dict", "set", "deque");
export const isIndexed = of("list", "deque", "tuple");
export const isSized = of("list", "dict", "set", "deque", "tuple");
export const isReadable = of("Node", "Fin", "list", "dict", "set", "deque", "tuple", "frozenset");
export const isReferable = of("Node", "Fin", "set", "frozenset", "deque");
export const isRef = of("weakref");

export function isHandle(value: Value | undefined): value is Handle {
  return typeof value === "object" && value !== null;
}

export function isAtomic(object: Handle | null): boolean {
  if (object === null || !isTuple(object)) return object === null;
  const items = [...object] as (Handle | null)[];
  const found = items.every(isAtomic);
  for (const item of items) item?.release();
  return found;
}

/** A weak reference that is looked for in what is empty, and gets its hash by that in CPython. */
export function isUnlooked({ size }: Dict | HeapSet, key: Handle | null): boolean {
  return size === 0 && isRef(key);
}

export function nameIn(key: number | Name): Name | null {
  return typeof key === "string" ? key : null;
}

export function readFrom(object: Kinds[Exclude<keyof Kinds, "weakref">], key: number): Value | undefined {
  if (isStruct(object)) return object[(["a", "b", "c"] as const)[key % 3] as "a"];
  if (isIndexed(object)) return object.at(key % object.length);
  if (isDict(object)) return object.get(key);
  return [...(object as FrozenSet)][0];
}
