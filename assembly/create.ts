// Objects come into being: newObject and newObjects, but for the collection that may be due before.

import { malloc, takeBlock } from "./alloc";
import { sealObject } from "./chunk";
import { debugMalloc, debugTakeBlock } from "./debug";
import { addLarge, reserveLarge, reserveYoung, track } from "./generations";
import { DOMAIN_OBJ, R_STATUS, RUNTIME } from "./layout";
import { isDebug } from "./mem";
import { fail, zero } from "./memory";
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
import { chunkOfLarge, die } from "./release";
import { BAD_TYPE, OK } from "./status";
import { isInstantiable, typeRecord } from "./types";

/** A new object of a type, count 1, all fields zero; 0: no memory, or no type that has instances. */
export function create(id: u32): usize {
  if (!isInstantiable(id)) return fail(BAD_TYPE, 0);
  const type = typeRecord(id);
  const word = load<u32>(type, TYPE_WORD);
  const list: usize = load<u32>(type, TYPE_LIST);
  const tracked = (word & T_TRACKED) != 0;
  if (tracked && !reserveYoung()) return 0;
  if (list == TYPE_LARGE || isDebug()) return createOtherSlow(type);
  const block = inline.always(takeBlock(list));
  if (block == 0) return 0;
  const object = tracked ? block + GC_BYTES : block;
  setUp(object, type, word);
  if (tracked) track(object);
  return object;
}

/** Writes the header and zeroes the fields. */
function setUp(object: usize, type: usize, word: u32): void {
  store<u32>(object, 1, O_COUNT);
  store<u32>(object, word, O_TYPE);
  zero(object + HEADER_BYTES, (load<u32>(type, TYPE_SIZE) - HEADER_BYTES + 7) & ~7);
}

/** Large, or in debug mode. There is room in the young array. */
function createOtherSlow(type: usize): usize {
  const word = load<u32>(type, TYPE_WORD);
  const list: usize = load<u32>(type, TYPE_LIST);
  const object = list == TYPE_LARGE ? placeLarge(type, word) : placeFramed(type, word, list);
  if (object == 0) return 0;
  setUp(object, type, word);
  if ((word & T_TRACKED) != 0) track(object);
  return object;
}

/** A place for a large object, which the array of large objects has if it is tracked. */
function placeLarge(type: usize, word: u32): usize {
  const bytes = load<u32>(type, TYPE_BYTES);
  const tracked = (word & T_TRACKED) != 0;
  if (tracked && !reserveLarge()) return 0;
  const block = isDebug() ? debugMalloc(DOMAIN_OBJ, bytes) : malloc(bytes);
  if (block == 0) return 0;
  sealObject(chunkOfLarge(block), true);
  if (!tracked) return block;
  addLarge(block + LARGE_OFFSET);
  return block + LARGE_OFFSET;
}

/** A place in an object pool, with a frame. */
function placeFramed(type: usize, word: u32, list: usize): usize {
  const block = debugTakeBlock(list, load<u32>(type, TYPE_BYTES));
  return block == 0 || (word & T_TRACKED) == 0 ? block : block + GC_BYTES;
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
    while (made != 0) die(load<u32>(out + ((<usize>--made) << 2)));
    return status;
  }
  return OK;
}
