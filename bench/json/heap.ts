// A JSON document in a heap: lists and dicts, made of what the engine's parser made.

import { Dict, type Heap, List, type Value } from "arenaria";
import type { Holder } from "./lifecycle.js";
import { type Answers, type Kind, type Reader, survey } from "./survey.js";

/** Reads the values of a heap. A handle is released when what it is of has been seen. */
const HEAP_READER: Reader<Value> = {
  kindOf: (value) => {
    if (value === null) return "null";
    if (value instanceof List) return "array";
    if (value instanceof Dict) return "object";
    return typeof value === "bigint" ? "number" : (typeof value as Kind);
  },
  items: (list) => list as List,
  entries: (dict) => dict as Dict as Iterable<[string, Value]>,
  done: release,
};

/** Answers the questions about a document from the heap. */
export function surveyHeap(heap: Heap, root: Value): Answers {
  return heap.scope(() => survey(isHandle(root) ? root.clone() : root, HEAP_READER));
}

/** All that a document has in a heap and that is no plain value is a handle. */
function isHandle(value: Value): value is Exclude<Value, null | boolean | number | bigint | string> {
  return typeof value === "object" && value !== null;
}

/** Lets go of a value: of a handle its reference, of all others nothing. */
export function release(value: Value): void {
  if (isHandle(value)) value.release();
}

/** A holder in a heap. */
export function createHeapHolder(heap: Heap): Holder {
  const blocks = heap.sys.getAllocatedBlocks();
  let root: Value = null;
  return {
    load: (text) => {
      const value = JSON.parse(text);
      heap.gc.enable();
      root = heap.from(value);
      heap.gc.disable();
    },
    query: () => surveyHeap(heap, root),
    back: () => heap.toJS(root),
    drop: () => {
      release(root);
      root = null;
    },
    collect: () => heap.gc.collect(),
    bytes: () => heap.sys.memoryUsage().live,
    left: () => heap.sys.getAllocatedBlocks() - blocks,
  };
}
