// The objects of a heap by where they lie: in a page, in a large block, at an address.

import type { ObjectAddress } from "../../address.js";
import type { Engine } from "../../engine.js";
import {
  CHUNK_HEADER_BYTES,
  FILL_DEAD,
  FRAME_HEAD_BYTES,
  G_LARGE,
  G_LARGE_COUNT,
  G_OBJECT_OFFSET,
  GC,
  GC_BYTES,
  LARGE_OFFSET,
  O_COUNT,
  O_TYPE,
  POOL_BYTES,
  POOL_SHIFT,
} from "../../layout.js";
import { OK } from "../../status.js";
import type { LargeMap } from "./largemap.js";
import { BLOCK_USED, HOLDS_BLOCKS, HOLDS_TRACKED, PAGE_FULL, PAGE_USED } from "./pages.js";
import type { PoolMap } from "./poolmap.js";

/** The type word of an object that debug mode keeps back. */
const DEAD_WORD = FILL_DEAD * 0x01010101;
/** Blocks of a pool, at most. */
const BLOCKS_MAX = 512;

/** A live object starts at the address, says the core. */
export function isObjectAt(engine: Engine, address: number): boolean {
  return engine.run((core) => core.checkObject(address, 0)) === OK;
}

export class Residents {
  readonly #engine: Engine;
  readonly #map: PoolMap;
  readonly #large: LargeMap;
  readonly #blocks = new Uint8Array(BLOCKS_MAX);

  constructor(engine: Engine, map: PoolMap, large: LargeMap) {
    this.#engine = engine;
    this.#map = map;
    this.#large = large;
  }

  /**
   * Calls `visit` for each live object of a page, in address order; for none if the page is no pool of objects. The map must have been read since
   * the heap changed last.
   */
  inPage(page: number, visit: (object: ObjectAddress) => void): void {
    if (!this.#holdsObjects(page)) return;
    const count = this.#map.blocks(this.#engine.memory, page, this.#blocks);
    const size = this.#blockBytes(page);
    let object = page * POOL_BYTES + this.#offset(page);
    for (let index = 0; index < count; index++, object += size) {
      if (this.#blocks[index] === BLOCK_USED && !this.#isDead(object)) visit(object);
    }
  }

  /** The object in a large block, by its number in LargeMap, which must be as of now; 0 if none lives there. */
  inLarge(index: number): ObjectAddress {
    if (this.#large.used[index] !== 1 || this.#large.isObject[index] !== 1) return 0;
    const { debug, memory } = this.#engine;
    const block = (this.#large.address[index] as number) + CHUNK_HEADER_BYTES + (debug ? FRAME_HEAD_BYTES : 0);
    const among = memory.word(block);
    const isTracked =
      among < memory.word(GC + G_LARGE_COUNT) &&
      memory.word(memory.word(GC + G_LARGE) + 4 * among) === block + LARGE_OFFSET;
    return isTracked ? block + LARGE_OFFSET : block;
  }

  /** The object in the block that an address lies in; 0 if none lives there, or none that the maps know of. */
  at(address: number): ObjectAddress {
    const object = this.#expectedAt(address);
    return object !== 0 && isObjectAt(this.#engine, object) ? object : 0;
  }

  #expectedAt(address: number): ObjectAddress {
    const chunk = this.#large.indexOf(address);
    if (chunk >= 0) return this.inLarge(chunk);
    const page = address >>> POOL_SHIFT;
    if (!this.#holdsObjects(page)) return 0;
    const size = this.#blockBytes(page);
    const index = Math.floor((address - page * POOL_BYTES) / size);
    const count = this.#map.blocks(this.#engine.memory, page, this.#blocks);
    if (index >= count || this.#blocks[index] !== BLOCK_USED) return 0;
    return page * POOL_BYTES + index * size + this.#offset(page);
  }

  #holdsObjects(page: number): boolean {
    const state = this.#map.state[page];
    return (state === PAGE_USED || state === PAGE_FULL) && this.#map.holds[page] !== HOLDS_BLOCKS;
  }

  #blockBytes(page: number): number {
    return ((this.#map.sizeClass[page] as number) + 1) * 8;
  }

  /** Bytes between the start of a block and its object. */
  #offset(page: number): number {
    const offset = this.#engine.memory.word(GC + G_OBJECT_OFFSET);
    return this.#map.holds[page] === HOLDS_TRACKED ? offset : offset - GC_BYTES;
  }

  /** The block is not free, but what was in it has died: debug mode keeps it back. */
  #isDead(object: ObjectAddress): boolean {
    const { memory } = this.#engine;
    return memory.word(object + O_TYPE) === DEAD_WORD || memory.word(object + O_COUNT) === 0;
  }
}
