// A text as a key before there is a str of it: the host writes its units to TEXT_SCRATCH, so that a look into a dict makes no object.

import { hashOfBytes } from "./hash";
import { TEXT_SCRATCH, TEXT_SCRATCH_BYTES } from "./layout";
import { refuse } from "./memory";
import { isInteger, typeWordOf } from "./object";
import { DICT_TABLE, STR_WORD, T_ASCII, T_INTERNED, T_WIDE, TABLE_INDEX, TABLE_LOG2, TEXT_HASH } from "./objectlayout";
import { BAD_ADDRESS, OK } from "./status";
import { newStr } from "./str";
import { EMPTY, firstEntry, PERTURB_SHIFT, slotAt, widthOf } from "./table";
import { isLatin1, narrow, sameBytes, textBytes, textData, textLength } from "./text";

/** OK if there is room for so many units of 1 or 2 bytes; a status, which is noted, if not. */
export function statusOfScratch(length: u32, width: u32): u32 {
  if (width - 1 <= 1 && length <= TEXT_SCRATCH_BYTES >> (width - 1)) return OK;
  return refuse(BAD_ADDRESS, TEXT_SCRATCH);
}

/** Makes the units as narrow as they can be, as those of strs are; returns log2(bytes) of one. */
export function settleScratch(length: u32, width: u32): u32 {
  return width == 1 ? 0 : settleWideSlow(length);
}

function settleWideSlow(length: u32): u32 {
  if (!isLatin1(TEXT_SCRATCH, length)) return 1;
  narrow(TEXT_SCRATCH, TEXT_SCRATCH, length);
  return 0;
}

/** Hash of the units, the one of a str that has them. */
export function hashOfScratch(length: u32, wide: u32): u32 {
  return hashOfBytes(TEXT_SCRATCH, length << wide);
}

/** A str of the units, whose hash is given; 0: no memory. */
export function strOfScratch(length: u32, wide: u32, hash: u32): u32 {
  const str = newStr(TEXT_SCRATCH, length, wide + 1);
  if (str != 0) store<u32>(str, hash, TEXT_HASH);
  return <u32>str;
}

/** The entry of a dict or set whose key is a str of the units; 0: there is none. */
export function findScratch(object: usize, shift: u32, hash: u32, length: u32, wide: u32): usize {
  const table: usize = load<u32>(object, DICT_TABLE);
  if (table == 0) return 0;
  const log2 = load<u32>(table, TABLE_LOG2);
  const width = widthOf(log2);
  const mask = ((<u32>1) << log2) - 1;
  const entries = firstEntry(table, log2, width);
  let perturb = hash;
  let i = hash & mask;
  while (true) {
    const n = slotAt(table + TABLE_INDEX, i, width);
    if (n >= 0) {
      const entry = entries + ((<usize>n) << shift);
      if (inline.always(isStrOfScratch(load<u32>(entry), hash, length, wide))) return entry;
    } else if (n == EMPTY) {
      return 0;
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + perturb + 1) & mask;
  }
}

/** A key is a str of the units. The hashes of strs that are keys are known. */
function isStrOfScratch(key: u32, hash: u32, length: u32, wide: u32): bool {
  if (isInteger(key)) return false;
  return (
    (typeWordOf(key) & ~(T_ASCII | T_INTERNED)) == (STR_WORD | (wide == 0 ? 0 : T_WIDE)) &&
    load<u32>(key, TEXT_HASH) == hash &&
    textLength(key) == length &&
    sameBytes(textData(key), TEXT_SCRATCH, textBytes(key))
  );
}
