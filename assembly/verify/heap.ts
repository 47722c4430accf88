// The whole heap: every slot, every list, every count. Leaves everything as it was.

import { verifyQuarantine } from "../debug";
import { I_QUICK_BLOCK, I_RUNTIME, I_SLOTS } from "../invariants";
import {
  ARENA_SHIFT,
  GUARD_BYTES,
  R_DEBUG,
  R_MAGIC,
  RUNTIME,
  RUNTIME_MAGIC_VALUE,
  SLOT_CHUNKS,
  SLOT_COUNT,
  SLOT_POOLS,
  SLOT_UNUSED,
} from "../layout";
import { memoryEnd } from "../memory";
import { regionStart, slotKind } from "../region";
import { verifyArena, verifyUsable } from "./arenas";
import { verifyBins, verifyCounts, verifyQuickChunks, verifyRegion } from "./chunks";
import { verifyInterned } from "./containers";
import { clearTotals, fault, T_MARKED, T_QUARANTINED, total } from "./fault";
import { verifyAllKeys, verifyObjects, verifyRecords } from "./objects";
import { verifyRings } from "./pools";
import { markQuickBlocks, unmarkQuickBlocks } from "./quick";
import { verifyReferences } from "./references";
import { verifyWeakRefs } from "./weakrefs";

/** 0, or the id of an invariant that does not hold (invariants.ts); `faultAddress` says where. Cost: a few walks of the heap. */
export function verify(): u32 {
  return verifyImage(0, 0);
}

/**
 * As `verify`; each of the `count` addresses at `held`, which may lie behind the heap's memory, must be that of a live object, and counts
 * as a reference to it.
 */
export function verifyImage(held: usize, count: u32): u32 {
  if (load<u32>(RUNTIME, R_MAGIC) != RUNTIME_MAGIC_VALUE) return fault(I_RUNTIME, RUNTIME);
  for (let at: usize = 0; at < GUARD_BYTES; at += 8) if (load<u64>(at) != 0) return fault(I_RUNTIME, at);
  clearTotals();
  let rule = verifyRecords();
  if (rule != 0) return rule;
  rule = markQuickBlocks();
  if (rule == 0) rule = verifySlots();
  unmarkQuickBlocks();
  if (rule == 0 && total(T_MARKED) != 0) rule = fault(I_QUICK_BLOCK, 0);
  if (rule == 0) rule = verifyRings();
  if (rule == 0) rule = verifyUsable();
  if (rule == 0) rule = verifyBins();
  if (rule == 0) rule = verifyQuickChunks();
  if (rule == 0) rule = verifyCounts();
  if (rule == 0) rule = verifyObjects();
  if (rule == 0) rule = verifyReferences(held, count);
  if (rule == 0) rule = verifyWeakRefs();
  if (rule == 0) rule = verifyInterned();
  if (rule == 0) rule = verifyAllKeys();
  if (rule == 0 && load<u32>(RUNTIME, R_DEBUG) != 0) rule = verifyQuarantine(total(T_QUARANTINED));
  return rule;
}

/** Each arena and each region, in address order. */
function verifySlots(): u32 {
  const end = memoryEnd();
  if (end > (<u64>memory.size()) << 16 || slotKind(0) != SLOT_CHUNKS) return fault(I_SLOTS, end);
  const slots = <u32>((end - 1) >> ARENA_SHIFT) + 1;
  for (let slot = slots; slot < SLOT_COUNT; slot++)
    if (slotKind(slot) != SLOT_UNUSED) return fault(I_SLOTS, (<usize>slot) << ARENA_SHIFT);
  let slot: u32 = 0;
  while (slot < slots) {
    const start = regionStart(slot);
    let rule: u32;
    if (slotKind(slot) == SLOT_POOLS) {
      rule = verifyArena(start);
      slot++;
    } else if (slotKind(slot) == SLOT_CHUNKS) {
      while (slot < slots && slotKind(slot) == SLOT_CHUNKS) slot++;
      rule = verifyRegion(start, slot == slots ? end : (<usize>slot) << ARENA_SHIFT);
    } else {
      rule = fault(I_SLOTS, start);
    }
    if (rule != 0) return rule;
  }
  return 0;
}
