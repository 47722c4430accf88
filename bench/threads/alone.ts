// What one thread does in a heap of its own, shared or not: what the lock costs, and what an operation costs under it.

import { Heap, type Instance } from "arenaria";
import type { Work } from "../objects/work.js";
import { sink } from "../values/containers.js";
import { type AloneTask, BATCH } from "./task.js";

/** Bytes that are there from the start, so that memory does not grow while something is timed. */
const MEMORY = 2 ** 26;
/** Records that operations take turns on, and operations of a run. */
const RECORDS = 16;
const OPERATIONS = 10 * BATCH;

const FIELDS = { id: "u32", next: "self" } as const;

/** The work of a task, in a heap of its own. */
export async function aloneWork(task: AloneTask): Promise<Work> {
  return workIn(await Heap.create({ shared: task.shared, initialMemory: MEMORY }), task.kind);
}

/** The work of a task in a heap, which has no struct types yet. */
export function workIn(heap: Heap, kind: AloneTask["kind"]): Work {
  const { gil } = heap;
  switch (kind) {
    case "run":
      return loop((i) => gil.run(() => i));
    case "atomic":
      return loop((i) => gil.atomic(() => i));
    case "acquire":
      return loop((i) => {
        gil.acquire();
        gil.release();
        return i;
      });
    case "checkpoint":
      return underLock(
        heap,
        loop((i) => {
          gil.checkpoint();
          return i;
        }),
      );
    default:
      return underLock(
        heap,
        gil.run(() => operationWork(heap, kind)),
      );
  }
}

/** An operation over and over, which comes to its number. */
function loop(operation: (i: number) => number): Work {
  const run = () => {
    let sum = 0;
    for (let i = 0; i < OPERATIONS; i++) sum += operation(i);
    if (sum !== SUM) throw new Error(`the operations came to ${sum} and not to ${SUM}`);
    sink.sum += sum;
  };
  return { operations: OPERATIONS, run };
}

const SUM = (OPERATIONS * (OPERATIONS - 1)) / 2;

/** A run has the lock from its beginning to its end, and handles that it makes are those of a scope. */
function underLock(heap: Heap, { operations, prepare, run }: Work): Work {
  const locked = (body: () => void) => () => heap.gil.run(() => heap.scope(body));
  return { operations, ...(prepare === undefined ? {} : { prepare: locked(prepare) }), run: locked(run) };
}

function operationWork(
  heap: Heap,
  kind: Exclude<AloneTask["kind"], "run" | "atomic" | "acquire" | "checkpoint">,
): Work {
  const Record = heap.struct("Record", FIELDS);
  const records = Array.from({ length: RECORDS }, () => new Record());
  const record = (i: number) => records[i % RECORDS] as Instance<typeof FIELDS>;
  switch (kind) {
    case "get":
      for (const each of records) each.id = 1;
      return loop((i) => i * record(i).id);
    case "set":
      return loop((i) => {
        record(i).id = i;
        return i;
      });
    case "cursor": {
      const cursor = Record.cursor();
      return loop((i) => {
        cursor.address = record(i).address;
        cursor.id = i;
        return cursor.id;
      });
    }
    case "get reference":
      for (const [i, each] of records.entries()) each.next = record(i + 1);
      return loop((i) => {
        record(i).next?.release();
        return i;
      });
    case "push": {
      const list = heap.list();
      const work = loop((i) => list.push(i) - 1);
      return { ...work, prepare: () => list.clear() };
    }
    case "new":
      return loop((i) => {
        const made = new Record({ id: i });
        const { id } = made;
        made.release();
        return id;
      });
  }
}
