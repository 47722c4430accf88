// Fields that refer to objects: for handles as values, for cursors as words and addresses.

import { hex, type Word } from "./address.js";
import { show } from "./arguments.js";
import type { Struct, Target } from "./fields.js";
import { Handle, inside, refusePosted, releasedHandle, showInsteadOfAddress } from "./handle.js";
import { ALIGNMENT, HEADER_BYTES, O_TYPE, T_OBJECT_FLAGS } from "./layout.js";
import type { Objects } from "./objects.js";
import type { Body } from "./printing.js";
import type { Accessors } from "./scalars.js";
import { addressAt, integerOf, isInteger } from "./word.js";

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
      if (!(this.$hold.index > 0) || views.u32.length === 0) objects.ready(this, what);
      const owned = objects.ownedWord(value, what);
      // Plain data may have getters, which may have done anything meanwhile.
      if (!(this.$hold.index > 0) || views.u32.length === 0) readyFor(objects, owned, this, what);
      objects.storeOwned(this.$hold.index + word, owned);
    },
  };
}

/** As `ready`, when a word for the field has been made: if it cannot go there, it is dropped. */
function readyFor(objects: Objects, owned: Word, body: Body, what: string): void {
  try {
    objects.ready(body, what);
  } catch (error) {
    if (objects.engine.down === null) objects.dropWord(owned);
    throw error;
  }
}

/** The accessors of a field of handles that refers to objects of one type. */
export function typedReference(objects: Objects, target: Struct, what: string, offset: number): Accessors {
  const { views } = objects;
  const { typeWord } = target;
  const word = offset >>> 2;
  return {
    get() {
      const address =
        views.u32[this.$hold.index + word] ?? (objects.ready(this, what).u32[this.$hold.index + word] as number);
      if (address === 0) return null;
      // The core stores references without a look at the types of fields.
      const header = views.i32[(address >>> 2) + (O_TYPE >>> 2)] as number;
      if ((header & ~T_OBJECT_FLAGS) !== typeWord || (address & (ALIGNMENT - 1)) !== 0)
        refuseReferent(target, what, address);
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
  if (value instanceof Handle) target.objects.addressOf(value, what);
  refusePosted(value, what);
  throw new TypeError(`${what}: wants a ${target.name} or null, not ${show(value)}`);
}

/** Refuses a word that was stored without a look at the type of the field. */
function refuseReferent(target: Struct, what: string, word: number): never {
  const is = isInteger(word)
    ? `the integer ${integerOf(word)}`
    : `the ${target.objects.typeNameAt(word)} at ${hex(word)}`;
  throw new TypeError(
    `${what}: refers to ${is}, not to a ${target.name} or null; core.setRef does not look at types of fields`,
  );
}

/**
 * The accessors of a reference field of cursors: words; where objects of one type are wanted, their addresses. What can be seen to
 * be right is stored here; everything else goes through the core, which looks at the cursor's object and at the new referent.
 */
export function wordReference(objects: Objects, target: Struct | "ref", what: string, offset: number): Accessors {
  const { views } = objects;
  const word = offset >>> 2;
  const slot = (offset - HEADER_BYTES) >>> 2;

  function get(this: Body): unknown {
    return views.u32[this.$hold.index + word] ?? objects.ready(this, what).u32[this.$hold.index + word];
  }

  function setThroughCore(body: Body, value: unknown): void {
    objects.ready(body, what);
    if (typeof value !== "number" || value >>> 0 !== value) refuseWord(what, value);
    if (target !== "ref" && value !== 0) objects.requireObject(value, target.id, what, `${what} = ${hex(value)}`);
    objects.setRef(addressAt(body.$hold.index), slot, value, what);
  }

  if (target === "ref") {
    return {
      get,
      set(value) {
        const { index } = this.$hold;
        const plain = typeof value === "number" && value >>> 0 === value && (value === 0 || isInteger(value));
        if (plain && (views.i32[index] as number) > 0) objects.store(index + word, value);
        else setThroughCore(this, value);
      },
    };
  }
  const { typeWord } = target;
  return {
    get,
    set(value) {
      const { index } = this.$hold;
      const fits =
        typeof value === "number" && value >>> 0 === value && (value === 0 || objects.looksLike(value, typeWord));
      if (fits && (views.i32[index] as number) > 0) objects.store(index + word, value);
      else setThroughCore(this, value);
    },
  };
}

function refuseWord(what: string, value: unknown): never {
  const wanted = "wants a word: 0, an address, or what integerWord makes of an integer";
  if (typeof value !== "number") throw new TypeError(`${what}: ${wanted}; not ${showInsteadOfAddress(value)}`);
  throw new RangeError(`${what}: ${wanted}; not ${value}`);
}

/** What a reference field that is not weak refers to: `self` is the type that has the field. */
export function targetOf(kind: Exclude<Target, "weak">, self: Struct): Struct | "ref" {
  return kind === "self" ? self : kind;
}
