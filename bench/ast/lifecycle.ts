// The life of a tree, over and over, with a clock at each of its parts: built, walked, collected around, dropped, freed.

import { timed } from "../stopwatch.js";
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

/** What came out of a round, in milliseconds, and so far. Python's script answers the same. */
export interface LifeFigures {
  readonly times: Readonly<Record<Part, readonly number[]>>;
  /** Of `buildOtherwise`; empty where there is none. */
  readonly otherwise: readonly number[];
  /** Bytes in use for each node: with the tree less without it, after a full collection each. */
  readonly bytesPerNode: number;
  /** Walks so far that saw something else than they should have, and rounds in which not all of the tree was freed. */
  readonly wrongWalks: number;
  readonly wrongFrees: number;
  /** Most blocks left after a round so far, where there is such a number. */
  readonly left: number | null;
}

/** The same, as a process answers it: with the version of what holds the tree. */
export type HolderFigures = LifeFigures & { readonly version: string };

/** A tree that lives in a holder, round by round. */
export class Life {
  readonly #holder: Holder;
  readonly #tree: Tree;
  readonly #sum: number;
  #bytes = 0;
  #rounds = 0;
  #wrongWalks = 0;
  #wrongFrees = 0;
  #left: number | null = null;

  constructor(holder: Holder, tree: Tree) {
    this.#holder = holder;
    this.#tree = tree;
    this.#sum = walkSum(tree);
  }

  /** One life, from an empty holder to an empty holder. */
  round(): LifeFigures {
    const holder = this.#holder;
    const times: Record<Part, number[]> = { build: [], walk: [], young: [], full: [], free: [] };
    const otherwise: number[] = [];
    settle(holder);
    const without = holder.bytes();
    timed(times.build, () => holder.build(this.#tree));
    settle(holder);
    // Of the first round: later ones begin with what is kept for them.
    if (this.#rounds++ === 0) this.#bytes = holder.bytes() - without;
    for (let i = 0; i < WALKS; i++) if (timed(times.walk, () => holder.walk()) !== this.#sum) this.#wrongWalks++;
    for (let i = 0; i < YOUNG; i++) {
      holder.makeFresh(FRESH);
      timed(times.young, () => holder.collectYoung());
      holder.dropFresh();
    }
    settle(holder);
    for (let i = 0; i < FULL; i++) timed(times.full, () => holder.collectFull());
    holder.drop();
    const freed = timed(times.free, () => holder.collectFull());
    if (freed !== null && freed !== cycleOf(this.#tree)) this.#wrongFrees++;
    if (holder.buildOtherwise !== undefined) {
      timed(otherwise, () => holder.buildOtherwise?.(this.#tree));
      holder.drop();
      holder.collectFull();
    }
    const left = holder.left();
    if (left !== null && Math.abs(left) >= Math.abs(this.#left ?? 0)) this.#left = left;
    return {
      times,
      otherwise,
      bytesPerNode: this.#bytes / this.#tree.nodes,
      wrongWalks: this.#wrongWalks,
      wrongFrees: this.#wrongFrees,
      left: this.#left,
    };
  }
}

/** Makes everything alive old, and frees what is dead. */
function settle(holder: Holder): void {
  holder.collectFull();
  holder.collectFull();
}
