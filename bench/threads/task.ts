// What threads do with one heap, and what one thread does with it alone.

/** What each of several threads does so many times. */
export type Deed =
  /** One more in a field of a shared record. */
  | "increment"
  /** An item at the end of one list. */
  | "push"
  /** A new record in a place of a shared list, which drops the one that another thread may have put there. */
  | "make";

/** What a thread of several is to do. */
export type ThreadJob =
  | { readonly kind: Deed; readonly operations: number }
  /** Takes the lock and has it, but for what operations let others have, until it is told to end. */
  | { readonly kind: "poll" }
  /** Wants the lock again and again, that many times, and lets it go at once. */
  | { readonly kind: "wait"; readonly times: number; readonly seed: number };

/** Milliseconds that a thread waited for the lock, each time that it wanted it; empty for other jobs. */
export interface ThreadAnswer {
  readonly waits: readonly number[];
}

/** What one thread does alone, in a heap that is shared or not. */
export interface AloneTask {
  readonly kind:
    | "run"
    | "atomic"
    | "acquire"
    | "checkpoint"
    | "get"
    | "set"
    | "get reference"
    | "push"
    | "new"
    | "cursor";
  readonly shared: boolean;
}

/** Names among the globals of the heap that threads share. */
export const COUNTERS = "counters";
export const LIST = "list";
export const PLACES = "places";

/** Shared records that are counted in, and places of the shared list. */
export const SHARED = 64;
/** Operations of which the handles are in one scope. */
export const BATCH = 1000;

export const COUNTER_FIELDS = { count: "u32" } as const;
export const RECORD_FIELDS = { id: "u32", next: "self" } as const;
