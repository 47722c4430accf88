// PyArena: memory that is taken bit by bit and given back as one (Python/pyarena.c). Drawn in layout.ts.

import {
  ALIGNMENT,
  PYARENA_ALLOCATIONS,
  PYARENA_BIG_BLOCKS,
  PYARENA_BLOCK_BYTES,
  PYARENA_BLOCK_HEADER_BYTES,
  PYARENA_BLOCK_NEXT,
  PYARENA_BLOCK_OFFSET,
  PYARENA_BLOCK_SIZE,
  PYARENA_BLOCKS,
  PYARENA_BYTES,
  PYARENA_CURRENT,
  PYARENA_HEAD,
  PYARENA_RECORD_BYTES,
  PYARENA_TOTAL_BLOCK_BYTES,
  R_STATUS,
  REQUEST_MAX,
  RUNTIME,
} from "./layout";
import { bytesOf, give, take } from "./mem";
import { fail } from "./memory";
import { NO_MEMORY, OK } from "./status";

function bump(arena: usize, field: usize, n: u32): void {
  store<u32>(arena + field, load<u32>(arena + field) + n);
}

/** An arena with one block of 8 KiB; 0: no memory. */
export function pyArenaNew(): usize {
  const arena = take(PYARENA_RECORD_BYTES);
  if (arena == 0) return 0;
  memory.fill(arena, 0, PYARENA_RECORD_BYTES);
  if (addBlock(arena, PYARENA_BLOCK_BYTES)) return arena;
  give(arena);
  return 0;
}

function addBlock(arena: usize, bytes: u32): bool {
  const block = take(bytes + PYARENA_BLOCK_HEADER_BYTES);
  if (block == 0) return false;
  store<u32>(block, bytes, PYARENA_BLOCK_SIZE);
  store<u32>(block, 0, PYARENA_BLOCK_OFFSET);
  store<u32>(block, 0, PYARENA_BLOCK_NEXT);
  const current: usize = load<u32>(arena, PYARENA_CURRENT);
  if (current == 0) store<u32>(arena, block, PYARENA_HEAD);
  else store<u32>(current, block, PYARENA_BLOCK_NEXT);
  store<u32>(arena, block, PYARENA_CURRENT);
  bump(arena, PYARENA_BLOCKS, 1);
  bump(arena, PYARENA_TOTAL_BLOCK_BYTES, bytes);
  if (bytes > PYARENA_BLOCK_BYTES) bump(arena, PYARENA_BIG_BLOCKS, 1);
  return true;
}

/**
 * `size` bytes, rounded up to 8, of the current block, or of a new one if they do not fit there; the rest of the old block
 * is then never used. 0: no memory. With a size of 0, the address may be that of the next allocation too.
 */
export function pyArenaMalloc(arena: usize, size: u32): usize {
  if (size > REQUEST_MAX - PYARENA_BLOCK_HEADER_BYTES - ALIGNMENT) return fail(NO_MEMORY, 0);
  const bytes = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  let block: usize = load<u32>(arena, PYARENA_CURRENT);
  if (bytes > load<u32>(block, PYARENA_BLOCK_SIZE) - load<u32>(block, PYARENA_BLOCK_OFFSET)) {
    if (!addBlock(arena, max(bytes, PYARENA_BLOCK_BYTES))) return 0;
    block = load<u32>(arena, PYARENA_CURRENT);
  }
  const offset = load<u32>(block, PYARENA_BLOCK_OFFSET);
  store<u32>(block, offset + bytes, PYARENA_BLOCK_OFFSET);
  bump(arena, PYARENA_ALLOCATIONS, 1);
  bump(arena, PYARENA_BYTES, bytes);
  return block + PYARENA_BLOCK_HEADER_BYTES + offset;
}

/**
 * Frees the blocks, first to last, then the record. Stops at what is no block, because the record or a block's header was
 * written to, and returns its status; the rest is then lost.
 */
export function pyArenaFree(arena: usize): u32 {
  let status: u32 = OK;
  let block: usize = load<u32>(arena, PYARENA_HEAD);
  while (block != 0) {
    if (bytesOf(block) == 0) return load<u32>(RUNTIME, R_STATUS);
    const next: usize = load<u32>(block, PYARENA_BLOCK_NEXT);
    const freed = give(block);
    if (status == OK) status = freed;
    block = next;
  }
  const freed = give(arena);
  return status == OK ? freed : status;
}
