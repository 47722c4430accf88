// Loops over containers: the same for those of a heap and for JavaScript's own, which have the same methods.

import type { Work } from "../objects/work.js";
import { CALLS, integerKeys, keySource, type ValueTask } from "./task.js";

/** What is common to Array and List, and to Array and Deque. */
interface Line {
  push(value: number): number;
  shift?(): unknown;
}

type Key = number | string;

/** What is common to Map and Dict, and to Set and HeapSet. */
interface Dictionary {
  get(key: Key): unknown;
  set(key: Key, value: number): unknown;
}
interface Collection {
  has(key: Key): boolean;
  add(key: Key): unknown;
}

/** Somebody's containers. */
export interface Containers {
  list(): Line;
  queue(): Line;
  dict(): Dictionary;
  set(): Collection;
  /** Sum of the items of a list at these places. */
  read(list: Line, places: readonly number[]): number;
  /** A container is not needed any more. */
  done(container: object): void;
}

/** Where sums go, so that no loop is left out. */
export const sink: { sum: number } = { sum: 0 };

/** The work of a task on containers; null of one that is on something else. */
export function containerWork(containers: Containers, task: ValueTask): Work | null {
  switch (task.kind) {
    case "list push":
      return pushWork(containers, task.size);
    case "list read": {
      const list = containers.list();
      for (let i = 0; i < task.size; i++) list.push(i);
      const places = integerKeys(task.size).map((key) => key / 7);
      const run = () => {
        sink.sum += containers.read(list, places);
      };
      return { operations: task.size, run };
    }
    case "queue":
      return queueWork(containers, task.size);
    case "dict get":
    case "dict set":
    case "dict fill":
    case "set has":
    case "set fill":
      return keyWork(containers, task.kind, keySource(task.keys, task.size), task.size);
    default:
      return null;
  }
}

function pushWork(containers: Containers, size: number): Work {
  const run = () => {
    const list = containers.list();
    for (let i = 0; i < size; i++) list.push(i);
    containers.done(list);
  };
  return { operations: size, run };
}

function queueWork(containers: Containers, size: number): Work {
  const queue = containers.queue();
  for (let i = 0; i < size; i++) queue.push(i);
  const run = () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) {
      queue.push(i);
      sum += queue.shift?.() as number;
    }
    sink.sum += sum;
  };
  return { operations: CALLS, run };
}

type KeyTask = "dict get" | "dict set" | "dict fill" | "set has" | "set fill";

function keyWork(containers: Containers, kind: KeyTask, source: () => readonly Key[], size: number): Work {
  let keys = source();
  const dict = containers.dict();
  const set = containers.set();
  for (let i = 0; i < size; i++) {
    dict.set(keys[i] as Key, i);
    set.add(keys[i] as Key);
  }
  const prepare = () => {
    keys = source();
  };
  const run = {
    "dict get": () => {
      let sum = 0;
      for (let i = 0; i < keys.length; i++) sum += dict.get(keys[i] as Key) as number;
      sink.sum += sum;
    },
    "dict set": () => {
      for (let i = 0; i < keys.length; i++) dict.set(keys[i] as Key, i);
    },
    "dict fill": () => {
      const grown = containers.dict();
      for (let i = 0; i < keys.length; i++) grown.set(keys[i] as Key, i);
      containers.done(grown);
    },
    "set has": () => {
      let sum = 0;
      for (let i = 0; i < keys.length; i++) if (set.has(keys[i] as Key)) sum++;
      sink.sum += sum;
    },
    "set fill": () => {
      const grown = containers.set();
      for (let i = 0; i < keys.length; i++) grown.add(keys[i] as Key);
      containers.done(grown);
    },
  }[kind];
  return { operations: size, prepare, run };
}
