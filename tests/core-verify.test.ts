// The verifier: each invariant broken by hand is found, and nothing is changed by looking.
import { describe, expect, test } from "vitest";
import * as invariants from "../assembly/invariants.js";
import {
  ARENA_BYTES,
  ARENA_FREE_COUNT,
  ARENA_FREE_POOLS,
  ARENA_NEXT,
  ARENA_PREV,
  ARENA_VIRGIN,
  BIN_LEVELS,
  BLOCK_LINK,
  BLOCK_STAMP,
  CHUNK_HEAD,
  CHUNK_NEXT,
  CHUNK_PREV,
  CHUNK_PREV_USED,
  CHUNK_RAW,
  CHUNK_SEAL,
  DESCRIPTOR_BYTES,
  DIVISORS,
  LAST_ARENA_WITH,
  LENT_BEHIND,
  POOL_BYTES,
  POOL_CLASS,
  POOL_FREE,
  POOL_NEXT,
  POOL_PREV,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  POOLS_PER_ARENA,
  QUICK_BLOCKS,
  R_ARENAS,
  R_BIN_LEVELS,
  R_BIN_STEPS,
  R_CHUNK_BYTES,
  R_CHUNKS,
  R_LENT_POOLS,
  R_MAGIC,
  R_MEMORY_END,
  R_QUARANTINE_BYTES,
  R_QUARANTINE_HEAD,
  R_QUARANTINE_TAIL,
  R_USABLE_ARENAS,
  RINGS,
  RUNTIME,
  SLOT_CHUNKS,
  SLOT_COUNT,
  SLOT_POOLS,
  SLOT_UNUSED,
  SLOTS,
  TAG_CLASS,
  TAG_SHIFT,
  TAG_VIRGIN,
} from "../src/layout.js";
import { poolArenas } from "../src/walk.js";
import { furnish, list, need, type Places, placesOf } from "./helpers/anatomy.js";
import { expectFound } from "./helpers/breaks.js";
import { CONTAINER_BREAKS } from "./helpers/containerbreaks.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { OBJECT_BREAKS } from "./helpers/objectbreaks.js";
import { STATE_BREAKS } from "./helpers/statebreaks.js";
import { WEAK_BREAKS } from "./helpers/weakbreaks.js";

interface Break {
  name: string;
  /** What verify finds: the invariant, or a neighbour of it that the same write breaks too. */
  found: number | readonly number[];
  make(heap: CoreHeap, places: Places): void;
  onlyDebug?: boolean;
}

/** Adds to the word at an address. */
function add(heap: CoreHeap, address: number, n: number): void {
  heap.poke(address, heap.word(address) + n);
}

function tagOf(descriptor: number): number {
  const arena = descriptor - (descriptor % ARENA_BYTES);
  return arena + (((descriptor - arena) / DESCRIPTOR_BYTES) << TAG_SHIFT);
}

function poke16(heap: CoreHeap, address: number, value: number): void {
  heap.memory.bytes.set([value & 255, value >> 8], address);
}

function setSlot(heap: CoreHeap, slot: number, kind: number): void {
  heap.memory.bytes[SLOTS + slot] = kind;
}

const {
  I_RUNTIME,
  I_SLOTS,
  I_POOL_COUNT,
  I_POOL_LIST,
  I_POOL_FIELDS,
  I_RING,
  I_ARENA_FREE,
  I_ARENA_ORDER,
  I_ARENA_LAST,
  I_QUICK_BLOCK,
  I_STAMP,
  I_CHUNK_CHAIN,
  I_CHUNK_SEAL,
  I_CHUNK_NEIGHBOUR,
  I_BIN,
  I_CHUNK_COUNT,
  I_QUICK_CHUNK,
  I_LENT,
  I_FRAME,
  I_QUARANTINE,
  I_CONSTANT,
} = invariants;

const BREAKS: Break[] = [
  { name: "the magic number", found: I_RUNTIME, make: (h) => h.poke(RUNTIME + R_MAGIC, 0) },
  { name: "a write through null", found: I_RUNTIME, make: (h) => h.poke(0, 1) },
  { name: "a write through null and a long way", found: I_RUNTIME, make: (h) => h.poke(4092, 1) },

  { name: "a slot past the end of memory", found: I_SLOTS, make: (h) => setSlot(h, SLOT_COUNT - 1, SLOT_CHUNKS) },
  { name: "an arena past the end of memory", found: I_SLOTS, make: (h) => setSlot(h, 5000, SLOT_POOLS) },
  { name: "the first slot given to pools", found: I_SLOTS, make: (h) => setSlot(h, 0, SLOT_POOLS) },
  {
    name: "a slot of an arena given to nobody",
    found: I_SLOTS,
    make: (h, p) => setSlot(h, fullArena(h, p) / ARENA_BYTES, SLOT_UNUSED),
  },
  {
    name: "a slot of an arena given to chunks",
    found: [I_SLOTS, I_CHUNK_CHAIN, I_CHUNK_NEIGHBOUR],
    make: (h, p) => setSlot(h, fullArena(h, p) / ARENA_BYTES, SLOT_CHUNKS),
  },
  { name: "one arena too many", found: I_SLOTS, make: (h) => add(h, RUNTIME + R_ARENAS, 1) },
  { name: "one arena too few", found: I_SLOTS, make: (h) => add(h, RUNTIME + R_ARENAS, -1) },
  { name: "more memory than there is", found: I_SLOTS, make: (h) => add(h, RUNTIME + R_MEMORY_END, 65_536) },
  {
    name: "less memory than there is",
    found: [I_SLOTS, I_CONSTANT],
    make: (h) => add(h, RUNTIME + R_MEMORY_END, -65_536),
  },

  {
    name: "an empty pool that lost its free list",
    found: I_POOL_COUNT,
    make: (h, p) => h.poke(p.empty + POOL_FREE, 0),
  },
  { name: "one block more than are out", found: I_POOL_COUNT, make: (h, p) => add(h, p.ringed + POOL_USED, 1) },
  { name: "one block less than are out", found: I_POOL_COUNT, make: (h, p) => add(h, p.full + POOL_USED, -1) },
  { name: "a pool in use without blocks", found: I_POOL_COUNT, make: (h, p) => h.poke(p.ringed + POOL_USED, 0) },
  { name: "a free list that was dropped", found: I_POOL_COUNT, make: (h, p) => h.poke(p.ringed + POOL_FREE, 0) },

  { name: "a free list that misses blocks", found: I_POOL_LIST, make: (h, p) => add(h, p.ringed + POOL_FREE, 4) },
  {
    name: "a free list that leaves its pool",
    found: I_POOL_LIST,
    make: (h, p) => add(h, p.ringed + POOL_FREE, POOL_BYTES),
  },
  {
    name: "a free list of nonsense",
    found: I_POOL_LIST,
    make: (h, p) => h.poke(h.word(p.ringed + POOL_FREE) + BLOCK_LINK, 0xfffffff8),
  },
  {
    name: "an empty pool's free list that leaves it",
    found: I_POOL_LIST,
    make: (h, p) => h.poke(h.word(p.empty + POOL_FREE) + BLOCK_LINK, 0xfffffff8),
  },
  {
    name: "a free list in a circle",
    found: I_POOL_LIST,
    make: (h, p) => h.poke(h.word(p.ringed + POOL_FREE) + BLOCK_LINK, h.word(p.ringed + POOL_FREE)),
  },

  { name: "a pool of blocks of no bytes", found: I_POOL_FIELDS, make: (h, p) => h.poke(p.full + POOL_SIZE, 0) },
  { name: "a pool of blocks of 520 bytes", found: I_POOL_FIELDS, make: (h, p) => h.poke(p.full + POOL_SIZE, 520) },
  { name: "a pool with another class's size", found: I_POOL_FIELDS, make: (h, p) => add(h, p.full + POOL_SIZE, -8) },
  { name: "a pool of another class", found: I_POOL_FIELDS, make: (h, p) => add(h, p.full + POOL_CLASS, -1) },
  { name: "a pool of a class there is not", found: I_POOL_FIELDS, make: (h, p) => add(h, p.full + POOL_CLASS, 128) },
  { name: "a pool carved within a block", found: I_POOL_FIELDS, make: (h, p) => add(h, p.full + POOL_VIRGIN, -8) },
  { name: "a pool carved past its end", found: I_POOL_FIELDS, make: (h, p) => add(h, p.full + POOL_VIRGIN, 512) },
  {
    name: "a tag of another class",
    found: I_POOL_FIELDS,
    make: (h, p) => poke16(h, tagOf(p.full) + TAG_CLASS, 4),
  },
  {
    name: "a tag that ends early",
    found: I_POOL_FIELDS,
    make: (h, p) => poke16(h, tagOf(p.full) + TAG_VIRGIN, 512),
  },
  { name: "a wrong divisor", found: I_CONSTANT, make: (h) => add(h, DIVISORS + 4 * 63, 1) },

  { name: "a ring that lacks its pools", found: I_RING, make: (h, p) => unlinkAll(h, p.sizeClass) },
  { name: "a ring that leads to nothing", found: I_RING, make: (h, p) => h.poke(RINGS + 8 * p.sizeClass, 0) },
  { name: "a ring that leads out of memory", found: I_RING, make: (h, p) => h.poke(RINGS + 8 * p.sizeClass, -32) },
  {
    name: "a ring that leads to a large block",
    found: I_RING,
    make: (h, p) => h.poke(RINGS + 8 * p.sizeClass, p.used + 8),
  },
  {
    name: "a ring that is broken backwards",
    found: I_RING,
    make: (h, p) => h.poke(RINGS + 8 * p.sizeClass + 4, p.full),
  },
  { name: "a pool that is linked one way", found: I_RING, make: (h, p) => h.poke(p.ringed + POOL_PREV, p.full) },
  { name: "a pool that leads to itself", found: I_RING, make: (h, p) => h.poke(p.ringed + POOL_NEXT, p.ringed) },
  {
    name: "a full pool on a ring",
    found: I_RING,
    make: (h, { full }) => {
      const head = RINGS + 8 * h.word(full + POOL_CLASS);
      h.poke(full + POOL_NEXT, head - POOL_NEXT);
      h.poke(full + POOL_PREV, head - POOL_NEXT);
      h.poke(head, full);
      h.poke(head + 4, full);
    },
  },
  {
    name: "a ring with another class's pools",
    found: I_RING,
    make: (h, p) => {
      const [from, to] = [RINGS + 8 * p.sizeClass, RINGS + 8 * 126];
      for (const at of [0, 4]) h.poke(to + at, h.word(from + at));
      unlinkAll(h, p.sizeClass);
    },
  },

  {
    name: "one free pool too many",
    found: I_ARENA_FREE,
    make: (h, p) => add(h, (p.usable[1] as number) + ARENA_FREE_COUNT, 1),
  },
  {
    name: "one free pool too few",
    found: I_ARENA_FREE,
    make: (h, p) => add(h, (p.usable[1] as number) + ARENA_FREE_COUNT, -1),
  },
  {
    name: "a dropped list of empty pools",
    found: I_ARENA_FREE,
    make: (h, p) => h.poke(arenaOf(p.empty) + ARENA_FREE_POOLS, 0),
  },
  {
    name: "a pool in use in the list of empty ones",
    found: I_ARENA_FREE,
    make: (h, p) => {
      const arena = arenaOf(p.empty);
      const inUse = p.pools.find(({ descriptor, state }) => arenaOf(descriptor) === arena && state === "full");
      h.poke(arena + ARENA_FREE_POOLS, need(inUse, "full pool there").descriptor);
    },
  },
  {
    name: "an arena's record in the list of empty pools",
    found: I_ARENA_FREE,
    make: (h, p) => h.poke(arenaOf(p.empty) + ARENA_FREE_POOLS, arenaOf(p.empty)),
  },
  {
    name: "another arena's pool in the list of empty ones",
    found: I_ARENA_FREE,
    make: (h, p) => add(h, arenaOf(p.empty) + ARENA_FREE_POOLS, ARENA_BYTES),
  },
  {
    name: "an empty pool that leads to itself",
    found: I_ARENA_FREE,
    make: (h, p) => h.poke(lastEmpty(h, p) + POOL_NEXT, lastEmpty(h, p)),
  },
  {
    name: "an arena with virgin pools from 0",
    found: I_ARENA_FREE,
    make: (h, p) => h.poke(p.virgin.arena + ARENA_VIRGIN, 0),
  },
  { name: "an arena with 64 pools", found: I_ARENA_FREE, make: (h, p) => h.poke(p.virgin.arena + ARENA_VIRGIN, 65) },
  {
    name: "a virgin pool with a descriptor",
    found: I_ARENA_FREE,
    make: (h, p) => h.poke(p.virgin.pool + POOL_SIZE, 8),
  },
  {
    name: "a virgin pool with a tag",
    found: I_ARENA_FREE,
    make: (h, p) => poke16(h, tagOf(p.virgin.pool) + TAG_VIRGIN, 8),
  },
  {
    name: "an empty pool with a tag",
    found: [I_ARENA_FREE, I_POOL_FIELDS, I_POOL_COUNT],
    make: (h, p) => poke16(h, tagOf(p.empty) + TAG_VIRGIN, h.word(p.empty + POOL_VIRGIN)),
  },

  { name: "no usable arenas", found: I_ARENA_ORDER, make: (h) => h.poke(RUNTIME + R_USABLE_ARENAS, 0) },
  {
    name: "the first usable arena skipped",
    found: [I_ARENA_ORDER, I_ARENA_LAST],
    make: (h, p) => {
      h.poke(RUNTIME + R_USABLE_ARENAS, p.usable[1] as number);
      h.poke((p.usable[1] as number) + ARENA_PREV, 0);
    },
  },
  {
    name: "a full arena among the usable",
    found: I_ARENA_ORDER,
    make: (h, p) => h.poke(RUNTIME + R_USABLE_ARENAS, fullArena(h, p)),
  },
  { name: "a usable arena that is none", found: I_ARENA_ORDER, make: (h) => h.poke(RUNTIME + R_USABLE_ARENAS, 64) },
  {
    name: "an arena that is linked one way",
    found: I_ARENA_ORDER,
    make: (h, p) => h.poke((p.usable[1] as number) + ARENA_PREV, 0),
  },
  {
    name: "an arena that leads out of memory",
    found: [I_ARENA_ORDER, I_ARENA_LAST],
    make: (h, p) => h.poke((p.usable.at(-1) as number) + ARENA_NEXT, 0xfffffff0),
  },
  {
    name: "arenas in a circle",
    found: [I_ARENA_ORDER, I_ARENA_LAST],
    make: (h, p) => h.poke((p.usable.at(-1) as number) + ARENA_NEXT, p.usable[0] as number),
  },
  {
    name: "arenas in another order",
    found: [I_ARENA_ORDER, I_ARENA_LAST],
    make: (h, { usable }) => {
      const order = [...usable].reverse();
      for (const [i, arena] of order.entries()) {
        h.poke(arena + ARENA_PREV, order[i - 1] ?? 0);
        h.poke(arena + ARENA_NEXT, order[i + 1] ?? 0);
      }
      h.poke(RUNTIME + R_USABLE_ARENAS, order[0] as number);
    },
  },

  {
    name: "no last arena with so many free pools",
    found: I_ARENA_LAST,
    make: (h, p) => h.poke(LAST_ARENA_WITH + 4 * h.word((p.usable[1] as number) + ARENA_FREE_COUNT), 0),
  },
  {
    name: "another arena as the last with so many",
    found: I_ARENA_LAST,
    make: (h, p) =>
      h.poke(LAST_ARENA_WITH + 4 * h.word((p.usable[1] as number) + ARENA_FREE_COUNT), p.usable[0] as number),
  },
  {
    name: "a last arena below all counts there are",
    found: I_ARENA_LAST,
    make: (h, p) => h.poke(LAST_ARENA_WITH + 4, p.usable[0] as number),
  },
  {
    name: "a last arena between the counts there are",
    found: I_ARENA_LAST,
    make: (h, p) =>
      h.poke(LAST_ARENA_WITH + 4 * (h.word((p.usable.at(-1) as number) + ARENA_FREE_COUNT) - 1), p.usable[0] as number),
  },
  {
    name: "a last arena above all counts there are",
    found: I_ARENA_LAST,
    make: (h, p) => h.poke(LAST_ARENA_WITH + 4 * POOLS_PER_ARENA, p.usable[0] as number),
  },

  { name: "a quick list of a chunk", found: I_QUICK_BLOCK, make: (h, p) => h.poke(p.quickBlocks, p.used + 8) },
  { name: "a quick list of half a block", found: I_QUICK_BLOCK, make: (h, p) => add(h, p.quickBlocks, 4) },
  {
    name: "a quick list that leads out of memory",
    found: I_QUICK_BLOCK,
    make: (h, p) => h.poke(h.word(p.quickBlocks), -8),
  },
  {
    name: "a quick list that leads to text",
    found: I_QUICK_BLOCK,
    make: (h, p) => h.poke(h.word(p.quickBlocks), 0x20746878),
  },
  {
    name: "a quick list in a circle",
    found: I_QUICK_BLOCK,
    make: (h, p) => h.poke(list(h, p.quickBlocks, BLOCK_LINK).at(-1) as number, h.word(p.quickBlocks)),
  },
  {
    name: "a block in another class's quick list",
    found: I_QUICK_BLOCK,
    make: (h, p) => {
      const other = p.quickBlocks === QUICK_BLOCKS ? QUICK_BLOCKS + 4 : QUICK_BLOCKS;
      h.poke(other, h.word(p.quickBlocks));
      h.poke(p.quickBlocks, 0);
    },
  },
  {
    name: "an allocated block in a quick list",
    found: [I_QUICK_BLOCK, I_STAMP],
    make: (h, p) => h.poke(QUICK_BLOCKS + 4 * h.word(p.full + POOL_CLASS), poolStart(p.full)),
  },
  {
    name: "a block both in a quick list and free in its pool",
    found: [I_QUICK_BLOCK, I_STAMP],
    make: (h, p) => h.poke(QUICK_BLOCKS + 4 * h.word(p.ringed + POOL_CLASS), h.word(p.ringed + POOL_FREE)),
  },

  {
    name: "a freed block that was written to, in a quick list",
    found: I_STAMP,
    make: (h, p) => h.poke(h.word(p.quickBlocks) + BLOCK_STAMP, 1),
  },
  {
    name: "a freed block that was written to, in an empty pool",
    found: I_STAMP,
    make: (h, p) => h.poke(h.word(p.empty + POOL_FREE) + BLOCK_STAMP, 1),
  },
  {
    name: "a freed block that was written to, in its pool",
    found: I_STAMP,
    make: (h, p) => h.poke(h.word(p.ringed + POOL_FREE) + BLOCK_STAMP, 1),
  },

  {
    name: "a chunk that ends too late",
    found: I_CHUNK_CHAIN,
    make: (h, p) => h.poke(p.free + CHUNK_HEAD, 0x7ffffff0 | CHUNK_PREV_USED),
  },
  {
    name: "a chunk of 16 bytes",
    found: I_CHUNK_CHAIN,
    make: (h, p) => h.poke(p.free + CHUNK_HEAD, 16 | CHUNK_PREV_USED),
  },
  { name: "a chunk of no bytes", found: I_CHUNK_CHAIN, make: (h, p) => h.poke(p.used + CHUNK_HEAD, 0) },
  {
    name: "a free chunk with another size at its end",
    found: I_CHUNK_CHAIN,
    make: (h, p) => add(h, p.afterFree - 4, 16),
  },
  { name: "a fence with a size", found: I_CHUNK_CHAIN, make: (h, p) => add(h, p.fence + CHUNK_HEAD, 16) },
  { name: "a fence without a seal", found: I_CHUNK_CHAIN, make: (h, p) => add(h, p.fence + CHUNK_SEAL, 1) },

  { name: "a used chunk without a seal", found: I_CHUNK_SEAL, make: (h, p) => add(h, p.used + CHUNK_SEAL, 1) },
  {
    name: "a used chunk of another domain",
    found: I_CHUNK_SEAL,
    make: (h, p) => add(h, p.used + CHUNK_HEAD, h.word(p.used) & CHUNK_RAW ? -CHUNK_RAW : CHUNK_RAW),
  },
  {
    name: "a used chunk that swallows the next",
    found: I_CHUNK_SEAL,
    make: (h, p) => add(h, p.used, (h.word(p.afterUsed) & ~15) >>> 0),
  },
  { name: "a free chunk without a broken seal", found: I_CHUNK_SEAL, make: (h, p) => add(h, p.free + CHUNK_SEAL, 1) },
  {
    name: "a chunk that is free all of a sudden",
    found: [I_CHUNK_SEAL, I_CHUNK_NEIGHBOUR],
    make: (h, p) => add(h, p.used, -1),
  },

  {
    name: "a used chunk that is said to be free",
    found: I_CHUNK_NEIGHBOUR,
    make: (h, p) => add(h, p.afterUsed, -CHUNK_PREV_USED),
  },
  {
    name: "a free chunk that is said to be used",
    found: I_CHUNK_NEIGHBOUR,
    make: (h, p) => add(h, p.afterFree, CHUNK_PREV_USED),
  },
  {
    name: "a fence that is wrong about the chunk before it",
    found: I_CHUNK_NEIGHBOUR,
    make: (h, p) => h.poke(p.fence, h.word(p.fence) ^ CHUNK_PREV_USED),
  },

  { name: "a bin without its chunks", found: I_BIN, make: (h, p) => h.poke(p.bin.at, 0) },
  { name: "a bin with a used chunk", found: I_BIN, make: (h, p) => h.poke(p.bin.at, p.used) },
  { name: "a bin that leads out of memory", found: I_BIN, make: (h, p) => h.poke(p.bin.at, -16) },
  { name: "a chunk that leads to itself", found: I_BIN, make: (h, p) => h.poke(p.free + CHUNK_NEXT, p.free) },
  { name: "a chunk that is linked one way", found: I_BIN, make: (h, p) => h.poke(p.free + CHUNK_PREV, p.used) },
  { name: "a bin of another size", found: I_BIN, make: (h, p) => moveBin(h, p) },
  {
    name: "a bitmap of levels that misses one",
    found: I_BIN,
    make: (h, p) => add(h, RUNTIME + R_BIN_LEVELS, -(2 ** p.bin.level)),
  },
  {
    name: "a bitmap of levels with one too many",
    found: I_BIN,
    make: (h) => add(h, RUNTIME + R_BIN_LEVELS, 2 ** (BIN_LEVELS - 1)),
  },
  {
    name: "a bitmap of steps that misses one",
    found: I_BIN,
    make: (h, p) => add(h, RUNTIME + R_BIN_STEPS + 4 * p.bin.level, -(2 ** p.bin.step)),
  },
  {
    name: "a bitmap of steps with one too many",
    found: I_BIN,
    make: (h) => add(h, RUNTIME + R_BIN_STEPS + 4 * (BIN_LEVELS - 1), 1),
  },

  { name: "one chunk too many", found: I_CHUNK_COUNT, make: (h) => add(h, RUNTIME + R_CHUNKS, 1) },
  { name: "16 bytes of chunks too few", found: I_CHUNK_COUNT, make: (h) => add(h, RUNTIME + R_CHUNK_BYTES, -16) },

  { name: "a quick list of chunks that was dropped", found: I_QUICK_CHUNK, make: (h, p) => h.poke(p.quickChunks, 0) },
  { name: "a quick list of a used chunk", found: I_QUICK_CHUNK, make: (h, p) => h.poke(p.quickChunks, p.used) },
  { name: "a quick list of a free chunk", found: I_QUICK_CHUNK, make: (h, p) => h.poke(p.quickChunks, p.free) },
  {
    name: "a quick list of nonsense",
    found: I_QUICK_CHUNK,
    make: (h, p) => h.poke(h.word(p.quickChunks) + CHUNK_NEXT, 0xfffffff8),
  },
  {
    name: "a quick list of chunks in a circle",
    found: I_QUICK_CHUNK,
    make: (h, p) => h.poke(h.word(p.quickChunks) + CHUNK_NEXT, h.word(p.quickChunks)),
  },
  {
    name: "a chunk in another size's quick list",
    found: I_QUICK_CHUNK,
    make: (h, p) => {
      h.poke(p.quickChunks + 4, h.word(p.quickChunks));
      h.poke(p.quickChunks, 0);
    },
  },

  { name: "a run of lent pools that is longer", found: I_LENT, make: (h, p) => add(h, p.lent.first + POOL_USED, 1) },
  {
    name: "a run of lent pools that leaves the arena",
    found: I_LENT,
    make: (h, p) => add(h, p.lent.first + POOL_USED, 64),
  },
  { name: "a run of lent pools that is absurd", found: I_LENT, make: (h, p) => h.poke(p.lent.first + POOL_USED, -1) },
  {
    name: "a run of lent pools without a first",
    found: I_LENT,
    make: (h, p) => h.poke(p.lent.first + POOL_USED, LENT_BEHIND),
  },
  { name: "a lent pool that is not marked", found: I_LENT, make: (h, p) => h.poke(p.lent.behind + POOL_USED, 1) },
  { name: "a wrong count of lent pools", found: I_LENT, make: (h) => add(h, RUNTIME + R_LENT_POOLS, 1) },
  {
    name: "a lent pool in use",
    found: I_LENT,
    make: (h, p) => poke16(h, tagOf(p.lent.behind) + TAG_VIRGIN, 8),
  },
  {
    name: "a run of lent pools that is shorter",
    found: [I_LENT, I_CHUNK_CHAIN],
    make: (h, p) => add(h, p.lent.first + POOL_USED, -1),
  },

  {
    name: "a live block without its pads",
    found: I_FRAME,
    make: (h, p) => h.poke(poolStart(p.full) + 4, 0),
    onlyDebug: true,
  },
  {
    name: "a live block of another size",
    found: I_FRAME,
    make: (h, p) => h.poke(poolStart(p.full), 0),
    onlyDebug: true,
  },
  {
    name: "a raw letter on a block of a pool",
    found: I_FRAME,
    make: (h, p) => h.poke(poolStart(p.full) + 4, 0xfdfdfd72),
    onlyDebug: true,
  },
  {
    name: "a write into quarantine",
    found: I_FRAME,
    make: (h) => h.poke(h.word(RUNTIME + R_QUARANTINE_TAIL) + 8, 0),
    onlyDebug: true,
  },

  {
    name: "a dropped quarantine",
    found: I_QUARANTINE,
    make: (h) => h.poke(RUNTIME + R_QUARANTINE_HEAD, 0),
    onlyDebug: true,
  },
  {
    name: "a quarantine without its end",
    found: I_QUARANTINE,
    make: (h) => h.poke(RUNTIME + R_QUARANTINE_TAIL, 0),
    onlyDebug: true,
  },
  {
    name: "a quarantine of other bytes",
    found: I_QUARANTINE,
    make: (h) => add(h, RUNTIME + R_QUARANTINE_BYTES, 8),
    onlyDebug: true,
  },
  {
    name: "a quarantine that leads out of memory",
    found: I_QUARANTINE,
    make: (h) => h.poke(h.word(RUNTIME + R_QUARANTINE_HEAD), -8),
    onlyDebug: true,
  },
  {
    name: "a live block in quarantine",
    found: I_QUARANTINE,
    make: (h, p) => h.poke(h.word(RUNTIME + R_QUARANTINE_HEAD), poolStart(p.full)),
    onlyDebug: true,
  },
  {
    name: "a quarantine in a circle",
    found: I_QUARANTINE,
    make: (h) => h.poke(h.word(RUNTIME + R_QUARANTINE_TAIL), h.word(RUNTIME + R_QUARANTINE_HEAD)),
    onlyDebug: true,
  },
];

function arenaOf(descriptor: number): number {
  return descriptor - (descriptor % ARENA_BYTES);
}

function poolStart(descriptor: number): number {
  return arenaOf(descriptor) + ((descriptor % ARENA_BYTES) / DESCRIPTOR_BYTES) * POOL_BYTES;
}

function unlinkAll(heap: CoreHeap, sizeClass: number): void {
  const head = RINGS + 8 * sizeClass;
  heap.poke(head, head - POOL_NEXT);
  heap.poke(head + 4, head - POOL_NEXT);
}

function lastEmpty(heap: CoreHeap, places: Places): number {
  return list(heap, arenaOf(places.empty) + ARENA_FREE_POOLS, POOL_NEXT).at(-1) as number;
}

function fullArena(heap: CoreHeap, { usable }: Places): number {
  return need(
    poolArenas(heap.memory).find((arena) => !usable.includes(arena)),
    "full arena",
  );
}

/** All chunks of a bin into the next bin of the level, bitmaps and all. */
function moveBin(heap: CoreHeap, { bin }: Places): void {
  const step = bin.step === 0 ? 1 : bin.step - 1;
  const to = bin.at + 4 * (step - bin.step);
  expect(heap.word(to)).toBe(0);
  heap.poke(to, heap.word(bin.at));
  heap.poke(bin.at, 0);
  add(heap, RUNTIME + R_BIN_STEPS + 4 * bin.level, 2 ** step - 2 ** bin.step);
}

test("there is a test for every invariant", () => {
  const tested = new Set(
    [...BREAKS, ...OBJECT_BREAKS, ...CONTAINER_BREAKS, ...WEAK_BREAKS, ...STATE_BREAKS].flatMap(({ found }) =>
      typeof found === "number" ? [found] : [],
    ),
  );
  expect([...tested].sort((a, b) => a - b)).toEqual(Object.values(invariants).sort((a, b) => a - b));
});

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  const heap = open();
  furnish(heap);
  const sound = heap.snapshot();
  const places = placesOf(heap);

  test("a sound heap has everything that is broken below, and passes", () => {
    heap.restore(sound);
    expect(places.usable.length).toBeGreaterThanOrEqual(3);
    expect(list(heap, places.quickBlocks, BLOCK_LINK).length).toBeGreaterThanOrEqual(2);
    expect(list(heap, places.quickChunks, CHUNK_NEXT).length).toBeGreaterThanOrEqual(2);
    expect(heap.broken()).toBe("");
    expect(heap.firstChange(sound)).toBe(-1);
  });

  test.each(BREAKS.filter(({ onlyDebug }) => debug || !onlyDebug))("$name", ({ found, make }) => {
    expectFound(heap, sound, found, () => make(heap, places));
  });

  test("a last arena where there is none", () => {
    const empty = open();
    for (const free of [1, 30, POOLS_PER_ARENA]) {
      empty.poke(LAST_ARENA_WITH + 4 * free, ARENA_BYTES);
      expect(empty.core.verify()).toBe(I_ARENA_LAST);
      empty.poke(LAST_ARENA_WITH + 4 * free, 0);
      expect(empty.broken()).toBe("");
    }
  });
});
