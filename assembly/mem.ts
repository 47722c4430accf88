// Blocks that the core needs for itself: of the mem domain, with a frame in debug mode.

import { free, malloc, realloc, usableSize } from "./alloc";
import { debugMalloc, debugRealloc, debugRelease, debugUsableSize } from "./debug";
import { DOMAIN_MEM, R_DEBUG, R_STATUS, RUNTIME } from "./layout";
import { OK } from "./status";

export function isDebug(): bool {
  return load<u32>(RUNTIME, R_DEBUG) != 0;
}

/** A block with undefined contents; 0: no memory. */
export function take(bytes: u32): usize {
  return isDebug() ? debugMalloc(DOMAIN_MEM, bytes) : malloc(bytes);
}

/** Gives a block back; returns a Status. */
export function give(address: usize): u32 {
  return isDebug() ? debugRelease(DOMAIN_MEM, address) : free(address);
}

/** Bytes of a block; 0, and a status, if it is none. */
export function bytesOf(address: usize): u32 {
  return isDebug() ? debugUsableSize(DOMAIN_MEM, address) : usableSize(address);
}

/** A block that is allocated, also one of no bytes. */
export function isBlock(address: usize): bool {
  store<u32>(RUNTIME, OK, R_STATUS);
  return bytesOf(address) != 0 || load<u32>(RUNTIME, R_STATUS) == OK;
}

/** Moves the first `used` bytes of a block (0: there is none) into one of `bytes` and gives the old one back; 0: no memory, nothing has changed. */
export function enlarge(address: usize, used: u32, bytes: u32): usize {
  const moved = take(bytes);
  if (moved == 0 || address == 0) return moved;
  memory.copy(moved, address, used);
  give(address);
  return moved;
}

/** Changes the size of a block (0: there is none), which may move; 0: no memory, nothing has changed. */
export function resize(address: usize, bytes: u32): usize {
  return isDebug() ? debugRealloc(DOMAIN_MEM, address, bytes) : realloc(address, bytes);
}
