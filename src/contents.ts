// What people get to see of an object's contents: the values that words stand for, and the first items of containers. Nothing here
// makes handles or calls the core, and nothing throws.

import { hex, type ObjectAddress, type Word } from "./address.js";
import { KINDS, viewOfKind } from "./arraykinds.js";
import type { Engine } from "./engine.js";
import { itemsAt } from "./items.js";
import {
  ALIGNMENT,
  ARRAY_DATA,
  ARRAY_KIND,
  ARRAY_LENGTH,
  DEQUE_MOST,
  FALSE_OBJECT,
  FILL_DEAD,
  FLOAT_VALUE,
  ID_ARRAY,
  ID_BYTES,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FLOAT,
  ID_FROZENSET,
  ID_INT,
  ID_SET,
  ID_STR,
  ID_TUPLE,
  INT_SIZE,
  O_COUNT,
  O_TYPE,
  T_WIDE,
  TEXT_DATA,
  TEXT_LENGTH,
  TRUE_OBJECT,
  TYPE_ID_SHIFT,
} from "./layout.js";
import { readInt } from "./numbers.js";
import { integerOf, isInteger } from "./word.js";

/** Items, bytes or pairs of a container that are shown. */
const MOST_ITEMS = 100;
/** Characters of a text. */
const MOST_UNITS = 1000;
/** Digits of an int, to the base 2^32. */
const MOST_DIGITS = 64;

/** The number of the kind that bytes are. */
const U8 = KINDS.findIndex(([kind]) => kind === "u8");

/** What the fields of a handle or a cursor are read from; see Hold. */
export interface Body {
  readonly $hold: { readonly index: number };
}

/** A field with what reads it, or with the index of its word behind the header if it is a reference. */
export interface PrintableField {
  readonly name: string;
  readonly from: ((this: Body) => unknown) | number;
  /** The word is a weak reference, and its referent is what is printed. */
  readonly weak?: boolean;
}

/** What is printed belongs to it. */
export interface PrintableOwner {
  readonly engine: Engine;
  /** Name of the type of the object at an address. */
  typeNameAt(address: ObjectAddress): string;
  /** The fields of the object at an address, which is no container. */
  fieldsAt(address: ObjectAddress): readonly PrintableField[];
}

/** An object that is named and not shown, or a remark: it prints without quotes. */
export class Mention {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object that another refers to: a console shows what is in it as far as it goes into depth, JSON names it. */
export class Glimpse extends Mention {
  readonly owner: PrintableOwner;
  readonly address: ObjectAddress;

  constructor(owner: PrintableOwner, address: ObjectAddress) {
    super(`<${owner.typeNameAt(address)} ${hex(address)}>`);
    this.owner = owner;
    this.address = address;
  }

  /** There is an object still, as far as its count tells; what lies in a field may be anything where memory was overwritten. */
  get isThere(): boolean {
    const { down, memory } = this.owner.engine;
    if (down !== null) return false;
    const count = memory.word(this.address + O_COUNT);
    return count !== 0 && count !== DEAD_COUNT;
  }
}

/** The count of an object that debug mode keeps back. */
const DEAD_COUNT = FILL_DEAD * 0x01010101;

/** The beginning of a container's items. */
export interface Contents {
  /** Its type, and of an array the kind. */
  readonly name: string;
  readonly brackets: readonly [string, string];
  /** Values and mentions; of a dict a key and its value in turn. */
  readonly items: readonly unknown[];
  /** It is a dict. */
  readonly pairs: boolean;
  /** Items, or pairs, that are not among them. */
  readonly more: number;
}

/** What a word stands for: a value, or a mention of the object. */
export function shownWord(owner: PrintableOwner, word: Word): unknown {
  if (word === 0) return null;
  if (isInteger(word)) return integerOf(word);
  if (word === TRUE_OBJECT) return true;
  if (word === FALSE_OBJECT) return false;
  if ((word & (ALIGNMENT - 1)) !== 0) return new Mention(`<${hex(word)}>`);
  const leaf = leafAt(owner, word);
  return leaf !== undefined ? leaf : new Glimpse(owner, word as ObjectAddress);
}

/** The text, the float or the int at an address, cut off where it is long; undefined if there is none of them. */
export function leafAt({ engine }: PrintableOwner, address: number): string | number | bigint | undefined {
  const { memory } = engine;
  // The views below are those of all memory once a word was read.
  switch (memory.word(address + O_TYPE) >>> TYPE_ID_SHIFT) {
    case ID_STR:
      return textAt(engine, address);
    case ID_FLOAT:
      return memory.f64[(address + FLOAT_VALUE) >>> 3];
    case ID_INT:
      // One that is longer is named.
      if (Math.abs(memory.word(address + INT_SIZE) | 0) > MOST_DIGITS) return undefined;
      return readInt(memory.views, address >>> 2);
    default:
      return undefined;
  }
}

function textAt({ memory }: Engine, address: number): string {
  const wide = (memory.word(address + O_TYPE) & T_WIDE) !== 0;
  const length = memory.word(address + TEXT_LENGTH);
  const start = address + TEXT_DATA;
  let text = "";
  for (let i = 0; i < Math.min(length, MOST_UNITS); i++) {
    const unit = wide ? memory.byte(start + i * 2) | (memory.byte(start + i * 2 + 1) << 8) : memory.byte(start + i);
    text += String.fromCharCode(unit);
  }
  return length > MOST_UNITS ? `${text}… ${length - MOST_UNITS} more` : text;
}

/** The contents of the container, bytes or array at an address, at most so many items or pairs; null for all else. */
export function contentsAt(owner: PrintableOwner, address: ObjectAddress, most = MOST_ITEMS): Contents | null {
  const { memory } = owner.engine;
  const at: number = address;
  const id = memory.word(at + O_TYPE) >>> TYPE_ID_SHIFT;
  const name = owner.typeNameAt(address);
  if (id === ID_BYTES) return scalarsAt(owner, name, U8, at + TEXT_DATA, memory.word(at + TEXT_LENGTH), most);
  if (id === ID_ARRAY) {
    const kind = memory.word(at + ARRAY_KIND);
    const named = `${name} of ${KINDS[kind]?.[0]}`;
    return scalarsAt(owner, named, kind, memory.word(at + ARRAY_DATA), memory.word(at + ARRAY_LENGTH), most);
  }
  const found = itemsAt(memory, address, most);
  if (found === null) return null;
  const items = found.words.map((word) => shownWord(owner, word));
  const limit = id === ID_DEQUE ? memory.word(at + DEQUE_MOST) : NO_LIMIT;
  const pairs = id === ID_DICT || id === ID_DEFAULTDICT;
  const shown = pairs ? items.length / 2 : items.length;
  return {
    name: limit === NO_LIMIT ? name : `${name} of at most ${limit}`,
    brackets: BRACKETS[id] ?? ["[", "]"],
    items,
    pairs,
    more: found.length - shown,
  };
}

/** A deque without a limit. */
const NO_LIMIT = 0xffffffff;

const BRACKETS: { readonly [typeId: number]: readonly [string, string] } = {
  [ID_TUPLE]: ["(", ")"],
  [ID_DICT]: ["{", "}"],
  [ID_DEFAULTDICT]: ["{", "}"],
  [ID_SET]: ["{", "}"],
  [ID_FROZENSET]: ["{", "}"],
};

function scalarsAt(
  { engine }: PrintableOwner,
  name: string,
  kind: number,
  start: number,
  length: number,
  most: number,
): Contents {
  const { buffer } = engine.memory.bytes;
  const shown = Math.min(length, most);
  const items = shown === 0 ? [] : [...viewOfKind(kind, buffer, start, shown)];
  return { name, brackets: ["[", "]"], items, pairs: false, more: length - shown };
}
