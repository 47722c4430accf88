// How the verifier reports, and what it may touch: records may be damaged, so no address is followed unchecked.

import { HEAP_START, R_FAULT_ADDRESS, R_FAULT_RULE, RUNTIME, SCRATCH } from "../layout";
import { memoryEnd } from "../memory";

/** Notes which invariant does not hold, and where; returns its id. */
export function fault(rule: u32, address: usize): u32 {
  store<u32>(RUNTIME, rule, R_FAULT_RULE);
  store<u32>(RUNTIME, address, R_FAULT_ADDRESS);
  return rule;
}

/** An aligned address of at least 16 bytes of the heap. */
export function isReadable(address: usize): bool {
  return (address & 7) == 0 && address >= HEAP_START && address <= memoryEnd() - 16;
}

// Running totals, kept in the scratch area as the core has no globals.

/** Pools with room, to be found on rings. */
export const T_POOLS_WITH_ROOM: usize = SCRATCH + 64;
/** Arenas with free pools, to be found in the list of usable ones. */
export const T_ARENAS_WITH_ROOM: usize = SCRATCH + 68;
/** Free chunks, to be found in bins. */
export const T_FREE_CHUNKS: usize = SCRATCH + 72;
/** Chunks in use or in quick lists. */
export const T_CHUNKS: usize = SCRATCH + 76;
/** Their bytes. */
export const T_CHUNK_BYTES: usize = SCRATCH + 80;
/** Chunks in quick lists. */
export const T_QUICK_CHUNKS: usize = SCRATCH + 84;
/** Pool arenas. */
export const T_ARENAS: usize = SCRATCH + 88;
/** Blocks in quarantine. */
export const T_QUARANTINED: usize = SCRATCH + 92;

/** Pools lent to chunks. */
export const T_LENT_POOLS: usize = SCRATCH + 96;
/** Tracked objects by generation. */
export const T_YOUNG: usize = SCRATCH + 100;
export const T_OLD: usize = SCRATCH + 104;
export const T_FROZEN: usize = SCRATCH + 108;
/** Objects of tracked types in no generation. */
export const T_UNTRACKED: usize = SCRATCH + 112;
/** Large objects that the array of those has. */
export const T_LARGE: usize = SCRATCH + 116;
/** Blocks marked as being in quick lists, less those found in pools. */
export const T_MARKED: usize = SCRATCH + 120;
/** Objects that say that there are weak references to them. */
export const T_WEAK_MARKS: usize = SCRATCH + 124;
/** Weak references, and those of them whose object is there. */
export const T_WEAK_REFS: usize = SCRATCH + 128;
export const T_LINKED: usize = SCRATCH + 132;
/** Objects with a table, or with a hash of what they hold. */
export const T_KEYED: usize = SCRATCH + 136;
/** References to untracked objects, and an object of those with fewer than were found. */
export const T_LEAF_REFERENCES: usize = SCRATCH + 140;
export const T_DAMAGED: usize = SCRATCH + 144;
/** The object or slot at which counting references came to an end before its time. */
export const T_STOP: usize = SCRATCH + 148;
/** Counts of large untracked objects together, less the references to them that were found. */
export const T_LARGE_COUNTS: usize = SCRATCH + 152;

/** Chunks that were found to have an owner. */
export const T_OWNED: usize = SCRATCH + 156;
/** Which bits are looked at, 0 or 1, and 1 if there are any of the second round. */
export const T_ROUND: usize = SCRATCH + 160;
export const T_SECOND_ROUND: usize = SCRATCH + 164;
/** Strs that say that they are interned. */
export const T_INTERNED_STRS: usize = SCRATCH + 168;
/** Bytes of the blocks that are in the list of those in quarantine, and those of them that lie in chunks. */
export const T_LISTED_DEAD: usize = SCRATCH + 188;
export const T_QUARANTINE_BYTES: usize = SCRATCH + 172;
/** Chunks found in bins, and in quick lists. */
export const T_BINNED: usize = SCRATCH + 176;
export const T_LISTED_CHUNKS: usize = SCRATCH + 180;

/** 1 if the lists of chunks are broken: then chunks are not looked for in them. */
export const T_UNLISTED: usize = SCRATCH + 184;

export function clearTotals(): void {
  memory.fill(SCRATCH + 64, 0, 192);
}

export function total(at: usize): u32 {
  return load<u32>(at);
}

export function add(at: usize, n: u32): void {
  store<u32>(at, load<u32>(at) + n);
}
