// A struct type as a program sees it: the class to call with new, and the class of its handles.

import type { BlockAddress, ObjectAddress } from "./address.js";
import type { Allocator } from "./allocator.js";
import { show } from "./arguments.js";
import { createCursorClass } from "./cursor.js";
import { MemoryError } from "./errors.js";
import { allocationFailure } from "./failure.js";
import { type Field, isScalar, type Layout, registerStruct, type Struct } from "./fields.js";
import { Handle, inside, refusePosted } from "./handle.js";
import { GC_BYTES, REQUEST_MAX } from "./layout.js";
import type { Objects } from "./objects.js";
import type { PrintableField } from "./printing.js";
import { anyReference, targetOf, typedReference, wordReference } from "./references.js";
import { type Accessors, scalarAccessors } from "./scalars.js";
import { OK } from "./status.js";
import type { Cursor, Fields, Instance, StructType } from "./structtype.js";
import { weakAddress, weakReference } from "./weakfields.js";
import { indexOf } from "./word.js";

/** What to do instead of `class S extends P {}`. */
const NO_SUBCLASS =
  "a struct type cannot be extended; write functions that take its handles, or define another struct with a field that refers to it";

/** Objects that are made at a time where threads share the heap: others may have it in between. */
const SHARED_BATCH = 16384;

/** The type for programs; `mem` lends blocks. Handles of the struct get their fields. */
export function createType<F extends Fields>(struct: Struct, fields: F, mem: Allocator): StructType<F> {
  const { name, id, objects, tracked, layout, Instance: Class } = struct;
  const call = `new ${name}`;
  /** An object, not a Map: found faster. */
  const setters: { [field: string]: Accessors["set"] } = Object.create(null);
  const windows = new Map<string, Accessors>();
  const printed: PrintableField[] = [];
  for (const field of layout.fields) {
    const { get, set } = accessorsOf(struct, field);
    Object.defineProperty(Class.prototype, field.name, objects.types.accessors({ get, set }));
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
        if (set === undefined) refusePosted(init, call);
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
    const most = objects.views.isShared ? SHARED_BATCH : count;
    for (let made = 0; made < count; made += most) {
      const n = Math.min(most, count - made);
      const make = () => engine.run((core) => core.newObjects(id, n, out + made * 4));
      if (make() !== OK && !(objects.collectedForMemory() && make() === OK)) {
        const failure = allocationFailure(engine, what, bytes);
        for (const address of engine.memory.words.slice(out >>> 2, (out >>> 2) + made)) objects.dropWord(address);
        throw failure;
      }
      objects.letOthersIn();
    }
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
