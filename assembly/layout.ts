// Every size, address and offset of the heap, drawn once; those of objects are in objectlayout.ts. No decorators and no imports:
// the host reads this same file.
//
// Linear memory
//
//   0          HEAP_START (53.5 KiB)                   256 KiB            512 KiB                    memory end
//   ├─ runtime ─┼──────── region of chunks ─────────────┼─── pool arena ───┼─── region of chunks … ───┤
//   └────────────────── slot 0 ─────────────────────────┴───── slot 1 ─────┴───── slot 2 … ───────────┘
//
// The 4 GiB space is 16,384 slots of one arena each. SLOTS holds a byte a slot: who owns it.

// ── sizes ───────────────────────────────────────────────────────────────────────────────────────────

/** Every block is aligned to this many bytes; size classes are this far apart. */
export const ALIGNMENT: u32 = 8;
/** log2(ALIGNMENT). */
export const ALIGNMENT_SHIFT: u32 = 3;
/** Requests up to this many bytes come from pools, larger ones are large blocks. */
export const SMALL_MAX_BYTES: u32 = 512;
/** Size classes: 8, 16, … 512 bytes. */
export const SIZE_CLASSES: u32 = 64;

/** log2(bytes) of a pool. */
export const POOL_SHIFT: u32 = 12;
/** Bytes in a pool; pools are aligned to their size and hold blocks of one size class from the first byte to the last. */
export const POOL_BYTES: u32 = 4096;
export const POOL_MASK: u32 = 4095;

/** log2(bytes) of an arena. */
export const ARENA_SHIFT: u32 = 18;
/** Bytes in an arena; arenas are aligned to their size. */
export const ARENA_BYTES: u32 = 262144;
export const ARENA_MASK: u32 = 262143;
/** Pools an arena can hand out: 64 pages less the one that describes them. */
export const POOLS_PER_ARENA: u32 = 63;

/** log2(bytes) and bytes of WebAssembly's own page, the unit in which memory grows. */
export const WASM_PAGE_SHIFT: u32 = 16;
export const WASM_PAGE_BYTES: u32 = 65536;

// ── the runtime: fixed addresses below HEAP_START ───────────────────────────────────────────────────
//
//   0x0000  guard page, never written                                         (a store through null shows up in verify)
//   0x1000  the type table, until it is longer                                32 records of 32 B
//   0x1400  last arena with k free pools                                      4 B each, k = 0 … 63
//   0x1500  scratch of the verifier                                           256 B
//   0x1600  immortal objects: false, true, NaN, (), b'', ''                   112 B
//   0x1680  the lock of a heap that threads share, which the host takes       128 B
//   0x1700  stats of the three generations                                    32 B each
//   0x1800  the collector's record                                            224 B
//   0x18e0  key of the hash of texts                                          16 B
//   0x1900  divisors: ceil(2^32 / block size), one a class of blocks; 0 for those of objects   4 B each
//   0x1c00  quick lists: one a class of blocks, of tracked objects, of others 4 B each
//   0x1f00  runtime record                                                    256 B
//   0x2000  bins of free chunks                                               BIN_LEVELS × BIN_STEPS × 4 B
//   0x2e00  SLOTS, owner of each arena slot                                   16,384 B
//   0x6e00  the threads that share the heap                                   64 × 8 B
//   0x7000  quick lists of chunks: one for each size up to QUICK_CHUNK_MAX    4 B each
//   0xb010  scratch for texts that the host writes for a call                 2,032 B
//   0xb800  ring heads: one a class of blocks, of tracked objects, of others  8 B each
//   0xbe00  immortal objects: the strs of one character below 256             24 B each
//
// What malloc and free read lies late in its 4 KiB page: a load waits for an earlier store to the same offset of another
// page, and the first blocks of a pool are written to most.

export const OWN_TYPES: usize = 0x1000;
export const OWN_TYPES_CAPACITY: u32 = 32;
export const LAST_ARENA_WITH: usize = 0x1400;
export const SCRATCH: usize = 0x1500;
export const SCRATCH_BYTES: u32 = 256;
/** Immortal objects. There is one of each: whoever has such a value has this address. */
export const FALSE_OBJECT: usize = 0x1600;
export const TRUE_OBJECT: usize = 0x1608;
export const NAN_OBJECT: usize = 0x1610;
/** Its type word lacks T_TRACKED, and its gc words are never looked at. */
export const EMPTY_TUPLE: usize = 0x1630;
export const EMPTY_BYTES: usize = 0x1640;
export const EMPTY_STR: usize = 0x1650;
export const IMMORTALS_END: usize = 0x1660;
export const GIL: usize = 0x1680;
export const GIL_BYTES: usize = 128;
export const GC_STATS: usize = 0x1700;
export const GC: usize = 0x1800;
export const HASH_KEY: usize = 0x18e0;
/**
 * `offset * divisor < divisor` (mod 2^32) iff the offset is a multiple of the block size (Lemire, Kaser, Kurz, 2019).
 * 0 for the classes of objects, whose blocks `free` does not take.
 */
export const DIVISORS: usize = 0x1900;
export const QUICK_BLOCKS: usize = 0x1c00;
export const RUNTIME: usize = 0x1f00;
export const BINS: usize = 0x2000;
export const SLOTS: usize = 0x2e00;
/** The core never looks at the lock, nor at this. */
export const THREADS: usize = 0x6e00;
export const THREADS_CAPACITY: u32 = 64;
export const QUICK_CHUNKS: usize = 0x7000;
export const RINGS: usize = 0xb800;
/** The str of the character with code c lies at CHAR_STRS + c × CHAR_STR_BYTES. */
export const CHAR_STRS: usize = 0xbe00;
export const CHAR_STR_BYTES: usize = 24;
export const CHAR_STR_COUNT: u32 = 256;
export const TEXT_SCRATCH: usize = 0xb010;
export const TEXT_SCRATCH_BYTES: u32 = 2032;
/** The guard page: nothing is ever written below this. */
export const GUARD_BYTES: usize = 0x1000;
/** First byte that is not the runtime's. */
export const HEAP_START: usize = 0xd600;

/** Slots in the address space, one byte each in SLOTS. */
export const SLOT_COUNT: u32 = 16384;
/** Beyond the end of memory, or never used. */
export const SLOT_UNUSED: u32 = 0;
/** A pool arena. */
export const SLOT_POOLS: u32 = 1;
/** Part of a region of chunks. Slot 0 is one, behind the runtime. */
export const SLOT_CHUNKS: u32 = 2;

// ── the runtime record, offsets from RUNTIME ────────────────────────────────────────────────────────

/** u32  RUNTIME_MAGIC_VALUE once initialised. */
export const R_MAGIC: usize = 0;
/** u32  secret of this heap, mixed into stamps, links and seals. */
export const R_KEY: usize = 4;
/** u32  first byte past the committed memory. */
export const R_MEMORY_END: usize = 8;
/** u32  blocks below this go out of quick lists without a question: the end of memory, or 0 while allocations are traced. */
export const R_QUICK_END: usize = 12;
/** u32  first arena of the usable list (most full first), 0 if none. */
export const R_USABLE_ARENAS: usize = 16;
/** u32  pool arenas now. */
export const R_ARENAS: usize = 20;
/** u32  most pool arenas at a time. */
export const R_ARENAS_HIGH: usize = 24;
/** u32  pool arenas ever taken. */
export const R_ARENAS_ALLOCATED: usize = 28;
/** u32  bin levels that hold a free chunk, a bit each. */
export const R_BIN_LEVELS: usize = 32;
/** u32  chunks in use or in quick lists. */
export const R_CHUNKS: usize = 36;
/** u32  their bytes, headers included. */
export const R_CHUNK_BYTES: usize = 40;
/** u32  most bytes ever in pool arenas and chunks in use together. */
export const R_PEAK_BYTES: usize = 44;
/** u32  Status of the last call that failed. */
export const R_STATUS: usize = 48;
/** u32  what the last failed check was about: an address. */
export const R_FAULT_ADDRESS: usize = 52;
/** u32  id of the invariant or rule that failed (status.ts). */
export const R_FAULT_RULE: usize = 56;
/** u32  1 in debug mode. */
export const R_DEBUG: usize = 60;
/** u32  oldest block in quarantine, 0 if none. */
export const R_QUARANTINE_HEAD: usize = 64;
/** u32  newest block in quarantine. */
export const R_QUARANTINE_TAIL: usize = 68;
/** u32  bytes in quarantine. */
export const R_QUARANTINE_BYTES: usize = 72;
/** u32  block that was written to after it was freed, found as it left quarantine, or a quick list while tracing; nobody was told yet; 0 if none. */
export const R_DAMAGED: usize = 76;
/** u32  pools lent to chunks. */
export const R_LENT_POOLS: usize = 80;
/** u32  refills of quick lists of blocks since the last drain. */
export const R_REFILLS: usize = 84;
/** u32  fault injection: fail the n-th growth from now; 0 is off. */
export const R_FAIL_GROWTH: usize = 88;
/** u32 × BIN_LEVELS  steps of a bin level that hold a free chunk, a bit each. */
export const R_BIN_STEPS: usize = 128;

/** "ARN1", little-endian. */
export const RUNTIME_MAGIC_VALUE: u32 = 0x314e5241;

// ── the lock of a heap that threads share, offsets from GIL: all i32, all 0 in a new heap ───────────

/** Number of the thread that holds the lock, 0 if none does. What threads that want it wait on. */
export const L_HOLDER: usize = 0;
/** Thread that held it last. A thread that was asked to let go waits on this. */
export const L_LAST_HOLDER: usize = 8;
/** How often it has gone from a thread to another. */
export const L_SWITCHES: usize = 12;
/** 1: a thread has waited for an interval and asks the holder to let go. */
export const L_REQUEST: usize = 16;
/** The switch interval in microseconds; 0 stands for SWITCH_INTERVAL. */
export const L_INTERVAL: usize = 20;
/** Calls into the core that have begun and not ended. */
export const L_BUSY: usize = 24;
/** 0, or 1 + number of the thread whose call into the core did not come to its end. */
export const L_BROKEN: usize = 28;
/** Bits for the two places where threads may be waiting for the lock, so that whoever lets go must wake one: see src/threads/queues.ts. */
export const L_WAITING: usize = 32;
/** How often threads that waited have asked for a sign of life since the lock last went from a thread to another. */
export const L_PROBES: usize = 36;
/** How often the lock was taken from a thread that had ended. */
export const L_TAKEN_OVER: usize = 40;
/** Two words that tell this heap from others, random, made by the first thread. */
export const L_IDENTITY: usize = 44;
/** Heap objects of all threads that are at this memory, and were not disposed of; −1 once the last was. */
export const L_HEAPS: usize = 52;
/** How often any of them was entered: one that finds it as it has left it was alone. */
export const L_ENTRIES: usize = 56;
/** What threads wait on that go ahead of others: how often one of them was to be woken. */
export const L_CALLS: usize = 60;

/** Python's: 5 milliseconds, in microseconds. */
export const SWITCH_INTERVAL: u32 = 5000;

// A thread of THREADS

/** log2(bytes) of an entry. */
export const THREAD_SHIFT: u32 = 3;
/** Number of the thread, 0 if the entry is free. */
export const THREAD_NUMBER: usize = 0;
/** At least this many waits of the thread on this very word are under way, unless it has ended: see src/threads/liveness.ts. */
export const THREAD_SIGNS: usize = 4;

// ── arena: head page, then 63 pools ─────────────────────────────────────────────────────────────────
//
//   arena +0     arena record   32 B
//         +32    descriptors    63 × 32 B  one a pool
//         +3840  tags           64 × 4 B   one a page, the head's own always 0: all that `free` needs to know of a pool
//         +4096  pool 1, +8192 pool 2, …
//
//   Nothing of this lies in the pools: headers at multiples of 4 KiB would share one cache set, tags take an eighth of the
//   cache that descriptors would, and blocks fill their pool to the end. Tags lie at the end of the page because a load
//   waits for a store to the same offset of another page, and the blocks at the end of a pool are used least.
//
// Tag: two u16. Both 0 when the pool is not in use: no offset is below that VIRGIN, so nothing in it is a block.

export const TAG_SHIFT: u32 = 2;
/** u16  offset of its class in the tables that have a word a class (QUICK_BLOCKS, DIVISORS): class × 4. */
export const TAG_CLASS: usize = 3840;
/** u16  the pool's VIRGIN. */
export const TAG_VIRGIN: usize = 3842;

// Arena record

/** u32  next arena in the usable list. */
export const ARENA_NEXT: usize = 4;
/** u32  previous arena in the usable list. */
export const ARENA_PREV: usize = 8;
/** u32  descriptor of the first empty pool (linked by POOL_NEXT), 0 if none. */
export const ARENA_FREE_POOLS: usize = 12;
/** u32  empty and virgin pools. */
export const ARENA_FREE_COUNT: usize = 16;
/** u32  index (1 … 63) of the next pool never handed out; 64 when all were. */
export const ARENA_VIRGIN: usize = 20;

/** log2(bytes) of a pool descriptor. */
export const DESCRIPTOR_SHIFT: u32 = 5;
export const DESCRIPTOR_BYTES: u32 = 32;

// Pool descriptor. States, as in CPython:
//   used    0 < USED < capacity, or some blocks in the free list. On the ring of its class.
//   full    no free block in the pool. On no ring; NEXT and PREV mean nothing.
//   empty   USED == 0. On the arena's free list through NEXT. The tag is 0, so no address in it is a block;
//           CLASS, SIZE, VIRGIN and FREE stay, and are taken over if the same class comes again.
//   lent    part of a run of pools that is a region of chunks for the time being. The tag is 0, USED the number of pools
//           of the run in its first, LENT_BEHIND in the others. On no list, not counted as free.
//   virgin  never handed out: the descriptor is all zero.

/** u32  offset in the pool of the first byte never handed out; the tag repeats it while the pool is in use. */
export const POOL_VIRGIN: usize = 4;
/** u32  its class, 0 … 191: 64 of blocks, 64 of tracked objects, 64 of other objects. */
export const POOL_CLASS: usize = 8;
/** u32  blocks out of the pool: allocated, or in the quick list. */
export const POOL_USED: usize = 12;
/** USED of a lent pool that is not the first of its run. */
export const LENT_BEHIND: u32 = 0xffff;
/** u32  first free block, 0 if none. */
export const POOL_FREE: usize = 16;
/** u32  bytes a block. */
export const POOL_SIZE: usize = 20;
/** u32  descriptor after this one on its ring or in the arena's free list. */
export const POOL_NEXT: usize = 24;
/** u32  descriptor before it on its ring. */
export const POOL_PREV: usize = 28;

// Free block: +0 link, the address of the next block of its list (a quick list, or the pool's own), +4 stamp.
// The stamp is the block's own address ^ key: a block that carries it is suspected to be free already.
// In a pool of tracked objects also G_OBJECT_OFFSET + 0 count: 0, or in debug mode, where dead bytes fill it, below 0.
//
// Quick list: the blocks of a class that were freed last, ready to go out again without a look at their pools
// (after Weinstock and Wulf, "Quick fit: an efficient algorithm for heap storage allocation", 1988). Before memory
// grows, and before anything looks at the pools, quick lists give their blocks back.
export const BLOCK_LINK: usize = 0;
export const BLOCK_STAMP: usize = 4;

// ── chunk: a large block, or the space between two ──────────────────────────────────────────────────
//
//   A region is a run of SLOT_CHUNKS slots. Its chunks follow each other without a gap:
//
//   region start +0 … +7 │ chunk │ chunk │ … │ fence (8 B) │ region end
//
//   chunk +0  head  u32  size | flags          size: a multiple of 16, header included; chunks lie at 8 mod 16
//         +4  seal  u32  in use: a keyed hash of address and head. Freed: the same, inverted; stays when the chunk melts
//                        into the one before it, so that a second free can be told from a foreign address.
//         +8  payload …                        in use (16-aligned)
//         +8  next  u32  in its bin, or its quick list               free
//        +12  prev  u32  in its bin            free
//         …
//     size−4  size  u32                        free: so that the chunk after it finds its start

export const CHUNK_HEAD: usize = 0;
export const CHUNK_SEAL: usize = 4;
export const CHUNK_NEXT: usize = 8;
export const CHUNK_PREV: usize = 12;
export const CHUNK_HEADER_BYTES: u32 = 8;
export const CHUNK_MIN_BYTES: u32 = 32;
/** The chunk is allocated. */
export const CHUNK_USED: u32 = 1;
/** The chunk before it is allocated, or there is none. */
export const CHUNK_PREV_USED: u32 = 2;
/** Allocated by the raw domain. */
export const CHUNK_RAW: u32 = 4;
/** It grew in place: no request will ask for its size again, so it does not wait in a quick list when it is freed. */
export const CHUNK_GROWN: u32 = 8;
export const CHUNK_FLAGS: u32 = 15;

/** Freed chunks of up to this size (a request of 64 KiB) wait in quick lists, one for each size, before they are joined. */
export const QUICK_CHUNK_MAX: u32 = 65552;
/** log2 of the distance between two sizes of chunks. */
export const CHUNK_SIZE_SHIFT: u32 = 4;
/** Quick lists of blocks: 64 classes of blocks, 64 of objects of tracked types, 64 of other objects. */
export const QUICK_BLOCK_LISTS: u32 = 192;
/** Offset in QUICK_BLOCKS of the first quick list of objects: of tracked ones, then of others. */
export const OBJECT_LISTS: usize = 256;
export const UNTRACKED_LISTS: usize = 512;

/** Bin levels: one for each power of two from 32 bytes. */
export const BIN_LEVELS: u32 = 27;
/** Level 0 holds chunks of 2^BIN_FIRST_SHIFT bytes and more. */
export const BIN_FIRST_SHIFT: u32 = 5;
/** log2(steps) of a level: each power of two is divided into that many bins. */
export const BIN_STEP_SHIFT: u32 = 5;
export const BIN_STEPS: u32 = 32;

/** Largest request a domain accepts: CPython's PY_SSIZE_T_MAX on 32 bits. */
export const REQUEST_MAX: u32 = 0x7fffffff;

// ── debug frame, CPython's (Objects/obmalloc.c): size big-endian, domain letter, pad … data … pad ───
//
//   block +0  requested size  4 B big-endian
//         +4  domain          'r' 'm' 'o'
//         +5  0xFD × 3
//         +8  data            0xCD on malloc, 0xDD when freed
//         +8+n  0xFD × 4

export const FRAME_HEAD_BYTES: u32 = 8;
export const FRAME_BYTES: u32 = 12;
export const FILL_CLEAN: u32 = 0xcd;
export const FILL_DEAD: u32 = 0xdd;
export const FILL_FORBIDDEN: u32 = 0xfd;
export const DOMAIN_RAW: u32 = 0x72;
export const DOMAIN_MEM: u32 = 0x6d;
export const DOMAIN_OBJ: u32 = 0x6f;
/** Bytes of freed blocks kept back in debug mode before the oldest goes back to the allocator. */
export const QUARANTINE_BYTES: u32 = 262144;

// ── PyArena (Python/pyarena.c): records and blocks, all from the mem domain ─────────────────────────

export const PYARENA_RECORD_BYTES: u32 = 32;
/** u32  first block. */
export const PYARENA_HEAD: usize = 0;
/** u32  block that allocations come from, the last. */
export const PYARENA_CURRENT: usize = 4;
/** u32  allocations made. */
export const PYARENA_ALLOCATIONS: usize = 8;
/** u32  their bytes, rounded up to 8 each. */
export const PYARENA_BYTES: usize = 12;
/** u32  blocks. */
export const PYARENA_BLOCKS: usize = 16;
/** u32  their data bytes. */
export const PYARENA_TOTAL_BLOCK_BYTES: usize = 20;
/** u32  blocks larger than usual, made for one allocation. */
export const PYARENA_BIG_BLOCKS: usize = 24;

/** u32  data bytes of the block, which follow its header. */
export const PYARENA_BLOCK_SIZE: usize = 0;
/** u32  offset in the data of the next allocation. */
export const PYARENA_BLOCK_OFFSET: usize = 4;
/** u32  next block. */
export const PYARENA_BLOCK_NEXT: usize = 8;
export const PYARENA_BLOCK_HEADER_BYTES: u32 = 16;
/** Data bytes of an ordinary block. */
export const PYARENA_BLOCK_BYTES: u32 = 8192;
