// Where everything lies in linear memory: the core's own numbers, and what follows from them.

import { ARENA_BYTES, DESCRIPTOR_BYTES, POOL_BYTES, TAG_CLASS, TAG_SHIFT } from "../assembly/layout.js";
import { ADDRESS_SPACE_BYTES } from "./address.js";

export * from "../assembly/layout.js";
export * from "../assembly/objectlayout.js";

/** Linear memory can have at most this many bytes: 4 GiB less one arena, so that no end of anything wraps around to 0. */
export const MEMORY_MAX_BYTES = ADDRESS_SPACE_BYTES - ARENA_BYTES;

/** Blocks in a pool of blocks of `blockSize` bytes. */
export function blocksPerPool(blockSize: number): number {
  return Math.floor(POOL_BYTES / blockSize);
}

/** Address of the descriptor of an arena's pool, by index 1 … 63. */
export function descriptorOf(arena: number, index: number): number {
  return arena + index * DESCRIPTOR_BYTES;
}

/** Address of the tag of an arena's pool, a word that is 0 while the pool is not in use. */
export function tagOf(arena: number, index: number): number {
  return arena + TAG_CLASS + index * 2 ** TAG_SHIFT;
}
