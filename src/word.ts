// Reference words: null, integers of 31 bits and addresses in one 32-bit number.

import type { ObjectAddress, Word } from "./address.js";
import { INTEGER_MAX, INTEGER_MIN, INTEGER_TAG, OBJECT_MAX_BYTES } from "./layout.js";

/** Integers beyond it are not all numbers. */
const EXACT_MAX = 2 ** 53;

/** A number that a word can hold. −0 is none: it is not the integer 0. */
export function isSmall(value: number): boolean {
  return (value << 1) >> 1 === value && (value !== 0 || 1 / value > 0);
}

/** A number that is an int, in a word or as an object; others are floats. */
export function isExact(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= EXACT_MAX && !Object.is(value, -0);
}

/** The word is an integer; {@link integerOf} tells which. */
export function isInteger(word: Word): boolean {
  return (word & INTEGER_TAG) !== 0;
}

/** The word is the address of an object, and neither 0 nor an integer. True and false are objects, too. */
export function isAddress(word: Word): word is ObjectAddress {
  return word !== 0 && !isInteger(word);
}

/** The integer in a word that {@link isInteger}. Of any other word it means nothing. */
export function integerOf(word: Word): number {
  return word >> 1;
}

/**
 * The word of an integer of −2^30 … 2^30 − 1.
 *
 * @throws TypeError not a number; RangeError not such an integer
 */
export function integerWord(integer: number): Word {
  if ((integer << 1) >> 1 !== integer) refuseInteger(integer);
  return ((integer << 1) | INTEGER_TAG) >>> 0;
}

function refuseInteger(value: unknown): never {
  const wanted = `integerWord: wants an integer of ${INTEGER_MIN} … ${INTEGER_MAX}`;
  if (typeof value !== "number") throw new TypeError(`${wanted}, not a ${typeof value}`);
  throw new RangeError(`${wanted}, not ${value}`);
}

// An object's header lies at `index` in a view of 32-bit words. Indices are what the host keeps: they are small integers for
// every JavaScript engine, which addresses above 1 GiB are not.

export function indexOf(address: ObjectAddress): number {
  return address >>> 2;
}

export function addressAt(index: number): ObjectAddress {
  return index * 4;
}

/** No field of an object lies as many words behind its header. */
const OBJECT_MAX_WORDS = OBJECT_MAX_BYTES >>> 2;

/**
 * What takes the place of an index that must not be used any more, and the other way round. It is so far below 0 that no field
 * of an object there has an index in any view: reading one gives undefined, and costs those that may be read no check.
 */
export function retired(index: number): number {
  return -OBJECT_MAX_WORDS - index;
}

/** The index of no object. */
export const NOWHERE = retired(0);
