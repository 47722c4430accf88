// heap.struct: record types, and the classes of their handles.

import type { BlockAddress, ObjectAddress } from "./address.js";
import type { Allocator } from "./allocator.js";
import { show } from "./arguments.js";
import { createCursorClass } from "./cursor.js";
import { MemoryError } from "./errors.js";
import { allocationFailure } from "./failure.js";
import { type Field, isScalar, type Layout, layOut, registerStruct, type Struct } from "./fields.js";
import { Handle, inside } from "./handle.js";
import { G_TYPE_COUNT, GC, GC_BYTES, REQUEST_MAX, T_FINALIZER, T_NO_WEAKREFS, T_TRACKED, TYPES_MAX } from "./layout.js";
import type { Objects } from "./objects.js";
import type { PrintableField } from "./printing.js";
import { anyReference, targetOf, typedReference, wordReference } from "./references.js";
import { type Accessors, scalarAccessors } from "./scalars.js";
import { OK } from "./status.js";
import type { Cursor, Fields, Finalize, Instance, StructOptions, StructType } from "./structtype.js";
import { weakAddress, weakReference } from "./weakfields.js";
import { indexOf } from "./word.js";

interface SettledOptions<F extends Fields> {
  readonly finalize: Finalize<F> | undefined;
  /** Undefined: as the fields say. */
  readonly gc: boolean | undefined;
  readonly weakrefable: boolean;
}

const OPTIONS: readonly (keyof StructOptions)[] = ["finalize", "gc", "weakrefable"];

/** What to do instead of `class S extends P {}`. */
const NO_SUBCLASS =
  "a struct type cannot be extended; write functions that take its handles, or define another struct with a field that refers to it";

/** The struct types of one heap. */
export class Structs {
  readonly #objects: Objects;
  readonly #mem: Allocator;
  readonly #names = new Set<string>();
  /** By type id. */
  readonly #finalizers: (Finalize<Fields> | undefined)[] = [];

  /** `mem` lends blocks. */
  constructor(objects: Objects, mem: Allocator) {
    this.#objects = objects;
    this.#mem = mem;
  }

  /** See {@link Heap.struct}. */
  define<F extends Fields>(name: string, given: F, options: StructOptions<F> = {}): StructType<F> {
    if (typeof name !== "string") throw new TypeError(`heap.struct: the name must be a string, not ${show(name)}`);
    if (name === "") throw new TypeError("heap.struct: the name is empty");
    const call = `heap.struct(${show(name)})`;
    if (typeof given !== "object" || given === null) {
      throw new TypeError(`${call}: fields must be an object of names and kinds, not ${show(given)}`);
    }
    // Fields and options are read once, and before anything is decided: reading them may run code of the program.
    const fields = Object.freeze({ ...given });
    const { finalize, gc, weakrefable } = settle(call, options);
    if (this.#names.has(name)) {
      throw new TypeError(`${call}: the heap has a struct type of that name; give this one another`);
    }
    const layout = layOut(this.#objects, call, fields);
    const tracked = gc ?? layout.fields.some(leadsToCycles);
    const flags =
      (tracked ? T_TRACKED : 0) + (finalize === undefined ? 0 : T_FINALIZER) + (weakrefable ? 0 : T_NO_WEAKREFS);
    const id = this.#defineType(call, name, layout, flags);
    this.#finalizers[id] = finalize as Finalize<Fields> | undefined;
    const objects = this.#objects;
    const Instance = objects.types.newClass(name);
    const struct: Struct = { name, id, typeWord: objects.types.wordOf(id), objects, tracked, Instance };
    this.#names.add(name);
    objects.types.bindClass(id, Instance);
    return createType(struct, fields, layout, this.#mem);
  }

  /** Runs the finalizer of an object's type. */
  finalize(object: ObjectAddress): void {
    const objects = this.#objects;
    let handle: Handle | null = null;
    objects.runApart(
      (scope) => {
        const finalizer = this.#finalizers[objects.types.idAt(object)];
        handle = objects.wrap(object);
        return finalizer?.(handle as Instance<Fields>, scope);
      },
      "Exception ignored while calling finalizer",
      () => String(handle),
    );
  }

  /** Enters the type into the core's table, with a text that says what it is. */
  #defineType(call: string, name: string, { fields, refs, bytes }: Layout, flags: number): number {
    const { engine } = this.#objects;
    if (engine.memory.word(GC + G_TYPE_COUNT) >= TYPES_MAX) {
      throw new RangeError(`${call}: the heap has ${TYPES_MAX} types, which is as many as it can have`);
    }
    const text = new TextEncoder().encode(JSON.stringify({ name, fields: fields.map(describe) }));
    const block = this.#mem.malloc(text.length);
    engine.memory.bytes.set(text, block);
    const id = engine.run((core) => core.defineType(refs, bytes, flags, block, text.length));
    if (id !== 0) return id;
    const failure = allocationFailure(engine, call, 0);
    this.#mem.free(block);
    throw failure;
  }
}

/** Options that were read, once each, and are of the right types. */
function settle<F extends Fields>(call: string, options: StructOptions<F>): SettledOptions<F> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${call}: options must be an object, not ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name as keyof StructOptions)) continue;
    throw new TypeError(`${call}: there is no option ${show(name)}; there are ${OPTIONS.join(", ")}`);
  }
  const { finalize, gc, weakrefable = true } = options;
  if (finalize !== undefined && typeof finalize !== "function") {
    throw new TypeError(`${call}: finalize must be a function, not ${show(finalize)}`);
  }
  if (gc !== undefined) requireBoolean(call, "gc", gc);
  requireBoolean(call, "weakrefable", weakrefable);
  return { finalize, gc, weakrefable };
}

function requireBoolean(call: string, option: string, value: unknown): void {
  if (typeof value !== "boolean") throw new TypeError(`${call}: ${option} must be true or false, not ${show(value)}`);
}

/** Objects with this field can be part of a cycle. */
function leadsToCycles({ kind }: Field): boolean {
  return kind === "ref" || kind === "self" || (typeof kind === "object" && kind.tracked);
}

/** A field as the text of its type in the heap has it: [name, kind, offset], with the name of a struct type in braces. */
function describe({ name, kind, offset }: Field): [string, string | { struct: string }, number] {
  return [name, typeof kind === "object" ? { struct: kind.name } : kind, offset];
}

// ── the type as a program sees it ───────────────────────────────────────────────────────────────────

function createType<F extends Fields>(struct: Struct, fields: F, layout: Layout, mem: Allocator): StructType<F> {
  const { name, id, objects, tracked, Instance: Class } = struct;
  const call = `new ${name}`;
  /** An object, not a Map: found faster. */
  const setters: { [field: string]: Accessors["set"] } = Object.create(null);
  const windows = new Map<string, Accessors>();
  const printed: PrintableField[] = [];
  for (const field of layout.fields) {
    const { get, set } = accessorsOf(struct, field);
    Object.defineProperty(Class.prototype, field.name, { get, set });
    setters[field.name] = set;
    printed.push({
      name: field.name,
      from: isScalar(field.kind) ? get : field.offset >>> 2,
      weak: field.kind === "weak",
    });
    windows.set(field.name, isScalar(field.kind) ? { get, set } : windowOf(struct, field));
  }
  Object.defineProperty(Class.prototype, "$fields", { value: printed });
  const CursorClass = createCursorClass(struct, windows, printed);

  /** Called with `new`. It returns a handle of another class, with the same prototype, that can be made of an address too. */
  function Type(init?: object): Handle {
    if (new.target !== Type) {
      throw new TypeError(new.target ? `${name}: ${NO_SUBCLASS}` : `${name}: call it with new`);
    }
    const handle = objects.newHandle(Class, indexOf(objects.create(id, call)));
    if (init !== undefined) assign(handle, init);
    return handle;
  }

  function assign(handle: Handle, init: object): void {
    try {
      if (typeof init !== "object" || init === null || init instanceof Handle) {
        throw new TypeError(`${call}: wants an object with values for fields, not ${show(init)}`);
      }
      for (const field in init) {
        const set = setters[field];
        if (set === undefined) throw new TypeError(`${call}: there is no field ${show(field)}; ${fieldNames(layout)}`);
        const value = init[field as keyof object] as unknown;
        if (value !== undefined) set.call(inside(handle), value);
      }
    } catch (error) {
      handle.release();
      throw error;
    }
  }

  const size = layout.bytes + (tracked ? GC_BYTES : 0);
  const statics = {
    name,
    fields,
    size,
    id,
    allocate: (count: number) => allocateMany(mem, struct, size, count),
    at(address: ObjectAddress) {
      objects.requireObject(address, id, `${name}.at`);
      objects.incref(indexOf(address));
      return objects.newHandle(Class, indexOf(address)) as Instance<F>;
    },
    cursor: (address: ObjectAddress = 0) => new CursorClass(address) as Cursor<F>,
    isInstance: (value: unknown): value is Instance<F> => value instanceof Class,
  };
  for (const [key, value] of Object.entries(statics)) Object.defineProperty(Type, key, { value });
  Type.prototype = Class.prototype;
  Object.defineProperty(Class.prototype, "constructor", { value: Type });
  registerStruct(Type, struct);
  return Type as unknown as StructType<F>;
}

function accessorsOf(struct: Struct, { name, kind, offset }: Field): Accessors {
  const { objects } = struct;
  const what = `${struct.name}.${name}`;
  if (isScalar(kind)) return scalarAccessors(objects, kind, what, offset);
  if (kind === "weak") return weakReference(objects, what, offset);
  const target = targetOf(kind, struct);
  return target === "ref" ? anyReference(objects, what, offset) : typedReference(objects, target, what, offset);
}

/** The accessors of cursors for a reference. */
function windowOf(struct: Struct, { name, kind, offset }: Field): Accessors {
  if (isScalar(kind)) throw new TypeError(`${name} is no reference`);
  const what = `${struct.name} cursor: ${name}`;
  if (kind === "weak") return weakAddress(struct.objects, what, offset);
  return wordReference(struct.objects, targetOf(kind, struct), what, offset);
}

function fieldNames({ fields }: Layout): string {
  return fields.length === 0 ? "there is none" : `there are ${fields.map(({ name }) => name).join(", ")}`;
}

/** See {@link StructType.allocate}; `size` is that of one object. */
function allocateMany(
  mem: Allocator,
  { name, id, objects }: Struct,
  size: number,
  count: number,
): Uint32Array<ArrayBuffer> {
  const call = `${name}.allocate`;
  if (typeof count !== "number") throw new TypeError(`${call}: count must be a number, not ${show(count)}`);
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`${call}: count must be an integer from 0 on, not ${count}`);
  const { engine } = objects;
  const what = `${call}(${count})`;
  const bytes = count * size;
  const out = blockForList(objects, mem, what, count, bytes);
  try {
    objects.collectIfDue();
    const make = () => engine.run((core) => core.newObjects(id, count, out));
    const made = make() === OK || (objects.collectedForMemory() && make() === OK);
    if (!made) throw allocationFailure(engine, what, bytes);
    return engine.memory.words.slice(out >>> 2, (out >>> 2) + count);
  } finally {
    mem.free(out);
  }
}

/** A block for the addresses of `count` objects of `bytes` together; `what` is the call that fails if there is none. */
function blockForList(objects: Objects, mem: Allocator, what: string, count: number, bytes: number): BlockAddress {
  const { engine } = objects;
  if (count * 4 > REQUEST_MAX) {
    throw new MemoryError(
      "REQUEST_TOO_LARGE",
      bytes,
      `${what}: the list of their addresses is larger than a block can be (${REQUEST_MAX} bytes); nothing was made`,
    );
  }
  for (let retried = false; ; retried = true) {
    try {
      return mem.malloc(count * 4);
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error;
      if (retried || !objects.collectedForMemory()) throw allocationFailure(engine, what, bytes);
    }
  }
}
