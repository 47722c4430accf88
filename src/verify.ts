// heap.verify(): the core looks, the host makes the sentence.

import type { Engine } from "./engine.js";
import { brokenInvariant, corruption, debugRuleOf } from "./failure.js";
import { I_FRAME } from "./invariants.js";

/** @throws CorruptionError */
export function verify(engine: Engine): void {
  const broken = engine.run((core) => core.verify());
  if (broken === 0) return;
  const at = engine.run((core) => core.faultAddress()) >>> 0;
  const rule = broken === I_FRAME ? debugRuleOf(engine.run((core) => core.lastStatus())) : undefined;
  if (rule === undefined) throw brokenInvariant("heap.verify()", broken, at);
  throw corruption(engine, "heap.verify()", rule, at);
}
