// Arrays of scalars: one block, which grows as CPython's does (Modules/arraymodule.c, array_resize).

import { isOf, refuseObjectSlow } from "./check";
import { make } from "./create";
import { REQUEST_MAX } from "./layout";
import { resize, take } from "./mem";
import { fail, refuse } from "./memory";
import { ARRAY_CAPACITY, ARRAY_DATA, ARRAY_KIND, ARRAY_KINDS, ARRAY_LENGTH, ID_ARRAY } from "./objectlayout";
import { givePart, itemShift } from "./parts";
import { BAD_TYPE, NO_MEMORY, OK } from "./status";

/** An array that becomes shorter by this many items at once gives room back. */
const SHRINK_ITEMS: u32 = 16;

/** Bytes of `items` items; more than REQUEST_MAX if no block has so many. */
function bytesFor(kind: u32, items: u32): u64 {
  return (<u64>items) << itemShift(kind);
}

/** An array of `length` zeros; 0: no memory, or no such kind. */
export function newArray(kind: u32, length: u32): usize {
  if (kind >= ARRAY_KINDS) return fail(BAD_TYPE, 0);
  const bytes = bytesFor(kind, length);
  if (bytes > REQUEST_MAX) return fail(NO_MEMORY, 0);
  let data: usize = 0;
  if (length != 0) {
    data = take(<u32>bytes);
    if (data == 0) return 0;
    memory.fill(data, 0, <u32>bytes);
  }
  const array = make(ID_ARRAY);
  if (array == 0) {
    if (data != 0) givePart(data);
    return 0;
  }
  store<u32>(array, kind, ARRAY_KIND);
  setData(array, data, length);
  store<u32>(array, length, ARRAY_LENGTH);
  return array;
}

function setData(array: usize, data: usize, capacity: u32): void {
  store<u32>(array, data, ARRAY_DATA);
  store<u32>(array, capacity, ARRAY_CAPACITY);
}

/** Changes the number of items; new ones are 0. Returns a Status; unless it is OK, nothing has changed. */
export function arrayResize(array: usize, length: u32): u32 {
  if (isOf(array, ID_ARRAY) != OK) return refuseObjectSlow(array, ID_ARRAY);
  const before = load<u32>(array, ARRAY_LENGTH);
  if (length == 0) {
    const data: usize = load<u32>(array, ARRAY_DATA);
    if (data != 0) givePart(data);
    setData(array, 0, 0);
  } else if (length > load<u32>(array, ARRAY_CAPACITY) || before >= length + SHRINK_ITEMS) {
    const status = reallocateSlow(array, before, length);
    if (status != OK) return status;
  }
  if (length > before) clear(array, before, length);
  store<u32>(array, length, ARRAY_LENGTH);
  return OK;
}

/** Room for `length` items, with some to spare. */
function reallocateSlow(array: usize, before: u32, length: u32): u32 {
  const kind = load<u32>(array, ARRAY_KIND);
  const capacity = <u64>length + (length >> 4) + (before < 8 ? 3 : 7);
  const bytes = capacity << itemShift(kind);
  if (bytes > REQUEST_MAX) return refuse(NO_MEMORY, array);
  const data = resize(load<u32>(array, ARRAY_DATA), <u32>bytes);
  if (data == 0) return NO_MEMORY;
  setData(array, data, <u32>capacity);
  return OK;
}

/** Zeroes the items from `start` to `end`. */
function clear(array: usize, start: u32, end: u32): void {
  const shift = itemShift(load<u32>(array, ARRAY_KIND));
  memory.fill(<usize>load<u32>(array, ARRAY_DATA) + (start << shift), 0, (end - start) << shift);
}
