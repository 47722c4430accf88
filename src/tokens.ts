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
import { writeAscii, writeText } from "./text.js";

/** Most words of tokens. */
export const TOKEN_WORDS = 16384;
/** Units of the longest text, and digits of the longest integer, that may be part of them. */
export const TOKEN_UNITS = 8192;
/** From this length on, texts are encoded at the start of the buffer and copied: there is no view to be made then. */
const ENCODED_UNITS = 40;
/** Index of the first word of tokens, behind the room for that. */
const START = TOKEN_UNITS / 4;

/** Words that there is always room for: those of a key that was there before, and of a value that is no text and no bigint. */
const SPARE_WORDS = 8;

/** From an operation on one-byte units to the same with two bytes. */
const WIDER = 1;

export class Tokens {
  readonly u32 = new Uint32Array(START + TOKEN_WORDS);
  readonly u16 = new Uint16Array(this.u32.buffer);
  readonly u8 = new Uint8Array(this.u32.buffer);
  readonly isShared = false;
  readonly #encoded = new Uint8Array(this.u32.buffer, 0, TOKEN_UNITS);
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Uint32Array(this.#float.buffer);
  /** Index of the next word. */
  #next = START;

  /** Words written. */
  get count(): number {
    return this.#next - START;
  }

  /** There is room for `words` more, and for those to spare. */
  hasRoom(words: number): boolean {
    return this.#next + words <= START + TOKEN_WORDS - SPARE_WORDS;
  }

  /** All that was written, and a new start. */
  take(): Uint32Array {
    const words = this.u32.subarray(START, this.#next);
    this.#next = START;
    return words;
  }

  word(word: Word): void {
    this.u32[this.#next++] = word;
  }

  operation(operation: number, n: number): void {
    this.u32[this.#next++] = (n << BUILD_N_SHIFT) | (operation << BUILD_OPERATION_SHIFT) | BUILD_TAG;
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
    this.u32.set(digits, this.#next);
    this.#next += digits.length;
  }

  /** A text, or one that is remembered. At most 1 word, and one for each two units. */
  text(text: string, remember: boolean): void {
    const { length } = text;
    const at = (this.#next + 1) * 4;
    let wide = 0;
    if (length >= ENCODED_UNITS && writeAscii(this.#encoded, text)) this.u8.copyWithin(at, 0, length);
    else wide = writeText(this, at, text);
    this.operation((remember ? BUILD_KEY_TEXT : BUILD_TEXT) + wide * WIDER, length);
    this.#next += ((length << wide) + 3) >>> 2;
  }
}
