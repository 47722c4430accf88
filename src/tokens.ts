// The tokens that the core's machine for deep conversion reads (drawn in assembly/objectlayout.ts), gathered in a buffer outside the
// heap: memory may grow while data is looked at.

import type { Word } from "./address.js";
import {
  BUILD_FLOAT,
  BUILD_INT,
  BUILD_KEY_TEXT,
  BUILD_N_SHIFT,
  BUILD_NEGATIVE,
  BUILD_OPERATION_SHIFT,
  BUILD_TAG,
  BUILD_TEXT,
} from "./layout.js";
import { writeText } from "./text.js";

/** Words of the buffer. */
export const TOKEN_WORDS = 16384;
/** Units of the longest text, and digits of the longest integer, that may be part of it. */
export const TOKEN_UNITS = 8192;

/** From an operation on one-byte units to the same with two bytes. */
const WIDER = 1;

export class Tokens {
  readonly u32 = new Uint32Array(TOKEN_WORDS);
  readonly u16 = new Uint16Array(this.u32.buffer);
  readonly u8 = new Uint8Array(this.u32.buffer);
  /** Words written. */
  count = 0;
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Uint32Array(this.#float.buffer);

  /** There is room for `words` more. */
  hasRoom(words: number): boolean {
    return this.count + words <= TOKEN_WORDS;
  }

  word(word: Word): void {
    this.u32[this.count++] = word;
  }

  operation(operation: number, n: number): void {
    this.u32[this.count++] = (n << BUILD_N_SHIFT) | (operation << BUILD_OPERATION_SHIFT) | BUILD_TAG;
  }

  /** 3 words. */
  float(value: number): void {
    this.#float[0] = value;
    this.operation(BUILD_FLOAT, 0);
    this.word(this.#floatWords[0] as number);
    this.word(this.#floatWords[1] as number);
  }

  /** An integer that is exact; at most 3 words. */
  integer(value: number): void {
    const magnitude = Math.abs(value);
    const high = Math.floor(magnitude / 2 ** 32);
    this.operation(value < 0 ? BUILD_NEGATIVE : BUILD_INT, high === 0 ? 1 : 2);
    this.word(magnitude >>> 0);
    if (high !== 0) this.word(high);
  }

  /** 1 word, and one a digit. */
  digits(digits: Uint32Array, negative: boolean): void {
    this.operation(negative ? BUILD_NEGATIVE : BUILD_INT, digits.length);
    this.u32.set(digits, this.count);
    this.count += digits.length;
  }

  /** A text, or one that is remembered. At most 1 word, and one for each two units. */
  text(text: string, remember: boolean): void {
    const { length } = text;
    const wide = writeText(this, (this.count + 1) * 4, text);
    this.operation((remember ? BUILD_KEY_TEXT : BUILD_TEXT) + wide * WIDER, length);
    this.count += ((length << wide) + 3) >>> 2;
  }
}
