// Who allocated and who freed blocks that are free again: debug mode keeps them back for a while, and may find that they were written to.

/** Most blocks that are remembered; those freed the longest ago are forgotten first. */
const BLOCKS_MAX = 65_536;
/** Bytes that an engine takes for one of them in a map, about. */
const ENTRY_BYTES = 48;

/** Numbers of tracebacks. */
export interface FreedBlock {
  readonly allocated: number;
  readonly freed: number;
}

export class FreedBlocks {
  readonly #blocks = new Map<number, FreedBlock>();

  add(address: number, block: FreedBlock): void {
    this.#blocks.delete(address);
    if (this.#blocks.size === BLOCKS_MAX) {
      for (const oldest of this.#blocks.keys()) {
        this.#blocks.delete(oldest);
        break;
      }
    }
    this.#blocks.set(address, block);
  }

  /** The address is in use again. */
  forget(address: number): void {
    this.#blocks.delete(address);
  }

  get(address: number): FreedBlock | undefined {
    return this.#blocks.get(address);
  }

  /** About: engines do not tell. */
  get byteLength(): number {
    return ENTRY_BYTES * this.#blocks.size;
  }

  clear(): void {
    this.#blocks.clear();
  }
}
