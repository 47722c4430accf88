// Random numbers from a seed, so that what fails can be run again.
import { randomInt } from "node:crypto";

/** The seed of this run: TEST_SEED, or another one each time. Print it with whatever fails. */
export const TEST_SEED = process.env.TEST_SEED ? Number(process.env.TEST_SEED) >>> 0 : randomInt(2 ** 32);

/** xorshift128 (Marsaglia, 2003), started through a multiplicative hash. */
export class Random {
  #a: number;
  #b = 0x6c078965;
  #c = 0x9e3779b9;
  #d = 0x85ebca6b;

  constructor(seed: number) {
    this.#a = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) | 1;
    this.#b ^= seed;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 0 … 2^32 − 1. */
  next(): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8);
    return this.#d >>> 0;
  }

  /** 0 … n − 1. */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n);
  }

  /** `from` … `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.next() < (percent / 100) * 2 ** 32;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
