// The references of one object, read from its bytes: where each is, and what it leads to. Nothing is made for them, so that one can go
// through those of millions.

import type { ObjectAddress, Word } from "../address.js";
import { entriesOf, referentOf, wordOfDeque } from "../items.js";
import {
  ABSENT,
  ALIGNMENT,
  DEQUE_LENGTH,
  DICT_TABLE,
  HEADER_BYTES,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FIRST,
  ID_FROZENSET,
  ID_KEYEDREF,
  ID_LIST,
  ID_SET,
  ID_TUPLE,
  ID_WEAKREF,
  LIST_ITEMS,
  LIST_LENGTH,
  O_TYPE,
  TABLE_USED,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  W_KEY,
  W_OWNER,
} from "../layout.js";
import type { Shapes } from "./shapes.js";

/** An item of a sequence or a set; its label is its number. */
export const ITEM = 0;
/** A field of a struct; its label is the number of its word. */
export const FIELD = 1;
/** A field of a struct that has a weak reference, and that weak reference is what it leads to. */
export const WEAK_FIELD = 2;
/** The value of an entry; its label is the word of the key. */
export const VALUE = 3;
/** A key of a dict; its label is 0. */
export const KEY = 4;
/** What an entry of a weak dictionary or set needs: the weak reference to that, and the key there. Its label is 0. */
export const OWNER = 5;
const OWN_KEY = 6;
/** From here on, what a link leads to is not counted. */
export const WEAK = 7;
/** A field of a struct, to what its weak reference refers to; its label is the number of its word. */
export const FIELD_REFERENT = 7;
/** A weak reference, to its object. Its label is 0. */
export const REFERENT = 8;

/** Gets which sort of reference it is, its label, and the object that it leads to. */
export type LinkVisit = (link: number, label: number, to: ObjectAddress) => void;

/** The word is the address of an object. */
export function isLink(word: Word): word is ObjectAddress {
  return word !== 0 && (word & (ALIGNMENT - 1)) === 0;
}

/** Calls `visit` for each reference of the object at an address. `words` is a view of all memory. */
export function visitLinks(words: Uint32Array, shapes: Shapes, address: ObjectAddress, visit: LinkVisit): void {
  const at = address >>> 2;
  const id = (words[at + O_TYPE / 4] as number) >>> TYPE_ID_SHIFT;
  if (id >= ID_FIRST) {
    visitFields(words, shapes, id, at, visit);
    return;
  }
  switch (id) {
    case ID_LIST:
      visitRow(words, (words[at + LIST_ITEMS / 4] as number) >>> 2, words[at + LIST_LENGTH / 4] as number, visit);
      break;
    case ID_TUPLE:
      visitRow(words, at + TUPLE_ITEMS / 4, words[at + TUPLE_LENGTH / 4] as number, visit);
      break;
    case ID_DEQUE:
      visitDeque(words, at, visit);
      break;
    case ID_DICT:
    case ID_DEFAULTDICT:
      visitDict(words, at, visit);
      break;
    case ID_SET:
    case ID_FROZENSET:
      visitSet(words, at, visit);
      break;
    case ID_KEYEDREF:
      visitWord(OWNER, 0, words[at + W_OWNER / 4] as number, visit);
      visitWord(OWN_KEY, 0, words[at + W_KEY / 4] as number, visit);
      visitWord(REFERENT, 0, referentOf(words, address), visit);
      break;
    case ID_WEAKREF:
      visitWord(REFERENT, 0, referentOf(words, address), visit);
      break;
  }
}

function visitWord(link: number, label: number, word: Word, visit: LinkVisit): void {
  if (isLink(word)) visit(link, label, word);
}

function visitFields(words: Uint32Array, shapes: Shapes, id: number, at: number, visit: LinkVisit): void {
  const { slots } = shapes.of(id);
  const first = at + HEADER_BYTES / 4;
  for (let slot = 0; slot < slots.length; slot++) {
    const word = words[first + slot] as Word;
    if (!isLink(word)) continue;
    if (slots[slot]?.weak !== true) {
      visit(FIELD, slot, word);
    } else {
      visit(WEAK_FIELD, slot, word);
      visitWord(FIELD_REFERENT, slot, referentOf(words, word), visit);
    }
  }
}

function visitRow(words: Uint32Array, first: number, length: number, visit: LinkVisit): void {
  for (let i = 0; i < length; i++) visitWord(ITEM, i, words[first + i] as Word, visit);
}

function visitDeque(words: Uint32Array, at: number, visit: LinkVisit): void {
  const length = words[at + DEQUE_LENGTH / 4] as number;
  for (let i = 0; i < length; i++) visitWord(ITEM, i, wordOfDeque(words, at, i), visit);
}

function visitDict(words: Uint32Array, at: number, visit: LinkVisit): void {
  const table = (words[at + DICT_TABLE / 4] as number) >>> 2;
  if (table === 0) return;
  const used = words[table + TABLE_USED / 4] as number;
  for (let n = 0, pair = entriesOf(words, table); n < used; n++, pair += 2) {
    const key = words[pair] as Word;
    if (key === ABSENT) continue;
    visitWord(KEY, 0, key, visit);
    visitWord(VALUE, key, words[pair + 1] as Word, visit);
  }
}

function visitSet(words: Uint32Array, at: number, visit: LinkVisit): void {
  const table = (words[at + DICT_TABLE / 4] as number) >>> 2;
  if (table === 0) return;
  const used = words[table + TABLE_USED / 4] as number;
  const first = entriesOf(words, table);
  let item = 0;
  for (let n = 0; n < used; n++) {
    const key = words[first + n] as Word;
    if (key !== ABSENT) visitWord(ITEM, item++, key, visit);
  }
}
