// The type table: what the objects of each type look like. Types are defined once and never go away.

import {
  ALIGNMENT,
  FRAME_BYTES,
  GC,
  HEAP_START,
  OBJECT_LISTS,
  OWN_TYPES,
  OWN_TYPES_CAPACITY,
  SMALL_MAX_BYTES,
  UNTRACKED_LISTS,
} from "./layout";
import { enlarge, isDebug, take } from "./mem";
import { fail, memoryEnd } from "./memory";
import {
  ARRAY_OBJECT_BYTES,
  ARRAY_WORD,
  BOOL_WORD,
  BYTES_WORD,
  DEFAULTDICT_BYTES,
  DEFAULTDICT_WORD,
  DEQUE_BYTES,
  DEQUE_WORD,
  DICT_BYTES,
  DICT_WORD,
  FLOAT_BYTES,
  FLOAT_WORD,
  FROZENSET_WORD,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  G_WATCHERS,
  GC_BYTES,
  HEADER_BYTES,
  ID_FIRST,
  INT_WORD,
  KEYEDREF_BYTES,
  KEYEDREF_WORD,
  LIST_BYTES,
  LIST_WORD,
  OBJECT_MAX_BYTES,
  SET_BYTES,
  SET_WORD,
  STR_WORD,
  T_FINALIZER,
  T_OBJECT_FLAGS,
  T_TRACKED,
  T_TYPE_FLAGS,
  TUPLE_WORD,
  TYPE_BYTES,
  TYPE_ID_SHIFT,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_NAME,
  TYPE_NAME_BYTES,
  TYPE_REFS,
  TYPE_REFS_MASK,
  TYPE_SHIFT,
  TYPE_SIZE,
  TYPE_SIZED,
  TYPE_WORD,
  TYPES_MAX,
  WEAKREF_BYTES,
  WEAKREF_WORD,
} from "./objectlayout";
import { classOf, quickListOf } from "./pool";
import { BAD_TYPE, NO_MEMORY } from "./status";

function typeCount(): u32 {
  return load<u32>(GC, G_TYPE_COUNT);
}

/** There is a type with this id, or it is one of the few kept free. */
export function isType(id: u32): bool {
  return id - 1 < typeCount();
}

/** A program has defined a type with this id. */
export function isInstantiable(id: u32): bool {
  return id - ID_FIRST < typeCount() - (ID_FIRST - 1);
}

/** The record of the type with this id, which must be one. */
export function typeRecord(id: u32): usize {
  return <usize>load<u32>(GC, G_TYPES) + (id << TYPE_SHIFT);
}

/** Reference words of an instance. */
export function refsOf(id: u32): u32 {
  return load<u32>(typeRecord(id), TYPE_REFS);
}

/** An object's type word is that of a type, but for the flags of the object. */
export function isTypeWord(word: u32): bool {
  const id = word >> TYPE_ID_SHIFT;
  return isType(id) && load<u32>(typeRecord(id), TYPE_WORD) == (word & ~T_OBJECT_FLAGS);
}

/**
 * Defines a type of objects with `refs` reference words and `bytes` bytes from the header on, and returns its id. `flags`:
 * T_TRACKED, T_FINALIZER, T_NO_WEAKREFS. The type takes over the block at `name`, in which the host describes it. 0: no memory, or numbers that
 * cannot be (BAD_TYPE).
 */
export function defineType(refs: u32, bytes: u32, flags: u32, name: usize, nameBytes: u32): u32 {
  if (
    bytes > OBJECT_MAX_BYTES ||
    refs > (bytes - HEADER_BYTES) >> 2 ||
    bytes < HEADER_BYTES ||
    (flags & ~T_TYPE_FLAGS) != 0
  )
    return <u32>fail(BAD_TYPE, 0);
  const id = typeCount() + 1;
  if (id > TYPES_MAX || !reserve(id)) return <u32>fail(NO_MEMORY, 0);
  const record = typeRecord(id);
  const all = blockBytesFor(bytes, flags);
  store<u32>(record, (id << TYPE_ID_SHIFT) | flags | min(refs, TYPE_REFS_MASK), TYPE_WORD);
  store<u32>(record, all, TYPE_BYTES);
  store<u32>(record, listFor(all, flags), TYPE_LIST);
  store<u32>(record, refs, TYPE_REFS);
  store<u32>(record, name, TYPE_NAME);
  store<u32>(record, nameBytes, TYPE_NAME_BYTES);
  store<u32>(record, bytes, TYPE_SIZE);
  if ((flags & T_FINALIZER) != 0) store<u32>(GC, load<u32>(GC, G_WATCHERS) + 1, G_WATCHERS);
  store<u32>(GC, id, G_TYPE_COUNT);
  return id;
}

/** The table with the types that come with the heap, whose records for ids kept free are all 0. */
export function createTypes(): void {
  store<u32>(GC, OWN_TYPES, G_TYPES);
  store<u32>(GC, OWN_TYPES_CAPACITY, G_TYPE_CAPACITY);
  store<u32>(GC, ID_FIRST - 1, G_TYPE_COUNT);
  createType(BOOL_WORD, HEADER_BYTES);
  createType(FLOAT_WORD, FLOAT_BYTES);
  createType(INT_WORD, 0);
  createType(STR_WORD, 0);
  createType(BYTES_WORD, 0);
  createType(TUPLE_WORD, 0);
  createType(LIST_WORD, LIST_BYTES);
  createType(DICT_WORD, DICT_BYTES);
  createType(SET_WORD, SET_BYTES);
  createType(FROZENSET_WORD, SET_BYTES);
  createType(DEQUE_WORD, DEQUE_BYTES);
  createType(ARRAY_WORD, ARRAY_OBJECT_BYTES);
  createType(DEFAULTDICT_WORD, DEFAULTDICT_BYTES);
  createType(WEAKREF_WORD, WEAKREF_BYTES);
  createType(KEYEDREF_WORD, KEYEDREF_BYTES);
}

/** `bytes` 0: they differ from object to object. */
function createType(word: u32, bytes: u32): void {
  const record = typeRecord(word >> TYPE_ID_SHIFT);
  const all = blockBytesFor(bytes, word);
  store<u32>(record, word, TYPE_WORD);
  store<u32>(record, bytes == 0 ? 0 : all, TYPE_BYTES);
  store<u32>(record, bytes == 0 ? TYPE_SIZED : listFor(all, word), TYPE_LIST);
  store<u32>(record, bytes, TYPE_SIZE);
}

/** A type's record holds what `defineType` wrote. */
export function isRecord(id: u32): bool {
  const record = typeRecord(id);
  const word = load<u32>(record, TYPE_WORD);
  const refs = load<u32>(record, TYPE_REFS);
  const size = load<u32>(record, TYPE_SIZE);
  const bytes = load<u32>(record, TYPE_BYTES);
  const flags = word & T_TYPE_FLAGS;
  return (
    word == ((id << TYPE_ID_SHIFT) | flags | min(refs, TYPE_REFS_MASK)) &&
    size >= HEADER_BYTES &&
    size <= OBJECT_MAX_BYTES &&
    refs <= (size - HEADER_BYTES) >> 2 &&
    bytes == blockBytesFor(size, flags) &&
    load<u32>(record, TYPE_LIST) == listFor(bytes, flags)
  );
}

/** The table lies within memory, so that records may be read. */
export function isTableReadable(): bool {
  const table: usize = load<u32>(GC, G_TYPES);
  const capacity = load<u32>(GC, G_TYPE_CAPACITY);
  if (table == OWN_TYPES) return capacity == OWN_TYPES_CAPACITY && typeCount() < capacity;
  return (
    (table & (ALIGNMENT - 1)) == 0 &&
    table >= HEAP_START &&
    capacity <= 2 * TYPES_MAX &&
    typeCount() < capacity &&
    <u64>table + (capacity << TYPE_SHIFT) <= memoryEnd()
  );
}

/** Bytes of the block of an instance of `bytes` bytes from its header on. */
export function blockBytesFor(bytes: u32, flags: u32): u32 {
  let all = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  if ((flags & T_TRACKED) != 0) {
    all += GC_BYTES;
    if (all + frameBytes() > SMALL_MAX_BYTES) all += GC_BYTES;
  }
  return all;
}

/** What debug mode adds to a block. */
function frameBytes(): u32 {
  return isDebug() ? FRAME_BYTES : 0;
}

/** The quick list for blocks of so many bytes. */
export function listFor(bytes: u32, flags: u32): u32 {
  const framed = bytes + frameBytes();
  if (framed > SMALL_MAX_BYTES) return TYPE_LARGE;
  return <u32>quickListOf(classOf(framed)) + <u32>((flags & T_TRACKED) != 0 ? OBJECT_LISTS : UNTRACKED_LISTS);
}

/** Room in the table for the record of type `id`. Record 0 is never used. */
function reserve(id: u32): bool {
  const capacity = load<u32>(GC, G_TYPE_CAPACITY);
  if (id < capacity) return true;
  const old: usize = load<u32>(GC, G_TYPES);
  let table: usize;
  if (old == OWN_TYPES) {
    table = take((capacity * 2) << TYPE_SHIFT);
    if (table != 0) memory.copy(table, old, capacity << TYPE_SHIFT);
  } else {
    table = enlarge(old, capacity << TYPE_SHIFT, (capacity * 2) << TYPE_SHIFT);
  }
  if (table == 0) return false;
  store<u32>(GC, table, G_TYPES);
  store<u32>(GC, capacity * 2, G_TYPE_CAPACITY);
  return true;
}
