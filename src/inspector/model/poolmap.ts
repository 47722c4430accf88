// The pages of a heap as typed arrays, filled straight from the arenas' descriptors: what a map of the memory is drawn from.

import {
  ARENA_SHIFT,
  ARENA_VIRGIN,
  BLOCK_LINK,
  BLOCK_STAMP,
  blocksPerPool,
  descriptorOf,
  HEAP_START,
  POOL_SHIFT,
  POOL_SIZE,
  POOL_USED,
  POOL_VIRGIN,
  POOLS_PER_ARENA,
  QUICK_BLOCK_LISTS,
  QUICK_BLOCKS,
  R_KEY,
  R_MEMORY_END,
  RUNTIME,
  SIZE_CLASSES,
  SLOT_POOLS,
  SLOTS,
  tagOf,
} from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import {
  BLOCK_FREE,
  BLOCK_USED,
  BLOCK_VIRGIN,
  HOLDS_BLOCKS,
  PAGE_ABSENT,
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LARGE,
  PAGE_LENT,
  PAGE_RUNTIME,
  PAGE_USED,
  PAGE_VIRGIN,
} from "./pages.js";

/** log2 and number of the pages in a slot of 256 KiB. */
export const SLOT_PAGES_SHIFT = ARENA_SHIFT - POOL_SHIFT;
export const SLOT_PAGES = 1 << SLOT_PAGES_SHIFT;

/** Freed blocks in quick lists that are looked at in a reading for a frame: each costs a wait for memory. */
const WAITING_MAX = 8192;
/** Blocks of a pool, at most. */
const BLOCKS_MAX = 512;
/** Slots that the arrays have room for at first. */
const SLOTS_MIN = 64;

const CAPACITY = Uint16Array.from({ length: SIZE_CLASSES }, (_, index) => blocksPerPool((index + 1) * 8));

// What is compared with the reading before, a word a page: state << 24 | class << 16 | used.
const STATE_SHIFT = 24;
const CLASS_SHIFT = 16;
const USED_MASK = 0xffff;

/**
 * A page is 4 KiB; entry n of each array is the page at address 4096 × n. Freed blocks that wait in quick lists count as free. Nothing is allocated by a reading unless memory has grown, and nothing of the heap is changed.
 */
export class PoolMap {
  /** Slots of 256 KiB that memory reaches into: the first 64 × so many entries say something. */
  slots = 0;
  /** First byte past the memory there is. */
  memoryEnd = 0;
  /** Grows with every change. */
  version = 0;
  /** All freed blocks were looked at: what waits in quick lists is free in `used`, not only some of it. */
  settled = true;
  /** PAGE_… of pages.ts. */
  state = new Uint8Array(0);
  /** Bytes a block / 8 − 1, of pages that are PAGE_USED and PAGE_FULL. */
  sizeClass = new Uint8Array(0);
  /** HOLDS_… of the same pages. */
  holds = new Uint8Array(0);
  /** Blocks in use, of the same pages. Of PAGE_LARGE and PAGE_LENT: bytes in use, 0 … 4096. */
  used = new Uint16Array(0);
  /** Blocks there can be, of PAGE_USED and PAGE_FULL. */
  capacity = new Uint16Array(0);
  /** Bytes in blocks in use, of all pools together. */
  allocated = 0;
  /** A word a slot: the version in which anything in it changed last. Who draws compares it with the version drawn last. */
  changed = new Uint32Array(0);
  #packed = new Uint32Array(0);
  /** Blocks in quick lists, by page, and the pages that have any. */
  #waiting = new Uint16Array(0);
  #waitingPages = new Uint32Array(0);
  #waitingCount = 0;

  /**
   * Takes in the memory as it is now, but for how large blocks lie in it: LargeMap does that. At most so many freed blocks are looked for in
   * quick lists; `settled` says whether there were more.
   */
  read(memory: HeapMemory, waitingMax = WAITING_MAX): void {
    const { words, bytes } = memory;
    const end = Math.min(words[(RUNTIME + R_MEMORY_END) >>> 2] as number, bytes.length);
    this.memoryEnd = end;
    const slots = Math.ceil(end / 2 ** ARENA_SHIFT);
    if (slots > this.changed.length) this.#makeRoom(slots);
    this.#countWaiting(words, bytes, waitingMax);
    const before = this.version;
    this.version++;
    let changes = slots !== this.slots;
    for (let slot = slots; slot < this.slots; slot++) this.#clearSlot(slot);
    this.slots = slots;
    for (let slot = 0; slot < slots; slot++) {
      const isArena = bytes[SLOTS + slot] === SLOT_POOLS;
      if (isArena ? this.#readArena(words, slot) : this.#readRegion(slot, end)) {
        this.changed[slot] = this.version;
        changes = true;
      }
    }
    if (!changes) this.version = before;
  }

  /** Notes how many bytes of each page of a region are in use; `inUse` has an entry a page. For LargeMap. */
  cover(inUse: Uint16Array): void {
    const packed = this.#packed;
    const pages = this.slots << SLOT_PAGES_SHIFT;
    for (let page = 0; page < pages; page++) {
      const before = packed[page] as number;
      const state = before >>> STATE_SHIFT;
      if (state !== PAGE_LARGE && state !== PAGE_LENT) continue;
      const bytes = inUse[page] as number;
      if ((before & USED_MASK) === bytes) continue;
      packed[page] = (state << STATE_SHIFT) | bytes;
      this.used[page] = bytes;
      this.changed[page >>> SLOT_PAGES_SHIFT] = ++this.version;
    }
  }

  /**
   * Writes a BLOCK_… of pages.ts for each block of a pool, and returns how many blocks there are; 0 if the page is no pool in use. A freed block
   * is known by its stamp.
   */
  blocks(memory: HeapMemory, page: number, into: Uint8Array): number {
    const state = this.state[page];
    if (state !== PAGE_USED && state !== PAGE_FULL) return 0;
    const { words } = memory;
    const address = page * 2 ** POOL_SHIFT;
    const descriptor = descriptorOf((page >>> SLOT_PAGES_SHIFT) * 2 ** ARENA_SHIFT, page % SLOT_PAGES);
    const size = words[(descriptor + POOL_SIZE) >>> 2] as number;
    const virgin = words[(descriptor + POOL_VIRGIN) >>> 2] as number;
    const key = words[(RUNTIME + R_KEY) >>> 2] as number;
    const capacity = Math.min(this.capacity[page] as number, into.length);
    for (let index = 0; index < capacity; index++) {
      const offset = index * size;
      const block = address + offset;
      const isStamped = words[(block + BLOCK_STAMP) >>> 2] === (block ^ key) >>> 0;
      into[index] = offset >= virgin ? BLOCK_VIRGIN : isStamped ? BLOCK_FREE : BLOCK_USED;
    }
    return capacity;
  }

  #readArena(words: Uint32Array, slot: number): boolean {
    const arena = slot * 2 ** ARENA_SHIFT;
    const virgin = words[(arena + ARENA_VIRGIN) >>> 2] as number;
    const first = slot << SLOT_PAGES_SHIFT;
    const tags = tagOf(arena, 0) >>> 2;
    const packed = this.#packed;
    const waiting = this.#waiting;
    let changed = this.#set(first, PAGE_HEAD << STATE_SHIFT);
    for (let index = 1; index <= POOLS_PER_ARENA; index++) {
      const page = first + index;
      const tag = words[tags + index] as number;
      let now: number;
      if (index >= virgin) {
        now = PAGE_VIRGIN << STATE_SHIFT;
      } else {
        const out = words[(arena + index * 32 + POOL_USED) >>> 2] as number;
        if (tag === 0) {
          now = out === 0 ? PAGE_EMPTY << STATE_SHIFT : this.#kept(page, PAGE_LENT);
        } else {
          const poolClass = (tag & 0xffff) >>> 2;
          const capacity = CAPACITY[poolClass & (SIZE_CLASSES - 1)] as number;
          const used = Math.min(out, capacity) - (waiting[page] as number);
          if (used <= 0) now = PAGE_EMPTY << STATE_SHIFT;
          else now = ((used === capacity ? PAGE_FULL : PAGE_USED) << STATE_SHIFT) | (poolClass << CLASS_SHIFT) | used;
        }
      }
      if (packed[page] === now) continue;
      this.#set(page, now);
      changed = true;
    }
    return changed;
  }

  #readRegion(slot: number, end: number): boolean {
    const first = slot << SLOT_PAGES_SHIFT;
    let changed = false;
    for (let page = first; page < first + SLOT_PAGES; page++) {
      const address = page * 2 ** POOL_SHIFT;
      let now = PAGE_ABSENT;
      if (address >= end) now = PAGE_ABSENT << STATE_SHIFT;
      else if (address + 2 ** POOL_SHIFT <= HEAP_START) now = PAGE_RUNTIME << STATE_SHIFT;
      else now = this.#kept(page, PAGE_LARGE);
      if (this.#packed[page] === now) continue;
      this.#set(page, now);
      changed = true;
    }
    return changed;
  }

  /** A page of a region keeps the bytes in use that were noted last. */
  #kept(page: number, state: number): number {
    const before = this.#packed[page] as number;
    return before >>> STATE_SHIFT === state ? before : state << STATE_SHIFT;
  }

  #set(page: number, now: number): boolean {
    if (this.#packed[page] === now) return false;
    const state = now >>> STATE_SHIFT;
    const poolClass = (now >>> CLASS_SHIFT) & 0xff;
    const inUse = state === PAGE_USED || state === PAGE_FULL;
    this.allocated += bytesOf(now) - bytesOf(this.#packed[page] as number);
    this.#packed[page] = now;
    this.state[page] = state;
    this.used[page] = now & USED_MASK;
    this.sizeClass[page] = inUse ? poolClass & (SIZE_CLASSES - 1) : 0;
    this.holds[page] = inUse ? poolClass >>> 6 : HOLDS_BLOCKS;
    this.capacity[page] = inUse ? (CAPACITY[poolClass & (SIZE_CLASSES - 1)] as number) : 0;
    return true;
  }

  #clearSlot(slot: number): void {
    const first = slot << SLOT_PAGES_SHIFT;
    for (let page = first; page < first + SLOT_PAGES; page++) this.#set(page, PAGE_ABSENT << STATE_SHIFT);
    this.changed[slot] = this.version;
  }

  /** Walks the quick lists as far as they are some. */
  #countWaiting(words: Uint32Array, bytes: Uint8Array, most: number): void {
    const waiting = this.#waiting;
    for (let index = 0; index < this.#waitingCount; index++) waiting[this.#waitingPages[index] as number] = 0;
    this.#waitingCount = 0;
    let left = most;
    for (let list = 0; list < QUICK_BLOCK_LISTS && left > 0; list++) {
      let block = words[(QUICK_BLOCKS >>> 2) + list] as number;
      while (block !== 0 && left > 0) {
        if (block >= this.memoryEnd || bytes[SLOTS + (block >>> ARENA_SHIFT)] !== SLOT_POOLS) break;
        left--;
        const page = block >>> POOL_SHIFT;
        const count = waiting[page] as number;
        // The list is a ring: somebody has written to a block after its free.
        if (count === BLOCKS_MAX) break;
        if (count === 0) this.#waitingPages[this.#waitingCount++] = page;
        waiting[page] = count + 1;
        block = words[(block + BLOCK_LINK) >>> 2] as number;
      }
    }
    this.settled = left > 0;
  }

  #makeRoom(slots: number): void {
    const room = Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(slots)));
    const pages = room << SLOT_PAGES_SHIFT;
    this.state = grown(this.state, new Uint8Array(pages));
    this.sizeClass = grown(this.sizeClass, new Uint8Array(pages));
    this.holds = grown(this.holds, new Uint8Array(pages));
    this.used = grown(this.used, new Uint16Array(pages));
    this.capacity = grown(this.capacity, new Uint16Array(pages));
    this.changed = grown(this.changed, new Uint32Array(room));
    this.#packed = grown(this.#packed, new Uint32Array(pages));
    this.#waiting = grown(this.#waiting, new Uint16Array(pages));
    this.#waitingPages = grown(this.#waitingPages, new Uint32Array(pages));
  }
}

/** Bytes in blocks in use, of a page as it is packed. */
function bytesOf(packed: number): number {
  const state = packed >>> STATE_SHIFT;
  if (state !== PAGE_USED && state !== PAGE_FULL) return 0;
  return (packed & USED_MASK) * (((packed >>> CLASS_SHIFT) & (SIZE_CLASSES - 1)) + 1) * 8;
}

/** `to` with what `from` has at its beginning. */
function grown<A extends Uint8Array | Uint16Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
