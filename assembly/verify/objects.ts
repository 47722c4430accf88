// Types, the arrays of young and of large objects, generations.

import { largeCount, oldCount, untrackedCount, young, youngAt, youngEnd, youngStart } from "../generations";
import { I_GC_WORD, I_GENERATION, I_LARGE_OBJECT, I_TYPE } from "../invariants";
import { ALIGNMENT, GC, HEAP_START, OWN_TYPES } from "../layout";
import { memoryEnd } from "../memory";
import {
  COLLECTION_ENDS,
  G_COLLECTING,
  G_FROZEN,
  G_LARGE,
  G_LARGE_CAPACITY,
  G_TRASH,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  G_YOUNG_CAPACITY,
  ID_FIRST,
  TYPE_NAME,
  TYPE_NAME_BYTES,
  TYPE_SHIFT,
  TYPES_MAX,
} from "../objectlayout";
import { isRecord, isTableReadable, typeRecord } from "../types";
import { verifyOwnTypes } from "./constants";
import { fault, T_FROZEN, T_LARGE, T_OLD, T_UNTRACKED, T_YOUNG, total } from "./fault";
import { own } from "./own";
import { LENGTH_MAX } from "./values";

/** What is looked up when blocks are verified: types, and the two arrays. They may be no blocks still. */
export function verifyRecords(): u32 {
  const types = load<u32>(GC, G_TYPE_COUNT);
  if (!isTableReadable() || types < ID_FIRST - 1 || types > TYPES_MAX) return fault(I_TYPE, GC);
  const own = verifyOwnTypes();
  if (own != 0) return own;
  for (let id: u32 = ID_FIRST; id <= load<u32>(GC, G_TYPE_COUNT); id++)
    if (!isRecord(id)) return fault(I_TYPE, typeRecord(id));
  const room = load<u32>(GC, G_YOUNG_CAPACITY);
  if (youngStart() > youngEnd() || youngEnd() > room || !isReadableArray(young(), room)) return fault(I_GENERATION, GC);
  const largeRoom = load<u32>(GC, G_LARGE_CAPACITY);
  if (largeCount() > largeRoom || !isReadableArray(load<u32>(GC, G_LARGE), largeRoom)) return fault(I_LARGE_OBJECT, GC);
  const collecting = load<u32>(GC, G_COLLECTING);
  if (collecting != COLLECTION_ENDS && (collecting | load<u32>(GC, G_TRASH)) != 0) return fault(I_GC_WORD, GC);
  return 0;
}

function isReadableArray(address: usize, words: u32): bool {
  if (words > LENGTH_MAX >> 2) return false;
  if (words == 0) return address == 0;
  return (address & (ALIGNMENT - 1)) == 0 && address >= HEAP_START && <u64>address + ((<u64>words) << 2) <= memoryEnd();
}

/** Run it when all blocks were verified: those of types and arrays, and as many objects in each place as the record says. */
export function verifyObjects(): u32 {
  const table: usize = load<u32>(GC, G_TYPES);
  if (table != OWN_TYPES && !own(table, load<u32>(GC, G_TYPE_CAPACITY) << TYPE_SHIFT)) return fault(I_TYPE, table);
  for (let id: u32 = ID_FIRST; id <= load<u32>(GC, G_TYPE_COUNT); id++) {
    const record = typeRecord(id);
    const name: usize = load<u32>(record, TYPE_NAME);
    if (name != 0 && !own(name, load<u32>(record, TYPE_NAME_BYTES))) return fault(I_TYPE, typeRecord(id));
  }
  if (!isArray(young(), load<u32>(GC, G_YOUNG_CAPACITY))) return fault(I_GENERATION, young());
  if (!isArray(load<u32>(GC, G_LARGE), load<u32>(GC, G_LARGE_CAPACITY)))
    return fault(I_LARGE_OBJECT, load<u32>(GC, G_LARGE));
  return largeCount() == total(T_LARGE) ? verifyGenerations() : fault(I_LARGE_OBJECT, GC);
}

function isArray(address: usize, words: u32): bool {
  return words == 0 || own(address, words << 2);
}

function verifyGenerations(): u32 {
  let members: u32 = 0;
  for (let index: u32 = 0; index < youngEnd(); index++) if (youngAt(index) != 0) members++;
  const isRight =
    members == total(T_YOUNG) &&
    oldCount() == total(T_OLD) &&
    load<u32>(GC, G_FROZEN) == total(T_FROZEN) &&
    untrackedCount() == total(T_UNTRACKED);
  return isRight ? 0 : fault(I_GENERATION, GC);
}
