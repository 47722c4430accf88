// The second look at blocks of 8 bytes: those that are free, and those that containers own.

import { ARENA_SHIFT, POOL_CLASS, POOL_FREE, POOLS_PER_ARENA, SLOT_COUNT, SLOT_POOLS } from "../layout";
import { countOf, typeIdOf, typeWordOf } from "../object";
import { ID_ARRAY } from "../objectlayout";
import {
  endOfObjects,
  endOfUntracked,
  firstObject,
  firstUntracked,
  nextObjectPool,
  nextUntrackedPool,
  objectStep,
} from "../objectpools";
import { firstQuick, isInUse, linkOf, poolAt } from "../pool";
import { slotKind } from "../region";
import { hasMany } from "../visit";
import { verifyShape } from "./containers";
import { isPlaceOfObject } from "./live";
import { takeBit } from "./own";

/** Sets the bits of blocks that are free in their pools, or in their quick list. */
export function takeFreeBits(): void {
  takeList(firstQuick(0));
  for (let slot: u32 = 0; slot < SLOT_COUNT; slot++) {
    if (slotKind(slot) != SLOT_POOLS) continue;
    for (let index: u32 = 1; index <= POOLS_PER_ARENA; index++) {
      const pool = poolAt((<usize>slot) << ARENA_SHIFT, index);
      if (isInUse(pool) && load<u32>(pool, POOL_CLASS) == 0) takeList(load<u32>(pool, POOL_FREE));
    }
  }
}

function takeList(block: usize): void {
  for (; block != 0; block = linkOf(block)) takeBit(block);
}

/** All containers, which are no large objects; 0 or the id of what is wrong. */
export function verifyShapes(): u32 {
  let rule: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0 && rule == 0; pool = nextObjectPool(pool)) {
    const end = endOfObjects(pool);
    const step = objectStep(pool);
    for (let object = firstObject(pool); object < end && rule == 0; object += step)
      if (countOf(object) > 0 && hasMany(typeWordOf(object))) rule = verifyShape(object);
  }
  for (let pool = nextUntrackedPool(0); pool != 0 && rule == 0; pool = nextUntrackedPool(pool)) {
    const end = endOfUntracked(pool);
    const step = objectStep(pool);
    for (let object = firstUntracked(pool); object < end && rule == 0; object += step)
      if (isPlaceOfObject(object) && countOf(object) > 0 && typeIdOf(object) == ID_ARRAY) rule = verifyShape(object);
  }
  return rule;
}
