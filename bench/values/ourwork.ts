// Work on values of a heap, from JavaScript.

import { readFileSync } from "node:fs";
import { Heap, type List } from "arenaria";
import { release } from "../json/heap.js";
import type { Work } from "../objects/work.js";
import { type Containers, containerWork } from "./containers.js";
import { turns } from "./plainwork.js";
import { textsOf, type ValueTask } from "./task.js";

/** Containers of a heap. */
export function containersOf(heap: Heap): Containers {
  return {
    list: () => heap.list(),
    queue: () => heap.deque(),
    dict: () => heap.dict(),
    set: () => heap.set(),
    read: (line, places) => {
      const list = line as unknown as List;
      let sum = 0;
      for (let i = 0; i < places.length; i++) sum += list.at(places[i] as number) as number;
      return sum;
    },
    done: (container) => (container as List).release(),
  };
}

/** The work of a task in a heap of its own, collected as heaps are when nobody says otherwise. */
export async function ourWork(task: ValueTask): Promise<Work | null> {
  const heap = await Heap.create();
  switch (task.kind) {
    case "parse": {
      const text = readFileSync(task.file, "utf8");
      return making(() => heap.from(JSON.parse(text)));
    }
    case "from": {
      const value = JSON.parse(readFileSync(task.file, "utf8"));
      return making(() => heap.from(value));
    }
    case "back": {
      const root = heap.from(JSON.parse(readFileSync(task.file, "utf8")));
      return { operations: 1, run: () => void heap.toJS(root) };
    }
    case "drop": {
      const value = JSON.parse(readFileSync(task.file, "utf8"));
      let root: ReturnType<Heap["from"]> = null;
      const prepare = () => {
        root = heap.from(value);
      };
      return { operations: 1, prepare, run: () => release(root) };
    }
    case "text in": {
      const texts = textsOf(task.alphabet, task.length);
      const list = heap.list(texts);
      return turns(texts, (text, place) => {
        list.set(place, text);
        return place;
      });
    }
    case "text out": {
      const texts = textsOf(task.alphabet, task.length);
      const list = heap.list(texts);
      return turns(texts, (_, place) => (list.at(place) as string).length);
    }
    default:
      return containerWork(containersOf(heap), task);
  }
}

/** One value a run; that of the run before goes off the clock. */
function making(make: () => ReturnType<Heap["from"]>): Work {
  let made: ReturnType<Heap["from"]> = null;
  const prepare = () => {
    release(made);
    made = null;
  };
  const run = () => {
    made = make();
  };
  return { operations: 1, prepare, run };
}
