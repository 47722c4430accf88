// Fields that are numbers and booleans: accessors that read and write linear memory themselves, for handles and cursors.
//
// The engine inlines them where they are used, and knows there what `this` is; so the one thing they read from it has a plain
// name (a #private one would be slow from the fifth type on), and an index below 0, of a handle that was released, is found out
// together with a view that memory growth has detached: both read as undefined.

import { show } from "./arguments.js";
import type { Views } from "./memory.js";
import type { Objects } from "./objects.js";
import type { Scalar } from "./structtype.js";
import type { Accessors } from "./typetable.js";

export type { Accessors };

/** Makes accessors for a field `offset` bytes from the header; `what` is its full name, for messages. */
type AccessorMaker = (objects: Objects, views: Views, what: string, offset: number) => Accessors;

/** The accessors of a scalar field; `what` is its full name, for messages. */
export function scalarAccessors(objects: Objects, kind: Scalar, what: string, offset: number): Accessors {
  return MAKERS[kind](objects, objects.views, what, offset);
}

/** Refuses a value for an integer field of `from` … `to`. */
export function refuseInteger(what: string, value: unknown, from: number | bigint, to: number | bigint): never {
  const wanted = typeof from === "bigint" ? "a bigint" : "an integer";
  if (typeof value !== typeof from)
    throw new TypeError(`${what}: wants ${wanted} of ${from} … ${to}, not ${show(value)}`);
  throw new RangeError(`${what}: wants ${wanted} of ${from} … ${to}, not ${show(value)}`);
}

/** Refuses a value of the wrong kind. */
export function refuseKind(what: string, wanted: string, value: unknown): never {
  throw new TypeError(`${what}: wants ${wanted}, not ${show(value)}`);
}

const MAKERS: { readonly [S in Scalar]: AccessorMaker } = {
  i8(objects, views, what, offset) {
    return {
      get() {
        return views.i8[this.$hold.index * 4 + offset] ?? objects.ready(this, what).i8[this.$hold.index * 4 + offset];
      },
      set(value) {
        if (typeof value !== "number" || (value << 24) >> 24 !== value) refuseInteger(what, value, -128, 127);
        if (!(this.$hold.index > 0) || views.i8.length === 0) objects.ready(this, what);
        views.i8[this.$hold.index * 4 + offset] = value;
      },
    };
  },
  u8(objects, views, what, offset) {
    return {
      get() {
        return views.u8[this.$hold.index * 4 + offset] ?? objects.ready(this, what).u8[this.$hold.index * 4 + offset];
      },
      set(value) {
        if (typeof value !== "number" || (value & 0xff) !== value) refuseInteger(what, value, 0, 255);
        if (!(this.$hold.index > 0) || views.u8.length === 0) objects.ready(this, what);
        views.u8[this.$hold.index * 4 + offset] = value;
      },
    };
  },
  bool(objects, views, what, offset) {
    return {
      get() {
        return (
          (views.u8[this.$hold.index * 4 + offset] ?? objects.ready(this, what).u8[this.$hold.index * 4 + offset]) !== 0
        );
      },
      set(value) {
        if (typeof value !== "boolean") refuseKind(what, "true or false", value);
        if (!(this.$hold.index > 0) || views.u8.length === 0) objects.ready(this, what);
        views.u8[this.$hold.index * 4 + offset] = value ? 1 : 0;
      },
    };
  },
  i16(objects, views, what, offset) {
    const half = offset >>> 1;
    return {
      get() {
        return views.i16[this.$hold.index * 2 + half] ?? objects.ready(this, what).i16[this.$hold.index * 2 + half];
      },
      set(value) {
        if (typeof value !== "number" || (value << 16) >> 16 !== value) refuseInteger(what, value, -32768, 32767);
        if (!(this.$hold.index > 0) || views.i16.length === 0) objects.ready(this, what);
        views.i16[this.$hold.index * 2 + half] = value;
      },
    };
  },
  u16(objects, views, what, offset) {
    const half = offset >>> 1;
    return {
      get() {
        return views.u16[this.$hold.index * 2 + half] ?? objects.ready(this, what).u16[this.$hold.index * 2 + half];
      },
      set(value) {
        if (typeof value !== "number" || (value & 0xffff) !== value) refuseInteger(what, value, 0, 65535);
        if (!(this.$hold.index > 0) || views.u16.length === 0) objects.ready(this, what);
        views.u16[this.$hold.index * 2 + half] = value;
      },
    };
  },
  i32(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return views.i32[this.$hold.index + word] ?? objects.ready(this, what).i32[this.$hold.index + word];
      },
      set(value) {
        if (typeof value !== "number" || (value | 0) !== value) refuseInteger(what, value, -(2 ** 31), 2 ** 31 - 1);
        if (!(this.$hold.index > 0) || views.i32.length === 0) objects.ready(this, what);
        views.i32[this.$hold.index + word] = value;
      },
    };
  },
  u32(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return views.u32[this.$hold.index + word] ?? objects.ready(this, what).u32[this.$hold.index + word];
      },
      set(value) {
        if (typeof value !== "number" || value >>> 0 !== value) refuseInteger(what, value, 0, 2 ** 32 - 1);
        if (!(this.$hold.index > 0) || views.u32.length === 0) objects.ready(this, what);
        views.u32[this.$hold.index + word] = value;
      },
    };
  },
  f32(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return views.f32[this.$hold.index + word] ?? objects.ready(this, what).f32[this.$hold.index + word];
      },
      set(value) {
        if (typeof value !== "number") refuseKind(what, "a number", value);
        if (!(this.$hold.index > 0) || views.f32.length === 0) objects.ready(this, what);
        views.f32[this.$hold.index + word] = value;
      },
    };
  },
  f64(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return (
          views.f64[(this.$hold.index + word) >> 1] ?? objects.ready(this, what).f64[(this.$hold.index + word) >> 1]
        );
      },
      set(value) {
        if (typeof value !== "number") refuseKind(what, "a number", value);
        if (!(this.$hold.index > 0) || views.f64.length === 0) objects.ready(this, what);
        views.f64[(this.$hold.index + word) >> 1] = value;
      },
    };
  },
  i64(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return (
          views.i64[(this.$hold.index + word) >> 1] ?? objects.ready(this, what).i64[(this.$hold.index + word) >> 1]
        );
      },
      set(value) {
        if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value)
          refuseInteger(what, value, -(2n ** 63n), 2n ** 63n - 1n);
        if (!(this.$hold.index > 0) || views.i64.length === 0) objects.ready(this, what);
        views.i64[(this.$hold.index + word) >> 1] = value;
      },
    };
  },
  u64(objects, views, what, offset) {
    const word = offset >>> 2;
    return {
      get() {
        return (
          views.u64[(this.$hold.index + word) >> 1] ?? objects.ready(this, what).u64[(this.$hold.index + word) >> 1]
        );
      },
      set(value) {
        if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value)
          refuseInteger(what, value, 0n, 2n ** 64n - 1n);
        if (!(this.$hold.index > 0) || views.u64.length === 0) objects.ready(this, what);
        views.u64[(this.$hold.index + word) >> 1] = value;
      },
    };
  },
};
