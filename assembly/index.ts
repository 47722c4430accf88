// What the module exports: a list, and where automatic collections start.

import { exactStatusOf, statusOf } from "./check";
import { create, createMany } from "./create";
import { collect, dueGeneration, isDue } from "./gc/collect";
import { nextTrash as trashAfter } from "./generations";
import { R_FAIL_GROWTH, R_FAULT_ADDRESS, R_FAULT_RULE, R_STATUS, RUNTIME } from "./layout";
import { fail } from "./memory";
import { isTracked, isTrash } from "./object";
import { bytesWithParts } from "./parts";
import { drain } from "./reclaim";
import { OK } from "./status";
import { beginTracing } from "./tracing";

export { calloc, free, malloc, realloc, usableSize } from "./alloc";
export { arrayResize, newArray } from "./array";
export { build, buildAbort, buildBegin, buildEnd } from "./build";
export { newBytes, roomForBytes } from "./bytes";
export { checkObject } from "./check";
export { checksumAdd, checksumBegin, checksumEnd } from "./checksum";
export { debugCalloc, debugFree, debugMalloc, debugRealloc, debugUsableSize } from "./debug";
export { dequeClear, dequePush, dequeReserve, dequeRotate, dequeTake, newDeque } from "./deque";
export {
  dictClear,
  dictGet,
  dictGetText,
  dictReserve,
  dictSet,
  dictSetText,
  dictTake,
  dictTakeText,
  newDefaultDict,
  newDict,
} from "./dict";
export { equals } from "./equal";
export { newFloat } from "./float";
export { beginCollection, collect, dueGeneration, endCollection } from "./gc/collect";
export { freeze, unfreeze } from "./gc/freeze";
export { objects, referents, referrers } from "./gc/list";
export { hashOf } from "./hash";
export { adoptImage, tidy } from "./image";
export { newInt, newNumber } from "./int";
export { listAppend, listClear, listInsert, listReserve, listSet, listSplice, listTake, newList } from "./list";
export { pyArenaFree, pyArenaMalloc, pyArenaNew } from "./pyarena";
export { rawCalloc, rawFree, rawMalloc, rawRealloc, rawUsableSize } from "./raw";
export { drain } from "./reclaim";
export { debugReport, decref, getRef, incref, refcount, setRef, typeOf } from "./refcount";
export { init } from "./runtime";
export {
  newSet,
  setAdd,
  setAddText,
  setClear,
  setFreeze,
  setHas,
  setHasText,
  setRemove,
  setRemoveText,
} from "./set";
export { finishStr, intern, internText, newStr, roomForStr } from "./str";
export { endTracing as traceEnd, settleTraces as traceSettle } from "./tracing";
export { newTuple } from "./tuple";
export { defineType } from "./types";
export { verify, verifyImage } from "./verify/heap";
export { newKeyedRef, newWeakRef, weakRefs } from "./weak";

/** As `create`, after the collection that is due. */
export function newObject(type: u32): usize {
  inline.always(collectIfDue());
  return inline.always(create(type));
}

/** As `createMany`, after the collection that is due. */
export function newObjects(type: u32, count: u32, out: usize): u32 {
  collectIfDue();
  return createMany(type, count, out);
}

function collectIfDue(): void {
  if (isDue()) collectDueSlow();
}

function collectDueSlow(): void {
  const generation = dueGeneration();
  if (generation >= 0) collect(generation);
}

/** Bytes of an object with gc words and the blocks it alone owns; 0, and a status, if there is none. */
export function sizeOf(object: usize): u32 {
  const status = statusOf(object);
  return status == OK ? bytesWithParts(object) : <u32>fail(exactStatusOf(object), object);
}

/** The first of the trash of the collection that is under way, or the one after `object`; 0 if there is none. */
export function nextTrash(object: usize): usize {
  const known = object == 0 || (exactStatusOf(object) == OK && isTracked(object) && isTrash(object));
  return known ? trashAfter(object) : 0;
}

/** From now on, the host is told of each block that is allocated or freed. */
export function traceBegin(): void {
  drain();
  beginTracing();
}

export function lastStatus(): u32 {
  return load<u32>(RUNTIME, R_STATUS);
}

export function faultAddress(): usize {
  return load<u32>(RUNTIME, R_FAULT_ADDRESS);
}

export function faultRule(): u32 {
  return load<u32>(RUNTIME, R_FAULT_RULE);
}

/** Pages of 64 KiB that memory has. */
export function pages(): i32 {
  return memory.size();
}

/** Makes the n-th growth of memory from now fail, once; 0 switches that off. */
export function failGrowth(n: u32): void {
  store<u32>(RUNTIME, n, R_FAIL_GROWTH);
}
