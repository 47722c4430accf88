// Numbers for the states of a page of 4 KiB and of a block, as the maps have them in typed arrays.

/** Beyond the end of memory. */
export const PAGE_ABSENT = 0;
/** The runtime's own records, below the first region. */
export const PAGE_RUNTIME = 1;
/** The first page of an arena, which describes its 63 pools. */
export const PAGE_HEAD = 2;
/** A pool with some blocks out, with all out, with none any more; one that never had any. */
export const PAGE_USED = 3;
export const PAGE_FULL = 4;
export const PAGE_EMPTY = 5;
export const PAGE_VIRGIN = 6;
/** A pool that is part of a region of large blocks for the time being. */
export const PAGE_LENT = 7;
/** In a region of large blocks. */
export const PAGE_LARGE = 8;

/** What a pool's blocks are: none of objects, or objects that are tracked. Any other number: objects that are not. */
export const HOLDS_BLOCKS = 0;
export const HOLDS_TRACKED = 1;

/** A block, or a stretch of a region. */
export const BLOCK_FREE = 0;
export const BLOCK_USED = 1;
/** Never handed out. */
export const BLOCK_VIRGIN = 2;
