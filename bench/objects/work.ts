// A piece of work that is timed over and over.

/** `run` performs `operations` operations; what `prepare` does before is not timed. */
export interface Work {
  readonly operations: number;
  prepare?(): void;
  run(): void;
}

/** What work is done on records. Names and numbers are the same for everybody, in bench/python/records.py, too. */
export type Task =
  | { readonly kind: "counts" }
  /** The same without a call: the count is a word in memory, and a host may change it itself while it stays above 0. */
  | { readonly kind: "counts in place" }
  /** A record that goes at once. `referring`: with two references; otherwise with two numbers. */
  | { readonly kind: "pairs"; readonly referring: boolean }
  /** Records that go in the reverse order in which they came. */
  | { readonly kind: "lifo"; readonly referring: boolean; readonly live: number }
  /** One of `live` records picked at random goes, and a new one takes its place. */
  | { readonly kind: "replace"; readonly referring: boolean; readonly live: number }
  /** Binary trees, built and dropped; `beside`: while another of that depth stays, 0: none does. */
  | { readonly kind: "trees"; readonly depth: number; readonly beside: number }
  /** A chain of that many records that goes at once; only that is timed. */
  | { readonly kind: "chain"; readonly length: number };

/** Operations of one call of a loop. */
export const CALLS = 10_000;
export const SEED = 0x2545f491;

/** Trees of one call: about as many records whatever their depth. */
export function treesACall(depth: number): number {
  return Math.max(1, CALLS >> depth);
}

/** Records of a tree. */
export function recordsOf(depth: number): number {
  return 2 ** depth - 1;
}

/**
 * Nanoseconds an operation: runs the work again and again for that many milliseconds. What `settle` does at the end is part
 * of the time: garbage that the work left to somebody else.
 */
export function sample(work: Work, milliseconds: number, settle?: () => void): number {
  let elapsed = 0;
  let operations = 0;
  const timed = (body: () => void) => {
    const before = performance.now();
    body();
    elapsed += performance.now() - before;
  };
  do {
    work.prepare?.();
    timed(() => work.run());
    operations += work.operations;
  } while (elapsed < milliseconds);
  if (settle !== undefined) timed(settle);
  return (elapsed * 1e6) / operations;
}
