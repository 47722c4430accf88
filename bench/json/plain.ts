// A JSON document as plain JavaScript values, as the engine's parser makes them.

import { collectJavaScript } from "../objects/answer.js";
import type { Holder } from "./lifecycle.js";
import type { Json } from "./source.js";
import { type Kind, type Reader, survey } from "./survey.js";

/** Reads plain values. */
export const PLAIN_READER: Reader<Json> = {
  kindOf: (value) => {
    if (value === null) return "null";
    return Array.isArray(value) ? "array" : (typeof value as Kind);
  },
  items: (array) => array as Json[],
  entries: (object) => Object.entries(object as { [key: string]: Json }),
  done: () => {},
};

/** A holder in V8's own heap. Wants `--expose-gc`. */
export function createPlainHolder(): Holder {
  let root: Json = null;
  return {
    load: (text) => {
      root = JSON.parse(text);
    },
    query: () => survey(root, PLAIN_READER),
    drop: () => {
      root = null;
    },
    collect: () => {
      collectJavaScript();
      return null;
    },
    bytes: () => process.memoryUsage().heapUsed,
    left: () => null,
  };
}
