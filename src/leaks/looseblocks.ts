// Blocks in use that belong to nobody in the heap: a program got them from raw, mem or obj, and did not free them.

import type { BlockAddress, ObjectAddress } from "../address.js";
import {
  ARENA_BYTES,
  ARRAY_DATA,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  CHUNK_RAW,
  DEQUE_DIRECTORY,
  DEQUE_ROOM,
  DICT_TABLE,
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  FRAME_HEAD_BYTES,
  GC_BYTES,
  ID_ARRAY,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FROZENSET,
  ID_LIST,
  ID_SET,
  LARGE_OFFSET,
  LIST_ITEMS,
  O_TYPE,
  POOL_BYTES,
  PYARENA_BLOCK_NEXT,
  PYARENA_HEAD,
  SLOT_POOLS,
  SLOTS,
  T_TRACKED,
  TYPE_ID_SHIFT,
  tagOf,
} from "../layout.js";
import type { HeapMemory } from "../memory.js";
import type { Objects } from "../objects.js";
import { capacityAt } from "../report.js";
import {
  chunksOf,
  largeTracked,
  occupancyOf,
  ownAddresses,
  poolArenas,
  poolsOf,
  quarantinedAddresses,
  regions,
} from "../walk.js";
import type { LooseDomain } from "./leakreport.js";

export interface LooseBlock {
  readonly address: BlockAddress;
  /** Bytes that it can hold. */
  readonly bytes: number;
  readonly domain: LooseDomain;
}

/** The letters of frames. */
const LETTERS: ReadonlyMap<number, LooseDomain> = new Map([
  [DOMAIN_RAW, "raw"],
  [DOMAIN_MEM, "mem"],
  [DOMAIN_OBJ, "obj"],
]);

/** All such blocks, by address. `live` are the addresses of all live objects. Drain the core first. */
export function looseBlocks(objects: Objects, live: Uint32Array): LooseBlock[] {
  const { memory, debug } = objects.engine;
  const owned = ownedBlocks(objects, live).sort();
  const head = debug ? FRAME_HEAD_BYTES : 0;
  const found: LooseBlock[] = [];
  function look(block: number, domain: LooseDomain): void {
    const address = block + head;
    if (isAmong(owned, address)) return;
    const named = debug ? (LETTERS.get(memory.byte(address - 4)) ?? domain) : domain;
    found.push({ address, bytes: bytesIn(memory, block, debug), domain: named });
  }
  for (const arena of poolArenas(memory)) {
    for (const pool of poolsOf(memory, arena)) {
      if (pool.holds !== "blocks" || pool.used === 0) continue;
      const bits = occupancyOf(memory, pool);
      for (let n = 0; n < pool.capacity; n++) {
        if ((((bits[n >> 3] ?? 0) >> (n & 7)) & 1) !== 0) look(pool.address + n * pool.blockSize, "mem or obj");
      }
    }
  }
  for (const region of regions(memory)) {
    for (const { address, used } of chunksOf(memory, region)) {
      const isRaw = (memory.word(address + CHUNK_HEAD) & CHUNK_RAW) !== 0;
      if (used) look(address + CHUNK_HEADER_BYTES, isRaw ? "raw" : "mem or obj");
    }
  }
  return found.sort((a, b) => a.address - b.address);
}

/** What was asked for in debug mode, else what the block has room for. */
function bytesIn(memory: HeapMemory, block: number, debug: boolean): number {
  if (!debug) return capacityAt(memory, block);
  const { bytes } = memory;
  return new DataView(bytes.buffer, block, 4).getUint32(0);
}

/** The address is one of these, which are ascending. */
function isAmong(addresses: Uint32Array, address: number): boolean {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((addresses[middle] as number) < address) low = middle + 1;
    else high = middle;
  }
  return addresses[low] === address;
}

/**
 * Addresses of blocks that are accounted for, as programs know them, behind the heads of frames; in no order. There may be millions.
 */
function ownedBlocks(objects: Objects, live: Uint32Array): Uint32Array {
  const { memory, debug } = objects.engine;
  const { bytes, words } = memory;
  let owned = new Uint32Array(1024);
  let count = 0;
  const add = (block: number) => {
    if (count === owned.length) {
      const more = new Uint32Array(2 * count);
      more.set(owned);
      owned = more;
    }
    owned[count++] = block;
  };
  for (const block of ownAddresses(memory)) add(block);
  const head = debug ? FRAME_HEAD_BYTES : 0;
  for (const block of quarantinedAddresses(memory)) add(block + head);
  const large = largeTracked(memory);
  for (const address of live) {
    // Those in pools are in pools of objects, which nobody looks through.
    if (large.has(address)) add(address - LARGE_OFFSET);
    else if (bytes[SLOTS + Math.floor(address / ARENA_BYTES)] !== SLOT_POOLS || isLent(words, address)) add(address);
    visitParts(words, address, add);
  }
  for (const record of objects.arenas.keys()) for (const block of blocksOfArena(words, record)) add(block);
  return owned.subarray(0, count);
}

/** The pool that an address lies in is lent to large blocks. */
function isLent(words: Uint32Array, address: number): boolean {
  const arena = address - (address % ARENA_BYTES);
  return words[tagOf(arena, Math.floor((address % ARENA_BYTES) / POOL_BYTES)) >>> 2] === 0;
}

/** Calls `visit` with the blocks that an object owns besides its own. */
function visitParts(words: Uint32Array, address: ObjectAddress, visit: (block: number) => void): void {
  const at = address >>> 2;
  switch ((words[at + O_TYPE / 4] as number) >>> TYPE_ID_SHIFT) {
    case ID_LIST:
      visit(words[at + LIST_ITEMS / 4] as number);
      break;
    case ID_ARRAY:
      visit(words[at + ARRAY_DATA / 4] as number);
      break;
    case ID_DICT:
    case ID_DEFAULTDICT:
    case ID_SET:
    case ID_FROZENSET:
      visit(words[at + DICT_TABLE / 4] as number);
      break;
    case ID_DEQUE: {
      const directory = words[at + DEQUE_DIRECTORY / 4] as number;
      const room = words[at + DEQUE_ROOM / 4] as number;
      visit(directory);
      for (let place = 0; place < room; place++) visit(words[(directory >>> 2) + place] as number);
    }
  }
}

/** The record of an arena and its blocks. */
export function blocksOfArena(words: Uint32Array, record: BlockAddress): BlockAddress[] {
  const blocks = [record];
  let block = words[(record + PYARENA_HEAD) >>> 2] as number;
  while (block !== 0) {
    blocks.push(block);
    block = words[(block + PYARENA_BLOCK_NEXT) >>> 2] as number;
  }
  return blocks;
}

/** The block that an object lies in, as tracemalloc knows it; `large` are the tracked objects that have a chunk of their own. */
export function blockOfObject({ words }: HeapMemory, large: ReadonlySet<number>, address: ObjectAddress): BlockAddress {
  const at: number = address;
  if (((words[(at + O_TYPE) >>> 2] as number) & T_TRACKED) === 0) return at;
  return large.has(at) ? at - LARGE_OFFSET : at - GC_BYTES;
}
