// Where threads that wait for the lock are let in: when an operation has ended that changed something, so that what a program reads is
// still so when it writes. `a.count++` is one step for other threads, inside gil.run.

import type { Allocator } from "../allocator.js";
import type { Engine } from "../engine.js";
import { Handle, type HandleBase, type HandleClass, type HandleOwner } from "../handle.js";
import { L_REQUEST, GIL as LOCK } from "../layout.js";
import { type Accessors, TypeTable } from "../typetable.js";
import type { GIL } from "./gil.js";
import type { SharedMemory } from "./sharedmemory.js";

const REQUEST_INDEX = (LOCK + L_REQUEST) >>> 2;

/** While a thread waits, so many steps through containers follow each other without a change; then it is let in. */
const STEPS = 1000;
/**
 * The same of operations that are no steps. Two of them may be of one statement that goes on to write, so there are so many only where
 * somebody waits in a loop for what another thread is to write.
 */
const READS = 1_000_000;

/** Methods that change their object. All others only read, or make something. */
const WRITING: ReadonlySet<string | symbol> = new Set([
  ...["set", "add", "push", "unshift", "insert", "splice"],
  ...["delete", "pop", "shift", "clear", "rotate"],
]);

/** Methods that go through something step by step: other threads are let in between steps. */
const STEPPING: ReadonlySet<string | symbol> = new Set(["keys", "values", "entries", "forEach", Symbol.iterator]);

/** What needs no lock, and what is for people to read. */
const APART: ReadonlySet<string | symbol> = new Set(["constructor", "released", "release", "toString", "toJSON"]);

/** The operations of a program on a heap, as far as other threads are concerned. */
export class Turns {
  readonly #gil: GIL;
  readonly #words: Int32Array;
  /**
   * An operation is under way: what it is made of are none of their own. Whoever has begun one says that it has ended by an assignment: at
   * the end of the engine's stack no call can be made.
   */
  isInside = false;
  /** Operations that changed nothing, since somebody waits; of steps, each counts as many. */
  #reads = 0;

  constructor(gil: GIL, memory: SharedMemory) {
    this.#gil = gil;
    this.#words = memory.firstWords;
  }

  /** An operation begins that changes nothing. */
  read(): void {
    if (this.#words[REQUEST_INDEX] === 0 || this.isInside) return;
    if (++this.#reads >= READS) this.letOthersIn();
  }

  /** Lets a thread in that has waited long enough. */
  letOthersIn(): void {
    this.#reads = 0;
    this.#gil.checkpoint();
  }

  /** A step through a container begins. */
  step(): void {
    if (this.#words[REQUEST_INDEX] === 0 || this.isInside) return;
    this.#reads += READS / STEPS;
    if (this.#reads >= READS) this.letOthersIn();
  }

  /** An operation has ended that has changed something. */
  wrote(): void {
    if (this.#words[REQUEST_INDEX] !== 0) this.letOthersIn();
  }
}

/** A method or accessor of a handle. */
type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** The types of a heap that threads share. The methods and accessors of handles of them know that there are others. */
export class SharedTypeTable extends TypeTable {
  readonly #turns: Turns;

  constructor(engine: Engine, owner: HandleOwner, turns: Turns) {
    super(engine, owner);
    this.#turns = turns;
  }

  override newClass(typeName: string): HandleClass;
  override newClass<H extends Handle>(typeName: string, Base: HandleBase<H>): HandleClass<H>;
  override newClass(typeName: string, Base: HandleBase<Handle> = Handle): HandleClass {
    const Class = super.newClass(typeName, Base);
    const seen = new Set<string | symbol>(Reflect.ownKeys(Class.prototype));
    for (let prototype = Base.prototype; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
      for (const name of Reflect.ownKeys(prototype)) {
        if (seen.has(name)) continue;
        seen.add(name);
        if (!isOperation(name)) continue;
        const property = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
        Object.defineProperty(Class.prototype, name, this.#inTurn(name, property));
      }
    }
    return Class;
  }

  override accessors({ get, set }: Accessors): Accessors {
    const turns = this.#turns;
    return {
      get() {
        turns.read();
        return get.call(this);
      },
      set(value) {
        const isPart = turns.isInside;
        turns.isInside = true;
        try {
          set.call(this, value);
        } finally {
          turns.isInside = isPart;
          if (!isPart) turns.wrote();
        }
      },
    };
  }

  #inTurn(name: string | symbol, { get, set, value, ...rest }: PropertyDescriptor): PropertyDescriptor {
    if (STEPPING.has(name)) return { ...rest, value: this.#stepping(value as Method) };
    const isWriting = WRITING.has(name);
    if (value !== undefined) return { ...rest, value: this.#whole(value as Method, isWriting) };
    return { ...rest, ...(get && { get: this.#whole(get, false) }), ...(set && { set: this.#whole(set, true) }) };
  }

  #whole(method: Method, isWriting: boolean): Method {
    const turns = this.#turns;
    return function (...parameters) {
      if (turns.isInside) return method.apply(this, parameters);
      if (!isWriting) turns.read();
      turns.isInside = true;
      try {
        return method.apply(this, parameters);
      } finally {
        turns.isInside = false;
        if (isWriting) turns.wrote();
      }
    };
  }

  #stepping(method: Method): Method {
    const turns = this.#turns;
    return function (...parameters) {
      turns.read();
      const result = method.apply(this, parameters);
      return isIterator(result) ? withTurns(result, turns) : result;
    };
  }
}

/** The same allocator, which lets others in when it has freed a block. */
export function allocatorInTurn(allocator: Allocator, turns: Turns): Allocator {
  return Object.freeze<Allocator>({
    ...allocator,
    free(address) {
      allocator.free(address);
      turns.wrote();
    },
  });
}

/** Of the names that handles have: it is used with the lock. */
function isOperation(name: string | symbol): boolean {
  if (typeof name === "symbol") return STEPPING.has(name);
  return !APART.has(name) && !name.startsWith("$");
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as Partial<Iterator<unknown>>).next === "function"
  );
}

/** The same iterator, each step of which is an operation that changes nothing. */
function withTurns(iterator: Iterator<unknown>, turns: Turns): Iterator<unknown> {
  // One method may have it of another.
  if (Object.hasOwn(iterator, "next")) return iterator;
  const next = iterator.next.bind(iterator);
  return Object.defineProperty(iterator, "next", {
    value: () => {
      turns.step();
      return next();
    },
    configurable: true,
    writable: true,
  });
}
