// Whether the document in a heap is the parser's, value by value, and whether nothing of it stays.

import { isDeepStrictEqual } from "node:util";
import { Heap } from "arenaria";
import { release, surveyHeap } from "./heap.js";
import { differenceOf } from "./same.js";
import type { JsonSource } from "./source.js";
import type { Answers } from "./survey.js";

/** What a document in a heap of its own came to. */
export interface Check {
  /** Blocks more in use than before the document. */
  readonly left: number;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

/** Builds a document, asks what there is to ask, compares what comes back with the parser's values, and drops it. */
export async function check(source: JsonSource, answers: Answers): Promise<Check> {
  const heap = await Heap.create();
  try {
    return checkIn(heap, source, answers);
  } catch (error) {
    return { left: 0, faults: [`the heap broke down: ${(error as Error).message}`] };
  } finally {
    heap[Symbol.dispose]();
  }
}

function checkIn(heap: Heap, { value }: JsonSource, answers: Answers): Check {
  const before = heap.sys.getAllocatedBlocks();
  const faults: string[] = [];
  const root = heap.from(value);
  heap.verify();
  if (!isDeepStrictEqual(surveyHeap(heap, root), answers)) {
    faults.push("the heap's answers about the document are not those of plain objects");
  }
  const freed = heap.gc.collect();
  if (freed !== 0) faults.push(`a collection freed ${freed} objects of a document that was in use`);
  const difference = differenceOf(heap.toJS(root), value);
  if (difference !== null) faults.push(`what comes back from the heap is not the document: ${difference}`);
  heap.verify();
  release(root);
  const late = heap.gc.collect();
  if (late !== 0) faults.push(`a collection freed ${late} objects that should have gone with their last reference`);
  heap.verify();
  const left = heap.sys.getAllocatedBlocks() - before;
  if (left !== 0) faults.push(`${left} blocks are left when the document is dropped, which should be none`);
  return { left, faults };
}
