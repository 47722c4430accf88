// Types, the arrays of young and of large objects, generations.

import { largeAt, largeCount, oldCount, untrackedCount, young, youngAt, youngEnd, youngStart } from "../generations";
import { I_GC_WORD, I_GENERATION, I_LARGE_OBJECT, I_TYPE } from "../invariants";
import { ALIGNMENT, GC, HEAP_START, OWN_TYPES } from "../layout";
import { bytesOf, isBlock } from "../mem";
import { memoryEnd } from "../memory";
import { countOf, typeWordOf } from "../object";
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
  TYPE_SHIFT,
} from "../objectlayout";
import { endOfObjects, firstObject, nextObjectPool, objectStep } from "../objectpools";
import { isRecord, isTableReadable, typeRecord } from "../types";
import { hasMany } from "../visit";
import { verifyKeys } from "./containers";
import { fault, T_FROZEN, T_KEYED, T_LARGE, T_OLD, T_UNTRACKED, T_YOUNG, total } from "./fault";

/** What is looked up when blocks are verified: types, and the two arrays. They may be no blocks still. */
export function verifyRecords(): u32 {
  if (!isTableReadable()) return fault(I_TYPE, GC);
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
  if (words == 0) return address == 0;
  return (address & (ALIGNMENT - 1)) == 0 && address >= HEAP_START && <u64>address + ((<u64>words) << 2) <= memoryEnd();
}

/** Run it when all blocks were verified: those of types and arrays, and as many objects in each place as the record says. */
export function verifyObjects(): u32 {
  const table: usize = load<u32>(GC, G_TYPES);
  if (table != OWN_TYPES && bytesOf(table) < load<u32>(GC, G_TYPE_CAPACITY) << TYPE_SHIFT) return fault(I_TYPE, table);
  for (let id: u32 = ID_FIRST; id <= load<u32>(GC, G_TYPE_COUNT); id++) {
    const name: usize = load<u32>(typeRecord(id), TYPE_NAME);
    if (name != 0 && !isBlock(name)) return fault(I_TYPE, typeRecord(id));
  }
  if (!isArray(young(), load<u32>(GC, G_YOUNG_CAPACITY))) return fault(I_GENERATION, GC);
  if (!isArray(load<u32>(GC, G_LARGE), load<u32>(GC, G_LARGE_CAPACITY))) return fault(I_LARGE_OBJECT, GC);
  return largeCount() == total(T_LARGE) ? verifyGenerations() : fault(I_LARGE_OBJECT, GC);
}

function isArray(address: usize, words: u32): bool {
  return words == 0 || bytesOf(address) >= words << 2;
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

/** Run it when all references were verified. */
export function verifyAllKeys(): u32 {
  if (total(T_KEYED) == 0) return 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const end = endOfObjects(pool);
    const step = objectStep(pool);
    for (let object = firstObject(pool); object < end; object += step) {
      const rule = countOf(object) > 0 && hasMany(typeWordOf(object)) ? verifyKeys(object) : 0;
      if (rule != 0) return rule;
    }
  }
  for (let index: u32 = 0; index < largeCount(); index++) {
    const rule = verifyKeys(largeAt(index));
    if (rule != 0) return rule;
  }
  return 0;
}
