// Before memory grows, what waits in quick lists goes back to pools and regions. Each freed block goes back at most once, so
// that this adds a constant to the cost of a free; a request that would grow memory may have to sort back everything freed
// since the last time, about 10 ns a block.

import { allocateLarge, drainChunks, resizeLarge } from "./large";
import { R_REFILLS, RUNTIME } from "./layout";
import { drainBlocks } from "./quick";

/**
 * Refills of quick lists before a pool is worth a drain again, and not growth. A program that needs a few pools more than
 * there are would otherwise drain for each of them, for ever, and never grow.
 */
const REFILLS_MIN: u32 = 32;

/** Returns everything in quick lists to pools and regions, and empty pools and arenas to where they came from. */
export function drain(): void {
  store<u32>(RUNTIME, 0, R_REFILLS);
  drainBlocks();
  drainChunks();
}

/** Drains for the sake of a pool, unless that was done only a few refills ago. */
export function drainIfDue(): bool {
  if (load<u32>(RUNTIME, R_REFILLS) < REFILLS_MIN) return false;
  drain();
  return true;
}

/** A large block for the domain with this flag, growing memory only when nothing else helps; 0: no memory. */
export function mallocLarge(request: u32, domain: u32): usize {
  let block = allocateLarge(request, domain, false);
  if (block != 0) return block;
  drain();
  block = allocateLarge(request, domain, false);
  return block != 0 ? block : allocateLarge(request, domain, true);
}

/** Resizes a large block, growing memory only when nothing else helps; 0: no memory, the block is as it was. */
export function reallocLarge(address: usize, request: u32): usize {
  let block = resizeLarge(address, request, false);
  if (block != 0) return block;
  drain();
  block = resizeLarge(address, request, false);
  return block != 0 ? block : resizeLarge(address, request, true);
}
