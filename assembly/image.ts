// What an image of the heap needs of the core: before its bytes are copied, and when they lie in other memory.

import {
  ARENA_FREE_POOLS,
  ARENA_SHIFT,
  GC,
  POOL_CLASS,
  POOL_FREE,
  POOL_NEXT,
  POOL_SIZE,
  POOL_VIRGIN,
  QUICK_BLOCK_LISTS,
  QUICK_BLOCKS,
  QUICK_CHUNK_MAX,
  QUICK_CHUNKS,
  R_DAMAGED,
  R_FAIL_GROWTH,
  R_FAULT_RULE,
  R_MEMORY_END,
  R_QUICK_END,
  R_STATUS,
  RUNTIME,
  SLOT_COUNT,
  SLOT_POOLS,
} from "./layout";
import {
  G_CALLS,
  G_COLLECTING,
  G_DAMAGED,
  G_DELAYED,
  G_DELAYED_RUN,
  G_DEPTH,
  G_ENABLED,
  G_FINALIZING,
  G_FRAME_STATUS,
  G_LIMIT,
  G_THRESHOLD,
  G_TRASH,
  G_TRASH_COUNT,
  G_TRASH_CURSOR,
  G_TRASH_TAIL,
} from "./objectlayout";
import { writeDivisors } from "./quick";
import { drain } from "./reclaim";
import { slotKind } from "./region";

/** Gives back what waits in quick lists, and lets empty pools forget which blocks they had: their bytes say nothing any more. */
export function tidy(): void {
  drain();
  for (let slot: u32 = 1; slot < SLOT_COUNT; slot++) {
    if (slotKind(slot) != SLOT_POOLS) continue;
    const arena = (<usize>slot) << ARENA_SHIFT;
    for (let pool: usize = load<u32>(arena, ARENA_FREE_POOLS); pool != 0; pool = load<u32>(pool, POOL_NEXT)) {
      store<u32>(pool, 0, POOL_SIZE);
      store<u32>(pool, 0, POOL_CLASS);
      store<u32>(pool, 0, POOL_VIRGIN);
      store<u32>(pool, 0, POOL_FREE);
    }
  }
}

/**
 * The bytes of an image are there. Writes anew what is the same in every heap, and ends what was under way: nothing is in quick lists, no
 * collection and no death has begun. Everything else is for `verifyImage` to look at.
 */
export function adoptImage(): void {
  writeDivisors();
  memory.fill(QUICK_BLOCKS, 0, QUICK_BLOCK_LISTS << 2);
  memory.fill(QUICK_CHUNKS, 0, (QUICK_CHUNK_MAX >> 2) + 4);
  for (let word = R_STATUS; word <= R_FAULT_RULE; word += 4) store<u32>(RUNTIME + word, 0);
  store<u32>(RUNTIME, 0, R_FAIL_GROWTH);
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_MEMORY_END), R_QUICK_END);
  // A block that somebody else wrote to after it was freed, and that has left quarantine since.
  store<u32>(RUNTIME, 0, R_DAMAGED);
  const threshold = load<u32>(GC, G_THRESHOLD);
  store<u32>(GC, load<u32>(GC, G_ENABLED) != 0 && threshold != 0 ? threshold : u32.MAX_VALUE, G_LIMIT);
  store<u32>(GC, 0, G_COLLECTING);
  store<u32>(GC, 0, G_TRASH);
  store<u32>(GC, 0, G_TRASH_TAIL);
  store<u32>(GC, 0, G_TRASH_COUNT);
  store<u32>(GC, 0, G_TRASH_CURSOR);
  store<u32>(GC, 0, G_DAMAGED);
  store<u32>(GC, 0, G_FRAME_STATUS);
  store<u32>(GC, 0, G_DEPTH);
  store<u32>(GC, 0, G_CALLS);
  store<u32>(GC, 0, G_DELAYED);
  store<u32>(GC, 0, G_DELAYED_RUN);
  store<u32>(GC, 0, G_FINALIZING);
}
