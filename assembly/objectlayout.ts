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
/** u32 each: tracked objects that are untracked for now, frozen, old. */
export const G_UNTRACKED: usize = 48;
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
/** u32  COLLECTION_BEGAN from the start of a collection, COLLECTION_ENDS while its trash is dealt with, 0 from its end on. */
export const G_COLLECTING: usize = 88;
export const COLLECTION_BEGAN: u32 = 1;
export const COLLECTION_ENDS: u32 = 2;
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
/** u32  address of the dict of global names; 0 if there is none yet. The heap owns one reference to it. */
export const G_GLOBALS: usize = 136;
/** u32  address of the table of interned strs, log2 of its slots, and how many strs it has. It owns no references. */
export const G_INTERNED: usize = 140;
export const G_INTERNED_LOG2: usize = 144;
export const G_INTERNED_COUNT: usize = 148;
/** u32  address of the list of objects that the collector was told to keep; 0 if there is none yet. The heap owns one reference to it. */
export const G_GARBAGE: usize = 152;
/** u32  the age that the next object gets that becomes old. */
export const G_AGE: usize = 156;
/** u32  address of the table of weakly referenced objects, log2 of its slots, and how many there are. */
export const G_WEAK: usize = 160;
export const G_WEAK_LOG2: usize = 164;
export const G_WEAK_COUNT: usize = 168;
/** u32  weak references there are, and types with finalizers: as long as it is 0, nobody can see when, and in which order, objects die. */
export const G_WATCHERS: usize = 172;
/** u32  calls of the host that have begun and not ended. */
export const G_DEPTH: usize = 176;
/** u32  calls of the host since the heap was made. */
export const G_CALLS: usize = 180;
/** u32  the last of the objects whose death waits for a lower depth, and 1 while they are dealt with. */
export const G_DELAYED: usize = 184;
export const G_DELAYED_RUN: usize = 188;
/** u32  where somebody is who goes through the trash. */
export const G_TRASH_CURSOR: usize = 192;
/** u32  the object whose finalizer runs because its last reference is gone; 0 once it has died all the same. */
export const G_FINALIZING: usize = 196;

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
//   gc0     place << 2 | flags.  Place: 0 tracked by no generation; PLACE_FROZEN + age frozen; PLACE_OLD + age old; PLACE_YOUNG + i at
//           index i of the young array. The larger, the younger. Ages are given when objects become old, in the order in which
//           they were made; once there are as many as there can be, all have the last.
//   gc1     at rest G_REST, 0 or 1, in all objects alike but frozen ones. During a collection: references found so far << 1 |
//           G_REST; once reached, address of the next on the stack | the other value; in the trash, address of the next | 2, and gc0
//           has the address of the previous | flags.
//
//   Where a tracked object is larger than a pool's blocks, its index in the array of large objects precedes gc0.
//
// Reference word: 0, the address of an object, or an integer of 31 bits << 1 | 1.
//
// Dying object (its count was 1, its references are to be dropped): count is IMMORTAL | address of the next of them >> 1.

export const O_COUNT: usize = 0;
export const O_TYPE: usize = 4;
/** Bytes before whatever an object holds. */
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
/** The first of frozen objects, of old ones, and of the young array. */
export const PLACE_FROZEN: u32 = 1;
export const PLACE_OLD: u32 = 0x10000000;
export const PLACE_YOUNG: u32 = 0x20000000;
/** The last age. */
export const AGE_MAX: u32 = 0x0ffffffe;
/** Flags of gc0. */
export const GC_FLAGS: u32 = 3;
/** Its finalizer ran. */
export const GC_FINALIZED: u32 = 1;
/** During the look at what finalizers have revived: it is. */
export const GC_REVIVED: u32 = 2;

/** Bit of gc1 that only trash has. */
export const TRASH: u32 = 2;
/** What one reference counts in gc1. */
export const ONE_REFERENCE: u32 = 2;

/** A reference word that is an integer. */
export const INTEGER_TAG: u32 = 1;
/** The integers of a reference word: −2^30 … 2^30 − 1. Others are objects. */
export const INTEGER_MIN: i32 = -0x40000000;
export const INTEGER_MAX: i32 = 0x3fffffff;
/** No reference word: nothing there. In a place for one, it stands for no object, as 0 does, whoever looks. */
export const ABSENT: u32 = 2;
/** No reference word: the call was refused, see the last status. */
export const REFUSED: u32 = 6;

// Type word

export const TYPE_ID_SHIFT: u32 = 16;
export const TYPE_REFS_MASK: u32 = 255;
/** Instead of a number of reference words: they lie elsewhere, or there are more, see assembly/visit.ts. */
export const MANY_REFS: u32 = 255;
/** Instances have gc words and are known to the collector. */
export const T_TRACKED: u32 = 0x100;
/** Something is to be done before an instance dies: the type has a finalizer; weak references leave the lists they are in. */
export const T_FINALIZER: u32 = 0x200;
/** Instances cannot be weakly referenced. */
export const T_NO_WEAKREFS: u32 = 0x400;
/** Flags that a program can give a type. */
export const T_TYPE_FLAGS: u32 = 0x700;
/** Flags that one object of a type may have and another not. */
export const T_OBJECT_FLAGS: u32 = 0xf000;
/** There are weak references to the object. */
export const T_WEAK: u32 = 0x1000;
/** Something is to be done before the object dies. */
export const T_RITES: u32 = 0x1200;
/** str: its units take two bytes. */
export const T_WIDE: u32 = 0x8000;
/** str: it is in the table of interned strs. */
export const T_INTERNED: u32 = 0x4000;
/** str: all its units are below 128. */
export const T_ASCII: u32 = 0x2000;
/** dict: it was made of a JavaScript Map. */
export const T_OF_MAP: u32 = 0x8000;
/** weakref: the host is called when the referent dies. */
export const T_CALLED: u32 = 0x8000;

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
/** u32  block with its name and whatever else the host says about it; 0 for types that come with the heap, and others without. */
export const TYPE_NAME: usize = 16;
/** u32  bytes of that. */
export const TYPE_NAME_BYTES: usize = 20;
/** u32  bytes of an instance from its header on. */
export const TYPE_SIZE: usize = 24;

/** Instances are larger than the blocks of pools. */
export const TYPE_LARGE: u32 = 0xffffffff;
/** Instances differ in size: the pool that one lies in tells. */
export const TYPE_SIZED: u32 = 0xfffffffe;
/** Most types there can be; ids count from 1. */
export const TYPES_MAX: u32 = 65535;
/** Most bytes of an instance of a type that a program defines. */
export const OBJECT_MAX_BYTES: u32 = 0x1000000;

// ── types that come with the heap ───────────────────────────────────────────────────────────────────

export const ID_BOOL: u32 = 1;
export const ID_FLOAT: u32 = 2;
export const ID_INT: u32 = 3;
export const ID_STR: u32 = 4;
export const ID_BYTES: u32 = 5;
export const ID_TUPLE: u32 = 6;
export const ID_LIST: u32 = 7;
export const ID_DICT: u32 = 8;
export const ID_SET: u32 = 9;
export const ID_FROZENSET: u32 = 10;
export const ID_DEQUE: u32 = 11;
export const ID_ARRAY: u32 = 12;
export const ID_DEFAULTDICT: u32 = 13;
export const ID_WEAKREF: u32 = 14;
export const ID_KEYEDREF: u32 = 15;
/** The first that a program defines. */
export const ID_FIRST: u32 = 16;

/** Their type words, without the flags of single objects. */
export const BOOL_WORD: u32 = (ID_BOOL << 16) | 0x400;
export const FLOAT_WORD: u32 = (ID_FLOAT << 16) | 0x400;
export const INT_WORD: u32 = (ID_INT << 16) | 0x400;
export const STR_WORD: u32 = (ID_STR << 16) | 0x400;
export const BYTES_WORD: u32 = (ID_BYTES << 16) | 0x400;
export const TUPLE_WORD: u32 = (ID_TUPLE << 16) | 0x5ff;
export const LIST_WORD: u32 = (ID_LIST << 16) | 0x5ff;
export const DICT_WORD: u32 = (ID_DICT << 16) | 0x5ff;
export const SET_WORD: u32 = (ID_SET << 16) | 0x1ff;
export const FROZENSET_WORD: u32 = (ID_FROZENSET << 16) | 0x1ff;
export const DEQUE_WORD: u32 = (ID_DEQUE << 16) | 0x1ff;
export const ARRAY_WORD: u32 = (ID_ARRAY << 16) | 0xff;
export const DEFAULTDICT_WORD: u32 = (ID_DEFAULTDICT << 16) | 0x5ff;
export const WEAKREF_WORD: u32 = (ID_WEAKREF << 16) | 0x700;
export const KEYEDREF_WORD: u32 = (ID_KEYEDREF << 16) | 0x7ff;

// Their objects, offsets from the header on. What is called a block is one of the mem domain, which the object alone owns.

/** f64 */
export const FLOAT_VALUE: usize = 8;
export const FLOAT_BYTES: u32 = 16;

/** i32  number of digits, below 0 if the number is. An integer of 31 bits is never an object. */
export const INT_SIZE: usize = 8;
/** u32 each  digits to the base 2^32, least first; the last is not 0. */
export const INT_DIGITS: usize = 12;

// str and bytes. Strs have the narrower of two widths: 1 byte a unit (latin-1), or 2 (T_WIDE; UTF-16, also of no valid text).

/** u32  units. */
export const TEXT_LENGTH: usize = 8;
/** u32  hash; 0: not known yet. */
export const TEXT_HASH: usize = 12;
/** The units. */
export const TEXT_DATA: usize = 16;

/** u32  items. */
export const TUPLE_LENGTH: usize = 8;
/** u32  hash; 0 if some item has none. */
export const TUPLE_HASH: usize = 12;
/** The words. */
export const TUPLE_ITEMS: usize = 16;

/** u32  block of words; 0 if the capacity is 0. */
export const LIST_ITEMS: usize = 8;
/** u32  items. */
export const LIST_LENGTH: usize = 12;
/** u32  words there is room for. */
export const LIST_CAPACITY: usize = 16;
export const LIST_BYTES: u32 = 20;

// dict, defaultdict, set, frozenset

/** u32  block with the table; 0: there is none, and nothing in it. */
export const DICT_TABLE: usize = 8;
/** u32  entries, without holes. */
export const DICT_COUNT: usize = 12;
/** u32  defaultdict: the host's number for the function that makes a value. */
export const DICT_FACTORY: usize = 16;
/** u32  frozenset: hash. */
export const SET_HASH: usize = 16;
export const DICT_BYTES: u32 = 16;
export const DEFAULTDICT_BYTES: u32 = 20;
export const SET_BYTES: u32 = 20;

// Table: a header, slots with numbers of entries, entries in the order in which they came.
//
//   +0   log2    u32   of the slots
//   +4   used    u32   entries, holes included
//   +8   capacity u32  entries there is room for: at most two thirds of the slots
//   +12  slots         1, 2 or 4 bytes each: the number of an entry; all ones: never used; all ones but the last bit: deleted
//   ...  entries       dict: key word, value word; set: key word. A hole has the key ABSENT.

export const TABLE_LOG2: usize = 0;
export const TABLE_USED: usize = 4;
export const TABLE_CAPACITY: usize = 8;
export const TABLE_INDEX: usize = 12;
/** Tables of up to 2^7 slots have slots of 1 byte, of up to 2^15 of 2 bytes. */
export const TABLE_BYTE_LOG2: u32 = 7;
export const TABLE_SHORT_LOG2: u32 = 15;
/** log2(bytes) of an entry. */
export const DICT_ENTRY_SHIFT: u32 = 3;
export const SET_ENTRY_SHIFT: u32 = 2;

// deque: item i lies at n = (first + i) mod (64 × room): word n mod 64 of block n / 64. Words not in use are 0.

/** u32  block with the addresses of blocks of 64 words; 0 for a place not in use. */
export const DEQUE_DIRECTORY: usize = 8;
/** u32  places in it. */
export const DEQUE_ROOM: usize = 12;
/** u32  where item 0 lies. */
export const DEQUE_FIRST: usize = 16;
/** u32  items. */
export const DEQUE_LENGTH: usize = 20;
/** u32  most items there may be; 0xffffffff: no limit. */
export const DEQUE_MOST: usize = 24;
export const DEQUE_BYTES: u32 = 28;
/** log2(words) of a deque's blocks, and their bytes. */
export const DEQUE_BLOCK_SHIFT: u32 = 6;
export const DEQUE_BLOCK_BYTES: u32 = 256;

/** u32  block of scalars; 0 if the capacity is 0. */
export const ARRAY_DATA: usize = 8;
/** u32  items. */
export const ARRAY_LENGTH: usize = 12;
/** u32  items there is room for. */
export const ARRAY_CAPACITY: usize = 16;
/** u32  0 i8, 1 u8, 2 i16, 3 u16, 4 i32, 5 u32, 6 i64, 7 u64, 8 f32, 9 f64. */
export const ARRAY_KIND: usize = 20;
export const ARRAY_OBJECT_BYTES: u32 = 24;
export const ARRAY_KINDS: u32 = 10;

// Weak references to one object: a list, the one without callback first, then the newest. The table of weakly referenced objects has
// the first of each.

/** u32  the object, not counted; 0: it is gone. */
export const W_REFERENT: usize = 8;
/** u32 each  the next and the previous in the list; 0: none. */
export const W_NEXT: usize = 12;
export const W_PREVIOUS: usize = 16;
/** u32  hash of the referent; 0: nobody has asked yet. */
export const W_HASH: usize = 20;
export const WEAKREF_BYTES: u32 = 24;
/** u32 each, words  keyedref: the weakref of the dict or set that it is in; the key there, ABSENT: it is itself the key. */
export const W_OWNER: usize = 24;
export const W_KEY: usize = 28;
export const KEYEDREF_BYTES: u32 = 32;

// ── deep conversion: what the host writes for assembly/build.ts ─────────────────────────────────────
//
// A token is a reference word (0, odd, or an address), or n << 6 | operation << 2 | 2.

/** Low two bits of a token that is an operation. */
export const BUILD_TAG: u32 = 2;
export const BUILD_TAG_MASK: u32 = 3;
export const BUILD_OPERATION_SHIFT: u32 = 2;
export const BUILD_OPERATION_MASK: u32 = 15;
export const BUILD_N_SHIFT: u32 = 6;
/** Largest n. */
export const BUILD_N_MAX: u32 = 0x3ffffff;
/** Two words follow: an f64, the low word first. */
export const BUILD_FLOAT: u32 = 1;
/** n digits follow. */
export const BUILD_INT: u32 = 2;
export const BUILD_NEGATIVE: u32 = 3;
/** n units follow, of 1 and of 2 bytes, filled up to whole words. */
export const BUILD_TEXT: u32 = 4;
export const BUILD_WIDE: u32 = 5;
/** The same, and the str is remembered: it gets the next text number, from 0. */
export const BUILD_KEY_TEXT: u32 = 6;
export const BUILD_KEY_WIDE: u32 = 7;
/** The str with text number n. */
export const BUILD_SAME: u32 = 8;
/** A word follows whose reference is handed over. */
export const BUILD_OWNED: u32 = 9;
/** n items, pairs, items, pairs follow; the object gets the next container number, from 0. */
export const BUILD_LIST: u32 = 10;
export const BUILD_DICT: u32 = 11;
export const BUILD_SET: u32 = 12;
/** The container with number n. */
export const BUILD_CONTAINER: u32 = 13;
/** As BUILD_DICT, of a JavaScript Map. */
export const BUILD_MAP: u32 = 14;
