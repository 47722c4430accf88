// Which bytes of an address space are owned: a set of intervals that do not overlap. Made for millions of changes.

/** Set of 8-aligned addresses below a limit, with predecessor and successor: bitmaps of bitmaps, 32 to 1. */
class AddressSet {
  readonly #levels: Uint32Array[] = [];

  constructor(limit: number) {
    for (let n = limit / 8; n > 1; n = Math.ceil(n / 32)) this.#levels.push(new Uint32Array(Math.ceil(n / 32)));
  }

  add(address: number): void {
    let index = address / 8;
    for (const words of this.#levels) {
      const at = index >>> 5;
      words[at] = (words[at] as number) | (1 << (index & 31));
      index = at;
    }
  }

  delete(address: number): void {
    let index = address / 8;
    for (const words of this.#levels) {
      const at = index >>> 5;
      const left = (words[at] as number) & ~(1 << (index & 31));
      words[at] = left;
      if (left !== 0) return;
      index = at;
    }
  }

  /** The largest member at or below `address`, −1 if there is none. */
  atOrBelow(address: number): number {
    let index = Math.floor(address / 8) + 1;
    for (let level = 0; level < this.#levels.length; level++) {
      const words = this.#levels[level] as Uint32Array;
      // Members of this word below `index`; on the upper levels, words before the one just looked at.
      const bit = index & 31;
      const found = bit === 0 ? 0 : (words[index >>> 5] ?? 0) & ((1 << bit) - 1);
      if (found !== 0) return this.#highestBelow(level, (index & ~31) + 31 - Math.clz32(found));
      index >>>= 5;
    }
    return -1;
  }

  /** The highest member that a bit of a level stands for. */
  #highestBelow(level: number, bit: number): number {
    let index = bit;
    for (let below = level - 1; below >= 0; below--) {
      index = index * 32 + 31 - Math.clz32((this.#levels[below] as Uint32Array)[index] as number);
    }
    return index * 8;
  }
}

export class Intervals {
  readonly #starts: AddressSet;
  readonly #ends = new Map<number, number>();

  /** @param limit no address is above this */
  constructor(limit: number) {
    this.#starts = new AddressSet(limit);
  }

  get size(): number {
    return this.#ends.size;
  }

  /** The start of an owned interval that shares a byte with [start, end), −1 if there is none. */
  overlapping(start: number, end: number): number {
    const before = this.#starts.atOrBelow(end - 1);
    return before >= 0 && (this.#ends.get(before) as number) > start ? before : -1;
  }

  /** [start, end) is owned from now on; `start` must be a multiple of 8 and nothing of it owned so far. */
  own(start: number, end: number): void {
    this.#starts.add(start);
    this.#ends.set(start, end);
  }

  /** The interval that starts there is nobody's any more. False if none does. */
  disown(start: number): boolean {
    if (!this.#ends.delete(start)) return false;
    this.#starts.delete(start);
    return true;
  }
}
