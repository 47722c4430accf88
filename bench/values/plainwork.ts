// Work on values in JavaScript alone: Array, Map, Set, JSON.parse, structuredClone, TextEncoder.

import { readFileSync } from "node:fs";
import type { Work } from "../objects/work.js";
import { type Containers, containerWork, sink } from "./containers.js";
import { textsOf, type ValueTask } from "./task.js";

/** JavaScript's own. */
export const CONTAINERS: Containers = {
  list: () => [],
  queue: () => [] as number[],
  dict: () => new Map(),
  set: () => new Set(),
  read: (list, places) => {
    const array = list as unknown as readonly number[];
    let sum = 0;
    for (let i = 0; i < places.length; i++) sum += array[places[i] as number] as number;
    return sum;
  },
  done: () => {},
};

/** The work of a task; null if there is nothing to do. */
export function plainWork(task: ValueTask): Work | null {
  switch (task.kind) {
    case "parse": {
      const text = readFileSync(task.file, "utf8");
      return once(() => JSON.parse(text));
    }
    case "from":
    case "back": {
      const value = JSON.parse(readFileSync(task.file, "utf8"));
      return once(() => structuredClone(value));
    }
    case "drop":
      return null;
    case "text in": {
      const texts = textsOf(task.alphabet, task.length);
      const encoder = new TextEncoder();
      const room = new Uint8Array(task.length * 3);
      return turns(texts, (text) => encoder.encodeInto(text, room).written);
    }
    case "text out": {
      const texts = textsOf(task.alphabet, task.length).map((text) => new TextEncoder().encode(text));
      const decoder = new TextDecoder();
      return turns(texts, (bytes) => decoder.decode(bytes).length);
    }
    default:
      return containerWork(CONTAINERS, task);
  }
}

/** One operation a run, whose result must not be left out. */
function once(body: () => unknown): Work {
  const run = () => {
    if (body() === undefined) throw new Error("nothing was made");
  };
  return { operations: 1, run };
}

/** An operation with each of several things in turn. */
export function turns<Thing>(things: readonly Thing[], body: (thing: Thing, place: number) => number): Work {
  const run = () => {
    let sum = 0;
    for (let i = 0; i < things.length; i++) sum += body(things[i] as Thing, i);
    sink.sum += sum;
  };
  return { operations: things.length, run };
}
