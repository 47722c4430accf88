// The objects of a heap for people who look around in them: lists page by page, one object with all there is to know, searches in slices.

import type { ObjectAddress } from "../../address.js";
import type { EdgeKind } from "../../graph/objectgraph.js";

/** An object in a line. */
export interface ObjectRow {
  readonly address: ObjectAddress;
  readonly typeId: number;
  readonly typeName: string;
  /** What is in it, cut to a short line. */
  readonly label: string;
  /** As `sys.getSizeOf`. */
  readonly bytes: number;
}

/** One object with all that can be said without a walk over the heap. */
export interface ObjectDetails extends ObjectRow {
  /** References to it; Infinity for those that live as long as the heap. */
  readonly count: number;
  /** Where the collector has it; "untracked" if it does not know it. */
  readonly generation: 0 | 1 | 2 | "frozen" | "untracked";
  readonly scalars: readonly (readonly [name: string, value: string])[];
  /** Where it is held from outside of the heap's objects: `handles`, `globals["cache"]`. */
  readonly roots: readonly string[];
}

/** A reference from or to another object. */
export interface Link {
  readonly kind: EdgeKind;
  readonly name: string;
  readonly row: ObjectRow;
}

/** A part of a long list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Index of the first item in the whole list. */
  readonly start: number;
  /** Items of the whole list. */
  readonly total: number;
}

/** size: the largest first. */
export type ListOrder = "address" | "size";

/** A search that goes on in slices. */
export interface Search {
  /** Those first whose type it is that was looked for. */
  readonly found: readonly ObjectRow[];
  /** Everything was looked at, or as much was found as is kept: 500. */
  readonly done: boolean;
  /** There may be more than those 500. */
  readonly isCut: boolean;
  /** 0 … 1. */
  readonly progress: number;
  /** Goes on for so many milliseconds; true when done. */
  advance(budgetMs: number): boolean;
}

/**
 * All functions see the heap as it is when they are called; between two calls it may have changed. What takes a walk over the whole heap
 * (`referrers`, `retained`, `path`) stays as it was found in a heap of a program that goes on, for 20 times as long as it took. They throw as
 * `Session.graph` does, so call them inside `Session.look`.
 */
export interface ObjectBrowser {
  /** All objects, by address if no other order is given; of one type if its id is given. */
  list(typeId: number | null, start: number, count: number, order?: ListOrder): Page<ObjectRow>;
  /** The objects of a pool of objects, by its page. */
  ofPool(page: number): readonly ObjectRow[];
  /** The object at an address, or in the block that the address lies in; null if there is none. */
  at(address: number): ObjectRow | null;
  details(address: ObjectAddress): ObjectDetails;
  referents(address: ObjectAddress, start: number, count: number): Page<Link>;
  referrers(address: ObjectAddress, start: number, count: number): Page<Link>;
  /** Bytes that would be free without it. Takes a pass over all objects the first time after a change. */
  retained(address: ObjectAddress): number;
  /** The shortest way from a root to it, a line a step; empty if none leads there. */
  path(address: ObjectAddress): readonly string[];
  /** By address (0x44020, 278560), type name, or text in what `label` says. */
  search(query: string): Search;
}
