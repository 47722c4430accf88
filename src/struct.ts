// heap.struct: the struct types of a heap, whoever has defined them.

import type { ObjectAddress } from "./address.js";
import type { Allocator } from "./allocator.js";
import { show } from "./arguments.js";
import { allocationFailure } from "./failure.js";
import { type Field, type Layout, layOut, type Struct, structOf } from "./fields.js";
import type { Handle } from "./handle.js";
import { ID_FIRST, T_FINALIZER, T_NO_WEAKREFS, T_TRACKED, TYPES_MAX } from "./layout.js";
import type { Objects } from "./objects.js";
import { createType } from "./structclass.js";
import type { AnyStructType, Fields, Finalize, Instance, StructOptions, StructType } from "./structtype.js";
import { differenceInFields, differenceInManner } from "./typedifference.js";
import { readTypeText, writeTypeText } from "./typetext.js";

interface SettledOptions<F extends Fields> {
  readonly finalize: Finalize<F> | undefined;
  /** Undefined: as the fields say. */
  readonly gc: boolean | undefined;
  readonly weakrefable: boolean;
}

const OPTIONS: readonly (keyof StructOptions)[] = ["finalize", "gc", "weakrefable"];

/**
 * The struct types of one heap. Those that the program whose image it was, or another thread, has defined are read from the heap, and are
 * there before this program declares them: so their objects have fields.
 */
export class Structs {
  readonly #objects: Objects;
  readonly #mem: Allocator;
  /** Up to this id all types are known here. */
  #lastId = ID_FIRST - 1;
  /** By type id. */
  readonly #structs: (Struct | undefined)[] = [];
  readonly #byName = new Map<string, Struct>();
  readonly #types = new Map<Struct, AnyStructType>();
  /** Those that this program has declared by name. */
  readonly #declared = new Set<Struct>();
  /** By structs of other heaps: those of this one that were found to have the same fields. */
  readonly #counterparts = new WeakMap<Struct, Struct>();

  /** `mem` lends blocks. */
  constructor(objects: Objects, mem: Allocator) {
    this.#objects = objects;
    this.#mem = mem;
    objects.types.learn = () => this.#learn();
  }

  /** See {@link Heap.struct}. */
  define<F extends Fields>(name: string | StructType<F>, given?: F, options: StructOptions<F> = {}): StructType<F> {
    const foreign = structOf(name);
    if (foreign !== undefined) {
      if (given === undefined) return this.#bind(foreign, `heap.struct(${foreign.name})`) as StructType<F>;
      throw new TypeError(
        `heap.struct(${foreign.name}): a struct type of another heap comes alone; to say fields, give its name`,
      );
    }
    if (typeof name !== "string") throw new TypeError(`heap.struct: the name must be a string, not ${show(name)}`);
    if (name === "") throw new TypeError("heap.struct: the name is empty");
    const call = `heap.struct(${show(name)})`;
    if (typeof given !== "object" || given === null) {
      throw new TypeError(`${call}: fields must be an object of names and kinds, not ${show(given)}`);
    }
    // Fields and options are read once, and before anything is decided: reading them may run code of the program.
    const fields = Object.freeze({ ...given });
    const { finalize, gc, weakrefable } = settle(call, options);
    this.#learn();
    const known = this.#byName.get(name);
    if (known !== undefined && this.#declared.has(known)) {
      throw new TypeError(
        `${call}: the heap has a struct type of that name; use what declaring it returned, or give this one another name`,
      );
    }
    const layout = layOut((struct, what) => this.#own(struct, what), call, fields);
    const tracked = gc ?? layout.fields.some(leadsToCycles);
    const final = finalize !== undefined;
    if (known !== undefined) {
      const difference =
        differenceInFields(known, layout) ?? differenceInManner(known, { tracked, weakrefable, final });
      if (difference !== null) {
        throw new TypeError(
          `${call}: the heap has a struct type of that name already, and ${difference}; declare it as it was defined, or give this one another name`,
        );
      }
      return this.#declare(known, finalize as Finalize<Fields> | undefined) as StructType<F>;
    }
    const flags = (tracked ? T_TRACKED : 0) + (final ? T_FINALIZER : 0) + (weakrefable ? 0 : T_NO_WEAKREFS);
    const id = this.#defineType(call, name, layout, flags);
    this.#lastId = id;
    return this.#declare(
      this.#enter(id, name, fields, layout),
      finalize as Finalize<Fields> | undefined,
    ) as StructType<F>;
  }

  /**
   * Declares types of other heaps in this one, where they must be already, with their finalizers: the option `structs` of Heap.restore.
   *
   * @throws TypeError what is no struct type; one that this heap does not have, or has with other fields or options
   */
  bind(types: readonly AnyStructType[]): void {
    if (!Array.isArray(types)) throw new TypeError(`structs: wants an array of struct types, not ${show(types)}`);
    for (const [n, type] of types.entries()) {
      const struct = structOf(type);
      if (struct === undefined) throw new TypeError(`structs: item ${n} must be a struct type, not ${show(type)}`);
      this.#bind(struct, `structs: ${struct.name}`);
    }
  }

  /** Runs the finalizer of an object's type. */
  finalize(object: ObjectAddress): void {
    const objects = this.#objects;
    // A finalizer before it may have disposed of the heap.
    if (objects.engine.down !== null) return;
    const finalizer = this.#structs[objects.types.idAt(object)]?.finalize;
    // Another host of the heap has it, or had it.
    if (finalizer === undefined) return;
    let handle: Handle | null = null;
    objects.runApart(
      (scope) => {
        handle = objects.wrap(object);
        return finalizer(handle as Instance<Fields>, scope);
      },
      "Exception ignored while calling finalizer",
      () => String(handle),
    );
  }

  /** Enters the type into the core's table, with a text that says what it is. */
  #defineType(call: string, name: string, layout: Layout, flags: number): number {
    const { engine, types } = this.#objects;
    if (types.lastId >= TYPES_MAX) {
      throw new RangeError(`${call}: the heap has ${TYPES_MAX} types, which is as many as it can have`);
    }
    const text = new TextEncoder().encode(writeTypeText(name, layout));
    const block = this.#mem.malloc(text.length);
    engine.memory.bytes.set(text, block);
    const id = engine.run((core) => core.defineType(layout.refs, layout.bytes, flags, block, text.length));
    if (id !== 0) return id;
    const failure = allocationFailure(engine, call, 0);
    this.#mem.free(block);
    throw failure;
  }

  /** Makes the type of a record that is in the core's table. */
  #enter(id: number, name: string, fields: Fields, layout: Layout): Struct {
    const objects = this.#objects;
    const typeWord = objects.types.wordOf(id);
    const tracked = (typeWord & T_TRACKED) !== 0;
    const Instance = objects.types.newClass(name);
    const struct: Struct = { name, id, typeWord, objects, tracked, layout, Instance, finalize: undefined };
    this.#structs[id] = struct;
    // No name is given twice but by who calls core.defineType himself.
    if (!this.#byName.has(name)) this.#byName.set(name, struct);
    objects.types.bindClass(id, Instance);
    this.#types.set(struct, createType(struct, fields, this.#mem));
    return struct;
  }

  #declare(struct: Struct, finalize: Finalize<Fields> | undefined): AnyStructType {
    this.#declared.add(struct);
    struct.finalize = finalize ?? struct.finalize;
    return this.#types.get(struct) as AnyStructType;
  }

  // ── types that were defined elsewhere ─────────────────────────────────────────────────────────────

  /** Makes the types that are not known here yet. Fields refer to types with lower ids, so these are there before. */
  #learn(): void {
    const { lastId } = this.#objects.types;
    while (this.#lastId < lastId) this.#learnType(++this.#lastId);
  }

  /** Makes a type of the text in the heap, unless that is missing, or does not fit the record. */
  #learnType(id: number): void {
    const { types } = this.#objects;
    const text = types.textOf(id);
    const said = text === null ? null : readTypeText(text, (name) => this.#typeNamed(name));
    const layout = said === null ? null : layoutOrNull(said.fields);
    if (said === null || layout === null || writeTypeText(said.name, layout) !== text) return;
    const { refs, bytes } = types.shapeOf(id);
    if (layout.refs === refs && layout.bytes === bytes) this.#enter(id, said.name, said.fields, layout);
  }

  #typeNamed(name: string): AnyStructType | undefined {
    const struct = this.#byName.get(name);
    return struct === undefined ? undefined : this.#types.get(struct);
  }

  // ── types of other heaps ──────────────────────────────────────────────────────────────────────────

  /** The struct of this heap that a field of a new type refers to. */
  #own(struct: Struct, what: string): Struct {
    if (struct.objects === this.#objects) return struct;
    const own = this.#counterpart(struct, what);
    if (own !== undefined) return own;
    throw new TypeError(
      `${what} is of the struct type ${struct.name} of another heap; define one of that name in this heap`,
    );
  }

  /** This heap's type for one of another heap, with its finalizer, if it has none yet. By name it can be declared all the same. */
  #bind(struct: Struct, call: string): AnyStructType {
    if (struct.objects === this.#objects) return this.#types.get(struct) as AnyStructType;
    const own = this.#counterpart(struct, call);
    if (own === undefined) {
      throw new TypeError(
        `${call}: the heap has no struct type of that name; define it with heap.struct(name, fields)`,
      );
    }
    const { tracked, typeWord, finalize } = struct;
    const weakrefable = (typeWord & T_NO_WEAKREFS) === 0;
    const difference = differenceInManner(own, { tracked, weakrefable, final: finalize !== undefined });
    if (difference !== null) throw different(call, struct, difference);
    own.finalize ??= finalize;
    return this.#types.get(own) as AnyStructType;
  }

  /**
   * The type of this heap that has the name and the fields of one of another; undefined if there is none of that name.
   *
   * @throws TypeError it has other fields, or a type that they refer to has
   */
  #counterpart(foreign: Struct, call: string): Struct | undefined {
    this.#learn();
    const known = this.#counterparts.get(foreign) ?? this.#byName.get(foreign.name);
    if (known === undefined || this.#counterparts.has(foreign)) return known;
    // Grows while it is gone through.
    const pairs = new Map([[foreign, known]]);
    for (const [theirs, own] of pairs) {
      const difference = differenceInFields(own, theirs.layout);
      if (difference !== null) throw different(call, theirs, difference);
      for (const { kind } of theirs.layout.fields) {
        if (typeof kind === "object") pairs.set(kind, this.#byName.get(kind.name) as Struct);
      }
    }
    for (const [theirs, own] of pairs) this.#counterparts.set(theirs, own);
    return known;
  }
}

/** The error for a type of another heap that is not as this heap's of that name. */
function different(call: string, { name }: Struct, difference: string): TypeError {
  return new TypeError(`${call}: the struct type ${name} is another in this heap: ${difference}`);
}

/** Where fields lie that were read from the heap; null if they cannot be. */
function layoutOrNull(fields: Fields): Layout | null {
  try {
    return layOut((struct) => struct, "", fields);
  } catch {
    return null;
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
