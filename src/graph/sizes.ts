// Bytes of one object, read from the bytes of memory: what sys.getSizeOf says, for those who ask for millions.

import type { ObjectAddress } from "../address.js";
import { viewOfKind } from "../arraykinds.js";
import { entriesOf } from "../items.js";
import {
  ARRAY_CAPACITY,
  ARRAY_KIND,
  DEQUE_BLOCK_BYTES,
  DEQUE_DIRECTORY,
  DEQUE_ROOM,
  DICT_ENTRY_SHIFT,
  DICT_TABLE,
  GC_BYTES,
  ID_ARRAY,
  ID_BYTES,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FROZENSET,
  ID_INT,
  ID_LIST,
  ID_SET,
  ID_STR,
  ID_TUPLE,
  INT_DIGITS,
  INT_SIZE,
  LIST_CAPACITY,
  O_TYPE,
  SET_ENTRY_SHIFT,
  T_TRACKED,
  T_WIDE,
  TABLE_CAPACITY,
  TEXT_DATA,
  TEXT_LENGTH,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
} from "../layout.js";
import type { Objects } from "../objects.js";

/** Bytes of an object with its headers, and of the blocks that it alone owns. */
export function sizeOfObject({ engine, types }: Objects, address: ObjectAddress): number {
  const { words } = engine.memory;
  const at = address >>> 2;
  const typeWord = words[at + O_TYPE / 4] as number;
  const id = typeWord >>> TYPE_ID_SHIFT;
  // The empty tuple has no gc words.
  const head = (typeWord & T_TRACKED) !== 0 ? GC_BYTES : 0;
  switch (id) {
    case ID_STR:
      return TEXT_DATA + ((words[at + TEXT_LENGTH / 4] as number) << ((typeWord & T_WIDE) !== 0 ? 1 : 0));
    case ID_BYTES:
      return TEXT_DATA + (words[at + TEXT_LENGTH / 4] as number);
    case ID_INT:
      return INT_DIGITS + 4 * Math.abs((words[at + INT_SIZE / 4] as number) | 0);
    case ID_TUPLE:
      return head + TUPLE_ITEMS + 4 * (words[at + TUPLE_LENGTH / 4] as number);
    default:
      return head + types.shapeOf(id).bytes + partBytes(words, id, at);
  }
}

/** Bytes of the blocks that an object owns besides its own. */
function partBytes(words: Uint32Array, id: number, at: number): number {
  switch (id) {
    case ID_LIST:
      return 4 * (words[at + LIST_CAPACITY / 4] as number);
    case ID_ARRAY:
      return (words[at + ARRAY_CAPACITY / 4] as number) * bytesPerItem(words[at + ARRAY_KIND / 4] as number);
    case ID_DEQUE:
      return dequeBytes(words, at);
    case ID_DICT:
    case ID_DEFAULTDICT:
      return tableBytes(words, (words[at + DICT_TABLE / 4] as number) >>> 2, DICT_ENTRY_SHIFT);
    case ID_SET:
    case ID_FROZENSET:
      return tableBytes(words, (words[at + DICT_TABLE / 4] as number) >>> 2, SET_ENTRY_SHIFT);
    default:
      return 0;
  }
}

function bytesPerItem(kind: number): number {
  return viewOfKind(kind, 0).BYTES_PER_ELEMENT;
}

function tableBytes(words: Uint32Array, table: number, entryShift: number): number {
  if (table === 0) return 0;
  return 4 * (entriesOf(words, table) - table) + (words[table + TABLE_CAPACITY / 4] as number) * 2 ** entryShift;
}

function dequeBytes(words: Uint32Array, at: number): number {
  const room = words[at + DEQUE_ROOM / 4] as number;
  const directory = (words[at + DEQUE_DIRECTORY / 4] as number) >>> 2;
  let bytes = 4 * room;
  for (let place = 0; place < room; place++) if (words[directory + place] !== 0) bytes += DEQUE_BLOCK_BYTES;
  return bytes;
}
