// Lending: a run of empty pools serves as a region of chunks when no chunk fits and memory would have to grow.
// Programs change phase; without it the empty pools of half-empty arenas would be out of reach of large blocks.

import { returnRun, takeRun } from "./arena";
import { removeFromBin } from "./bins";
import { isUsed, sizeOf } from "./chunk";
import {
  ARENA_MASK,
  ARENA_SHIFT,
  LENT_BEHIND,
  POOL_BYTES,
  POOL_MASK,
  POOL_SHIFT,
  POOL_USED,
  POOLS_PER_ARENA,
  SLOT_POOLS,
  SLOTS,
} from "./layout";
import { isInUse, poolOf, poolStart } from "./pool";
import { EDGE_BYTES, openRegion } from "./region";

/** Lends pools so that there is a free chunk of at least `size` bytes. False if no run of empty pools is long enough. */
export function lendPools(size: u32): bool {
  const count = (size + (2 * EDGE_BYTES + POOL_MASK)) >> POOL_SHIFT;
  if (count > POOLS_PER_ARENA) return false;
  const first = takeRun(count);
  if (first == 0) return false;
  openRegion(poolStart(first), poolStart(first) + count * POOL_BYTES);
  return true;
}

/** True for an address in a pool that is lent. */
export function isLent(address: usize): bool {
  if (load<u8>(address >> ARENA_SHIFT, SLOTS) != SLOT_POOLS || (address & ARENA_MASK) < POOL_BYTES) return false;
  const pool = poolOf(address);
  return !isInUse(pool) && load<u32>(pool, POOL_USED) != 0;
}

/** Gives a run of lent pools back to its arena if `chunk` is free and all there is in it. */
export function returnIfWhole(chunk: usize): void {
  if ((chunk & POOL_MASK) != EDGE_BYTES || isUsed(chunk) || !isLent(chunk)) return;
  const first = poolOf(chunk);
  const run = load<u32>(first, POOL_USED);
  const size = sizeOf(chunk);
  if (run == LENT_BEHIND || size != run * POOL_BYTES - 2 * EDGE_BYTES) return;
  removeFromBin(chunk, size);
  returnRun(first);
}
