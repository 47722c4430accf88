// Loops over records, and graphs of them. A table is an array of addresses, 4 bytes each, in a block of the core's own.

import { GC } from "../../assembly/layout";
import { G_ENABLED, G_LIMIT, G_THRESHOLD } from "../../assembly/objectlayout";
import { create, createMany, drop, keep, refer } from "./objectcalls";

export { defineRecord } from "./objectcalls";

/** No node, in a list of edges. */
const NONE: u32 = 0xffffffff;

/** Switches automatic collection on or off. */
export function setAutomatic(on: u32): void {
  store<u32>(GC, on, G_ENABLED);
  store<u32>(GC, on != 0 ? load<u32>(GC, G_THRESHOLD) : <u32>-1, G_LIMIT);
}

function at(table: usize, cell: u32): usize {
  return load<usize>(table + ((<usize>cell) << 2));
}

function put(table: usize, cell: u32, object: usize): void {
  store<usize>(table + ((<usize>cell) << 2), object);
}

// ── loops that are timed ────────────────────────────────────────────────────────────────────────────

/** `count` times one reference more and one less. */
export function counts(object: usize, count: u32): void {
  for (; count != 0; count--) {
    keep(object);
    drop(object);
  }
}

/** `count` times a new record that goes at once. */
export function pairs(type: u32, count: u32): void {
  for (; count != 0; count--) drop(create(type));
}

/** Fills a table with new records. */
export function fill(type: u32, table: usize, count: u32): void {
  for (let cell: u32 = 0; cell < count; cell++) put(table, cell, create(type));
}

/** Drops the records of a table, the last first. */
export function clear(table: usize, count: u32): void {
  while (count != 0) drop(at(table, --count));
}

/** `count` times: a record of the table picked at random goes, and a new one takes its place. Returns the random state. */
export function replace(type: u32, table: usize, live: u32, random: u32, count: u32): u32 {
  for (; count != 0; count--) {
    // xorshift32 (Marsaglia 2003). `live` is a power of two.
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    const cell = random & (live - 1);
    drop(at(table, cell));
    put(table, cell, create(type));
  }
  return random;
}

/** A binary tree of 2^depth − 1 records: its root, which the caller owns. */
export function tree(type: u32, depth: u32): usize {
  const root = create(type);
  if (depth > 1) {
    for (let side: u32 = 0; side < 2; side++) {
      const below = tree(type, depth - 1);
      refer(root, side, below);
      drop(below);
    }
  }
  return root;
}

/** `count` trees, each dropped before the next. */
export function trees(type: u32, depth: u32, count: u32): void {
  for (; count != 0; count--) drop(tree(type, depth));
}

/** A chain of records, each held by the one before it: its head, which the caller owns. */
export function chain(type: u32, length: u32): usize {
  let head = create(type);
  while (--length != 0) {
    const before = create(type);
    refer(before, 0, head);
    drop(head);
    head = before;
  }
  return head;
}

// ── graphs ──────────────────────────────────────────────────────────────────────────────────────────

/** Fills a table with records made in one call, before which automatic collection has no say. */
export function fillAtOnce(type: u32, table: usize, count: u32): void {
  createMany(type, count, table);
}

/** Links the records of a table: `edges` has for each the cells of those that its two references go to, or NONE. */
export function link(table: usize, edges: usize, count: u32): void {
  for (let cell: u32 = 0; cell < count; cell++) {
    const object = at(table, cell);
    for (let side: u32 = 0; side < 2; side++) {
      const target = load<u32>(edges + ((<usize>((cell << 1) + side)) << 2));
      if (target != NONE) refer(object, side, at(table, target));
    }
  }
}

/** Drops the records of a table but those of every `stride`-th cell. */
export function dropBetween(table: usize, count: u32, stride: u32): void {
  for (let cell: u32 = 0; cell < count; cell++) if (cell % stride != 0) drop(at(table, cell));
}

/** Drops the record of every `stride`-th cell. */
export function dropEvery(table: usize, count: u32, stride: u32): void {
  for (let cell: u32 = 0; cell < count; cell += stride) drop(at(table, cell));
}
