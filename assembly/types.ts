// The type table: what the objects of each type look like. Types are defined once and never go away.

import { ALIGNMENT, FRAME_BYTES, GC, HEAP_START, OBJECT_LISTS, SMALL_MAX_BYTES, UNTRACKED_LISTS } from "./layout";
import { enlarge, isDebug } from "./mem";
import { fail, memoryEnd } from "./memory";
import {
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  GC_BYTES,
  HEADER_BYTES,
  OBJECT_MAX_BYTES,
  T_OBJECT_FLAGS,
  T_TRACKED,
  TYPE_BOOL,
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
  TYPE_WORD,
  TYPES_MAX,
} from "./objectlayout";
import { classOf, quickListOf } from "./pool";
import { BAD_TYPE, NO_MEMORY } from "./status";

/** Types the table has room for at first. */
const CAPACITY_MIN: u32 = 32;

function typeCount(): u32 {
  return load<u32>(GC, G_TYPE_COUNT);
}

/** There is a type with this id. */
export function isType(id: u32): bool {
  return id - 1 < typeCount();
}

/** There is a type with this id of which objects can be made. */
export function isInstantiable(id: u32): bool {
  return id - 1 - TYPE_BOOL < typeCount() - TYPE_BOOL;
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
 * T_TRACKED. The type takes over the block at `name`, in which the host describes it. 0: no memory, or numbers that
 * cannot be (BAD_TYPE).
 */
export function defineType(refs: u32, bytes: u32, flags: u32, name: usize, nameBytes: u32): u32 {
  if (
    bytes > OBJECT_MAX_BYTES ||
    refs > (bytes - HEADER_BYTES) >> 2 ||
    bytes < HEADER_BYTES ||
    (flags & ~T_TRACKED) != 0
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
  store<u32>(GC, id, G_TYPE_COUNT);
  return id;
}

/** A type's record holds what `defineType` wrote. */
export function isRecord(id: u32): bool {
  const record = typeRecord(id);
  const word = load<u32>(record, TYPE_WORD);
  const refs = load<u32>(record, TYPE_REFS);
  const size = load<u32>(record, TYPE_SIZE);
  const bytes = load<u32>(record, TYPE_BYTES);
  const flags = word & T_TRACKED;
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
  if (table == 0) return capacity == 0 && typeCount() == TYPE_BOOL;
  return (
    (table & (ALIGNMENT - 1)) == 0 &&
    table >= HEAP_START &&
    capacity <= 2 * TYPES_MAX &&
    typeCount() < capacity &&
    <u64>table + (capacity << TYPE_SHIFT) <= memoryEnd()
  );
}

/** Bytes of the block of an instance of `bytes` bytes from its header on. */
function blockBytesFor(bytes: u32, flags: u32): u32 {
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

function listFor(bytes: u32, flags: u32): u32 {
  const framed = bytes + frameBytes();
  if (framed > SMALL_MAX_BYTES) return TYPE_LARGE;
  return <u32>quickListOf(classOf(framed)) + <u32>((flags & T_TRACKED) != 0 ? OBJECT_LISTS : UNTRACKED_LISTS);
}

/** Room in the table for the record of type `id`. Record 0 is never used. */
function reserve(id: u32): bool {
  const capacity = load<u32>(GC, G_TYPE_CAPACITY);
  if (id < capacity) return true;
  const more = max(capacity * 2, CAPACITY_MIN);
  const table = enlarge(load<u32>(GC, G_TYPES), capacity << TYPE_SHIFT, more << TYPE_SHIFT);
  if (table == 0) return false;
  if (capacity == 0) {
    // Records 0 and of the type of true and false: nothing but the type word of the latter is ever read.
    memory.fill(table, 0, 2 << TYPE_SHIFT);
    store<u32>(table + (TYPE_BOOL << TYPE_SHIFT), TYPE_BOOL << TYPE_ID_SHIFT, TYPE_WORD);
  }
  store<u32>(GC, table, G_TYPES);
  store<u32>(GC, more, G_TYPE_CAPACITY);
  return true;
}
