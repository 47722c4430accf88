// Where threads that wait for the lock are let in: at the start of each operation on a handle, before anything is read.

import type { Engine } from "./engine.js";
import type { GIL } from "./gil.js";
import { Handle, type HandleBase, type HandleClass, type HandleOwner } from "./handle.js";
import { type Accessors, TypeTable } from "./typetable.js";

/** What needs no lock, and what is for people to read. */
const APART: ReadonlySet<string | symbol> = new Set(["constructor", "released", "release", "toString", "toJSON"]);

/** Methods that call back for as long as they take: what is called is at the start of its operations, not in the middle of one. */
const CALLING: ReadonlySet<string | symbol> = new Set(["forEach"]);

/** A method of a handle. */
type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** The types of a heap that threads share: the methods and accessors of their handles begin with a checkpoint. */
export class SharedTypeTable extends TypeTable {
  readonly #gil: GIL;
  /** An operation is under way: what it is made of has no checkpoints of its own. */
  #isInside = false;

  constructor(engine: Engine, owner: HandleOwner, gil: GIL) {
    super(engine, owner);
    this.#gil = gil;
  }

  override newClass(typeName: string): HandleClass;
  override newClass<H extends Handle>(typeName: string, Base: HandleBase<H>): HandleClass<H>;
  override newClass(typeName: string, Base: HandleBase<Handle> = Handle): HandleClass {
    const Class = super.newClass(typeName, Base);
    const own = Object.getOwnPropertyNames(Class.prototype);
    const seen = new Set<string | symbol>(own);
    for (let prototype = Base.prototype; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
      for (const name of Reflect.ownKeys(prototype)) {
        if (seen.has(name) || APART.has(name) || typeof name === "symbol" || name.startsWith("$")) continue;
        seen.add(name);
        const property = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
        Object.defineProperty(Class.prototype, name, this.#withCheckpoint(name, property));
      }
    }
    return Class;
  }

  override accessors({ get, set }: Accessors): Accessors {
    const gil = this.#gil;
    return {
      get() {
        gil.checkpoint();
        return get.call(this);
      },
      set(value) {
        gil.checkpoint();
        set.call(this, value);
      },
    };
  }

  #withCheckpoint(name: string, property: PropertyDescriptor): PropertyDescriptor {
    const { get, set, value } = property;
    if (typeof value === "function") {
      return { ...property, value: CALLING.has(name) ? this.#before(value) : this.#around(value) };
    }
    return { ...property, ...(get && { get: this.#around(get) }), ...(set && { set: this.#around(set) }) };
  }

  #before(method: Method): Method {
    const types = this;
    return function (...parameters) {
      if (!types.#isInside) types.#gil.checkpoint();
      return method.apply(this, parameters);
    };
  }

  #around(method: Method): Method {
    const types = this;
    return function (...parameters) {
      if (types.#isInside) return method.apply(this, parameters);
      types.#gil.checkpoint();
      types.#isInside = true;
      try {
        return method.apply(this, parameters);
      } finally {
        types.#isInside = false;
      }
    };
  }
}
