// Pool arenas: which have free pools, most full first, so that nearly empty ones get the chance to become empty.
// The list is kept sorted in O(1) as in CPython (Objects/obmalloc.c, usable_arenas and nfp2lasta).

import {
  ARENA_BYTES,
  ARENA_FREE_COUNT,
  ARENA_FREE_POOLS,
  ARENA_MASK,
  ARENA_NEXT,
  ARENA_PREV,
  ARENA_VIRGIN,
  DESCRIPTOR_BYTES,
  LAST_ARENA_WITH,
  LENT_BEHIND,
  POOL_BYTES,
  POOL_NEXT,
  POOL_SIZE,
  POOL_USED,
  POOLS_PER_ARENA,
  R_ARENAS,
  R_ARENAS_ALLOCATED,
  R_ARENAS_HIGH,
  R_LENT_POOLS,
  R_USABLE_ARENAS,
  RUNTIME,
} from "./layout";
import { commit, notePeak } from "./memory";
import { clearTag, isInUse, poolAt, poolStart } from "./pool";
import { claimSlot, releaseSlot } from "./region";

function firstUsable(): usize {
  return load<u32>(RUNTIME, R_USABLE_ARENAS);
}

function freeCount(arena: usize): u32 {
  return load<u32>(arena, ARENA_FREE_COUNT);
}

function nextArena(arena: usize): usize {
  return load<u32>(arena, ARENA_NEXT);
}

/** Last arena of the list with `free` free pools, 0 if none has. */
function lastWith(free: u32): usize {
  return load<u32>(LAST_ARENA_WITH + (free << 2));
}

function setLastWith(free: u32, arena: usize): void {
  store<u32>(LAST_ARENA_WITH + (free << 2), arena);
}

/** Puts `arena` into the list behind `before`, or first if that is 0. */
function insertBehind(before: usize, arena: usize): void {
  const next = before == 0 ? firstUsable() : nextArena(before);
  store<u32>(arena, before, ARENA_PREV);
  store<u32>(arena, next, ARENA_NEXT);
  if (before == 0) store<u32>(RUNTIME, arena, R_USABLE_ARENAS);
  else store<u32>(before, arena, ARENA_NEXT);
  if (next != 0) store<u32>(next, arena, ARENA_PREV);
}

function unlinkArena(arena: usize): void {
  const next = nextArena(arena);
  const prev: usize = load<u32>(arena, ARENA_PREV);
  if (prev == 0) store<u32>(RUNTIME, next, R_USABLE_ARENAS);
  else store<u32>(prev, next, ARENA_NEXT);
  if (next != 0) store<u32>(next, prev, ARENA_PREV);
}

/** `arena` stops being one with `free` free pools: the one before it is then the last such, if it has as many. */
function leaveCount(arena: usize, free: u32): void {
  if (lastWith(free) != arena) return;
  const prev: usize = load<u32>(arena, ARENA_PREV);
  setLastWith(free, prev != 0 && freeCount(prev) == free ? prev : 0);
}

/** An empty pool, from the most full arena that has one; its descriptor, or 0 when there is none and memory may or can not grow. */
export function takePool(grow: bool): usize {
  for (let arena = firstUsable(); arena != 0; arena = nextArena(arena)) {
    const pool = takePoolOf(arena, grow);
    if (pool != 0) return pool;
  }
  const arena = openArena(grow);
  return arena == 0 ? 0 : takePoolOf(arena, grow);
}

/** 0 if the arena's free pools are virgin ones for which there is no memory. */
function takePoolOf(arena: usize, grow: bool): usize {
  let pool: usize = load<u32>(arena, ARENA_FREE_POOLS);
  if (pool != 0) {
    store<u32>(arena, load<u32>(pool, POOL_NEXT), ARENA_FREE_POOLS);
  } else {
    const index = load<u32>(arena, ARENA_VIRGIN);
    pool = poolAt(arena, index);
    if (!commit(<u64>poolStart(pool) + POOL_BYTES, <u64>arena + ARENA_BYTES, grow)) return 0;
    store<u32>(arena, index + 1, ARENA_VIRGIN);
  }
  const free = freeCount(arena);
  leaveCount(arena, free);
  store<u32>(arena, free - 1, ARENA_FREE_COUNT);
  if (free == 1) {
    unlinkArena(arena);
    return pool;
  }
  const prev: usize = load<u32>(arena, ARENA_PREV);
  if (prev != 0 && freeCount(prev) >= free) {
    // It was not the first: those before it had no memory for their virgin pools.
    unlinkArena(arena);
    insertBehind(lastWithUpTo(free - 1), arena);
  }
  setLastWith(free - 1, arena);
  return pool;
}

function openArena(grow: bool): usize {
  const arena = claimSlot(grow);
  if (arena == 0) return 0;
  memory.fill(arena, 0, POOL_BYTES);
  store<u32>(arena, POOLS_PER_ARENA, ARENA_FREE_COUNT);
  store<u32>(arena, 1, ARENA_VIRGIN);
  insertBehind(lastWithUpTo(POOLS_PER_ARENA), arena);
  setLastWith(POOLS_PER_ARENA, arena);
  const arenas = load<u32>(RUNTIME, R_ARENAS) + 1;
  store<u32>(RUNTIME, arenas, R_ARENAS);
  store<u32>(RUNTIME, max(arenas, load<u32>(RUNTIME, R_ARENAS_HIGH)), R_ARENAS_HIGH);
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_ARENAS_ALLOCATED) + 1, R_ARENAS_ALLOCATED);
  notePeak();
  return arena;
}

/** Last arena of the list with at most `free` free pools, 0 if none. */
function lastWithUpTo(free: u32): usize {
  while (free != 0 && lastWith(free) == 0) free--;
  return free == 0 ? 0 : lastWith(free);
}

/** Takes back a pool that became empty, and gives the arena back if all its pools are and another arena is usable. */
export function returnPool(pool: usize): void {
  const arena = pool & ~(<usize>ARENA_MASK);
  clearTag(pool);
  store<u32>(pool, load<u32>(arena, ARENA_FREE_POOLS), POOL_NEXT);
  store<u32>(arena, pool, ARENA_FREE_POOLS);
  const free = freeCount(arena);
  const last = lastWith(free);
  if (free != 0) leaveCount(arena, free);
  store<u32>(arena, free + 1, ARENA_FREE_COUNT);
  if (free == 0) {
    insertBehind(0, arena);
  } else if (free + 1 == POOLS_PER_ARENA && nextArena(arena) != 0) {
    unlinkArena(arena);
    closeArena(arena);
    return;
  } else if (last != arena) {
    // Move behind those that have as many free pools as it had.
    unlinkArena(arena);
    insertBehind(last, arena);
  }
  if (lastWith(free + 1) == 0) setLastWith(free + 1, arena);
}

function closeArena(arena: usize): void {
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_ARENAS) - 1, R_ARENAS);
  releaseSlot(arena);
}

// ── pools lent to chunks and taken back, several at a time ──────────────────────────────────────────

/** An empty pool that was in use before. Virgin pools stay for pools: an arena that still has some is being filled. */
function isEmpty(arena: usize, index: u32): bool {
  const pool = poolAt(arena, index);
  return !isInUse(pool) && load<u32>(pool, POOL_USED) == 0 && index < load<u32>(arena, ARENA_VIRGIN);
}

/** The most full arena's first run of `count` empty pools: the descriptor of the first, whose USED is set to `count`; 0 if there is none. */
export function takeRun(count: u32): usize {
  for (let arena = firstUsable(); arena != 0; arena = nextArena(arena)) {
    if (freeCount(arena) < count) continue;
    let run: u32 = 0;
    for (let index: u32 = 1; index <= POOLS_PER_ARENA; index++) {
      run = isEmpty(arena, index) ? run + 1 : 0;
      if (run == count) return takeRunAt(arena, index + 1 - run, run);
    }
  }
  return 0;
}

function takeRunAt(arena: usize, index: u32, run: u32): usize {
  const first = poolAt(arena, index);
  for (let i: u32 = 0; i < run; i++) {
    const pool = poolAt(arena, index + i);
    store<u32>(pool, i == 0 ? run : LENT_BEHIND, POOL_USED);
    store<u32>(pool, 0, POOL_SIZE);
  }
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_LENT_POOLS) + run, R_LENT_POOLS);
  relist(arena, freeCount(arena) - run);
  return first;
}

/** Gives a run of pools that `takeRun` took back to their arena. */
export function returnRun(first: usize): void {
  const arena = first & ~(<usize>ARENA_MASK);
  const run = load<u32>(first, POOL_USED);
  for (let i: u32 = 0; i < run; i++) store<u32>(first + i * DESCRIPTOR_BYTES, 0, POOL_USED);
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_LENT_POOLS) - run, R_LENT_POOLS);
  const free = freeCount(arena) + run;
  relist(arena, free);
  // The rule of the spare, as in `returnPool`; by now the arena stands last in the list.
  if (free == POOLS_PER_ARENA && load<u32>(arena, ARENA_PREV) != 0) {
    leaveCount(arena, free);
    unlinkArena(arena);
    closeArena(arena);
  }
}

/** Puts the arena where its new number of free pools belongs, and makes its list of empty pools anew. */
function relist(arena: usize, free: u32): void {
  const before = freeCount(arena);
  if (before != 0) {
    leaveCount(arena, before);
    unlinkArena(arena);
  }
  store<u32>(arena, free, ARENA_FREE_COUNT);
  if (free != 0) {
    insertBehind(lastWithUpTo(free), arena);
    setLastWith(free, arena);
  }
  let list: usize = 0;
  for (let index = load<u32>(arena, ARENA_VIRGIN) - 1; index != 0; index--) {
    if (!isEmpty(arena, index)) continue;
    const pool = poolAt(arena, index);
    store<u32>(pool, list, POOL_NEXT);
    list = pool;
  }
  store<u32>(arena, list, ARENA_FREE_POOLS);
}
