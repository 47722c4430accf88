// The objects of one heap: who makes them, who holds them, and what a reference word stands for.

import { hex, type ObjectAddress, type Word } from "./address.js";
import { refuseAddress, show } from "./arguments.js";
import type { Core } from "./core.js";
import type { Engine } from "./engine.js";
import { AddressError } from "./errors.js";
import { allocationFailure } from "./failure.js";
import {
  foreignHandle,
  Handle,
  type HandleClass,
  type HandleOwner,
  Hold,
  inside,
  LENT,
  releasedHandle,
  showInsteadOfAddress,
} from "./handle.js";
import {
  ALIGNMENT,
  FALSE_OBJECT,
  G_COUNT,
  G_ENABLED,
  G_LIMIT,
  GC,
  O_TYPE,
  T_OBJECT_FLAGS,
  TRUE_OBJECT,
  TYPE_ID_SHIFT,
} from "./layout.js";
import type { Views } from "./memory.js";
import { objectFailure } from "./objectfailure.js";
import type { Body } from "./printing.js";
import { refusalOf, type Scope, Scopes } from "./scope.js";
import { BAD_TYPE, NO_MEMORY, OK } from "./status.js";
import { TypeTable } from "./typetable.js";
import type { ReportUnraisable } from "./unraisable.js";
import {
  addressAt,
  INTEGER_MAX,
  INTEGER_MIN,
  indexOf,
  integerOf,
  integerWord,
  isAddress,
  isInteger,
  retired,
} from "./word.js";

/** What a reference reads as. */
export type Value = null | boolean | number | Handle;
/** What may be stored in one: null, true, false, an integer of −2^30 … 2^30 − 1, or a handle; `undefined` is null, −0 is 0. */
export type Storable = Value | undefined;

/** What a reference can hold, for messages. */
const HOLDS = `a reference holds null, true, false, integers of ${INTEGER_MIN} … ${INTEGER_MAX} and handles`;

const COUNT_INDEX = indexOf(GC + G_COUNT);
const LIMIT_INDEX = indexOf(GC + G_LIMIT);

export class Objects implements HandleOwner {
  readonly engine: Engine;
  readonly views: Views;
  readonly types: TypeTable;
  /** Runs the automatic collection that is due. Called before an object is made, and only when one is. */
  safePoint: () => void;
  /** Collects everything, when memory is exhausted and automatic collection is on. */
  fullCollection: () => void;
  /** Live handles. */
  handleCount = 0;
  readonly #core: Core;
  readonly #scopes = new Scopes(this);
  readonly #registry: FinalizationRegistry<Hold>;
  readonly #handOn = (handle: Handle): void => this.#registry.register(handle, inside(handle).$hold);

  constructor(engine: Engine, report: ReportUnraisable) {
    this.engine = engine;
    this.views = engine.memory.views;
    this.types = new TypeTable(engine, this);
    this.#core = engine.core;
    this.safePoint = () => engine.run((core) => core.collect(core.dueGeneration()));
    this.fullCollection = () => engine.run((core) => core.collect(2));
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
    else this.#registry.register(handle, hold);
    return handle;
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
    if (!(handle instanceof Handle)) throw new TypeError(`${call}: wants a handle, not ${show(handle)}`);
    if (inside(handle).$owner !== this) throw foreignHandle(handle, call);
    if (handle.released) throw releasedHandle(handle, call);
    return addressAt(inside(handle).$hold.index);
  }

  /** Runs `body` in a scope of its own; see {@link Heap.scope}. */
  scoped<T>(body: (scope: Scope) => T): T {
    const scope = this.#scopes.open();
    let result: T;
    try {
      result = body(scope);
    } catch (error) {
      this.#closeScope(undefined);
      throw error;
    }
    const failures = this.#closeScope(result);
    const refusal = refusalOf(result);
    if (failures.length > 0) throw failures[0];
    if (refusal !== null) throw refusal;
    return result;
  }

  /** Returns what went wrong; all handles are released nevertheless. */
  #closeScope(result: unknown): unknown[] {
    const failures: unknown[] = [];
    const release = (hold: Hold): void => {
      try {
        this.release(hold);
      } catch (error) {
        failures.push(error);
      }
    };
    this.#scopes.close(result, release, this.#handOn);
    return failures;
  }

  // ── words ─────────────────────────────────────────────────────────────────────────────────────────

  /** What a word stands for; objects get a new handle. */
  valueOf(word: Word): Value {
    if (word === 0) return null;
    if (isInteger(word)) return integerOf(word);
    if (word === TRUE_OBJECT) return true;
    if (word === FALSE_OBJECT) return false;
    return this.wrap(word as number);
  }

  /**
   * The word for a value; takes no reference. `what` begins the message.
   *
   * @throws TypeError what a reference cannot hold; RangeError an integer that is too large; HandleError
   */
  wordOf(value: unknown, what: string): Word {
    if (value === null || value === undefined) return 0;
    if (value instanceof Handle) return this.addressOf(value, what);
    if (value === true) return TRUE_OBJECT;
    if (value === false) return FALSE_OBJECT;
    if (typeof value === "number" && Number.isInteger(value)) {
      if (value >= INTEGER_MIN && value <= INTEGER_MAX) return integerWord(value);
      throw new RangeError(`${what}: ${HOLDS}, not ${value}`);
    }
    throw new TypeError(`${what}: ${HOLDS}, not ${show(value)}`);
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

  // ── counts and references ─────────────────────────────────────────────────────────────────────────

  /** One reference more to the object at an index. */
  incref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 0) views.i32[index] = count + 1;
  }

  /** One reference less. */
  decref(index: number): void {
    const { views } = this;
    if (views.i32.length === 0) this.engine.memory.refresh();
    const count = views.i32[index] as number;
    if (count > 1) views.i32[index] = count - 1;
    else if (count === 1) this.#free(index);
  }

  #free(index: number): void {
    let status: number;
    try {
      status = this.#core.decref(addressAt(index));
    } catch (error) {
      throw this.engine.trapped(error);
    }
    if (status !== OK) throw objectFailure(this.engine, "decref", addressAt(index), status);
  }

  /** Stores a word in the slot at an index of the view of words, with a reference to it, and drops the old one. */
  store(slot: number, word: Word): void {
    const { u32 } = this.views;
    const old = u32[slot] as number;
    if (isAddress(word)) this.incref(word >>> 2);
    u32[slot] = word;
    if (isAddress(old)) this.decref(old >>> 2);
  }

  /**
   * Stores a word in a reference of the object at `address`, after the core has made sure that it is one.
   *
   * @throws AddressError
   */
  setRef(address: ObjectAddress, slot: number, word: Word, what: string): void {
    const { engine } = this;
    if (engine.down !== null) throw engine.refusal();
    let status: number;
    try {
      status = this.#core.setRef(address, slot, word);
    } catch (error) {
      throw engine.trapped(error);
    }
    if (status === OK) return;
    const at = engine.run((core) => core.faultAddress()) >>> 0;
    throw objectFailure(engine, what, at, status, at === word ? `${what} = ${hex(word)}` : undefined);
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
      address = this.#core.newObject(typeId) >>> 0;
    } catch (error) {
      throw engine.trapped(error);
    }
    return address !== 0 ? address : this.#createAtAnyCost(typeId, what);
  }

  #createAtAnyCost(typeId: number, what: string): ObjectAddress {
    const { engine } = this;
    const address = this.collectedForMemory() ? engine.run((core) => core.newObject(typeId)) >>> 0 : 0;
    if (address !== 0) return address;
    throw allocationFailure(engine, what, this.types.sizeOf(typeId));
  }

  /** A safe point: call it before objects are made, while nothing is half done. */
  collectIfDue(): void {
    const { words } = this.engine.memory;
    if ((words[COUNT_INDEX] as number) > (words[LIMIT_INDEX] as number)) this.safePoint();
  }

  /** After an allocation has failed: true if memory was short and everything was collected, so that it may be tried again. */
  collectedForMemory(): boolean {
    const { engine } = this;
    if (engine.run((core) => core.lastStatus()) !== NO_MEMORY || engine.memory.word(GC + G_ENABLED) === 0) return false;
    this.fullCollection();
    return true;
  }

  // ── types ─────────────────────────────────────────────────────────────────────────────────────────

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

function uselessBody(body: Body, what: string): Error {
  if (body instanceof Handle) return releasedHandle(body, what);
  return new TypeError(`${what}: the cursor is at no object; set its address first`);
}
