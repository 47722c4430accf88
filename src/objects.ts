// The objects of one heap: who makes them, who holds them, and what a reference word stands for.

import { type BlockAddress, hex, type ObjectAddress, type Word } from "./address.js";
import { refuseAddress, show } from "./arguments.js";
import { convert } from "./deep.js";
import type { Engine } from "./engine.js";
import { AddressError } from "./errors.js";
import {
  foreignHandle,
  Handle,
  type HandleClass,
  type HandleOwner,
  Hold,
  inside,
  LENT,
  refusePosted,
  releasedHandle,
  showInsteadOfAddress,
  uselessBody,
} from "./handle.js";
import {
  ALIGNMENT,
  FALSE_OBJECT,
  FLOAT_VALUE,
  ID_BOOL,
  ID_FLOAT,
  ID_INT,
  ID_STR,
  O_TYPE,
  T_OBJECT_FLAGS,
  TRUE_OBJECT,
  TYPE_ID_SHIFT,
} from "./layout.js";
import { Leaves } from "./leaves.js";
import type { Views } from "./memory.js";
import { readInt } from "./numbers.js";
import { objectFailure } from "./objectfailure.js";
import type { Body, PrintableField } from "./printing.js";
import { type Scope, Scopes } from "./scope.js";
import { BAD_TYPE, OK } from "./status.js";
import { readStr } from "./text.js";
import { TypeTable } from "./typetable.js";
import type { ReportUnraisable } from "./unraisable.js";
import { addressAt, indexOf, integerOf, isAddress, retired } from "./word.js";

/** What a reference reads as. Integers within ±2^53 are numbers, those beyond bigints. A str of the heap reads as a string. */
export type Value = null | boolean | number | bigint | string | Handle;
/**
 * What may be stored in one: `undefined` is null, and plain data is converted deeply, as by {@link Heap.from}. A number that is an
 * integer of at most ±2^53 becomes an int, every other (−0 too) a float.
 */
export type Storable =
  | Value
  | undefined
  | TypedArray
  | ArrayBuffer
  | readonly Storable[]
  | ReadonlyMap<Storable, Storable>
  | ReadonlySet<Storable>
  | { readonly [key: string]: Storable };

/** Typed arrays that an object can hold. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Holds outside scopes before released ones among them are looked for. */
const FEW_HOLDS = 1024;

export class Objects extends Leaves implements HandleOwner {
  readonly types: TypeTable;
  /** Live handles. */
  handleCount = 0;
  /** The records of arenas that are not freed, with the objects of which they own references. */
  readonly arenas = new Map<BlockAddress, readonly { readonly address: ObjectAddress }[]>();
  readonly #scopes: Scopes;
  readonly #registry: FinalizationRegistry<Hold>;
  readonly #report: ReportUnraisable;
  readonly #handOn = (handle: Handle): void => this.#enlist(handle, inside(handle).$hold);
  /** The holds of handles that are in no scope, and some that were released since the last look. */
  #apart: Hold[] = [];
  #apartLimit = FEW_HOLDS;

  /** `newTypes` makes the types, for handles whose owner it gets. */
  constructor(
    engine: Engine,
    report: ReportUnraisable,
    newTypes: (owner: HandleOwner) => TypeTable = (owner) => new TypeTable(engine, owner),
  ) {
    super(engine);
    this.types = newTypes(this);
    this.#report = report;
    this.#scopes = new Scopes(this, this.#handOn);
    this.#registry = new FinalizationRegistry((hold) => {
      try {
        this.release(hold);
      } catch (error) {
        report(error, "Exception ignored while releasing a forgotten handle", hex(addressAt(retired(hold.index))));
      }
    });
  }

  // ── handles ───────────────────────────────────────────────────────────────────────────────────────

  /** The handle of an object, which takes over one reference. */
  adopt(address: ObjectAddress): Handle {
    return this.newHandle(this.types.classOf(this.types.idAt(address)), indexOf(address));
  }

  /** A handle of an object, which takes a reference of its own. */
  wrap(address: ObjectAddress): Handle {
    this.incref(indexOf(address));
    return this.adopt(address);
  }

  /** As adopt, when the class is known. */
  newHandle(Class: HandleClass, index: number): Handle {
    const hold = new Hold(index);
    const handle = new Class(hold);
    this.handleCount++;
    if (this.#scopes.innermost !== null) this.#scopes.add(hold);
    else this.#enlist(handle, hold);
    return handle;
  }

  /** The same of one that belongs to no scope. */
  newHandleApart(Class: HandleClass, index: number): Handle {
    const handle = new Class(new Hold(index));
    this.handleCount++;
    this.#handOn(handle);
    return handle;
  }

  /** Takes note of a handle that is in no scope, so that it is released when the program has forgotten it. */
  #enlist(handle: Handle, hold: Hold): void {
    if (this.#apart.length === this.#apartLimit) {
      this.#apart = this.#apart.filter(isLive);
      this.#apartLimit = Math.max(FEW_HOLDS, this.#apart.length * 2);
    }
    this.#apart.push(hold);
    this.#registry.register(handle, hold);
  }

  /** The holds of all live handles, in no order. */
  holds(): Hold[] {
    return [...new Set([...this.#apart.filter(isLive), ...this.#scopes.holds()])];
  }

  /** Those of them that no open scope will release. */
  holdsApart(): Hold[] {
    return this.#apart.filter(isLive);
  }

  release(hold: Hold): void {
    const { index } = hold;
    if (index < 0) return;
    hold.index = retired(index);
    this.handleCount--;
    if (hold.state !== LENT && this.engine.down === null) this.decref(index);
  }

  /** Takes a handle's reference over. The handle may be used until it is released, which drops nothing then. */
  takeOver(handle: Handle, call: string): ObjectAddress {
    const address = this.addressOf(handle, call);
    const { $hold } = inside(handle);
    // Of one that has given its reference away already, another is taken.
    if ($hold.state === LENT) this.incref($hold.index);
    $hold.state = LENT;
    return address;
  }

  /**
   * The address of a live handle's object.
   *
   * @throws TypeError not a handle; HandleError
   */
  addressOf(handle: unknown, call: string): ObjectAddress {
    if (!(handle instanceof Handle)) {
      refusePosted(handle, call);
      throw new TypeError(`${call}: wants a handle, not ${show(handle)}`);
    }
    if (inside(handle).$owner !== this) throw foreignHandle(handle, call);
    if (handle.released) throw releasedHandle(handle, call);
    return addressAt(inside(handle).$hold.index);
  }

  /** Runs `body` in a scope of its own; see {@link Heap.scope}. */
  scoped<T>(body: (scope: Scope) => T): T {
    return this.#scopes.run(body);
  }

  /** Runs a function of the program that the heap calls, and throws nothing; see {@link Scopes.runApart}. */
  runApart(body: (scope: Scope) => unknown, message: string, subject: () => string): void {
    this.#scopes.runApart(body, (error) => {
      let text: string;
      try {
        text = subject();
      } catch {
        // The program's own toString may be anything.
        text = "an object whose text cannot be made";
      }
      this.#report(error, message, text);
    });
  }

  // ── words ─────────────────────────────────────────────────────────────────────────────────────────

  /** What a word stands for: objects but leaves get a new handle. */
  override valueOf(word: Word): Value {
    if (!isAddress(word)) return word === 0 ? null : integerOf(word);
    const index = indexOf(word);
    const leaf = this.#leafAt(index);
    if (leaf !== undefined) return leaf;
    this.incref(index);
    return this.adopt(word);
  }

  /** The same of a word whose reference is taken over. */
  adoptValue(word: Word): Value {
    if (!isAddress(word)) return word === 0 ? null : integerOf(word);
    const index = indexOf(word);
    let leaf: Value | undefined;
    try {
      leaf = this.#leafAt(index);
    } catch (error) {
      // The engine has no room for so long a text, for one. Nobody else has the word any more.
      if (this.engine.down === null) this.decref(index);
      throw error;
    }
    if (leaf === undefined) return this.adopt(word);
    this.decref(index);
    return leaf;
  }

  /** The value of an object that is read as one; undefined for others. */
  #leafAt(index: number): boolean | number | bigint | string | undefined {
    const { views } = this;
    if (views.u32.length === 0) this.engine.memory.refresh();
    switch ((views.u32[index + O_TYPE / 4] as number) >>> TYPE_ID_SHIFT) {
      case ID_STR:
        return readStr(views, index);
      case ID_FLOAT:
        return views.f64[(index + FLOAT_VALUE / 4) >> 1];
      case ID_INT:
        return readInt(views, index);
      case ID_BOOL:
        return index === indexOf(TRUE_OBJECT);
      default:
        return undefined;
    }
  }

  /**
   * The word for a value, with a reference that the caller must hand on or drop. Plain data is converted deeply. `what` begins
   * messages.
   *
   * @throws TypeError what is no value, nor plain data; HandleError; MemoryError; what getters of plain data throw
   */
  ownedWord(value: unknown, what: string): Word {
    switch (typeof value) {
      case "number":
        return this.numberWord(value, what);
      case "string":
        return this.textWord(value, what);
      case "boolean":
        return value ? TRUE_OBJECT : FALSE_OBJECT;
      case "bigint":
        return this.bigintWord(value, what);
      case "undefined":
        return 0;
    }
    if (value === null) return 0;
    if (!(value instanceof Handle)) return convert(this, value, what);
    const address = this.addressOf(value, what);
    this.incref(indexOf(address));
    return address;
  }

  /**
   * Before a field is read or written another time: makes the views again if memory has grown.
   *
   * @throws HandleError the handle was released; TypeError a cursor at no object; HeapError the heap is gone
   */
  ready(body: Body, what: string): Views {
    if (!(body.$hold.index > 0)) throw uselessBody(body, what);
    this.engine.memory.refresh();
    return this.views;
  }

  // ── new objects ───────────────────────────────────────────────────────────────────────────────────

  /**
   * A new object, of which the caller owns the one reference there is. May collect first. `what` begins the message.
   *
   * @throws MemoryError
   */
  create(typeId: number, what: string): ObjectAddress {
    const { engine } = this;
    this.collectIfDue();
    if (engine.down !== null) throw engine.refusal();
    let address: number;
    try {
      address = this.core.newObject(typeId) >>> 0;
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (address !== 0) return address;
    return this.madeAgain(what, this.types.sizeOf(typeId), (core) => core.newObject(typeId));
  }

  // ── types ─────────────────────────────────────────────────────────────────────────────────────────

  fieldsAt(address: ObjectAddress): readonly PrintableField[] {
    return inside(this.types.classOf(this.types.idAt(address)).prototype).$fields;
  }

  typeNameAt(address: ObjectAddress): string {
    return this.types.nameOf(this.types.idAt(address));
  }

  /** Bytes of an object, headers included. */
  sizeAt(address: ObjectAddress): number {
    return this.types.sizeOf(this.types.idAt(address));
  }

  /**
   * Makes sure that a live object of a type starts at an address. `call` begins the message; `subject` does where the address
   * is one.
   *
   * @throws TypeError not a number, or an object of another type; AddressError
   */
  requireObject(address: unknown, typeId: number, call: string, subject?: string): void {
    if (address instanceof Handle) {
      throw new TypeError(`${call}: an address must be a number, not ${showInsteadOfAddress(address)}`);
    }
    refusePosted(address, call);
    if (typeof address !== "number" || address >>> 0 !== address) refuseAddress(call, address);
    const status = this.engine.run((core) => core.checkObject(address, typeId));
    if (status === OK) return;
    if (status !== BAD_TYPE) throw objectFailure(this.engine, call, address, status, subject);
    const is = this.typeNameAt(address);
    throw new TypeError(
      `${subject ?? `${call}(${hex(address)})`}: the object is a ${is}, not a ${this.types.nameOf(typeId)}`,
    );
  }

  /**
   * Makes sure that an object of a type is where one was. `what` begins the message.
   *
   * @throws AddressError
   */
  requireStillThere(address: ObjectAddress, typeId: number, what: string): void {
    const status = this.engine.run((core) => core.checkObject(address, typeId));
    if (status === OK) return;
    const subject = `${what}: the ${this.types.nameOf(typeId)} at ${hex(address)}`;
    if (status !== BAD_TYPE) throw objectFailure(this.engine, what, address, status, subject);
    throw new AddressError(
      "ALREADY_FREE",
      address as number,
      `${subject}: it is dead, and a ${this.typeNameAt(address)} lies there now`,
    );
  }

  /** A quick look at what lies at an address, which takes bytes for a live object of a type that look like one. */
  looksLike(address: ObjectAddress, typeWord: number): boolean {
    const { i32 } = this.views;
    const index = indexOf(address);
    const word = i32[index + (O_TYPE >>> 2)] as number;
    return (word & ~T_OBJECT_FLAGS) === typeWord && (i32[index] as number) > 0 && (address & (ALIGNMENT - 1)) === 0;
  }

  /**
   * The same with a quick look first, which takes bytes for an object that look like one.
   *
   * @throws as requireObject
   */
  requireType(address: unknown, typeWord: number, call: string): void {
    if (typeof address === "number" && address >>> 0 === address && this.looksLike(address, typeWord)) return;
    this.requireObject(address, typeWord >>> TYPE_ID_SHIFT, call);
  }
}

function isLive(hold: Hold): boolean {
  return hold.index > 0;
}
