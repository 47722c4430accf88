// Debug mode: the blocks that are kept back after they were freed are all in one list, each once.

import { isSealed, sizeOf } from "../chunk";
import { isDeadFrame } from "../debug";
import { I_QUARANTINE } from "../invariants";
import {
  BLOCK_STAMP,
  CHUNK_HEADER_BYTES,
  POOL_SIZE,
  R_QUARANTINE_BYTES,
  R_QUARANTINE_HEAD,
  R_QUARANTINE_TAIL,
  RUNTIME,
} from "../layout";
import { isLent } from "../lend";
import { isAnyBlockStart, isStamped, poolOf, tagAt } from "../pool";
import { isChunkSlot } from "../region";
import { add, fault, isReadable, T_LISTED_DEAD, T_QUARANTINE_BYTES, T_QUARANTINED, total } from "./fault";
import { isInPool } from "./live";
import { firstChunk, nextChunk } from "./walk";

/** By what the second word of a block in the list differs, while the verifier looks, from that of a dead one. */
const LISTED: u32 = 0x11111111;
const DEAD_LISTED: u32 = 0xdddddddd ^ LISTED;

/** Run it when all pools and regions were verified: what is dead was counted then. */
export function verifyQuarantine(): u32 {
  let rule = markList();
  if (rule == 0 && !areChunksReal()) rule = fault(I_QUARANTINE, 0);
  for (let block = first(); block != 0 && isReadable(block) && isMarked(block); block = load<u32>(block)) mark(block);
  return rule;
}

function first(): usize {
  return load<u32>(RUNTIME, R_QUARANTINE_HEAD);
}

function isMarked(block: usize): bool {
  return load<u32>(block, BLOCK_STAMP) == DEAD_LISTED;
}

function mark(block: usize): void {
  store<u32>(block, load<u32>(block, BLOCK_STAMP) ^ LISTED, BLOCK_STAMP);
}

function markList(): u32 {
  let last: usize = 0;
  let blocks: u32 = 0;
  for (let block = first(); block != 0; block = load<u32>(block)) {
    if (!isReadable(block) || !isDeadFrame(block) || !noteBlock(block)) return fault(I_QUARANTINE, block);
    mark(block);
    blocks++;
    last = block;
  }
  const right =
    blocks == total(T_QUARANTINED) &&
    total(T_QUARANTINE_BYTES) == load<u32>(RUNTIME, R_QUARANTINE_BYTES) &&
    last == load<u32>(RUNTIME, R_QUARANTINE_TAIL);
  return right ? 0 : fault(I_QUARANTINE, 0);
}

/** Adds up the bytes of a block that is allocated; false if it is none. */
function noteBlock(block: usize): bool {
  if (isInPool(block)) {
    if (!isAnyBlockStart(tagAt(block), block) || isStamped(block)) return false;
    add(T_QUARANTINE_BYTES, load<u32>(poolOf(block), POOL_SIZE));
    return true;
  }
  const chunk = block - CHUNK_HEADER_BYTES;
  if ((block & 15) != 0 || !(isChunkSlot(block) || isLent(block)) || !isSealed(chunk)) return false;
  add(T_LISTED_DEAD, 1);
  add(T_QUARANTINE_BYTES, sizeOf(chunk) - CHUNK_HEADER_BYTES);
  return true;
}

/** What was taken for chunks are chunks. */
function areChunksReal(): bool {
  let left = total(T_LISTED_DEAD);
  for (let chunk = firstChunk(); chunk != 0 && left != 0; chunk = nextChunk(chunk))
    if (isSealed(chunk) && isMarked(chunk + CHUNK_HEADER_BYTES)) left--;
  return left == 0;
}
