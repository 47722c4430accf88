// The life of a document, over and over, with a clock at each of its parts: loaded, asked, collected around, dropped.

import { timed } from "../stopwatch.js";
import { type Answers, type Numbers, numbersOf } from "./survey.js";

/** Times that parts are taken in each round. */
const LOADS = 3;
const QUERIES = 3;
const FULL = 3;

/** Something in which a document can live. */
export interface Holder {
  /** Loads the document from its text: parses it, and builds what holds it. Automatic collection is on, and off afterwards. */
  load(text: string): void;
  /** Answers what there is to ask, from the document as it lies there. */
  query(): Answers;
  /** Makes plain JavaScript values of it again, where it is none. */
  back?(): unknown;
  /** Drops the only reference to the root from outside. */
  drop(): void;
  /** A full collection. Objects freed, where there is such a number. */
  collect(): number | null;
  /** Bytes in use. */
  bytes(): number;
  /** Blocks in use beyond those there were before the first document, where there is such a number. */
  left(): number | null;
}

/** Parts of a life that are timed; milliseconds, one or more each round. */
export const PARTS = ["load", "query", "full", "drop", "after"] as const;
export type Part = (typeof PARTS)[number];

/** What came out of a round, in milliseconds, and so far. Python's script answers the same. */
export interface LifeFigures {
  readonly times: Readonly<Record<Part, readonly number[]>>;
  /** Of `back`; empty where there is none. */
  readonly back: readonly number[];
  /** Bytes in use: with the document less without it, after a full collection each. */
  readonly bytes: number;
  /** The last answers of this round. */
  readonly answers: Numbers;
  /** Rounds so far in which a collection freed something: a document has no cycles, so its counts alone should do it. */
  readonly wrongFrees: number;
  /** Most blocks left after a round so far, where there is such a number. */
  readonly left: number | null;
}

/** The same, as a process answers it: with the version of what holds the document. */
export type HolderFigures = LifeFigures & { readonly version: string };

/** A document that lives in a holder, round by round. */
export class Life {
  readonly #holder: Holder;
  readonly #text: string;
  #bytes = 0;
  #rounds = 0;
  #wrongFrees = 0;
  #left: number | null = null;

  constructor(holder: Holder, text: string) {
    this.#holder = holder;
    this.#text = text;
  }

  /** One life, from an empty holder to an empty holder. */
  round(): LifeFigures {
    const holder = this.#holder;
    const times: Record<Part, number[]> = { load: [], query: [], full: [], drop: [], after: [] };
    const back: number[] = [];
    let freed = settle(holder);
    const without = holder.bytes();
    timed(times.load, () => holder.load(this.#text));
    for (let i = 1; i < LOADS; i++) {
      holder.drop();
      freed += settle(holder);
      timed(times.load, () => holder.load(this.#text));
    }
    freed += settle(holder);
    // Of the first round: later ones begin with what is kept for them. A tiny document is lost in what else changes.
    if (this.#rounds++ === 0) this.#bytes = Math.max(0, holder.bytes() - without);
    let answers = timed(times.query, () => holder.query());
    for (let i = 1; i < QUERIES; i++) answers = timed(times.query, () => holder.query());
    if (holder.back !== undefined) timed(back, () => holder.back?.());
    settle(holder);
    for (let i = 0; i < FULL; i++) timed(times.full, () => holder.collect());
    timed(times.drop, () => holder.drop());
    freed += timed(times.after, () => holder.collect()) ?? 0;
    if (freed !== 0) this.#wrongFrees++;
    const left = holder.left();
    if (left !== null && Math.abs(left) >= Math.abs(this.#left ?? 0)) this.#left = left;
    return {
      times,
      back,
      bytes: this.#bytes,
      answers: numbersOf(answers),
      wrongFrees: this.#wrongFrees,
      left: this.#left,
    };
  }
}

/** Makes everything alive old, and frees what is dead. Objects freed, where there is such a number. */
function settle(holder: Holder): number {
  return (holder.collect() ?? 0) + (holder.collect() ?? 0);
}
