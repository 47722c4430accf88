// Handles: JavaScript objects that own one reference to an object of the heap each.

import { hex, type ObjectAddress } from "./address.js";
import { show } from "./arguments.js";
import { dispose } from "./dispose.js";
import { HandleError } from "./errors.js";
import {
  absenceOfHeap,
  type Body,
  definePrinting,
  type Printable,
  type PrintableField,
  type PrintableOwner,
  plain,
} from "./printing.js";
import { addressAt, retired } from "./word.js";

/** What a hold has to do with the reference: it owns it; it has given it away; its scope has ended, which released it. */
export const OWNS = 0;
export const LENT = 1;
export const ENDED = 2;

/**
 * A handle's hold on its object. Apart from the handle, so that what scopes, and the registry of forgotten handles, look at is of
 * one kind, whatever the types of the objects: a handle itself is a class of its own for each type.
 */
export class Hold {
  /** The object's header lies at this index of a view of 32-bit words; below 0 once the handle is released, see `retired`. */
  index: number;
  /** OWNS; LENT when the reference is somebody else's by now, so that releasing the handle does not drop it; ENDED. */
  state: number;

  constructor(index: number) {
    this.index = index;
    this.state = OWNS;
  }
}

/** What is inside a handle. */
export interface Inside extends Printable {
  readonly $hold: Hold;
  readonly $owner: HandleOwner;
}

/** What handles need of their heap. */
export interface HandleOwner extends PrintableOwner {
  /** Releases a hold, unless it is already. */
  release(hold: Hold): void;
  /** A new handle of the object, which takes a reference of its own. */
  wrap(address: ObjectAddress): Handle;
}

/**
 * Owns one reference until it is released: by `release`, `using`, or the end of the scope it was made in. One that was made
 * outside any scope and forgotten is released some time after the engine has collected it, which never happens in the middle
 * of synchronous code.
 */
export class Handle implements Disposable {
  // Nothing #private, no field with an initial value: in code that the classes of many types share these take the engine long.
  declare protected readonly $hold: Hold;
  /** On the prototype. */
  declare protected readonly $owner: HandleOwner;
  /** On the prototype: the fields that are printed. */
  declare protected readonly $fields: readonly PrintableField[];
  /** Name of the object's type. */
  declare readonly typeName: string;

  /** Takes over one reference. @internal */
  constructor(hold: Hold) {
    if (hold === undefined) throw new TypeError(`new ${new.target.name}: a heap makes its handles, as by heap.list()`);
    this.$hold = hold;
  }

  /**
   * Where the object's header lies. It stays there, and is the object's own as long as somebody holds a reference.
   *
   * @throws HandleError `HANDLE_RELEASED`
   */
  get address(): ObjectAddress {
    return addressAt(liveIndex(this, "address"));
  }

  /** True from `release`, or the end of the scope, on. */
  get released(): boolean {
    return this.$hold.index < 0;
  }

  /**
   * `other` is a handle of the same object.
   *
   * @throws HandleError `HANDLE_RELEASED`, for either of the two
   */
  is(other: unknown): boolean {
    const at = liveIndex(this, "is");
    return other instanceof Handle && liveIndex(other, "is") === at && other.$owner === this.$owner;
  }

  /**
   * Another handle of the same object.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  clone(): this {
    return this.$owner.wrap(addressAt(liveIndex(this, "clone"))) as this;
  }

  /** Drops the reference, which frees the object if it was the last. Again, or once the heap is disposed of, does nothing. */
  release(): void {
    this.$owner.release(this.$hold);
  }

  [dispose](): void {
    this.release();
  }

  /** Its type and address: `Person 0x00042008`. */
  toString(): string {
    return this.$title();
  }

  /**
   * For JSON.stringify: the fields or items, with objects as texts (`"<Person 0x00042008>"`) and bigints as digits; of a container the
   * first 100 items, of a text the first 1000 characters, with a remark of how many more there are. Of a handle that was released, or
   * whose heap is gone, a text that says so. `heap.toJS` has all, and goes deeper.
   */
  toJSON(): unknown {
    return plain(inside(this));
  }

  protected $heading(): string {
    return this.typeName;
  }

  protected $title(): string {
    return `${this.typeName} ${hex(addressHeld(this))}`;
  }

  protected $absence(): string | null {
    return this.$hold.index > 0 ? absenceOfHeap(this.$owner.engine) : "released";
  }
}

Object.defineProperty(Handle.prototype, "$fields", { value: [] });
definePrinting(inside(Handle.prototype));

/** A class of handles of one heap. */
export type HandleClass<H extends Handle = Handle> = new (hold: Hold) => H;

/** What such a class inherits from, in whichever heap: `$owner` and `typeName` are missing still. */
export type HandleBase<H extends Handle> = abstract new (hold: Hold) => H;

/** The inside of a handle, for the files around it. */
export function inside(handle: Handle): Inside {
  return handle as unknown as Inside;
}

/** @throws HandleError `HANDLE_RELEASED` */
function liveIndex(handle: Handle, what: string): number {
  const { index } = inside(handle).$hold;
  if (index > 0) return index;
  throw releasedHandle(handle, `${handle.typeName}.${what}`);
}

/** Names that a handle has itself, so that no field can have them. */
export function isHandleName(name: string): boolean {
  return name in Handle.prototype || name === "typeName" || name.startsWith("$");
}

/** The error for the use of a handle that was released. */
export function releasedHandle(handle: Handle, what: string): HandleError {
  const subject = `${what}: the handle of ${handle.typeName} ${hex(addressHeld(handle))}`;
  return new HandleError(
    "HANDLE_RELEASED",
    inside(handle).$hold.state === ENDED
      ? `${subject}: its scope has ended. Give it to scope.keep, or return it from the body of heap.scope, so that it lives on`
      : `${subject} was released. Use it before release() or the end of its using block, or a clone() of it`,
  );
}

/** The error for a handle that was released, or a cursor at no object. */
export function uselessBody(body: Body, what: string): Error {
  if (body instanceof Handle) return releasedHandle(body, what);
  return new TypeError(`${what}: the cursor is at no object; set its address first`);
}

/** The error for a handle that belongs to another heap. */
export function foreignHandle(handle: Handle, what: string): HandleError {
  return new HandleError(
    "HANDLE_FOREIGN",
    `${what}: the handle of ${handle.typeName} ${hex(addressHeld(handle))} belongs to another heap. Heaps share no objects: ` +
      "make one like it in this heap",
  );
}

/**
 * Refuses a handle that was posted from another thread: what arrives is plain data with the inside of it.
 *
 * @throws HandleError `HANDLE_FOREIGN`
 */
export function refusePosted(value: unknown, what: string): void {
  if (typeof value !== "object" || value === null || value instanceof Handle) return;
  const hold = Object.getOwnPropertyDescriptor(value, "$hold")?.value as Partial<Hold> | null | undefined;
  if (typeof hold?.index !== "number" || typeof hold.state !== "number") return;
  // Handles of arrays have their view besides.
  if (!Object.keys(value).every((key) => key === "$hold" || key === "$view")) return;
  throw new HandleError(
    "HANDLE_FOREIGN",
    `${what}: the handle was posted from another thread, and belongs to that. Pass objects by name, through heap.globals, or post ` +
      "the address and use the at(address) of the type",
  );
}

/** The address of a handle's object, also of one that was released. */
export function addressHeld(handle: Handle): ObjectAddress {
  const { index } = inside(handle).$hold;
  return addressAt(index > 0 ? index : retired(index));
}

/** A value as a message shows it where an address is wanted. */
export function showInsteadOfAddress(value: unknown): string {
  return value instanceof Handle && !value.released ? `${show(value)}; give its .address` : show(value);
}
