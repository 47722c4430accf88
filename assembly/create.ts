// Objects come into being, but for the collection that may be due before.

import { malloc, takeBlock } from "./alloc";
import { enterUntracked } from "./atomic";
import { bury, chunkOfLarge } from "./bury";
import { sealObject } from "./chunk";
import { debugMalloc, debugTakeBlock } from "./debug";
import { addLarge, reserveLarge, reserveYoung, track, untrackLiving } from "./generations";
import { DOMAIN_OBJ, OBJECT_LISTS, R_STATUS, REQUEST_MAX, RUNTIME, SMALL_MAX_BYTES, UNTRACKED_LISTS } from "./layout";
import { isDebug } from "./mem";
import { fail, zero } from "./memory";
import { typeWordOf } from "./object";
import {
  GC_BYTES,
  HEADER_BYTES,
  LARGE_OFFSET,
  O_COUNT,
  O_TYPE,
  T_TRACKED,
  TYPE_BYTES,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_SIZE,
  TYPE_WORD,
} from "./objectlayout";
import { classOf, quickListOf } from "./pool";
import { BAD_TYPE, NO_MEMORY, OK } from "./status";
import { blockBytesFor, isInstantiable, listFor, typeRecord } from "./types";

/** A new object of a type that a program has defined, count 1, all fields zero; 0: no memory, or no such type. */
export function create(id: u32): usize {
  return isInstantiable(id) ? inline.always(make(id)) : fail(BAD_TYPE, 0);
}

/** A new object of a type whose instances have all the same size, count 1, all fields zero; 0: no memory. */
export function make(id: u32): usize {
  const type = typeRecord(id);
  const word = load<u32>(type, TYPE_WORD);
  const list: usize = load<u32>(type, TYPE_LIST);
  const tracked = (word & T_TRACKED) != 0;
  if (tracked && !reserveYoung()) return 0;
  if (list == TYPE_LARGE || isDebug()) return makeOtherSlow(type);
  const block = inline.always(takeBlock(list, type));
  if (block == 0) return 0;
  const object = tracked ? block + GC_BYTES : block;
  setUp(object, type, word);
  if (tracked) track(object);
  return object;
}

/** Writes the header and zeroes the fields. */
function setUp(object: usize, type: usize, word: u32): void {
  setHeader(object, word);
  zero(object + HEADER_BYTES, (load<u32>(type, TYPE_SIZE) - HEADER_BYTES + 7) & ~7);
}

function setHeader(object: usize, word: u32): void {
  store<u32>(object, 1, O_COUNT);
  store<u32>(object, word, O_TYPE);
}

/** Large, or in debug mode. There is room in the young array. */
function makeOtherSlow(type: usize): usize {
  const word = load<u32>(type, TYPE_WORD);
  const object = place(word, load<u32>(type, TYPE_BYTES), load<u32>(type, TYPE_LIST));
  if (object == 0) return 0;
  setUp(object, type, word);
  if ((word & T_TRACKED) != 0) track(object);
  return object;
}

/**
 * A new object with this type word, count 1, of `bytes` bytes from the header on; what is behind that is undefined. For types
 * whose instances differ in size. 0: no memory.
 */
export function makeSized(word: u32, bytes: u32): usize {
  const tracked = (word & T_TRACKED) != 0;
  if (tracked && !reserveYoung()) return 0;
  const object = inline.always(allocateSized(word, bytes));
  if (object != 0 && tracked) track(object);
  return object;
}

/** The same, of a tracked type, but no generation has it: it can be in no cycle. */
export function makeUntracked(word: u32, bytes: u32): usize {
  const object = allocateSized(word, bytes);
  if (object != 0) enterUntracked(object);
  return object;
}

function allocateSized(word: u32, bytes: u32): usize {
  const tracked = (word & T_TRACKED) != 0;
  const all = ((bytes + 7) & ~7) + (tracked ? GC_BYTES : 0);
  if (bytes > SMALL_MAX_BYTES || all > SMALL_MAX_BYTES || isDebug()) return allocateOtherSlow(word, bytes);
  const block = inline.always(
    takeBlock(quickListOf(classOf(all)) + (tracked ? OBJECT_LISTS : UNTRACKED_LISTS), bytes + (tracked ? GC_BYTES : 0)),
  );
  if (block == 0) return 0;
  const object = tracked ? block + GC_BYTES : block;
  setHeader(object, word);
  return object;
}

/** Large, or in debug mode. */
function allocateOtherSlow(word: u32, bytes: u32): usize {
  if (bytes > REQUEST_MAX - 64) return fail(NO_MEMORY, 0);
  const all = blockBytesFor(bytes, word);
  const object = place(word, all, listFor(all, word));
  if (object != 0) setHeader(object, word);
  return object;
}

/** A place for an object with this type word in a block of `bytes` bytes from `list`, which may be TYPE_LARGE. */
function place(word: u32, bytes: u32, list: usize): usize {
  const tracked = (word & T_TRACKED) != 0;
  if (list == TYPE_LARGE) return placeLarge(bytes, tracked);
  const block = debugTakeBlock(list, bytes);
  return block == 0 || !tracked ? block : block + GC_BYTES;
}

/** A place for a large object, which the array of large objects has if it is tracked. */
function placeLarge(bytes: u32, tracked: bool): usize {
  if (tracked && !reserveLarge()) return 0;
  const block = isDebug() ? debugMalloc(DOMAIN_OBJ, bytes) : malloc(bytes);
  if (block == 0) return 0;
  sealObject(chunkOfLarge(block), true);
  if (!tracked) return block;
  addLarge(block + LARGE_OFFSET);
  return block + LARGE_OFFSET;
}

/**
 * Writes the addresses of `count` new objects of a type at `out`, a block of the caller; returns a Status. All or none: what
 * was made before memory ran out is freed again.
 */
export function createMany(id: u32, count: u32, out: usize): u32 {
  for (let made: u32 = 0; made < count; made++) {
    const object = create(id);
    store<u32>(out + ((<usize>made) << 2), object);
    if (object != 0) continue;
    const status = load<u32>(RUNTIME, R_STATUS);
    while (made != 0) unmake(load<u32>(out + ((<usize>--made) << 2)));
    return status;
  }
  return OK;
}

/** Frees an object that nobody has seen yet: without a finalizer. */
function unmake(object: usize): void {
  const word = typeWordOf(object);
  if ((word & T_TRACKED) != 0) untrackLiving(object);
  bury(object, word);
}
