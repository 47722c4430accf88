// Traced allocations: the host hears of each block, from inside the call that allocates it, so that the stack of that moment is its
// traceback (Python/tracemalloc.c). There is nothing of it in the way of those who do not trace: quickEnd() is 0 meanwhile, so that no
// block leaves a quick list by the fast path, blocks are handed out one by one, and no chunk enters a quick list. Blocks in quick lists were
// freed since the last time: they are told of before anything is allocated, so the host's sum is exact whenever it can be a peak.

import { track, untrack } from "./env";
import { R_DAMAGED, R_QUICK_END, RUNTIME } from "./layout";
import { memoryEnd, quickEnd } from "./memory";
import { drainBlocks, isTraced } from "./quick";

export function isTracing(): bool {
  return quickEnd() == 0;
}

/** From now on, `track` and `untrack` of env.ts are called. Nothing is in quick lists. */
export function beginTracing(): void {
  store<u32>(RUNTIME, 0, R_QUICK_END);
}

export function endTracing(): void {
  store<u32>(RUNTIME, memoryEnd(), R_QUICK_END);
}

/** Tells of blocks that were freed, as far as that was not done yet. */
export function settleTraces(): void {
  if (isTracing()) drainBlocks();
}

/** The block, if any, of a quick list that was found to be written to after it was freed, and that nobody was told of; takes it off the record. */
export function takeDamaged(): usize {
  if (!isTraced()) return 0;
  const block: usize = load<u32>(RUNTIME, R_DAMAGED);
  if (block != 0) store<u32>(RUNTIME, 0, R_DAMAGED);
  return block;
}

/** A block was allocated, if it is not 0; returns it. */
export function traced(block: usize, bytes: u32): usize {
  if (block != 0 && isTraced()) trackSlow(block, bytes);
  return block;
}

/** A block has another size, and another address perhaps, unless that is 0; returns that. For a moment there are both. */
export function retraced(block: usize, moved: usize, bytes: u32): usize {
  if (moved != 0 && isTraced()) {
    trackSlow(moved, bytes);
    if (moved != block) untrack(block);
  }
  return moved;
}

/** A block was freed. */
export function untraced(block: usize): void {
  if (isTraced()) untrack(block);
}

function trackSlow(block: usize, bytes: u32): void {
  drainBlocks();
  track(block, bytes);
}
