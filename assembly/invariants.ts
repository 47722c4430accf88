// The invariants that `verify` checks, by number. No imports: the host reads this same file and makes the sentences.

/** The runtime record is not one: wrong magic, or the guard page below it was written to. */
export const I_RUNTIME: u32 = 1;
/** SLOTS disagrees with the arenas and regions there are, or with the end of memory. */
export const I_SLOTS: u32 = 2;
/** A pool's used blocks, free list and virgin part do not add up to its capacity. */
export const I_POOL_COUNT: u32 = 3;
/** A free list leaves its pool, repeats a block, or holds something that is no block's start. */
export const I_POOL_LIST: u32 = 4;
/** A pool's descriptor holds a size, divisor, quick list or offset that cannot be. */
export const I_POOL_FIELDS: u32 = 5;
/** A ring holds a pool of another class, a full or empty one, lacks one with room, or is not linked both ways. */
export const I_RING: u32 = 6;
/** An arena's list of empty pools or its count of free ones is wrong. */
export const I_ARENA_FREE: u32 = 7;
/** The list of usable arenas is not ascending, not linked both ways, or not the set of arenas with free pools. */
export const I_ARENA_ORDER: u32 = 8;
/** The table of the last arena with k free pools disagrees with the list. */
export const I_ARENA_LAST: u32 = 9;
/** A quick list holds something that is no freed block of its class, or holds it twice. */
export const I_QUICK_BLOCK: u32 = 10;
/** A free block does not carry its stamp: it was written to after it was freed. */
export const I_STAMP: u32 = 11;
/** Chunks do not follow each other without a gap from a region's start to its fence. */
export const I_CHUNK_CHAIN: u32 = 12;
/** A chunk's seal does not fit its head: the bytes before a large block were overwritten. */
export const I_CHUNK_SEAL: u32 = 13;
/** A chunk's flag about the chunk before it is wrong, or two free chunks follow each other. */
export const I_CHUNK_NEIGHBOUR: u32 = 14;
/** A bin holds a chunk that does not belong there, misses one that does, or its bitmap is wrong. */
export const I_BIN: u32 = 15;
/** The counts of chunks or of their bytes are wrong. */
export const I_CHUNK_COUNT: u32 = 16;
/** A quick list of chunks holds something that is no freed chunk of its size, or holds it twice. */
export const I_QUICK_CHUNK: u32 = 17;
/** A run of lent pools is not one, or holds no region. */
export const I_LENT: u32 = 18;
/** Debug mode: the frame of a live block, or the fill of one in quarantine, is damaged; the status tells which. */
export const I_FRAME: u32 = 19;
/** Debug mode: the list of blocks in quarantine is broken, or its byte count wrong. */
export const I_QUARANTINE: u32 = 20;
/** A type record holds a type word, size, list or name that cannot be. */
export const I_TYPE: u32 = 21;
/** A block of an object pool is neither free nor an object: wrong type word, count, or size. */
export const I_OBJECT: u32 = 22;
/** A reference slot holds what is no live object. */
export const I_REFERENCE: u32 = 23;
/** An object's count is less than the references to it. */
export const I_REFERENCE_COUNT: u32 = 24;
/** Between collections, gc1 of an object is not at rest, or the collector's record says that one is under way. */
export const I_GC_WORD: u32 = 25;
/** An object and the young array, or the count of old or frozen objects, disagree about its generation. */
export const I_GENERATION: u32 = 26;
/** The array of large objects and the objects in it disagree. */
export const I_LARGE_OBJECT: u32 = 27;
/** A list's length, capacity and block do not fit. */
export const I_LIST: u32 = 28;
/** A table of a dict or set: header, block, slots, entries or the count of them disagree, or an entry is not found by its key. */
export const I_TABLE: u32 = 29;
/** A deque's directory, blocks, length and place of the first item do not fit, or a word outside is not 0. */
export const I_DEQUE: u32 = 30;
/** The length of a str, bytes, int, tuple or array does not fit its block. */
export const I_LENGTH: u32 = 31;
/** The table of interned strs holds something else, lacks one, or counts wrong. */
export const I_INTERNED: u32 = 32;
/** An object's list of weak references, the table of first ones, and the mark in the object disagree. */
export const I_WEAKREF: u32 = 33;
/** What is the same in every heap was written to: divisors, offsets, the objects that come with the heap. */
export const I_CONSTANT: u32 = 34;
/** Switches, thresholds and counts of a record contradict each other, or something is noted as under way that is not. */
export const I_STATE: u32 = 35;
/** The flags of a str do not fit its units. */
export const I_TEXT: u32 = 36;
/** A hash that is kept is not that of its object. */
export const I_HASH: u32 = 37;
/** A block belongs to two, or is free, or is none. */
export const I_OWNER: u32 = 38;
