// The table of interned strs: addresses by content, open addressing with linear probing. A reference of the table is not counted; a str
// leaves it when it dies. What leaves lets those behind it move up, so nothing is ever marked as deleted, and no death needs memory.

import { hashOfBytes, hashOfObject } from "./hash";
import { GC } from "./layout";
import { take } from "./mem";
import { G_INTERNED, G_INTERNED_COUNT, G_INTERNED_LOG2, TEXT_HASH } from "./objectlayout";
import { givePart } from "./parts";
import { isWide, sameBytes, textBytes, textData } from "./text";

/** log2(slots) of the first table. */
const LOG2_MIN: u32 = 4;

function table(): usize {
  return load<u32>(GC, G_INTERNED);
}

/** Number of the last slot. */
function lastSlot(): u32 {
  return ((<u32>1) << load<u32>(GC, G_INTERNED_LOG2)) - 1;
}

function count(): u32 {
  return load<u32>(GC, G_INTERNED_COUNT);
}

function slotAt(slot: u32): usize {
  return table() + ((<usize>slot) << 2);
}

/** The interned str with these units, `bytes` bytes at a multiple of 8; 0: there is none. */
export function findInterned(at: usize, bytes: u32, wide: bool): usize {
  if (count() == 0) return 0;
  const hash = hashOfBytes(at, bytes);
  const last = lastSlot();
  let slot = hash & last;
  let str: usize = load<u32>(slotAt(slot));
  while (str != 0 && !isText(str, hash, at, bytes, wide)) {
    slot = (slot + 1) & last;
    str = load<u32>(slotAt(slot));
  }
  return str;
}

function isText(str: usize, hash: u32, at: usize, bytes: u32, wide: bool): bool {
  return (
    load<u32>(str, TEXT_HASH) == hash &&
    textBytes(str) == bytes &&
    isWide(str) == wide &&
    sameBytes(textData(str), at, bytes)
  );
}

/** Puts a str in, which no other there equals. False: no memory, and nothing has changed. */
export function putInterned(str: usize): bool {
  const after = count() + 1;
  // Two thirds of the slots at most are in use.
  if (table() == 0 || after * 3 > (lastSlot() + 1) * 2) {
    if (!growSlow()) return false;
  }
  place(str);
  store<u32>(GC, after, G_INTERNED_COUNT);
  return true;
}

/** Puts a str into the first free slot from its own on. */
function place(str: usize): void {
  const last = lastSlot();
  let slot = hashOfObject(str) & last;
  while (load<u32>(slotAt(slot)) != 0) slot = (slot + 1) & last;
  store<u32>(slotAt(slot), str);
}

/** A table of twice the slots. */
function growSlow(): bool {
  const old = table();
  const log2 = old == 0 ? LOG2_MIN : load<u32>(GC, G_INTERNED_LOG2) + 1;
  const bytes = (<u32>4) << log2;
  const block = take(bytes);
  if (block == 0) return false;
  memory.fill(block, 0, bytes);
  const end = old + (bytes >> 1);
  store<u32>(GC, block, G_INTERNED);
  store<u32>(GC, log2, G_INTERNED_LOG2);
  if (old == 0) return true;
  for (let at = old; at < end; at += 4) {
    const str: usize = load<u32>(at);
    if (str != 0) place(str);
  }
  givePart(old);
  return true;
}

/** Takes a str out that dies. The table goes with the last. */
export function forgetInterned(str: usize): void {
  const last = lastSlot();
  let hole = hashOfObject(str) & last;
  for (let there: usize = load<u32>(slotAt(hole)); there != str; there = load<u32>(slotAt(hole))) {
    if (there == 0) return;
    hole = (hole + 1) & last;
  }
  const left = count() - 1;
  store<u32>(GC, left, G_INTERNED_COUNT);
  if (left == 0) {
    givePart(table());
    store<u32>(GC, 0, G_INTERNED);
    return;
  }
  moveUp(hole, last);
}

/** Fills a hole with the next str that is not where it belongs and may be there, and so on up to a slot not in use. */
function moveUp(hole: u32, last: u32): void {
  let slot = (hole + 1) & last;
  for (let str: usize = load<u32>(slotAt(slot)); str != 0; str = load<u32>(slotAt(slot))) {
    const own = hashOfObject(str) & last;
    if (((slot - own) & last) >= ((slot - hole) & last)) {
      store<u32>(slotAt(hole), str);
      hole = slot;
    }
    slot = (slot + 1) & last;
  }
  store<u32>(slotAt(hole), 0);
}
