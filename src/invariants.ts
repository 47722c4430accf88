// A name and a sentence for each invariant that the core checks by number.

import * as ids from "../assembly/invariants.js";

export * from "../assembly/invariants.js";

/** What is wrong when the invariant does not hold. */
export interface Invariant {
  /** As in {@link CorruptionError.invariant}. */
  readonly name: string;
  readonly sentence: string;
}

const INVARIANTS: ReadonlyMap<number, Invariant> = new Map([
  entry(ids.I_RUNTIME, "runtime", "the runtime record is not one, or something was written through null"),
  entry(ids.I_SLOTS, "slots", "the table of who owns which 256 KiB disagrees with the arenas and regions there are"),
  entry(ids.I_POOL_COUNT, "pool-count", "used, free and virgin blocks of a pool do not add up to its capacity"),
  entry(
    ids.I_POOL_LIST,
    "pool-list",
    "a pool's free list leaves the pool, goes in a circle, or misses a block's start",
  ),
  entry(ids.I_POOL_FIELDS, "pool-fields", "a pool's descriptor holds a size or an offset that cannot be"),
  entry(ids.I_RING, "ring", "the ring of pools with room for a size class is broken, or has the wrong pools on it"),
  entry(ids.I_ARENA_FREE, "arena-free", "an arena's list of empty pools, or its count of free ones, is wrong"),
  entry(ids.I_ARENA_ORDER, "arena-order", "the list of arenas with free pools is broken, out of order, or incomplete"),
  entry(
    ids.I_ARENA_LAST,
    "arena-last",
    "the table of the last arena with so many free pools disagrees with their list",
  ),
  entry(ids.I_QUICK_BLOCK, "quick-block", "a quick list holds what is no freed block of its class, or holds one twice"),
  entry(ids.I_STAMP, "stamp", "a free block lacks its stamp: it was written to after it was freed"),
  entry(ids.I_CHUNK_CHAIN, "chunk-chain", "large blocks do not follow each other from a region's start to its end"),
  entry(ids.I_CHUNK_SEAL, "chunk-seal", "the header before a large block was overwritten"),
  entry(ids.I_CHUNK_NEIGHBOUR, "chunk-neighbour", "a large block's note about the one before it is wrong"),
  entry(ids.I_BIN, "bin", "a list of free space by size holds what does not belong there, or misses what does"),
  entry(ids.I_CHUNK_COUNT, "chunk-count", "the count of large blocks, or of their bytes, is wrong"),
  entry(
    ids.I_QUICK_CHUNK,
    "quick-chunk",
    "a quick list holds what is no freed large block of its size, or holds one twice",
  ),
  entry(ids.I_LENT, "lent", "pools that are lent to large blocks hold no region of them"),
  entry(ids.I_FRAME, "frame", "the frame of a block, or the fill of a freed one, is damaged"),
  entry(ids.I_TYPE, "type", "a type's record holds what cannot be"),
  entry(ids.I_OBJECT, "object", "a block of an object pool is neither free nor an object of a known type"),
  entry(ids.I_REFERENCE, "reference", "a reference leads to what is no live object"),
  entry(
    ids.I_REFERENCE_COUNT,
    "reference-count",
    "an object has more references than its count says: one was dropped too often",
  ),
  entry(ids.I_GC_WORD, "gc-word", "an object carries marks of a collection, and none is under way"),
  entry(ids.I_GENERATION, "generation", "an object and its generation disagree"),
  entry(ids.I_LARGE_OBJECT, "large-object", "the array of large objects holds what is none"),
  entry(ids.I_LIST, "list", "a list's length, room and block do not fit each other"),
  entry(ids.I_TABLE, "table", "the table of a dict or set is damaged, or a key is not where its hash leads"),
  entry(ids.I_DEQUE, "deque", "a deque's blocks, length and first item do not fit each other"),
  entry(ids.I_LENGTH, "length", "the length of an object does not fit the block it lies in"),
  entry(ids.I_INTERNED, "interned", "the table of interned strs holds what is none, or counts wrong"),
  entry(ids.I_WEAKREF, "weakref", "the weak references to an object and the records of them disagree"),
  entry(ids.I_CONSTANT, "constant", "something that is the same in every heap was overwritten"),
  entry(ids.I_STATE, "state", "switches and counts contradict each other, or something is under way that has ended"),
  entry(ids.I_TEXT, "text", "what a str notes about its characters is wrong"),
  entry(ids.I_HASH, "hash", "a hash that is kept is not that of its object"),
  entry(ids.I_OWNER, "owner", "a block belongs to two owners, or to one though it is free"),
  entry(ids.I_QUARANTINE, "quarantine", "the list of freed blocks that are kept back is broken"),
]);

function entry(id: number, name: string, sentence: string): [number, Invariant] {
  return [id, { name, sentence }];
}

export function invariantOf(id: number): Invariant {
  return INVARIANTS.get(id) ?? { name: `number ${id}`, sentence: "the allocator's own records contradict each other" };
}
