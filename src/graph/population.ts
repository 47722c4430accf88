// All live objects of a heap: their addresses in order, and the number of each in that order.

import type { ObjectAddress } from "../address.js";
import {
  CHAR_STR_BYTES,
  CHAR_STR_COUNT,
  CHAR_STRS,
  CHUNK_HEADER_BYTES,
  FRAME_HEAD_BYTES,
  IMMORTALS_END,
  LARGE_OFFSET,
} from "../layout.js";
import type { Objects } from "../objects.js";
import { OK } from "../status.js";
import { chunksOf, largeTracked, objectsOf, type Pool, poolArenas, poolsOf, regions } from "../walk.js";

/** Objects are looked for among those of a page. */
const PAGE_SHIFT = 12;

/** Ends of the objects that are part of the runtime. */
const CHAR_STRS_END = CHAR_STRS + CHAR_STR_BYTES * CHAR_STR_COUNT;
const RUNTIME_OBJECTS_END = Math.max(IMMORTALS_END, CHAR_STRS_END);

/** The object lives as long as the heap, is part of the runtime, and is not counted: true, `""`, a str of one character, … */
export function isImmortal(address: ObjectAddress): boolean {
  return address < RUNTIME_OBJECTS_END;
}

export class Population {
  /** Ascending. */
  readonly addresses: Uint32Array;
  /** By page: the number of the first object in it or behind it. */
  readonly #pages: Uint32Array;

  /** `addresses` must be ascending. */
  constructor(addresses: Uint32Array) {
    this.addresses = addresses;
    const last = addresses.length === 0 ? 0 : (addresses[addresses.length - 1] as number);
    this.#pages = new Uint32Array((last >>> PAGE_SHIFT) + 2).fill(addresses.length);
    for (let n = addresses.length - 1; n >= 0; n--) this.#pages[(addresses[n] as number) >>> PAGE_SHIFT] = n;
    for (let page = this.#pages.length - 2; page >= 0; page--) {
      this.#pages[page] = Math.min(this.#pages[page] as number, this.#pages[page + 1] as number);
    }
  }

  get size(): number {
    return this.addresses.length;
  }

  /** The number of an object; −1 if none lives there. */
  numberOf(address: ObjectAddress): number {
    const page = address >>> PAGE_SHIFT;
    if (page + 1 >= this.#pages.length) return -1;
    const { addresses } = this;
    let low = this.#pages[page] as number;
    let high = this.#pages[page + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((addresses[middle] as number) < address) low = middle + 1;
      else high = middle;
    }
    return addresses[low] === address ? low : -1;
  }
}

/** The addresses of all live objects that are counted, ascending. Drain the core first. */
export function countedObjects(objects: Objects): Uint32Array {
  const { memory } = objects.engine;
  const large = largeObjects(objects);
  const pools: Pool[] = [];
  let most = large.length;
  for (const arena of poolArenas(memory)) {
    for (const pool of poolsOf(memory, arena)) {
      if (pool.holds !== "objects") continue;
      pools.push(pool);
      most += pool.used;
    }
  }
  const addresses = new Uint32Array(most);
  let count = 0;
  for (const pool of pools) for (const object of objectsOf(memory, pool)) addresses[count++] = object;
  addresses.set(large, count);
  return addresses.subarray(0, count + large.length).sort();
}

/** Objects with a chunk of their own. Only the core can tell those that the collector does not know from other blocks. */
function largeObjects({ engine }: Objects): number[] {
  const { memory } = engine;
  const tracked = largeTracked(memory);
  const found = [...tracked];
  const inChunk = CHUNK_HEADER_BYTES + (engine.debug ? FRAME_HEAD_BYTES : 0);
  for (const region of regions(memory)) {
    for (const { address, used } of chunksOf(memory, region)) {
      const object = address + inChunk;
      if (!used || tracked.has(object + LARGE_OFFSET)) continue;
      if (engine.run((core) => core.checkObject(object, 0)) === OK) found.push(object);
    }
  }
  return found;
}
