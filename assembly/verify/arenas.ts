// Arenas: their pools, their lists, and the table that keeps the list of usable arenas sorted.

import { I_ARENA_FREE, I_ARENA_LAST, I_ARENA_ORDER, I_LENT, I_SLOTS } from "../invariants";
import {
  ARENA_FREE_COUNT,
  ARENA_FREE_POOLS,
  ARENA_MASK,
  ARENA_NEXT,
  ARENA_PREV,
  ARENA_SHIFT,
  ARENA_VIRGIN,
  DESCRIPTOR_BYTES,
  LAST_ARENA_WITH,
  LENT_BEHIND,
  POOL_BYTES,
  POOL_NEXT,
  POOL_USED,
  POOLS_PER_ARENA,
  R_ARENAS,
  R_LENT_POOLS,
  R_USABLE_ARENAS,
  RUNTIME,
  SLOT_POOLS,
  TAG_CLASS,
} from "../layout";
import { memoryEnd } from "../memory";
import { isInUse, poolAt, poolStart } from "../pool";
import { slotKind } from "../region";
import { verifyRegion } from "./chunks";
import { add, fault, T_ARENAS, T_ARENAS_WITH_ROOM, T_LENT_POOLS, total } from "./fault";
import { verifyPool } from "./pools";

/** An arena and its pools; 0 or the id of what is wrong. */
export function verifyArena(arena: usize): u32 {
  const virgin = load<u32>(arena, ARENA_VIRGIN);
  if (load<u32>(arena, TAG_CLASS) != 0 || virgin == 0 || virgin > POOLS_PER_ARENA + 1)
    return fault(I_ARENA_FREE, arena);
  if (<u64>arena + virgin * POOL_BYTES > memoryEnd()) return fault(I_SLOTS, arena);
  let empty: u32 = 0;
  for (let index: u32 = 1; index < virgin; index++) {
    const pool = poolAt(arena, index);
    if (isInUse(pool) || load<u32>(pool, POOL_USED) == 0) {
      const rule = verifyPool(pool);
      if (rule != 0) return rule;
      if (!isInUse(pool)) empty++;
    } else {
      const run = load<u32>(pool, POOL_USED);
      const rule = verifyLent(pool, index, run, virgin);
      if (rule != 0) return rule;
      index += run - 1;
    }
  }
  for (let at = poolAt(arena, virgin); at < poolAt(arena, POOLS_PER_ARENA + 1); at += 4) {
    if (load<u32>(at) != 0) return fault(I_ARENA_FREE, at);
  }
  for (let index = virgin; index <= POOLS_PER_ARENA; index++)
    if (isInUse(poolAt(arena, index))) return fault(I_ARENA_FREE, arena);
  const free = empty + (POOLS_PER_ARENA + 1 - virgin);
  if (load<u32>(arena, ARENA_FREE_COUNT) != free || !isListOfEmpty(arena, empty)) return fault(I_ARENA_FREE, arena);
  add(T_ARENAS, 1);
  if (free != 0) add(T_ARENAS_WITH_ROOM, 1);
  return 0;
}

function verifyLent(first: usize, index: u32, run: u32, virgin: u32): u32 {
  if (run == LENT_BEHIND || run > virgin - index) return fault(I_LENT, first);
  for (let i: u32 = 1; i < run; i++) {
    const pool = first + i * DESCRIPTOR_BYTES;
    if (isInUse(pool) || load<u32>(pool, POOL_USED) != LENT_BEHIND) return fault(I_LENT, pool);
  }
  add(T_LENT_POOLS, run);
  return verifyRegion(poolStart(first), poolStart(first) + run * POOL_BYTES);
}

/** The arena's list is `empty` pools of it, all empty. */
function isListOfEmpty(arena: usize, empty: u32): bool {
  let pool: usize = load<u32>(arena, ARENA_FREE_POOLS);
  for (; empty != 0; empty--) {
    if ((pool & ~(<usize>ARENA_MASK)) != arena || pool % DESCRIPTOR_BYTES != 0) return false;
    if (pool < poolAt(arena, 1) || pool >= poolAt(arena, POOLS_PER_ARENA + 1)) return false;
    if (isInUse(pool) || load<u32>(pool, POOL_USED) != 0) return false;
    pool = load<u32>(pool, POOL_NEXT);
  }
  return pool == 0;
}

/** An address at which there is an arena. */
function isArena(arena: usize): bool {
  return (arena & ARENA_MASK) == 0 && slotKind(<u32>(arena >> ARENA_SHIFT)) == SLOT_POOLS;
}

/** The list of usable arenas and its table. Run it after all arenas were verified. */
export function verifyUsable(): u32 {
  let before: usize = 0;
  let arena: usize = load<u32>(RUNTIME, R_USABLE_ARENAS);
  let arenas: u32 = 0;
  let least: u32 = 1;
  while (arena != 0) {
    if (!isArena(arena)) return fault(I_ARENA_ORDER, arena);
    const free = load<u32>(arena, ARENA_FREE_COUNT);
    const next: usize = load<u32>(arena, ARENA_NEXT);
    if (free < least || load<u32>(arena, ARENA_PREV) != <u32>before || ++arenas > total(T_ARENAS_WITH_ROOM)) {
      return fault(I_ARENA_ORDER, arena);
    }
    const isLast = !isArena(next) || load<u32>(next, ARENA_FREE_COUNT) != free;
    if (isLast != (load<u32>(LAST_ARENA_WITH + (free << 2)) == <u32>arena)) return fault(I_ARENA_LAST, arena);
    for (let k = least; k < free; k++)
      if (k > least || before == 0) if (load<u32>(LAST_ARENA_WITH + (k << 2)) != 0) return fault(I_ARENA_LAST, arena);
    least = free;
    before = arena;
    arena = next;
  }
  if (arenas != total(T_ARENAS_WITH_ROOM)) return fault(I_ARENA_ORDER, 0);
  for (let k: u32 = before == 0 ? 1 : least + 1; k <= POOLS_PER_ARENA; k++)
    if (load<u32>(LAST_ARENA_WITH + (k << 2)) != 0) return fault(I_ARENA_LAST, 0);
  if (load<u32>(RUNTIME, R_LENT_POOLS) != total(T_LENT_POOLS)) return fault(I_LENT, 0);
  return load<u32>(RUNTIME, R_ARENAS) == total(T_ARENAS) ? 0 : fault(I_SLOTS, 0);
}
