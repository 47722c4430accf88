// What is written as a V8 heap snapshot, and what is noted of it. Names are the same in all processes.

export type { ImageTask as SnapshotTask } from "../images/task.js";

/** One snapshot of a graph, written to a file. */
export interface SnapshotTimes {
  readonly milliseconds: number;
  /** How far the memory of the process has grown meanwhile, bytes; null where the system does not say. */
  readonly memory: number | null;
  readonly nodes: number;
  readonly edges: number;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Milliseconds that heap.whyAlive takes for the object that is furthest from the root; null for the engine. */
  readonly why: number | null;
}
