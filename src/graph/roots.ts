// What keeps objects alive from outside of the heap: handles, globals, frames, finalizers.

import type { ObjectAddress } from "../address.js";
import type { Frames } from "../frames.js";
import { OWNS } from "../handle.js";
import { G_GARBAGE, G_GLOBALS, GC } from "../layout.js";
import type { Objects } from "../objects.js";
import type { WeakrefParts } from "../weakref.js";
import { addressAt } from "../word.js";

/** Those parts of a heap that own references to objects. */
export interface RootHolders {
  readonly objects: Objects;
  readonly frames: Frames;
  readonly weakref: WeakrefParts;
}

/** program: owned by nobody that the heap knows, see {@link ObjectGraph.roots}. */
export type RootGroup = "handles" | "globals" | "frames" | "finalizers" | "garbage" | "arenas" | "program";

/** Gets the group of a root, its own name in there, and what it refers to. */
export type RootVisit = (group: RootGroup, name: string, to: ObjectAddress) => void;

/** Calls `visit` for each reference that the heap knows to be owned outside of objects, those of its arenas aside. */
export function visitRoots({ objects, frames, weakref }: RootHolders, visit: RootVisit): void {
  const { memory } = objects.engine;
  const globals = memory.word(GC + G_GLOBALS);
  if (globals !== 0) visit("globals", "globals", globals);
  for (const { name, dict } of frames.owners()) visit("frames", `frame ${name}`, dict);
  for (const { state, index } of objects.holds()) if (state === OWNS) visit("handles", "handle", addressAt(index));
  for (const ref of weakref.finalizers.refs()) visit("finalizers", "finalizer", ref);
  const garbage = memory.word(GC + G_GARBAGE);
  if (garbage !== 0) visit("garbage", "gc.garbage", garbage);
}
