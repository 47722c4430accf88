// Quick lists of blocks. While the pools are verified, each block in one carries its stamp inverted, which finds a block
// that is listed twice and tells blocks that wait from blocks that are allocated; `unmark` puts the stamps back.

import { I_QUICK_BLOCK, I_STAMP } from "../invariants";
import { BLOCK_STAMP, QUICK_BLOCK_LISTS } from "../layout";
import { firstQuick, isStamped, linkOf, quickListOf, stamp, stampFor } from "../pool";
import { isBlockOf } from "../quick";
import { add, fault, T_MARKED } from "./fault";

export function isMarked(block: usize): bool {
  return load<u32>(block, BLOCK_STAMP) == ~stampFor(block);
}

/** Marks the blocks of all quick lists; 0 or the id of what is wrong. What was marked so far stays marked. */
export function markQuickBlocks(): u32 {
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const list = quickListOf(sizeClass);
    for (let block = firstQuick(list); block != 0; block = linkOf(block)) {
      if (!isBlockOf(list, block) || isMarked(block)) return fault(I_QUICK_BLOCK, block);
      if (!isStamped(block)) return fault(I_STAMP, block);
      store<u32>(block, ~stampFor(block), BLOCK_STAMP);
      add(T_MARKED, 1);
    }
  }
  return 0;
}

/** Puts the stamps back, as far as they were inverted. */
export function unmarkQuickBlocks(): void {
  for (let sizeClass: u32 = 0; sizeClass < QUICK_BLOCK_LISTS; sizeClass++) {
    const list = quickListOf(sizeClass);
    let block = firstQuick(list);
    while (block != 0 && isBlockOf(list, block) && isMarked(block)) {
      stamp(block);
      block = linkOf(block);
    }
  }
}
