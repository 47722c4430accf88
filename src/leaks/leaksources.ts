// The parts of a heap in which leaks are looked for.

import type { BlockAddress } from "../address.js";
import type { RootHolders } from "../graph/roots.js";
import type { LeakFrame } from "./leakreport.js";

export interface LeakSources extends RootHolders {
  /** No other thread has the heap. */
  readonly isWhole: () => boolean;
  /** Where a block was allocated; null if that was not traced. */
  readonly tracebackOf: (block: BlockAddress) => readonly LeakFrame[] | null;
}
