// The types of one heap, by their ids: what the core's table says about them, and the classes of their handles.

import type { ObjectAddress } from "./address.js";
import type { Engine } from "./engine.js";
import { Handle, type HandleBase, type HandleClass, type HandleOwner } from "./handle.js";
import {
  G_TYPE_COUNT,
  G_TYPES,
  GC,
  GC_BYTES,
  ID_ARRAY,
  ID_BOOL,
  ID_BYTES,
  ID_DEFAULTDICT,
  ID_DEQUE,
  ID_DICT,
  ID_FLOAT,
  ID_FROZENSET,
  ID_INT,
  ID_KEYEDREF,
  ID_LIST,
  ID_SET,
  ID_STR,
  ID_TUPLE,
  ID_WEAKREF,
  O_TYPE,
  T_TRACKED,
  TYPE_ID_SHIFT,
  TYPE_NAME,
  TYPE_NAME_BYTES,
  TYPE_REFS,
  TYPE_SHIFT,
  TYPE_SIZE,
  TYPE_WORD,
} from "./layout.js";
import type { Body } from "./printing.js";

/** Get and set a field of the object that a handle or a cursor is at. */
export interface Accessors {
  get(this: Body): unknown;
  set(this: Body, value: unknown): void;
}

/** The names of the types that come with the heap, by id. */
const OWN_NAMES: { readonly [typeId: number]: string } = {
  [ID_BOOL]: "bool",
  [ID_FLOAT]: "float",
  [ID_INT]: "int",
  [ID_STR]: "str",
  [ID_BYTES]: "bytes",
  [ID_TUPLE]: "tuple",
  [ID_LIST]: "list",
  [ID_DICT]: "dict",
  [ID_SET]: "set",
  [ID_FROZENSET]: "frozenset",
  [ID_DEQUE]: "deque",
  [ID_ARRAY]: "array",
  [ID_DEFAULTDICT]: "defaultdict",
  [ID_WEAKREF]: "weakref",
  [ID_KEYEDREF]: "keyedref",
};

export class TypeTable {
  readonly #engine: Engine;
  readonly #owner: HandleOwner;
  /** Classes of handles, by type id. */
  readonly #classes: (HandleClass | undefined)[] = [];
  /** Called for a type without a class: binds the classes of all types that were defined elsewhere meanwhile. */
  learn: () => void = () => {};
  /** Lengths of the texts that were asked for. */
  #textBytes = 0;

  /** `owner` is what all handles of the heap have. */
  constructor(engine: Engine, owner: HandleOwner) {
    this.#engine = engine;
    this.#owner = owner;
  }

  /** A new class of handles of this heap, which inherits from `Base`. */
  newClass(typeName: string): HandleClass;
  newClass<H extends Handle>(typeName: string, Base: HandleBase<H>): HandleClass<H>;
  newClass(typeName: string, Base: HandleBase<Handle> = Handle): HandleClass {
    const Class = class extends Base {};
    Object.defineProperties(Class.prototype, { $owner: { value: this.#owner }, typeName: { value: typeName } });
    return Class;
  }

  /** The accessors that handles get for a field. */
  accessors(accessors: Accessors): Accessors {
    return accessors;
  }

  /** A new class for the handles of a type that comes with the heap. */
  newOwnClass<H extends Handle>(typeId: number, Base: HandleBase<H>): HandleClass<H> {
    const Class = this.newClass(this.nameOf(typeId), Base);
    this.bindClass(typeId, Class);
    return Class;
  }

  /** Says which class the handles of a type have. */
  bindClass(typeId: number, Class: HandleClass): void {
    this.#classes[typeId] = Class;
  }

  /** A type that the host knows nothing about gets a class of handles without fields. */
  classOf(typeId: number): HandleClass {
    const known = this.#classes[typeId] ?? this.#learnt(typeId);
    if (known !== undefined) return known;
    const Class = this.newClass(this.nameOf(typeId));
    this.#classes[typeId] = Class;
    return Class;
  }

  nameOf(typeId: number): string {
    const own = OWN_NAMES[typeId];
    if (own !== undefined) return own;
    const known = (this.#classes[typeId] ?? this.#learnt(typeId))?.prototype as Handle | undefined;
    return known?.typeName ?? `type ${typeId}`;
  }

  #learnt(typeId: number): HandleClass | undefined {
    this.learn();
    return this.#classes[typeId];
  }

  /** The highest id that a type has. */
  get lastId(): number {
    return this.#engine.memory.word(GC + G_TYPE_COUNT);
  }

  /** What lies beside the record of a type, as text; null if it is none. To be asked for once for each type. */
  textOf(typeId: number): string | null {
    const from = this.#read(typeId, TYPE_NAME);
    const length = this.#read(typeId, TYPE_NAME_BYTES);
    const { bytes } = this.#engine.memory;
    if (from === 0 || from + length > bytes.length) return null;
    this.#textBytes += length;
    // Texts of more than all memory share bytes: who wrote these records wants it to take for ever.
    if (this.#textBytes > bytes.length) return null;
    try {
      // A copy: decoders take no shared memory.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice(from, from + length));
    } catch {
      return null;
    }
  }

  /** The type of the object at an address. */
  idAt(address: ObjectAddress): number {
    return this.#engine.memory.word(address + O_TYPE) >>> TYPE_ID_SHIFT;
  }

  /** The word, as a signed number, that all objects of a type have in their header. */
  wordOf(typeId: number): number {
    return this.#read(typeId, TYPE_WORD) | 0;
  }

  /** Bytes of an object, headers included. */
  sizeOf(typeId: number): number {
    const tracked = (this.wordOf(typeId) & T_TRACKED) !== 0;
    return this.#read(typeId, TYPE_SIZE) + (tracked ? GC_BYTES : 0);
  }

  /** Reference words of an object, and bytes from its header on. */
  shapeOf(typeId: number): { readonly refs: number; readonly bytes: number } {
    return { refs: this.#read(typeId, TYPE_REFS), bytes: this.#read(typeId, TYPE_SIZE) };
  }

  #read(typeId: number, field: number): number {
    const { memory } = this.#engine;
    return memory.word(memory.word(GC + G_TYPES) + (typeId << TYPE_SHIFT) + field);
  }
}
