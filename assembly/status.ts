// Codes the core hands to the host, which makes the sentence. No imports: the host reads this same file.

/** Done. */
export const OK: u32 = 0;
/** Memory cannot grow any further. */
export const NO_MEMORY: u32 = 1;
/** Not an address this allocator hands out: foreign, interior, unaligned, or never allocated. */
export const BAD_ADDRESS: u32 = 2;
/** The block at this address was freed already. */
export const ALREADY_FREE: u32 = 3;
/** The block belongs to another domain. */
export const BAD_DOMAIN: u32 = 4;
/** Debug mode: bytes before the block were overwritten. */
export const UNDERRUN: u32 = 5;
/** Debug mode: bytes after the block were overwritten. */
export const OVERRUN: u32 = 6;
/** Debug mode: a freed block was written to. */
export const USE_AFTER_FREE: u32 = 7;
/** The allocator's own records contradict each other. */
export const CORRUPT: u32 = 8;
/** An object lives in the block at this address: drop the references to it, do not free it. */
export const IS_OBJECT: u32 = 9;
/** A live object, but of another type. */
export const BAD_TYPE: u32 = 10;
/** The object has no reference word of that index. */
export const BAD_INDEX: u32 = 11;
/** The object cannot be a key: it has no hash. */
export const UNHASHABLE: u32 = 12;
/** Keys are nested too deeply to be compared. */
export const TOO_DEEP: u32 = 13;
/** The object cannot be weakly referenced. */
export const NOT_REFERABLE: u32 = 14;
