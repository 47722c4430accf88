// The calls of a core with a count of the bytes that are live, exact at every call.

import type { Core } from "../../core.js";

/** Live bytes of the blocks that were allocated through `core`, and least and most of them since `restart`. */
export class Tally {
  /** The core with its four calls counted. */
  readonly core: Core;
  live: number;
  low: number;
  high: number;

  /** `live` bytes are there already. */
  constructor(core: Core, live: number) {
    this.live = live;
    this.low = live;
    this.high = live;
    const { malloc, calloc, realloc, free, usableSize } = core;
    const came = (block: number): number => {
      if (block !== 0) this.#add(usableSize(block) >>> 0);
      return block;
    };
    this.core = {
      ...core,
      malloc: (size) => came(malloc(size)),
      calloc: (count, size) => came(calloc(count, size)),
      realloc: (block, size) => {
        const before = usableSize(block) >>> 0;
        const moved = realloc(block, size);
        if (moved !== 0) this.#add((usableSize(moved) >>> 0) - before);
        return moved;
      },
      free: (block) => {
        this.#add(-(usableSize(block) >>> 0));
        return free(block);
      },
    };
  }

  /** From now on, least and most count anew. */
  restart(): void {
    this.low = this.live;
    this.high = this.live;
  }

  #add(bytes: number): void {
    this.live += bytes;
    if (this.live > this.high) this.high = this.live;
    if (this.live < this.low) this.low = this.live;
  }
}
