// Work on records done in JavaScript that calls the exports of the core.

import type { Ground } from "./ours.js";
import { CALLS, recordsOf, SEED, type Task, treesACall, type Work } from "./work.js";

/** The work of a task. Addresses come out of the core signed, and go in again as they are. */
export function callWork({ core, memory, referring, numeric }: Ground, task: Task): Work {
  const { newObject, incref, decref, setRef } = core;
  const type = "referring" in task && !task.referring ? numeric : referring;

  function tree(depth: number): number {
    const root = newObject(type);
    if (depth > 1) {
      for (let side = 0; side < 2; side++) {
        const below = tree(depth - 1);
        setRef(root, side, below);
        decref(below);
      }
    }
    return root;
  }

  switch (task.kind) {
    case "counts": {
      const object = newObject(type);
      const run = () => {
        for (let i = 0; i < CALLS; i++) {
          incref(object);
          decref(object);
        }
      };
      return { operations: CALLS, run };
    }
    case "counts in place": {
      const count = newObject(type) >>> 2;
      const words = new Int32Array(memory.buffer);
      const run = () => {
        for (let i = 0; i < CALLS; i++) {
          const before = words[count] as number;
          if (before > 0) words[count] = before + 1;
          const now = words[count] as number;
          if (now > 1) words[count] = now - 1;
        }
      };
      return { operations: CALLS, run };
    }
    case "pairs": {
      const run = () => {
        for (let i = 0; i < CALLS; i++) decref(newObject(type));
      };
      return { operations: CALLS, run };
    }
    case "lifo": {
      const table = new Int32Array(task.live);
      const run = () => {
        for (let i = 0; i < table.length; i++) table[i] = newObject(type);
        for (let i = table.length - 1; i >= 0; i--) decref(table[i] as number);
      };
      return { operations: task.live, run };
    }
    case "replace": {
      const table = Int32Array.from({ length: task.live }, () => newObject(type));
      let random = SEED;
      const run = () => {
        for (let i = 0; i < CALLS; i++) {
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          const cell = random & (table.length - 1);
          decref(table[cell] as number);
          table[cell] = newObject(type);
        }
      };
      return { operations: CALLS, run };
    }
    case "trees": {
      if (task.beside > 0) tree(task.beside);
      const count = treesACall(task.depth);
      const run = () => {
        for (let i = 0; i < count; i++) decref(tree(task.depth));
      };
      return { operations: count * recordsOf(task.depth), run };
    }
    case "chain": {
      let head = 0;
      const prepare = () => {
        head = newObject(type);
        for (let i = 1; i < task.length; i++) {
          const before = newObject(type);
          setRef(before, 0, head);
          decref(head);
          head = before;
        }
      };
      return { operations: task.length, prepare, run: () => void decref(head) };
    }
  }
}
