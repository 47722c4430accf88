// What layout.ts is for blocks, for objects: the collector's record, objects, types. No decorators and no imports: the host reads
// this same file.

// ── the collector's record, offsets from GC ─────────────────────────────────────────────────────────

/** 3 × u32  generation 0: tracked objects made less those that died, since the last collection; 1 and 2: collections of the one below. */
export const G_COUNT: usize = 0;
/** u32  a collection is due when count 0 is above this: threshold 0, or 2^32 − 1 when that is 0 or automatic collection is off. */
export const G_LIMIT: usize = 12;
/** u32  address of the young array: addresses of tracked objects, oldest first; 0 where one has died. */
export const G_YOUNG: usize = 16;
/** u32  words it has room for. */
export const G_YOUNG_CAPACITY: usize = 20;
/** u32  index at which generation 0 begins; before it, generation 1. */
export const G_YOUNG_START: usize = 24;
/** u32  index behind the last. */
export const G_YOUNG_END: usize = 28;
/** u32  address of the type table. */
export const G_TYPES: usize = 32;
/** u32  types there are; ids count from 1. */
export const G_TYPE_COUNT: usize = 36;
/** u32  types the table has room for. */
export const G_TYPE_CAPACITY: usize = 40;
/** u32  bytes between the start of a block in a pool of tracked objects and its object. */
export const G_OBJECT_OFFSET: usize = 44;
/** u32 each, in the order of places: tracked objects that are untracked for now, frozen, old. */
export const G_PLACES: usize = 48;
export const G_FROZEN: usize = 52;
export const G_OLD: usize = 56;
/** u32  address of the array of large tracked objects, words it has room for, and how many there are. */
export const G_LARGE: usize = 60;
export const G_LARGE_CAPACITY: usize = 64;
export const G_LARGE_COUNT: usize = 68;
/** 3 × u32  thresholds. */
export const G_THRESHOLD: usize = 72;
/** u32  1 while automatic collection is on. */
export const G_ENABLED: usize = 84;
/** u32  1 from the start of a collection to its end. */
export const G_COLLECTING: usize = 88;
/** u32  objects that survived collections of generation 1 since the last of generation 2. */
export const G_LONG_LIVED_PENDING: usize = 92;
/** u32  objects that survived the last collection of generation 2. */
export const G_LONG_LIVED_TOTAL: usize = 96;
/** u32  the generation under collection, or of the last one. */
export const G_GENERATION: usize = 100;
/** u32  objects it examined. */
export const G_CANDIDATES: usize = 104;
/** u32  first and last of the trash it found, and how many. */
export const G_TRASH: usize = 108;
export const G_TRASH_TAIL: usize = 112;
export const G_TRASH_COUNT: usize = 116;
/** u32  a gc0 of this or more is in the set under collection. */
export const G_SET: usize = 120;
/** u32  0 or 1: what gc1 of all objects is at rest, unless they are frozen. */
export const G_REST: usize = 124;
/** u32  object whose count is less than the references to it that were found; 0 if none. */
export const G_DAMAGED: usize = 128;
/** u32  debug mode: what was wrong with the frame of the last object that died with a damaged one; 0 if nobody has to be told. */
export const G_FRAME_STATUS: usize = 132;

// Stats of a generation, GC_STATS + 32 × generation

/** log2 of their bytes. */
export const STATS_SHIFT: u32 = 5;
/** u32  collections of this generation. */
export const S_COLLECTIONS: usize = 0;
/** u32  objects they could not free. */
export const S_UNCOLLECTABLE: usize = 4;
/** u64  objects they freed. */
export const S_COLLECTED: usize = 8;
/** u64  objects they examined. */
export const S_CANDIDATES: usize = 16;
/** f64  seconds they took; the host adds them, there is no clock in the core. */
export const S_DURATION: usize = 24;

// ── object ──────────────────────────────────────────────────────────────────────────────────────────
//
//               −8          −4          0           4           8
//   object      │ gc0 u32   │ gc1 u32   │ count i32 │ type u32  │ reference words …  scalars …
//               └─ tracked types only ──┘
//
//   count   references to the object. Below 0: immortal, never counted. 0: dead; so every free block of an object pool has it.
//   type    the type word: id << 16 | flags << 8 | references. The same in all objects of a type but for the flags of one object.
//   gc0     place << 2 | flags.  Place: 0 tracked by no generation, 1 frozen, 2 old, 3 + i at index i of the young array.
//   gc1     at rest G_REST, 0 or 1, in all objects alike but frozen ones. During a collection: references found so far << 1 |
//           G_REST; once reached, address of the next on the stack | the other value; in the trash, address of the next | 2.
//
//   Where a tracked object is larger than a pool's blocks, its index in the array of large objects precedes gc0.
//
// Reference word: 0, the address of an object, or an integer of 31 bits << 1 | 1.
//
// Dying object (its count was 1, its references are to be dropped): count is IMMORTAL | address of the next of them >> 1.

export const O_COUNT: usize = 0;
export const O_TYPE: usize = 4;
/** Bytes before the reference words. */
export const HEADER_BYTES: u32 = 8;
/** Bytes of gc0 and gc1, which precede the object. */
export const GC_BYTES: u32 = 8;
/** Bytes from the start of the block of a large tracked object to the object; its index comes first. */
export const LARGE_OFFSET: usize = 16;
/** gc0 and gc1, offsets from object − GC_BYTES. */
export const GC0: usize = 0;
export const GC1: usize = 4;
/** Bit of a count that is never changed. */
export const IMMORTAL: u32 = 0x80000000;

/** log2 of what a place counts in gc0. */
export const PLACE_SHIFT: u32 = 2;
export const PLACE_NONE: u32 = 0;
export const PLACE_FROZEN: u32 = 1;
export const PLACE_OLD: u32 = 2;
/** The first of the young array. */
export const PLACE_YOUNG: u32 = 3;
/** Flags of gc0. */
export const GC_FLAGS: u32 = 3;
/** Its finalizer ran. */
export const GC_FINALIZED: u32 = 1;

/** Bit of gc1 that only trash has. */
export const TRASH: u32 = 2;
/** What one reference counts in gc1. */
export const ONE_REFERENCE: u32 = 2;

/** A reference word that is an integer. */
export const INTEGER_TAG: u32 = 1;

// Type word

export const TYPE_ID_SHIFT: u32 = 16;
export const TYPE_REFS_MASK: u32 = 255;
/** Instances have gc words and are known to the collector. */
export const T_TRACKED: u32 = 0x100;
/** Flags that one object of a type may have and another not. */
export const T_OBJECT_FLAGS: u32 = 0x8000;

// Type record, 32 bytes; the table holds that of id i at i × 32

/** log2(bytes) of a type record. */
export const TYPE_SHIFT: u32 = 5;
/** u32  the type word. */
export const TYPE_WORD: usize = 0;
/** u32  bytes of the block of an instance: its headers, frames and all. */
export const TYPE_BYTES: usize = 4;
/** u32  offset in QUICK_BLOCKS of the quick list of its class; TYPE_LARGE if it is larger than any. */
export const TYPE_LIST: usize = 8;
/** u32  reference words of an instance. */
export const TYPE_REFS: usize = 12;
/** u32  block with its name and whatever else the host says about it; 0 for types that come with the heap. */
export const TYPE_NAME: usize = 16;
/** u32  bytes of that. */
export const TYPE_NAME_BYTES: usize = 20;
/** u32  bytes of an instance from its header on. */
export const TYPE_SIZE: usize = 24;

export const TYPE_LARGE: u32 = 0xffffffff;
/** Most types there can be; ids count from 1. */
export const TYPES_MAX: u32 = 65535;
/** The type of true and false. */
export const TYPE_BOOL: u32 = 1;
/** Most bytes of an instance. */
export const OBJECT_MAX_BYTES: u32 = 0x1000000;
