// What is allocated while allocations are traced, or not.

/** Whether and how a process traces. "stopped": it did, with 25 frames, and has ended. */
export const STATES = ["never", "stopped", "1 frame", "25 frames"] as const;
export type State = (typeof STATES)[number];

export const TASKS = ["malloc and free", "new record", "list push", "heap.from"] as const;
export type TaskName = (typeof TASKS)[number];

/** Calls of the program on the stack below what allocates. */
export const DEPTH = 40;

/** What many traces of records take. */
export interface Bulk {
  readonly traces: number;
  /** Bytes of the records of tracing, by trace. */
  readonly bytes: number;
  /** Milliseconds to take a snapshot, to count it by line, and to make JSON of it. */
  readonly snapshot: number;
  readonly statistics: number;
  readonly json: number;
  /** Bytes of JSON, by trace. */
  readonly jsonBytes: number;
}

/** Frames kept in a state; 0: it does not trace. */
export function framesOf(state: State): number {
  return state === "1 frame" ? 1 : state === "25 frames" ? 25 : 0;
}
