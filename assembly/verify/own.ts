// Blocks of the mem domain that objects and the heap own: each is one, and has one owner. While the verifier looks, a chunk with an owner
// carries another seal, and a block of a pool that is free or has an owner has a bit set: 256 for each pool, in what the page that
// describes the arena has to spare, and in the first word of the pool's descriptor. Blocks of 8 bytes need more: they have them in two rounds.

import { headOf, isSealed, sealFor, sizeOf } from "../chunk";
import { isDeadFrame } from "../debug";
import {
  ALIGNMENT,
  ARENA_MASK,
  ARENA_SHIFT,
  CHUNK_HEADER_BYTES,
  CHUNK_RAW,
  CHUNK_SEAL,
  DESCRIPTOR_BYTES,
  DOMAIN_MEM,
  HEAP_START,
  POOL_MASK,
  POOL_SIZE,
  POOLS_PER_ARENA,
  SLOT_COUNT,
  SLOT_POOLS,
  TAG_CLASS,
} from "../layout";
import { isLent } from "../lend";
import { isDebug } from "../mem";
import { memoryEnd } from "../memory";
import { isBlockStart, poolAt, poolOf, tagAt } from "../pool";
import { isChunkSlot, slotKind } from "../region";
import { add, T_OWNED, T_ROUND, T_SECOND_ROUND, total } from "./fault";
import { frameBytes } from "./headers";
import { firstChunk, nextChunk } from "./walk";

/** What a page that describes an arena has to spare: where that begins, and how much of it is for each pool. */
const SPARE: usize = 32 + 63 * 32;
const SPARE_BYTES: u32 = 28;
/** Bits of a pool. */
const BITS: u32 = 256;
/** By what the seal of a chunk with an owner differs. */
const OWNED: u32 = 0x3c3c3c3c;

/** Rounds: all blocks, the rest of the blocks of 8 bytes, and the last, in which what is no chunk gets its seal back. */
export const SECOND_ROUND: u32 = 1;
export const LAST_ROUND: u32 = 2;

/** Takes a block for an owner; false if it is none, has fewer bytes, or has an owner. */
export function own(address: usize, bytes: u32): bool {
  if ((address & (ALIGNMENT - 1)) != 0 || address < HEAP_START + 2 * CHUNK_HEADER_BYTES || address >= memoryEnd())
    return false;
  const block = address - frameBytes();
  if (isDebug() && !isFramed(address, block, bytes)) return false;
  const inPool = slotKind(<u32>(block >> ARENA_SHIFT)) == SLOT_POOLS && !isLent(block);
  if (inPool) return ownInPool(block, bytes);
  if (total(T_ROUND) == SECOND_ROUND) return true;
  return (isChunkSlot(block) || isLent(block)) && ownChunk(block - CHUNK_HEADER_BYTES, bytes);
}

/** The frame, which was verified, is that of a block of so many bytes. */
function isFramed(address: usize, block: usize, bytes: u32): bool {
  return !isDeadFrame(block) && load<u8>(address - 4) == DOMAIN_MEM && bswap(load<u32>(address - 8)) >= bytes;
}

function ownChunk(chunk: usize, bytes: u32): bool {
  if (total(T_ROUND) == LAST_ROUND) {
    restoreSeal(chunk);
    return true;
  }
  if ((chunk & 15) != CHUNK_HEADER_BYTES || !isSealed(chunk) || (headOf(chunk) & CHUNK_RAW) != 0) return false;
  if (sizeOf(chunk) < bytes + CHUNK_HEADER_BYTES) return false;
  store<u32>(chunk, sealFor(chunk, headOf(chunk)) ^ OWNED, CHUNK_SEAL);
  add(T_OWNED, 1);
  return true;
}

function ownInPool(block: usize, bytes: u32): bool {
  return isBlockStart(tagAt(block), block) && load<u32>(poolOf(block), POOL_SIZE) >= bytes && takeBit(block);
}

/** Sets the bit of a block in a pool of blocks; false if it was set. */
export function takeBit(block: usize): bool {
  const pool = poolOf(block);
  const n = (<u32>block & POOL_MASK) / load<u32>(pool, POOL_SIZE);
  const round = n / BITS;
  if (round != 0) store<u32>(T_SECOND_ROUND, 1);
  if (round != total(T_ROUND)) return true;
  const at = bitsAt(pool, n % BITS);
  const bits = <u32>load<u8>(at);
  const bit = (<u32>1) << (n & 7);
  store<u8>(at, <u8>(bits | bit));
  return (bits & bit) == 0;
}

/** Address of the byte with bit `n` of a pool. */
function bitsAt(pool: usize, n: u32): usize {
  const at = n >> 3;
  if (at >= SPARE_BYTES) return pool + (at - SPARE_BYTES);
  const index = <u32>(pool & ARENA_MASK) / DESCRIPTOR_BYTES;
  return (pool & ~(<usize>ARENA_MASK)) + SPARE + (index - 1) * SPARE_BYTES + at;
}

/** Address of the first word that is not 0 in the place for bits of an arena; 0 if all are. */
export function spareInUse(arena: usize): usize {
  for (let at = arena + SPARE; at != arena + TAG_CLASS; at += 4) if (load<u32>(at) != 0) return at;
  for (let index: u32 = 1; index <= POOLS_PER_ARENA; index++)
    if (load<u32>(poolAt(arena, index)) != 0) return poolAt(arena, index);
  return 0;
}

/** All bits are 0 again. */
export function clearBits(): void {
  for (let slot: u32 = 0; slot < SLOT_COUNT; slot++) {
    if (slotKind(slot) != SLOT_POOLS) continue;
    const arena = (<usize>slot) << ARENA_SHIFT;
    memory.fill(arena + SPARE, 0, TAG_CLASS - SPARE);
    for (let index: u32 = 1; index <= POOLS_PER_ARENA; index++) store<u32>(poolAt(arena, index), 0);
  }
}

/** The seals of all chunks are as they were; false if what is no chunk has been taken for one. */
export function restoreSeals(): bool {
  let left = total(T_OWNED);
  if (left == 0) return true;
  for (let chunk = firstChunk(); chunk != 0; chunk = nextChunk(chunk)) if (restoreSeal(chunk)) left--;
  return left == 0;
}

function restoreSeal(chunk: usize): bool {
  const seal = sealFor(chunk, headOf(chunk));
  if (load<u32>(chunk, CHUNK_SEAL) != (seal ^ OWNED)) return false;
  store<u32>(chunk, seal, CHUNK_SEAL);
  return true;
}
