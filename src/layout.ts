// Where everything lies in linear memory: the core's own numbers, and what follows from them.

import { ARENA_BYTES, POOL_BYTES } from "../assembly/layout.js";
import { ADDRESS_SPACE_BYTES } from "./address.js";

export * from "../assembly/layout.js";

/** Linear memory can have at most this many bytes: 4 GiB less one arena, so that no end of anything wraps around to 0. */
export const MEMORY_MAX_BYTES = ADDRESS_SPACE_BYTES - ARENA_BYTES;

/** Blocks in a pool of blocks of `blockSize` bytes. */
export function blocksPerPool(blockSize: number): number {
  return Math.floor(POOL_BYTES / blockSize);
}
