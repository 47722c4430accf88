// What the workers of the tests of threads have in common: random numbers from a seed, a barrier, the types that they share.

/** Words of the control block that a test shares with its workers. */
export const GO = 0;
/** Each worker's phase begins here; see PHASES. */
export const FIRST_PHASE = 8;

/** mulberry32: a function that returns numbers of 0 … 2^32 − 1. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

export class Dice {
  #next;

  constructor(seed) {
    this.#next = generator(seed);
  }

  /** 0 … n − 1. */
  below(n) {
    return Math.floor((this.#next() / 2 ** 32) * n);
  }

  /** True once in `n` times. */
  once(n) {
    return this.below(n) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

/** Says that this worker is there, and waits until all are. */
export function waitForGo(control, parentPort) {
  parentPort.postMessage({ ready: true });
  Atomics.wait(control, GO, 0);
}

/** @returns {never} */
export function fail(what) {
  throw new Error(what);
}

/** The same in all threads; `mourn` is the finalizer of this thread. */
export function defineTypes(heap, mourn) {
  return {
    Counter: heap.struct("Counter", { count: "u32", total: "f64", wide: "u64" }),
    Parcel: heap.struct("Parcel", { from: "u32", serial: "u32", next: "ref" }),
    Mourned: heap.struct("Mourned", { owner: "u32", next: "ref" }, { finalize: ({ owner }) => mourn(owner) }),
  };
}
