// Objects come into being: newObject and newObjects, but for the collection that may be due before.

import { malloc, takeBlock } from "./alloc";
import { debugMalloc, debugTakeBlock } from "./debug";
import { addLarge, LARGE_OFFSET, reserveLarge, reserveYoung, track } from "./generations";
import {
  DOMAIN_OBJ,
  GC_BYTES,
  HEADER_BYTES,
  O_COUNT,
  O_TYPE,
  R_STATUS,
  RUNTIME,
  T_TRACKED,
  TYPE_BYTES,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_SIZE,
  TYPE_WORD,
} from "./layout";
import { isDebug } from "./mem";
import { fail, zero } from "./memory";
import { die } from "./release";
import { BAD_TYPE, OK } from "./status";
import { isType, typeRecord } from "./types";

/** A new object of a type, count 1, all fields zero; 0: no memory, or no such type. */
export function create(id: u32): usize {
  if (!isType(id)) return fail(BAD_TYPE, 0);
  const type = typeRecord(id);
  const word = load<u32>(type, TYPE_WORD);
  const list: usize = load<u32>(type, TYPE_LIST);
  if ((word & T_TRACKED) == 0) return createUntracked(type, word, list);
  if (!reserveYoung()) return 0;
  if (list == TYPE_LARGE || isDebug()) return createOtherSlow(type);
  const block = inline.always(takeBlock(list));
  if (block == 0) return 0;
  const object = block + GC_BYTES;
  setUp(object, type, word);
  track(object);
  return object;
}

/** Writes the header and zeroes the fields. */
function setUp(object: usize, type: usize, word: u32): void {
  store<u32>(object, 1, O_COUNT);
  store<u32>(object, word, O_TYPE);
  zero(object + HEADER_BYTES, (load<u32>(type, TYPE_SIZE) - HEADER_BYTES + 7) & ~7);
}

function createUntracked(type: usize, word: u32, list: usize): usize {
  const object = list == TYPE_LARGE || isDebug() ? anyBlock(load<u32>(type, TYPE_BYTES)) : takeBlock(list);
  if (object != 0) setUp(object, type, word);
  return object;
}

function anyBlock(bytes: u32): usize {
  return isDebug() ? debugMalloc(DOMAIN_OBJ, bytes) : malloc(bytes);
}

/** Of a tracked type, and large or in debug mode. */
function createOtherSlow(type: usize): usize {
  const word = load<u32>(type, TYPE_WORD);
  const bytes = load<u32>(type, TYPE_BYTES);
  const list: usize = load<u32>(type, TYPE_LIST);
  let object: usize;
  if (list == TYPE_LARGE) {
    if (!reserveLarge()) return 0;
    const block = anyBlock(bytes);
    if (block == 0) return 0;
    object = block + LARGE_OFFSET;
    addLarge(object);
  } else {
    const block = debugTakeBlock(list, bytes);
    if (block == 0) return 0;
    object = block + GC_BYTES;
  }
  setUp(object, type, word);
  track(object);
  return object;
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
