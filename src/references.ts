// Fields that refer to objects: for handles as values, for cursors as words and addresses.

import { hex } from "./address.js";
import { show } from "./arguments.js";
import type { Struct, Target } from "./fields.js";
import { Handle, inside, releasedHandle } from "./handle.js";
import { HEADER_BYTES } from "./layout.js";
import type { Objects } from "./objects.js";
import type { Accessors } from "./scalars.js";
import { addressAt } from "./word.js";

/** The accessors of a field of handles that refers to whatever a reference can hold. */
export function anyReference(objects: Objects, what: string, offset: number): Accessors {
  const { views } = objects;
  const word = offset >>> 2;
  return {
    get() {
      return objects.valueOf(
        views.u32[this.$hold.index + word] ?? (objects.ready(this, what).u32[this.$hold.index + word] as number),
      );
    },
    set(value) {
      if (!(this.$hold.index > 0) || views.u32.length === 0) objects.ready(this, what);
      objects.store(this.$hold.index + word, objects.wordOf(value, what));
    },
  };
}

/** The accessors of a field of handles that refers to objects of one type. */
export function typedReference(objects: Objects, target: Struct, what: string, offset: number): Accessors {
  const { views } = objects;
  const word = offset >>> 2;
  return {
    get() {
      const address =
        views.u32[this.$hold.index + word] ?? (objects.ready(this, what).u32[this.$hold.index + word] as number);
      if (address === 0) return null;
      objects.incref(address >>> 2);
      return objects.newHandle(target.Instance, address >>> 2);
    },
    set(value) {
      if (!(this.$hold.index > 0) || views.u32.length === 0) objects.ready(this, what);
      objects.store(this.$hold.index + word, addressOf(value, target, what));
    },
  };
}

/** The address that a field for objects of one type stores. */
function addressOf(value: unknown, target: Struct, what: string): number {
  if (value instanceof target.Instance) {
    const { index } = inside(value).$hold;
    if (index > 0) return addressAt(index);
    throw releasedHandle(value, what);
  }
  if (value === null || value === undefined) return 0;
  if (!(value instanceof Handle)) throw new TypeError(`${what}: wants a ${target.name} or null, not ${show(value)}`);
  const address = hex(target.objects.addressOf(value, what));
  throw new TypeError(`${what}: wants a ${target.name} or null, not the ${value.typeName} at ${address}`);
}

/** The accessors of a reference field of cursors: words; where objects of one type are wanted, their addresses. */
export function wordReference(objects: Objects, target: Struct | "ref", what: string, offset: number): Accessors {
  const { views } = objects;
  const word = offset >>> 2;
  const slot = (offset - HEADER_BYTES) >>> 2;
  return {
    get() {
      return views.u32[this.$hold.index + word] ?? objects.ready(this, what).u32[this.$hold.index + word];
    },
    set(value) {
      if (!(this.$hold.index > 0)) objects.ready(this, what);
      if (typeof value !== "number" || value >>> 0 !== value) refuseWord(what, value);
      if (target !== "ref" && value !== 0) objects.requireType(value, target.typeWord, what);
      objects.setRef(addressAt(this.$hold.index), slot, value, what);
    },
  };
}

function refuseWord(what: string, value: unknown): never {
  const wanted = "wants a word: 0, an address, or an integer n as (n << 1 | 1) >>> 0";
  if (typeof value !== "number") throw new TypeError(`${what}: ${wanted}, not ${show(value)}`);
  throw new RangeError(`${what}: ${wanted}, not ${value}`);
}

/** What a reference field refers to: `self` is the type that has the field. */
export function targetOf(kind: Target, self: Struct): Struct | "ref" {
  return kind === "self" ? self : kind;
}
