// The whole heap: every slot, every list, every count. Leaves everything as it was.

import { I_ARENA_FREE, I_OWNER, I_QUICK_BLOCK, I_RUNTIME, I_SLOTS } from "../invariants";
import {
  ARENA_SHIFT,
  GC,
  GUARD_BYTES,
  R_DEBUG,
  R_FAULT_ADDRESS,
  R_FAULT_RULE,
  R_MAGIC,
  RUNTIME,
  RUNTIME_MAGIC_VALUE,
  SLOT_CHUNKS,
  SLOT_COUNT,
  SLOT_POOLS,
  SLOT_UNUSED,
  TAG_CLASS,
  WASM_PAGE_BYTES,
  WASM_PAGE_SHIFT,
} from "../layout";
import { ADDRESS_LIMIT, memoryEnd } from "../memory";
import { G_INTERNED, G_WEAK } from "../objectlayout";
import { regionStart, slotKind } from "../region";
import { verifyArena, verifyUsable } from "./arenas";
import { markChunks, unmarkChunks, verifyCounts, verifyLists, verifyRegion } from "./chunks";
import { verifyConstants, verifyState } from "./constants";
import { clearTotals, fault, T_MARKED, T_ROUND, T_SECOND_ROUND, T_UNLISTED, total } from "./fault";
import { verifyAllKeys, verifyInterned } from "./keys";
import { verifyObjects, verifyRecords } from "./objects";
import { clearBits, LAST_ROUND, own, restoreSeals, SECOND_ROUND, spareInUse } from "./own";
import { verifyRings } from "./pools";
import { verifyQuarantine } from "./quarantine";
import { markQuickBlocks, unmarkQuickBlocks } from "./quick";
import { verifyReferences } from "./references";
import { takeFreeBits, verifyShapes } from "./second";
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
  let rule = verifySlots();
  if (rule == 0) rule = verifyConstants();
  if (rule == 0) rule = verifyRecords();
  if (rule != 0) return rule;
  rule = verifyAll(held, count);
  clearBits();
  return rule;
}

function verifyAll(held: usize, count: u32): u32 {
  let rule = verifyBlocks();
  if (rule == 0) rule = verifyRings();
  if (rule == 0) rule = verifyUsable();
  if (rule == 0) rule = verifyCounts();
  if (rule == 0) rule = verifyContents(held, count);
  if (rule == 0) rule = verifyState();
  if (rule == 0 && load<u32>(RUNTIME, R_DEBUG) != 0) rule = verifyQuarantine();
  return rule;
}

/** Objects and what they own. */
function verifyContents(held: usize, count: u32): u32 {
  let rule = verifyObjects();
  if (rule == 0) rule = verifyReferences(held, count);
  if (rule == 0) rule = verifyWeakRefs();
  if (rule == 0) rule = verifyInterned();
  if (rule == 0) rule = verifyAllKeys();
  if (rule == 0 && total(T_SECOND_ROUND) != 0) rule = verifySecondRound();
  if (!restoreSeals()) {
    restoreOthers();
    if (rule == 0) rule = fault(I_OWNER, 0);
  }
  return rule;
}

/** What only looks like a chunk to its owner is as it was, too. */
function restoreOthers(): void {
  const rule = load<u32>(RUNTIME, R_FAULT_RULE);
  const address = load<u32>(RUNTIME, R_FAULT_ADDRESS);
  store<u32>(T_ROUND, LAST_ROUND);
  own(load<u32>(GC, G_WEAK), 0);
  own(load<u32>(GC, G_INTERNED), 0);
  verifyObjects();
  verifyShapes();
  fault(rule, address);
}

/** Blocks of 8 bytes whose bits had no room the first time. */
function verifySecondRound(): u32 {
  clearBits();
  store<u32>(T_ROUND, SECOND_ROUND);
  takeFreeBits();
  let rule = verifyObjects();
  if (rule == 0) rule = verifyShapes();
  return rule;
}

/** Who owns which part of memory. After that, whatever lies below its end may be read, and arenas may be looked into. */
function verifySlots(): u32 {
  const end = memoryEnd();
  if (end > (<u64>memory.size()) << WASM_PAGE_SHIFT || end > ADDRESS_LIMIT || end == 0) return fault(I_SLOTS, end);
  if ((end & (WASM_PAGE_BYTES - 1)) != 0 || slotKind(0) != SLOT_CHUNKS) return fault(I_SLOTS, end);
  const slots = <u32>((end - 1) >> ARENA_SHIFT) + 1;
  for (let slot: u32 = 0; slot < SLOT_COUNT; slot++) {
    const kind = slotKind(slot);
    const start = (<usize>slot) << ARENA_SHIFT;
    if (slot < slots ? kind != SLOT_POOLS && kind != SLOT_CHUNKS : kind != SLOT_UNUSED) return fault(I_SLOTS, start);
    // The page that describes an arena is no pool.
    if (kind != SLOT_POOLS) continue;
    const inUse = load<u32>(start, TAG_CLASS) != 0 ? start : spareInUse(start);
    if (inUse != 0) return fault(I_ARENA_FREE, inUse);
  }
  return 0;
}

function verifyBlocks(): u32 {
  let rule = markQuickBlocks();
  if (rule == 0) rule = verifyRegions();
  unmarkQuickBlocks();
  return rule == 0 && total(T_MARKED) != 0 ? fault(I_QUICK_BLOCK, 0) : rule;
}

function verifyRegions(): u32 {
  const listed = markChunks();
  const at = load<u32>(RUNTIME, R_FAULT_ADDRESS);
  if (listed != 0) {
    // What is wrong with a chunk itself says more than that its list ends there.
    unmarkChunks();
    store<u32>(T_UNLISTED, 1);
  }
  const rule = verifyArenasAndRegions();
  if (listed == 0) unmarkChunks();
  if (rule != 0) return rule;
  return listed == 0 ? verifyLists() : fault(listed, at);
}

/** Each arena and each region, in address order. */
function verifyArenasAndRegions(): u32 {
  const end = memoryEnd();
  const slots = <u32>((end - 1) >> ARENA_SHIFT) + 1;
  let rule: u32 = 0;
  for (let slot: u32 = 0; slot < slots && rule == 0; slot++) {
    const start = regionStart(slot);
    if (slotKind(slot) == SLOT_POOLS) {
      rule = verifyArena(start);
    } else {
      while (slot + 1 < slots && slotKind(slot + 1) == SLOT_CHUNKS) slot++;
      rule = verifyRegion(start, slot + 1 == slots ? end : (<usize>(slot + 1)) << ARENA_SHIFT);
    }
  }
  return rule;
}
