// Before memory grows, what waits in quick lists goes back to pools and regions, a part at a time until the request fits.
// Each freed block goes back at most once, so that this adds a constant to the cost of a free. A request that would grow
// memory may have to sort back everything freed since the last time it did, about 10 ns a block.

import { allocateLarge, drainChunks, resizeLarge } from "./large";
import { growthStep } from "./memory";
import { drainBlocks } from "./quick";

/** Bytes returned at a time, for each byte that memory is about to grow by. */
const DRAIN_FACTOR: u32 = 4;

/** Returns everything in quick lists to pools and regions, and empty pools and arenas to where they came from. */
export function drain(): void {
  drainBlocks(u32.MAX_VALUE);
  drainChunks(u32.MAX_VALUE);
}

/** Returns a part of what is in quick lists. False when they were empty. */
export function drainSome(): bool {
  const budget = growthStep() * DRAIN_FACTOR;
  return (drainBlocks(budget) | drainChunks(budget)) != 0;
}

/** A large block for the domain with this flag, growing memory only when nothing else helps; 0: no memory. */
export function mallocLarge(request: u32, domain: u32): usize {
  let block = allocateLarge(request, domain, false);
  while (block == 0 && drainSome()) block = allocateLarge(request, domain, false);
  return block != 0 ? block : allocateLarge(request, domain, true);
}

/** Resizes a large block, growing memory only when nothing else helps; 0: no memory, the block is as it was. */
export function reallocLarge(address: usize, request: u32): usize {
  let block = resizeLarge(address, request, false);
  while (block == 0 && drainSome()) block = resizeLarge(address, request, false);
  return block != 0 ? block : resizeLarge(address, request, true);
}
