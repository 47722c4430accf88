// Struct types as programs see them.

import type { ObjectAddress, Word } from "./address.js";
import type { Handle } from "./handle.js";
import type { Storable, Value } from "./objects.js";
import type { Scope } from "./scope.js";

/** A struct type with whatever fields. */
// biome-ignore lint/suspicious/noExplicitAny: fields appear as arguments and as results, so nothing narrower takes every type
export type AnyStructType = StructType<any>;

/** `i64` and `u64` are bigints, the others numbers; `bool` takes a byte. */
export type Scalar = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64" | "bool";
/**
 * "ref": any Value. "self": this struct or null. A struct type: that struct or null; of one of another heap, this heap's own of the same name and
 * fields is meant. "weak": any object that can be weakly referenced, or null; the field does not keep it alive, and reads null from its death on.
 */
export type FieldType = Scalar | "ref" | "self" | "weak" | AnyStructType;
export type Fields = { readonly [name: string]: FieldType };

/** Names that fields cannot have: those of handles, and all that begin with a dollar. */
export type ReservedName =
  | Exclude<keyof Handle, symbol>
  | "__proto__"
  | "constructor"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable"
  | "toLocaleString"
  | "valueOf"
  | `$${string}`;

declare const taken: unique symbol;
/** What a field with a reserved name would have to be: nothing is of this type. */
export interface NameTakenByHandles<K> {
  readonly [taken]: K;
}

/** Fields of which none has a reserved name. In a generic function, say `fields as FieldsOf<F>`. */
export type FieldsOf<F extends Fields> = F & {
  readonly [K in keyof F as Extract<K, ReservedName>]: NameTakenByHandles<K>;
};

/** What a field reads as. */
export type FieldValue<T, Self> = T extends "i64" | "u64"
  ? bigint
  : T extends "bool"
    ? boolean
    : T extends Scalar
      ? number
      : T extends "self"
        ? Self | null
        : T extends "weak"
          ? Handle | null
          : T extends StructType<infer G>
            ? Instance<G> | null
            : Value;
/** What may be stored in one. */
export type FieldInput<T, Self> = T extends "ref" ? Storable : FieldValue<T, Self>;

/**
 * A handle with the object's fields. Reading a reference makes a new handle each time, unless it is null, a boolean or an integer.
 *
 * Reading throws HandleError once the handle is released. Writing does too, and TypeError for a value of the wrong kind,
 * RangeError for a number that is none of the field's (a fraction in an integer, or out of range), HandleError for a handle that
 * was released or is of another heap; nothing has changed then. −0 is 0 but in `f32` and `f64`.
 */
export type Instance<F extends Fields> = Handle & {
  -readonly [K in keyof F]: FieldValue<F[K], Instance<F>>;
};

/**
 * Reads and writes fields of the object at `address`. Reference fields are words and addresses, always unsigned; writing one keeps
 * reference counts right. The cursor holds no reference: it must not be used any more when its object may have died. In a heap
 * with `debug: true` reading and writing a field throws AddressError when no object of the type is there any more; in others it
 * is not noticed, and goes to whatever lies there.
 *
 * Setting `address` takes a quick look at what lies there: AddressError where it does not look like a live object, TypeError where
 * it looks like one of another type, but bytes that look like an object of the type pass. At 0, reading and writing fields is a
 * TypeError. Writing a reference throws AddressError where no object starts, TypeError for one of another type.
 */
export type Cursor<F extends Fields> = { address: ObjectAddress } & {
  -readonly [K in keyof F]: F[K] extends Scalar ? FieldValue<F[K], never> : F[K] extends "ref" ? Word : ObjectAddress;
};

export interface StructOptions<F extends Fields = Fields> {
  /**
   * Called before an object dies, as Python's `__del__`, or when the collector finds it in a cycle that nobody holds any more: while the object
   * and all it refers to are still whole, once for each object, also if it does not die then. An object of a type that the collector
   * does not know is finalized each time. One whose constructor throws, for a value that its fields do not take, is finalized too. At the end
   * of the heap, objects that handles still hold are not.
   *
   * It may do anything; but one that makes an object of its own type each time never comes to an end. The object lives on if it is stored in another object of the heap, or in `heap.globals`, or given to `scope.keep`.
   * Handles that are made meanwhile are released when it returns, that of the object too, but those given to `scope.keep`: they
   * are the program's then. What it throws, or that it is asynchronous, goes to `onUnraisable`.
   *
   * It is a function of this program, and not in the heap: another thread that has the heap, and a heap that was restored, call what they were
   * given themselves when they declared the type, and nothing if that was nothing. The object counts as finalized all the same.
   *
   * @see https://peps.python.org/pep-0442/
   */
  finalize?: ((object: Instance<F>, scope: Scope) => void) | undefined;
  /**
   * Whether the cycle collector knows the objects. Decided from the fields if not given: yes, if there is a `ref`, a `self` or a
   * struct type that it knows. False is a promise that no object is ever part of a cycle; a cycle of them is never freed.
   */
  gc?: boolean | undefined;
  /** Whether there can be weak references to the objects; yes, if not given. */
  weakrefable?: boolean | undefined;
}

/** A finalizer of objects of a type. */
export type Finalize<F extends Fields> = NonNullable<StructOptions<F>["finalize"]>;

export interface StructType<F extends Fields> {
  readonly name: string;
  readonly fields: F;
  /** Bytes of one object, headers included, before they are rounded up to those of a block. */
  readonly size: number;
  readonly id: number;
  /**
   * A new object, with the fields of `init`; the others are 0, false or null. One that is undefined counts as not given. Collects
   * first if an automatic collection is due.
   *
   * @throws MemoryError; TypeError for an unknown field; TypeError, RangeError, HandleError for values, as on assignment
   */
  new (init?: { [K in keyof F]?: FieldInput<F[K], Instance<F>> | undefined }): Instance<F>;
  /**
   * Many at once, in one call to the core. The caller owns one reference to each (`heap.core.decref` drops it).
   *
   * @throws MemoryError, and none was made; TypeError, RangeError for a count that is no integer from 0 on
   */
  allocate(count: number): Uint32Array<ArrayBuffer>;
  /**
   * A handle of an existing object.
   *
   * @throws AddressError if no live object starts there; TypeError if it is of another type
   */
  at(address: ObjectAddress): Instance<F>;
  /**
   * A window on objects that moves from one to the next: no handle, no reference, nothing to release. For hot loops.
   *
   * @throws AddressError, TypeError as on setting its `address`
   */
  cursor(address?: ObjectAddress): Cursor<F>;
  /** `value` is a handle of an object of this type. */
  isInstance(value: unknown): value is Instance<F>;
}
