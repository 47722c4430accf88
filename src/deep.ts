// Deep conversion.

import type { Word } from "./address.js";
import type { Leaves } from "./leaves.js";

export function convert(_leaves: Leaves, _value: unknown, what: string): Word {
  throw new TypeError(`${what}: not yet`);
}
