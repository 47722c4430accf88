// What containers hold, and what weak references refer to, read from linear memory: no handle is made, and the core is not called.

import type { ObjectAddress, Word } from "./address.js";
import {
  ABSENT,
  ALIGNMENT,
  DEQUE_BLOCK_SHIFT,
  DEQUE_DIRECTORY,
  DEQUE_FIRST,
  DEQUE_LENGTH,
  DEQUE_ROOM,
  DICT_COUNT,
  DICT_ENTRY_SHIFT,
  DICT_TABLE,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FROZENSET,
  ID_KEYEDREF,
  ID_LIST,
  ID_SET,
  ID_TUPLE,
  ID_WEAKREF,
  LIST_ITEMS,
  LIST_LENGTH,
  O_COUNT,
  O_TYPE,
  SET_ENTRY_SHIFT,
  TABLE_BYTE_LOG2,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_SHORT_LOG2,
  TABLE_USED,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  W_REFERENT,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";
import { isAddress } from "./word.js";

const DEQUE_BLOCK_MASK = 2 ** DEQUE_BLOCK_SHIFT - 1;

/** Words in the order in which they are gone through, and how many there are in all. */
export interface Items {
  readonly words: Word[];
  readonly length: number;
}

/**
 * The first items of the list, tuple, deque, set or frozenset at an address; the keys of a dict, each followed by its value. At most
 * `most` items or pairs. Null if there is none of them.
 */
export function itemsAt(memory: HeapMemory, address: ObjectAddress, most = Number.POSITIVE_INFINITY): Items | null {
  const at: number = address;
  switch (memory.word(at + O_TYPE) >>> TYPE_ID_SHIFT) {
    case ID_LIST:
      return inARow(memory, memory.word(at + LIST_ITEMS), memory.word(at + LIST_LENGTH), most);
    case ID_TUPLE:
      return inARow(memory, at + TUPLE_ITEMS, memory.word(at + TUPLE_LENGTH), most);
    case ID_DEQUE:
      return inADeque(memory, at, most);
    case ID_SET:
    case ID_FROZENSET:
      return inATable(memory, at, SET_ENTRY_SHIFT, most);
    case ID_DICT:
    case ID_DEFAULTDICT:
      return inATable(memory, at, DICT_ENTRY_SHIFT, most);
    default:
      return null;
  }
}

function inARow({ words }: HeapMemory, start: number, length: number, most: number): Items {
  return { words: Array.from(words.subarray(start >>> 2, (start >>> 2) + Math.min(length, most))), length };
}

function inADeque({ words }: HeapMemory, deque: number, most: number): Items {
  const length = words[(deque + DEQUE_LENGTH) >>> 2] as number;
  const found: Word[] = [];
  for (let i = 0; i < Math.min(length, most); i++) found.push(wordOfDeque(words, deque >>> 2, i));
  return { words: found, length };
}

/** Item `i` of the deque whose header is at an index of a view of words. */
export function wordOfDeque(words: Uint32Array, deque: number, i: number): Word {
  const room = words[deque + (DEQUE_ROOM >>> 2)] as number;
  let n = (words[deque + (DEQUE_FIRST >>> 2)] as number) + i;
  if (n >= room << DEQUE_BLOCK_SHIFT) n -= room << DEQUE_BLOCK_SHIFT;
  const directory = (words[deque + (DEQUE_DIRECTORY >>> 2)] as number) >>> 2;
  const block = (words[directory + (n >>> DEQUE_BLOCK_SHIFT)] as number) >>> 2;
  return words[block + (n & DEQUE_BLOCK_MASK)] as number;
}

function inATable({ words }: HeapMemory, container: number, shift: number, most: number): Items {
  const length = words[(container + DICT_COUNT) >>> 2] as number;
  const table = (words[(container + DICT_TABLE) >>> 2] as number) >>> 2;
  const found: Word[] = [];
  if (table === 0) return { words: found, length };
  const perEntry = 1 << (shift - 2);
  const enough = Math.min(length, most) * perEntry;
  const end = entriesOf(words, table) + (words[table + (TABLE_USED >>> 2)] as number) * perEntry;
  for (let at = entriesOf(words, table); at < end && found.length < enough; at += perEntry) {
    if (words[at] === ABSENT) continue;
    for (let i = 0; i < perEntry; i++) found.push(words[at + i] ?? 0);
  }
  return { words: found, length };
}

/** Index of the first entry of the table at an index of a view of words. */
export function entriesOf(words: Uint32Array, table: number): number {
  const log2 = words[table + (TABLE_LOG2 >>> 2)] as number;
  const slotShift = log2 <= TABLE_BYTE_LOG2 ? 0 : log2 <= TABLE_SHORT_LOG2 ? 1 : 2;
  return table + ((TABLE_INDEX + (1 << (log2 + slotShift))) >>> 2);
}

/** The word, which is null, an integer or an object's address, refers to a weak reference. */
export function isWeakRef(words: Uint32Array, word: Word): word is ObjectAddress {
  if (!isAddress(word) || (word & (ALIGNMENT - 1)) !== 0) return false;
  const typeId = (words[(word + O_TYPE) >>> 2] as number) >>> TYPE_ID_SHIFT;
  return typeId === ID_WEAKREF || typeId === ID_KEYEDREF;
}

/** The object that a word refers to weakly; 0 if that is gone, or the word is no weak reference. */
export function referentOf(words: Uint32Array, word: Word): ObjectAddress | 0 {
  if (!isWeakRef(words, word)) return 0;
  const referent = words[(word + W_REFERENT) >>> 2] as number;
  // One whose death waits has no count any more.
  return ((words[(referent + O_COUNT) >>> 2] as number) | 0) > 0 ? referent : 0;
}
