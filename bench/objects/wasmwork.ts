// Work on records done by a loop in wasm.

import { type Ground, tableOf } from "./ours.js";
import { CALLS, recordsOf, SEED, type Task, treesACall, type Work } from "./work.js";

/** The work of a task, null for what only a host has. Loops are called for some thousand operations at a time: the engine optimizes a function at its start. */
export function wasmWork(ground: Ground, task: Task): Work | null {
  const { core, loops, referring, numeric } = ground;
  const type = "referring" in task && !task.referring ? numeric : referring;
  switch (task.kind) {
    case "counts": {
      const object = core.newObject(type);
      return { operations: CALLS, run: () => loops.counts(object, CALLS) };
    }
    case "counts in place":
      return null;
    case "pairs":
      return { operations: CALLS, run: () => loops.pairs(type, CALLS) };
    case "lifo": {
      const table = tableOf(ground, task.live);
      const run = () => {
        loops.fill(type, table, task.live);
        loops.clear(table, task.live);
      };
      return { operations: task.live, run };
    }
    case "replace": {
      const table = tableOf(ground, task.live);
      loops.fill(type, table, task.live);
      let random = SEED;
      const run = () => {
        random = loops.replace(type, table, task.live, random, CALLS);
      };
      return { operations: CALLS, run };
    }
    case "trees": {
      if (task.beside > 0) loops.tree(type, task.beside);
      const count = treesACall(task.depth);
      return { operations: count * recordsOf(task.depth), run: () => loops.trees(type, task.depth, count) };
    }
    case "chain": {
      let head = 0;
      const prepare = () => {
        head = loops.chain(type, task.length);
      };
      return { operations: task.length, prepare, run: () => void core.decref(head) };
    }
  }
}
