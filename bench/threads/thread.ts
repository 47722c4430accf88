// A thread of the suite: see crew.ts.

import type { Handle, Heap, Instance, List } from "arenaria";
import { type Signals, serveCrew } from "./crew.js";
import {
  BATCH,
  COUNTER_FIELDS,
  COUNTERS,
  LIST,
  PLACES,
  RECORD_FIELDS,
  SHARED,
  type ThreadAnswer,
  type ThreadJob,
} from "./task.js";

/** Milliseconds between two wishes for the lock, at most. */
const PAUSE_MOST = 8;

await serveCrew<ThreadJob, ThreadAnswer>((heap, job, signals) => {
  const { gil } = heap;
  switch (job.kind) {
    case "increment": {
      const step = gil.run(() => incrementer(heap));
      return () => {
        gil.run(() => {
          for (let i = 0; i < job.operations; i++) step(i);
        });
        return { waits: [] };
      };
    }
    case "push":
    case "make": {
      const step = gil.run(() => (job.kind === "push" ? pusher(heap) : maker(heap)));
      return () => {
        gil.run(() => inBatches(heap, job.operations, step));
        return { waits: [] };
      };
    }
    case "poll": {
      const step = gil.run(() => incrementer(heap));
      return () => {
        gil.run(() => {
          for (let i = 0; !signals.isOver; i++) step(i);
        });
        return { waits: [] };
      };
    }
    case "wait":
      return () => ({ waits: waitsFor(heap, signals, job.times, job.seed) });
  }
});

/** Counts in one shared record after the other. Others are let in after a write only, so not between reading and writing. */
function incrementer(heap: Heap): (i: number) => void {
  const Counter = heap.struct("Counter", COUNTER_FIELDS);
  const list = heap.globals.get(COUNTERS) as List;
  const counters = Array.from(list, (counter) => Counter.at((counter as Handle).address));
  return (i) => {
    const counter = counters[i % SHARED] as Instance<typeof COUNTER_FIELDS>;
    counter.count += 1;
  };
}

function pusher(heap: Heap): (i: number) => void {
  const list = heap.globals.get(LIST) as List;
  return (i) => void list.push(i);
}

function maker(heap: Heap): (i: number) => void {
  const Record = heap.struct("Record", RECORD_FIELDS);
  const places = heap.globals.get(PLACES) as List;
  return (i) => places.set(i % SHARED, new Record({ id: i }));
}

function inBatches(heap: Heap, operations: number, step: (i: number) => void): void {
  for (let first = 0; first < operations; first += BATCH) {
    const end = Math.min(first + BATCH, operations);
    heap.scope(() => {
      for (let i = first; i < end; i++) step(i);
    });
  }
}

/** Milliseconds that each of so many wishes for the lock took. */
function waitsFor({ gil }: Heap, signals: Signals, times: number, seed: number): number[] {
  const waits: number[] = [];
  let random = seed;
  for (let i = 0; i < times; i++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    signals.sleep((random / 2 ** 32) * PAUSE_MOST);
    const before = performance.now();
    gil.acquire();
    waits.push(performance.now() - before);
    gil.release();
  }
  return waits;
}
