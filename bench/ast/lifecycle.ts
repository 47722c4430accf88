// The life of a tree, over and over, with a clock at each of its parts: built, walked, collected around, dropped, freed.

import type { Rounds } from "../replay/timing.js";
import { cycleOf, type Tree, walkSum } from "./tree.js";

/** Records made anew before a young collection is timed. */
export const FRESH = 2000;
/** Times that the shorter parts are taken in each round. */
const WALKS = 3;
const YOUNG = 15;
const FULL = 3;

/** Something in which a tree can live. */
export interface Holder {
  /** Builds the tree, linked both ways and held by its root alone. Automatic collection is on, and off afterwards. */
  build(tree: Tree): void;
  /** As `build`, in another way that a user might choose. */
  buildOtherwise?(tree: Tree): void;
  /** Visits every record in order, by its links. Sum of end − start + kind. */
  walk(): number;
  /** Makes records that live and refer to the root. */
  makeFresh(count: number): void;
  dropFresh(): void;
  /** Drops the only reference to the root from outside. */
  drop(): void;
  collectYoung(): void;
  /** Objects freed, where there is such a number. */
  collectFull(): number | null;
  /** Bytes in use. */
  bytes(): number;
  /** Blocks in use beyond those there were before the first tree, where there is such a number. */
  left(): number | null;
}

/** Parts of a life that are timed; milliseconds, one or more each round. */
export const PARTS = ["build", "walk", "young", "full", "free"] as const;
export type Part = (typeof PARTS)[number];

/** What came out of the rounds of one holder. Python's script prints the same. */
export interface Lives {
  readonly times: Readonly<Record<Part, readonly number[]>>;
  /** Of `buildOtherwise`; empty where there is none. */
  readonly otherwise: readonly number[];
  /** Bytes in use for each node: with the tree less without it, after a full collection each. */
  readonly bytesPerNode: number;
  /** Rounds in which the walk saw something else than it should have, and in which not all of the tree was freed. */
  readonly wrongWalks: number;
  readonly wrongFrees: number;
  /** Most blocks left after a round, where there is such a number. */
  readonly left: number | null;
}

/** Takes a tree through its rounds. `onRound` is called after each. */
export function live(holder: Holder, tree: Tree, { warmUp, counted }: Rounds, onRound: () => void): Lives {
  const times: Record<Part, number[]> = { build: [], walk: [], young: [], full: [], free: [] };
  const otherwise: number[] = [];
  const expected = walkSum(tree);
  let bytes = 0;
  let wrongWalks = 0;
  let wrongFrees = 0;
  let left: number | null = null;
  for (let round = 0; round < warmUp + counted; round++) {
    const timed = <T>(list: number[], body: () => T): T => {
      const before = performance.now();
      const result = body();
      if (round >= warmUp) list.push(performance.now() - before);
      return result;
    };
    settle(holder);
    const without = holder.bytes();
    timed(times.build, () => holder.build(tree));
    settle(holder);
    bytes = holder.bytes() - without;
    for (let i = 0; i < WALKS; i++) if (timed(times.walk, () => holder.walk()) !== expected) wrongWalks++;
    for (let i = 0; i < YOUNG; i++) {
      holder.makeFresh(FRESH);
      timed(times.young, () => holder.collectYoung());
      holder.dropFresh();
    }
    settle(holder);
    for (let i = 0; i < FULL; i++) timed(times.full, () => holder.collectFull());
    holder.drop();
    const freed = timed(times.free, () => holder.collectFull());
    if (freed !== null && freed !== cycleOf(tree)) wrongFrees++;
    if (holder.buildOtherwise !== undefined) {
      timed(otherwise, () => holder.buildOtherwise?.(tree));
      holder.drop();
      holder.collectFull();
    }
    const remaining = holder.left();
    if (remaining !== null && Math.abs(remaining) >= Math.abs(left ?? 0)) left = remaining;
    onRound();
  }
  return { times, otherwise, bytesPerNode: bytes / tree.nodes, wrongWalks, wrongFrees, left };
}

/** Makes everything alive old, and frees what is dead. */
function settle(holder: Holder): void {
  holder.collectFull();
  holder.collectFull();
}
