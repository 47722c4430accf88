// Handles: JavaScript objects that own one reference to an object of the heap each.

import { hex, type ObjectAddress } from "./address.js";
import { dispose } from "./dispose.js";
import { HandleError } from "./errors.js";
import { addressAt, retired } from "./word.js";

/** What the registry of forgotten handles is told of one: where its object is, 0 once nothing is to be done any more. */
export interface Cell {
  index: number;
}

/** What handles need of their heap. */
export interface HandleOwner {
  /** Takes note of a new handle. */
  enlist(handle: Handle): void;
  /** Drops the reference of a handle that was just released. */
  drop(index: number, cell: Cell | null): void;
  /** A new handle of the object, which takes a reference of its own. */
  wrap(address: ObjectAddress): Handle;
}

/** What is inside a handle. */
export interface Inside {
  /** The object's header lies at this index of a view of 32-bit words; below 0 once the handle is released, see `retired`. */
  $at: number;
  /** For a handle that no scope releases; LENT for one whose reference is somebody else's. */
  $cell: Cell | null;
  readonly $owner: HandleOwner;
}

/** The cell of handles that may be used but whose reference belongs to somebody else by now. */
export const LENT: Cell = { index: 0 };

/**
 * Owns one reference until it is released: by `release`, `using`, or the end of the scope it was made in. One that was made
 * outside any scope and forgotten is released some time after the engine has collected it, which never happens in the middle
 * of synchronous code.
 */
export class Handle implements Disposable {
  // Names with a dollar instead of #private fields: code that is shared by the classes of many types reads those slowly.
  protected $at: number;
  protected $cell: Cell | null = null;
  /** On the prototype. */
  declare protected readonly $owner: HandleOwner;
  /** Name of the object's type. */
  declare readonly typeName: string;

  /** Takes over one reference to the object at an index. @internal */
  constructor(index: number) {
    this.$at = index;
    this.$owner.enlist(this);
  }

  /**
   * Where the object's header lies. It stays there, and is the object's own as long as somebody holds a reference.
   *
   * @throws HandleError `HANDLE_RELEASED`
   */
  get address(): ObjectAddress {
    return addressAt(this.#live("address"));
  }

  /** True from `release`, or the end of the scope, on. */
  get released(): boolean {
    return this.$at < 0;
  }

  /**
   * `other` is a handle of the same object.
   *
   * @throws HandleError `HANDLE_RELEASED`, for either of the two
   */
  is(other: unknown): boolean {
    const at = this.#live("is");
    return other instanceof Handle && other.#live("is") === at && other.$owner === this.$owner;
  }

  /**
   * Another handle of the same object.
   *
   * @throws HandleError `HANDLE_RELEASED`; HeapError `HEAP_DISPOSED`, `HEAP_UNUSABLE`
   */
  clone(): this {
    return this.$owner.wrap(addressAt(this.#live("clone"))) as this;
  }

  /** Drops the reference, which frees the object if it was the last. Again, or once the heap is disposed of, does nothing. */
  release(): void {
    const at = this.$at;
    if (at > 0) {
      this.$at = retired(at);
      this.$owner.drop(at, this.$cell);
    }
  }

  [dispose](): void {
    this.release();
  }

  #live(what: string): number {
    if (this.$at > 0) return this.$at;
    throw releasedHandle(this, what);
  }
}

/** A class of handles. */
export type HandleClass = new (index: number) => Handle;

/** The inside of a handle, for those who keep its heap. */
export function inside(handle: Handle): Inside {
  return handle as unknown as Inside;
}

/** Names that a handle has itself, so that no field can have them. */
export function isHandleName(name: string): boolean {
  return name in Handle.prototype || name === "typeName" || name.startsWith("$");
}

/** The error for the use of a handle that was released. */
export function releasedHandle(handle: Handle, what: string): HandleError {
  const address = hex(addressAt(retired(inside(handle).$at)));
  return new HandleError(
    "HANDLE_RELEASED",
    `${what}: the handle of ${handle.typeName} ${address} was released. Use it before release() and within its scope; ` +
      "scope.keep and clone() make one that lives on",
  );
}

/** The error for a handle that belongs to another heap. */
export function foreignHandle(handle: Handle, what: string): HandleError {
  const { $at } = inside(handle);
  const address = hex(addressAt($at > 0 ? $at : retired($at)));
  return new HandleError(
    "HANDLE_FOREIGN",
    `${what}: the handle of ${handle.typeName} ${address} belongs to another heap; objects refer to objects of their own heap`,
  );
}
