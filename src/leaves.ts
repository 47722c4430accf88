// Objects that refer to nothing: numbers, texts, bytes and arrays of scalars. How values become such objects, and are read from them.

import type { Word } from "./address.js";
import { Counts } from "./counts.js";
import {
  ARRAY_DATA,
  ARRAY_OBJECT_BYTES,
  CHAR_STR_BYTES,
  CHAR_STR_COUNT,
  CHAR_STRS,
  EMPTY_BYTES,
  EMPTY_STR,
  FLOAT_BYTES,
  INT_DIGITS,
  INTEGER_MAX,
  INTEGER_MIN,
  INTEGER_TAG,
  NAN_OBJECT,
  TEXT_DATA,
  TEXT_SCRATCH,
  TEXT_SCRATCH_BYTES,
} from "./layout.js";
import { digitsOf } from "./numbers.js";
import { isWide, writeNarrow, writeText, writeWide } from "./text.js";
import { integerWord, isExact, isSmall } from "./word.js";

/** Units of texts that have room in the scratch, whatever their width. */
export const SHORT_TEXT = TEXT_SCRATCH_BYTES / 2;

/** Typed arrays that an object can hold, in the order of their kinds. */
const ARRAY_CLASSES = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
] as const;

/** The number of the kind of a typed array's items; −1 if no object can hold it. */
export function kindOf(data: ArrayBufferView): number {
  if (data instanceof Uint8ClampedArray) return ARRAY_CLASSES.indexOf(Uint8Array);
  return ARRAY_CLASSES.findIndex((Class) => data instanceof Class);
}

/** The typed array of items of a kind. */
export function classOfKind(kind: number): (typeof ARRAY_CLASSES)[number] {
  return ARRAY_CLASSES[kind] ?? Uint8Array;
}

/** Every word that is returned comes with a reference, and `what` begins the message of MemoryError, which all throw. */
export class Leaves extends Counts {
  numberWord(value: number, what: string): Word {
    if (isSmall(value)) return ((value << 1) | INTEGER_TAG) >>> 0;
    if (Number.isNaN(value)) return NAN_OBJECT;
    const { engine } = this;
    if (engine.down !== null) throw engine.refusal();
    const exact = isExact(value);
    let word: number;
    try {
      word = exact ? this.core.newNumber(value) : this.core.newFloat(value);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (word !== 0) return word >>> 0;
    return this.madeAgain(what, FLOAT_BYTES, (core) => (exact ? core.newNumber(value) : core.newFloat(value)));
  }

  bigintWord(value: bigint, what: string): Word {
    if (value >= INTEGER_MIN && value <= INTEGER_MAX) return integerWord(Number(value));
    const digits = digitsOf(value);
    if (digits.byteLength <= TEXT_SCRATCH_BYTES) return this.#intWord(digits, value < 0n, TEXT_SCRATCH, what);
    const lent = this.made(what, TEXT_DATA + digits.byteLength, (core) => core.roomForBytes(digits.byteLength));
    try {
      return this.#intWord(digits, value < 0n, lent + TEXT_DATA, what);
    } finally {
      this.dropWord(lent);
    }
  }

  /** `at` is where the digits have room. */
  #intWord(digits: Uint32Array, negative: boolean, at: number, what: string): Word {
    return this.made(what, INT_DIGITS + digits.byteLength, (core) => {
      this.engine.memory.words.set(digits, at >>> 2);
      return core.newInt(at, digits.length, negative ? 1 : 0);
    });
  }

  textWord(text: string, what: string): Word {
    const { engine } = this;
    const { length } = text;
    if (length === 0) return EMPTY_STR;
    if (length > SHORT_TEXT) return this.#longTextWord(text, what);
    if (length === 1 && text.charCodeAt(0) < CHAR_STR_COUNT) return CHAR_STRS + text.charCodeAt(0) * CHAR_STR_BYTES;
    if (engine.down !== null) throw engine.refusal();
    if (this.views.u8.length === 0) engine.memory.refresh();
    const wide = writeText(this.views, TEXT_SCRATCH, text);
    let word: number;
    try {
      word = this.core.newStr(TEXT_SCRATCH, length, 1 + wide);
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (word !== 0) return word >>> 0;
    return this.madeAgain(what, TEXT_DATA + (length << wide), (core) => {
      // Whatever ran meanwhile may have used the scratch.
      writeText(this.views, TEXT_SCRATCH, text);
      return core.newStr(TEXT_SCRATCH, length, 1 + wide);
    });
  }

  #longTextWord(text: string, what: string): Word {
    const wide = isWide(text);
    const bytes = wide ? text.length * 2 : text.length;
    const word = this.made(what, TEXT_DATA + bytes, (core) => core.roomForStr(text.length, wide ? 2 : 1));
    this.engine.memory.refresh();
    if (wide) writeWide(this.views, word + TEXT_DATA, text);
    else writeNarrow(this.views, word + TEXT_DATA, text);
    this.engine.run((core) => core.finishStr(word));
    return word;
  }

  bytesWord(data: Uint8Array, what: string): Word {
    const bytes = this.#bytesOf(data);
    const { length } = bytes;
    if (length === 0) return EMPTY_BYTES;
    const word = this.made(what, TEXT_DATA + length, (core) => core.roomForBytes(length));
    this.engine.memory.bytes.set(bytes, word + TEXT_DATA);
    return word;
  }

  /** An array of the items of a typed array, whose kind is what {@link kindOf} says. */
  arrayWord(data: ArrayBufferView, kind: number, what: string): Word {
    const bytes = this.#bytesOf(data);
    const length = Math.floor(bytes.length / classOfKind(kind).BYTES_PER_ELEMENT);
    const word = this.made(what, ARRAY_OBJECT_BYTES + bytes.length, (core) => core.newArray(kind, length));
    const whole = bytes.subarray(0, length * classOfKind(kind).BYTES_PER_ELEMENT);
    if (length !== 0) this.engine.memory.bytes.set(whole, this.engine.memory.word(word + ARRAY_DATA));
    return word;
  }

  /**
   * The bytes of a view, of which the length can be trusted: that of `data` may be covered by a property of the program. A copy if
   * they lie in the heap's own memory, because they would be gone when that grows.
   */
  #bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return buffer === this.engine.memory.memory.buffer ? bytes.slice() : bytes;
  }

  /**
   * Writes a text to TEXT_SCRATCH, where the core looks for it. Returns length << 1 | 1 if its units take two bytes, | 0 if one;
   * −1 for a text that has no room there.
   */
  textKey(text: string): number {
    const { length } = text;
    if (length > SHORT_TEXT) return -1;
    if (this.views.u8.length === 0) this.engine.memory.refresh();
    return (length << 1) | writeText(this.views, TEXT_SCRATCH, text);
  }
}
