// heap.verify(): the core looks, the host makes the sentence.

import { hex } from "./address.js";
import type { Engine } from "./engine.js";
import { CorruptionError } from "./errors.js";
import { sentenceOf } from "./invariants.js";

/** @throws CorruptionError */
export function verify(engine: Engine): void {
  const broken = engine.run((core) => core.verify());
  if (broken === 0) return;
  const address = engine.run((core) => core.faultAddress()) >>> 0;
  const { name, sentence } = sentenceOf(broken);
  throw new CorruptionError(
    "invariant",
    address,
    `heap.verify(): invariant ${name} does not hold at ${hex(address)}: ${sentence}. ` +
      "Something wrote outside its blocks; a heap with debug: true can tell which block it was",
    "",
  );
}
