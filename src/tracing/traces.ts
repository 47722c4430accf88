// Which blocks are allocated: by address, how many bytes were asked for and the number of a traceback.

/** Words of a slot: address, bytes, traceback. An address of 0 is none. */
const SLOT_WORDS = 3;
const FIRST_SLOTS = 1024;
/** Slots of four that may be taken. */
const FULL = 3;
const MIX = 0x9e3779b1;

/** Traces in three columns, by rising addresses. */
export interface TraceColumns {
  readonly addresses: Uint32Array;
  readonly sizes: Uint32Array;
  readonly tracebacks: Uint32Array;
}

/** Open addressing in one array; nothing is left where something was removed, so that it does not matter how long it goes on. */
export class Traces {
  #words = new Uint32Array(FIRST_SLOTS * SLOT_WORDS);
  #slots = FIRST_SLOTS;
  /** What a hash is shifted by to be the number of a slot. */
  #shift = 32 - Math.log2(FIRST_SLOTS);
  #count = 0;
  #current = 0;
  #peak = 0;

  get size(): number {
    return this.#count;
  }

  /** Bytes of all blocks. */
  get current(): number {
    return this.#current;
  }

  /** Most bytes at a time. */
  get peak(): number {
    return this.#peak;
  }

  resetPeak(): void {
    this.#peak = this.#current;
  }

  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Replaces what there was about the address. */
  set(address: number, bytes: number, traceback: number): void {
    if (4 * this.#count >= FULL * this.#slots) this.#grow();
    const words = this.#words;
    const at = this.#find(address);
    if (words[at] === 0) {
      words[at] = address;
      this.#count++;
    } else {
      this.#current -= words[at + 1] as number;
    }
    words[at + 1] = bytes;
    words[at + 2] = traceback;
    this.#current += bytes;
    if (this.#current > this.#peak) this.#peak = this.#current;
  }

  /** Returns the traceback that there was about the address; -1 if there was none. */
  delete(address: number): number {
    const words = this.#words;
    let hole = this.#find(address);
    if (words[hole] === 0) return -1;
    const traceback = words[hole + 2] as number;
    this.#current -= words[hole + 1] as number;
    this.#count--;
    // Those behind it that would lie nearer to their first slots move up, so that no search ends too early.
    const mask = this.#slots - 1;
    for (let slot = hole / SLOT_WORDS + 1; ; slot++) {
      const at = (slot & mask) * SLOT_WORDS;
      const other = words[at] as number;
      if (other === 0) break;
      const first = this.#firstSlotOf(other);
      if (((slot - first) & mask) < ((slot - hole / SLOT_WORDS) & mask)) continue;
      words.copyWithin(hole, at, at + SLOT_WORDS);
      hole = at;
    }
    words[hole] = 0;
    return traceback;
  }

  /** The traceback of the address; -1 if there is nothing about it. */
  tracebackOf(address: number): number {
    const at = this.#find(address);
    return this.#words[at] === 0 ? -1 : (this.#words[at + 2] as number);
  }

  clear(): void {
    this.#words = new Uint32Array(FIRST_SLOTS * SLOT_WORDS);
    this.#slots = FIRST_SLOTS;
    this.#shift = 32 - Math.log2(FIRST_SLOTS);
    this.#count = 0;
    this.#current = 0;
    this.#peak = 0;
  }

  /** A copy of all. */
  columns(): TraceColumns {
    const addresses = new Uint32Array(this.#count);
    let found = 0;
    for (let at = 0; at < this.#words.length; at += SLOT_WORDS) {
      const address = this.#words[at] as number;
      if (address !== 0) addresses[found++] = address;
    }
    addresses.sort();
    const sizes = new Uint32Array(this.#count);
    const tracebacks = new Uint32Array(this.#count);
    for (let i = 0; i < addresses.length; i++) {
      const at = this.#find(addresses[i] as number);
      sizes[i] = this.#words[at + 1] as number;
      tracebacks[i] = this.#words[at + 2] as number;
    }
    return { addresses, sizes, tracebacks };
  }

  /** Blocks are aligned to 8, so the three low bits say nothing. */
  #firstSlotOf(address: number): number {
    return Math.imul(address >>> 3, MIX) >>> this.#shift;
  }

  /** Where the address is in the array, or the empty slot where it would be. */
  #find(address: number): number {
    const words = this.#words;
    const mask = this.#slots - 1;
    for (let slot = this.#firstSlotOf(address); ; slot = (slot + 1) & mask) {
      const at = slot * SLOT_WORDS;
      const other = words[at];
      if (other === address || other === 0) return at;
    }
  }

  /** Nothing has changed if there is no memory for it. */
  #grow(): void {
    const old = this.#words;
    const words = new Uint32Array(2 * old.length);
    this.#words = words;
    this.#slots *= 2;
    this.#shift--;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const address = old[at] as number;
      if (address === 0) continue;
      const to = this.#find(address);
      words[to] = address;
      words[to + 1] = old[at + 1] as number;
      words[to + 2] = old[at + 2] as number;
    }
  }
}
