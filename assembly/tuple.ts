// Tuples: made at once, never changed (Objects/tupleobject.c). The hash is computed from those of the items when the tuple is made, so that
// no depth of nesting asks for a recursion.

import { hasTrackedType } from "./atomic";
import { refuseWordSlow, statusOfWord } from "./check";
import { makeSized, makeUntracked } from "./create";
import { tupleHash } from "./hash";
import { EMPTY_TUPLE } from "./layout";
import { fail, memoryEnd, refuse } from "./memory";
import { TUPLE_HASH, TUPLE_ITEMS, TUPLE_LENGTH, TUPLE_WORD } from "./objectlayout";
import { BAD_ADDRESS, NO_MEMORY, OK } from "./status";

/** Most items of a tuple or list. */
export const LENGTH_MAX: u32 = 0x1ffffff0;

/** OK if the `n` words at `at` may be stored, a status that is noted if not. */
export function statusOfWords(at: usize, n: u32): u32 {
  if ((at & 3) != 0 || <u64>at + ((<u64>n) << 2) > memoryEnd()) return refuse(BAD_ADDRESS, at);
  for (let i: u32 = 0; i < n; i++) {
    const word = load<u32>(at + ((<usize>i) << 2));
    if (statusOfWord(word) != OK) return refuseWordSlow(word);
  }
  return OK;
}

/**
 * A tuple of the `n` words at `at`, whose references it takes over; 0 on failure. The one without items is always the same. As in
 * PyTuple_FromArray, only one with an item of a type that the collector knows is tracked.
 */
export function newTuple(at: usize, n: u32): usize {
  if (n == 0) return EMPTY_TUPLE;
  if (n > LENGTH_MAX) return fail(NO_MEMORY, 0);
  if (statusOfWords(at, n) != OK) return 0;
  const hash = tupleHash(at, n);
  const bytes = <u32>TUPLE_ITEMS + (n << 2);
  const tracked = hasTrackedType(at, at + (n << 2));
  const tuple = tracked ? makeSized(TUPLE_WORD, bytes) : makeUntracked(TUPLE_WORD, bytes);
  if (tuple == 0) return 0;
  store<u32>(tuple, n, TUPLE_LENGTH);
  store<u32>(tuple, hash, TUPLE_HASH);
  memory.copy(tuple + TUPLE_ITEMS, at, n << 2);
  return tuple;
}
