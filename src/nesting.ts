// The containers around an item of plain data, and the path that leads there.

import { show } from "./arguments.js";
import { BUILD_LIST, BUILD_MAP, BUILD_SET } from "./layout.js";

/** Steps of a path that a message shows at its start, and at its end. */
const STEPS_SHOWN = 8;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** A container that is open: its items come from `source`, at the indices below `end` or at the keys. */
export class Frame {
  /** What the container becomes: BUILD_LIST … */
  readonly operation: number;
  readonly source: { readonly [key: string | number]: unknown };
  readonly keys: readonly string[] | null;
  readonly end: number;
  /** Of the next item. */
  index = 0;
  readonly outer: Frame | null;

  constructor(operation: number, source: object, keys: readonly string[] | null, end: number, outer: Frame | null) {
    this.operation = operation;
    this.source = source as Frame["source"];
    this.keys = keys;
    this.end = end;
    this.outer = outer;
  }

  /** The item at an index of a Map's or a Set's is a key. */
  isKey(index: number): boolean {
    return this.operation === BUILD_SET || (this.operation === BUILD_MAP && (index & 1) === 0);
  }
}

/** How a program would get from the root to the last item of the innermost frame. */
export function pathTo(innermost: Frame | null): string {
  const steps: string[] = [];
  for (let frame = innermost; frame !== null; frame = frame.outer) steps.push(stepTo(frame));
  steps.reverse();
  if (steps.length > STEPS_SHOWN * 2) steps.splice(STEPS_SHOWN, steps.length - STEPS_SHOWN * 2, "…");
  return steps.join("");
}

function stepTo(frame: Frame): string {
  const index = frame.index - 1;
  const { operation, source, keys } = frame;
  if (keys !== null) {
    const key = keys[index] as string;
    return NAME.test(key) && key.length <= 40 ? `.${key}` : `[${show(key)}]`;
  }
  if (operation === BUILD_LIST) return `[${index}]`;
  if (operation === BUILD_SET) return `.values()[${index}]`;
  return frame.isKey(index) ? `.keys()[${index / 2}]` : `.get(${show(source[index - 1])})`;
}
