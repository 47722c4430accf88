// Large blocks and the space between them as typed arrays, read from the headers of chunks.

import {
  ARENA_SHIFT,
  CHUNK_FLAGS,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_PREV_USED,
  CHUNK_SEAL,
  CHUNK_USED,
  descriptorOf,
  HEAP_START,
  LENT_BEHIND,
  POOL_BYTES,
  POOL_SHIFT,
  POOL_USED,
  R_KEY,
  RUNTIME,
  SLOT_CHUNKS,
  SLOTS,
} from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import { PAGE_LENT } from "./pages.js";
import { type PoolMap, SLOT_PAGES, SLOT_PAGES_SHIFT } from "./poolmap.js";

/** Chunks that the arrays have room for at first. */
const ROOM_MIN = 1024;
/** As assembly/chunk.ts has it: the seal of a chunk is made of its address, its head and the key of the heap. */
const SEAL_FACTOR = 0x9e3779b1;
/** What the seal of a block differs by if an object lives in it. */
const OBJECT_SALT = 0x5a5a5a5a;

/**
 * Entry n of each array is the n-th chunk from the lowest address on: a large block with its header, or free space. A block that waits in a
 * quick list counts as free. Nothing of the heap is changed.
 */
export class LargeMap {
  /** Chunks there are: as many entries say something. */
  count = 0;
  /** Grows with every change. */
  version = 0;
  address = new Uint32Array(0);
  /** With the header of 8 bytes. */
  bytes = new Uint32Array(0);
  /** 1: in use. */
  used = new Uint8Array(0);
  /** 1: an object lives in it. */
  isObject = new Uint8Array(0);
  /** Blocks in use, their bytes with headers, and bytes of free space. */
  blocks = 0;
  usedBytes = 0;
  freeBytes = 0;
  #inUse = new Uint16Array(0);
  #at = 0;
  #changed = false;

  /** Takes in the memory as it is now, of which `map` was read just before; and tells `map` which pages are covered. */
  read(memory: HeapMemory, map: PoolMap): void {
    const { words, bytes } = memory;
    if (this.#inUse.length < map.state.length) this.#inUse = new Uint16Array(map.state.length);
    else this.#inUse.fill(0);
    this.#at = 0;
    this.#changed = false;
    this.blocks = 0;
    this.usedBytes = 0;
    this.freeBytes = 0;
    for (let slot = 0; slot < map.slots; slot++) {
      if (bytes[SLOTS + slot] !== SLOT_CHUNKS) {
        this.#readLent(words, map, slot);
        continue;
      }
      const start = slot === 0 ? HEAP_START : slot * 2 ** ARENA_SHIFT;
      while (slot + 1 < map.slots && bytes[SLOTS + slot + 1] === SLOT_CHUNKS) slot++;
      this.#readRegion(words, start, Math.min((slot + 1) * 2 ** ARENA_SHIFT, map.memoryEnd));
    }
    if (this.#changed || this.#at !== this.count) this.version++;
    this.count = this.#at;
    map.cover(this.#inUse);
  }

  /** Number of the chunk that an address lies in; −1 if it lies in none. */
  indexOf(address: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.address[middle] as number) <= address) low = middle + 1;
      else high = middle;
    }
    const index = low - 1;
    if (index < 0 || address >= (this.address[index] as number) + (this.bytes[index] as number)) return -1;
    return index;
  }

  /** Pools of an arena that are lent: each run of them is a region. */
  #readLent(words: Uint32Array, map: PoolMap, slot: number): void {
    const first = slot << SLOT_PAGES_SHIFT;
    for (let index = 1; index < SLOT_PAGES; index++) {
      if (map.state[first + index] !== PAGE_LENT) continue;
      const run = words[(descriptorOf(slot * 2 ** ARENA_SHIFT, index) + POOL_USED) >>> 2] as number;
      if (run === LENT_BEHIND || index + run > SLOT_PAGES) continue;
      const start = (first + index) * POOL_BYTES;
      this.#readRegion(words, start, start + run * POOL_BYTES);
    }
  }

  /** As far as the headers make sense: one that was overwritten ends it. */
  #readRegion(words: Uint32Array, start: number, end: number): void {
    const fence = end - CHUNK_HEADER_BYTES;
    const key = words[(RUNTIME + R_KEY) >>> 2] as number;
    let address = start + CHUNK_HEADER_BYTES;
    while (address < fence) {
      const head = words[(address + CHUNK_HEAD) >>> 2] as number;
      const bytes = (head & ~CHUNK_FLAGS) >>> 0;
      if (bytes < CHUNK_MIN_BYTES || address + bytes > fence) return;
      const expected = Math.imul(address, SEAL_FACTOR) ^ (head & ~CHUNK_PREV_USED) ^ key;
      const seal = words[(address + CHUNK_SEAL) >>> 2] as number;
      const used = (head & CHUNK_USED) !== 0 && seal !== ~expected >>> 0;
      this.#add(address, bytes, used ? 1 : 0, seal === (expected ^ OBJECT_SALT) >>> 0 ? 1 : 0);
      address += bytes;
    }
  }

  #add(address: number, bytes: number, used: 0 | 1, isObject: 0 | 1): void {
    const index = this.#at++;
    if (index === this.address.length) this.#makeRoom();
    this.isObject[index] = isObject;
    if (this.address[index] !== address || this.bytes[index] !== bytes || this.used[index] !== used) {
      this.address[index] = address;
      this.bytes[index] = bytes;
      this.used[index] = used;
      this.#changed = true;
    }
    if (used === 0) {
      this.freeBytes += bytes;
      return;
    }
    this.blocks++;
    this.usedBytes += bytes;
    this.#mark(address, address + bytes);
  }

  /** Counts the bytes from `start` to `end` in their pages. */
  #mark(start: number, end: number): void {
    const inUse = this.#inUse;
    const last = (end - 1) >>> POOL_SHIFT;
    let page = start >>> POOL_SHIFT;
    if (page === last) {
      inUse[page] = (inUse[page] as number) + end - start;
      return;
    }
    inUse[page] = (inUse[page] as number) + (page + 1) * POOL_BYTES - start;
    for (page++; page < last; page++) inUse[page] = POOL_BYTES;
    inUse[last] = (inUse[last] as number) + end - last * POOL_BYTES;
  }

  #makeRoom(): void {
    const room = Math.max(ROOM_MIN, this.address.length * 2);
    const address = new Uint32Array(room);
    const bytes = new Uint32Array(room);
    const used = new Uint8Array(room);
    const isObject = new Uint8Array(room);
    address.set(this.address);
    bytes.set(this.bytes);
    used.set(this.used);
    isObject.set(this.isObject);
    this.address = address;
    this.bytes = bytes;
    this.used = used;
    this.isObject = isObject;
  }
}
