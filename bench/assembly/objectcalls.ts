// The core that a loop over objects works with: another module, or with `--use INSIDE_CORE=1` compiled into the loop's own.
// What fails traps, so that no loop goes on without its objects.

import * as inside from "../../assembly/index";
import { HEADER_BYTES, T_TRACKED } from "../../assembly/objectlayout";
import * as outside from "./core";

// @ts-expect-error: a name the compiler may or may not be given
const INSIDE = isDefined(INSIDE_CORE);

function must(holds: bool): void {
  if (!holds) unreachable();
}

/** A type of records with that many references, tracked if there are any, and bytes of scalars behind them. Returns its id. */
export function defineRecord(refs: u32, scalars: u32): u32 {
  const bytes = HEADER_BYTES + (refs << 2) + scalars;
  const flags = refs != 0 ? T_TRACKED : 0;
  const id = INSIDE ? inside.defineType(refs, bytes, flags, 0, 0) : outside.defineType(refs, bytes, flags, 0, 0);
  must(id != 0);
  return id;
}

/** A new object. */
export function create(type: u32): usize {
  const object = INSIDE ? inside.newObject(type) : outside.newObject(type);
  must(object != 0);
  return object;
}

/** Writes the addresses of `count` new objects at `out`. */
export function createMany(type: u32, count: u32, out: usize): void {
  must((INSIDE ? inside.newObjects(type, count, out) : outside.newObjects(type, count, out)) == 0);
}

/** One reference more. */
export function keep(object: usize): void {
  if (INSIDE) inside.incref(<u32>object);
  else outside.incref(<u32>object);
}

/** One reference less. */
export function drop(object: usize): void {
  if (INSIDE) inside.decref(<u32>object);
  else outside.decref(<u32>object);
}

/** Stores a reference in slot `index` of an object. */
export function refer(object: usize, index: u32, to: usize): void {
  must((INSIDE ? inside.setRef(object, index, <u32>to) : outside.setRef(object, index, <u32>to)) == 0);
}
