// The same work with plain JavaScript objects, which V8 frees when it comes to it: the time of `gc()` at the end of each
// sample belongs to it.

import { collectJavaScript } from "./answer.js";
import { CALLS, recordsOf, SEED, type Task, treesACall, type Work } from "./work.js";

/** Two references. */
export class Referring {
  a: Referring | null = null;
  b: Referring | null = null;
}

/** Two numbers. V8 keeps a fraction that changes in a box of its own. */
export class Numeric {
  x = 0.5;
  y = 0.25;
}

type Plain = Referring | Numeric;

/** Where the last object goes: one that never leaves its function is never made. */
export const sink: { last: Plain | null } = { last: null };

function tree(depth: number): Referring {
  const root = new Referring();
  if (depth > 1) {
    root.a = tree(depth - 1);
    root.b = tree(depth - 1);
  }
  return root;
}

/** The work of a task, null where JavaScript has no such thing. */
export function plainWork(task: Task): Work | null {
  switch (task.kind) {
    case "counts":
    case "counts in place":
      return null;
    case "pairs":
      return task.referring ? plainPairs(() => new Referring()) : plainPairs(() => new Numeric());
    case "lifo":
      return task.referring ? plainLifo(() => new Referring(), task.live) : plainLifo(() => new Numeric(), task.live);
    case "replace":
      return task.referring
        ? plainReplace(() => new Referring(), task.live)
        : plainReplace(() => new Numeric(), task.live);
    case "trees": {
      const kept = task.beside > 0 ? tree(task.beside) : null;
      const count = treesACall(task.depth);
      const run = () => {
        for (let i = 0; i < count; i++) sink.last = tree(task.depth);
        sink.last = kept;
      };
      return { operations: count * recordsOf(task.depth), run };
    }
    case "chain": {
      let head: Referring | null = null;
      const prepare = () => {
        for (let i = 0; i < task.length; i++) {
          const before: Referring = new Referring();
          before.a = head;
          head = before;
        }
        // The collection that is timed should find nothing else to do.
        collectJavaScript();
      };
      const run = () => {
        head = null;
        collectJavaScript();
      };
      return { operations: task.length, prepare, run };
    }
  }
}

function plainPairs(make: () => Plain): Work {
  const run = () => {
    for (let i = 0; i < CALLS; i++) sink.last = make();
  };
  return { operations: CALLS, run };
}

function plainLifo(make: () => Plain, live: number): Work {
  const table = new Array<Plain | null>(live).fill(null);
  const run = () => {
    for (let i = 0; i < live; i++) table[i] = make();
    for (let i = live - 1; i >= 0; i--) table[i] = null;
  };
  return { operations: live, run };
}

function plainReplace(make: () => Plain, live: number): Work {
  const table = Array.from({ length: live }, make);
  let random = SEED;
  const run = () => {
    for (let i = 0; i < CALLS; i++) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      table[random & (live - 1)] = make();
    }
  };
  return { operations: CALLS, run };
}
