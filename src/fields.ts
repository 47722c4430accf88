// The fields of a struct type: what may be declared, and where each lies.

import { show } from "./arguments.js";
import { type HandleClass, isHandleName } from "./handle.js";
import { HEADER_BYTES, OBJECT_MAX_BYTES } from "./layout.js";
import type { Objects } from "./objects.js";
import type { Fields, Finalize, Scalar } from "./structtype.js";

/** A struct type as its heap knows it. */
export interface Struct {
  readonly name: string;
  readonly id: number;
  /** The word that all its objects have in their header, signed. */
  readonly typeWord: number;
  readonly objects: Objects;
  /** The collector knows its objects. */
  readonly tracked: boolean;
  readonly layout: Layout;
  readonly Instance: HandleClass;
  /** What this host calls before an object of the type dies. */
  finalize: Finalize<Fields> | undefined;
}

/** A reference that may be of any type, of the type under definition, or of another; or one that is weak. */
export type Target = "ref" | "self" | "weak" | Struct;

export interface Field {
  readonly name: string;
  readonly kind: Scalar | Target;
  /** Bytes from the header of the object. */
  readonly offset: number;
}

export interface Layout {
  /** In the order of their declaration. */
  readonly fields: readonly Field[];
  /** References. */
  readonly refs: number;
  /** From the header of the object to the end of the last field. */
  readonly bytes: number;
}

const SCALAR_BYTES: { readonly [S in Scalar]: number } = {
  i8: 1,
  u8: 1,
  bool: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};

/** What a field may be, for messages. */
const KINDS = `${Object.keys(SCALAR_BYTES).join(", ")}, ref, self, weak and struct types`;

/** The struct types of all heaps. */
const STRUCTS = new WeakMap<object, Struct>();

/** Makes `type` known as a struct type. */
export function registerStruct(type: object, struct: Struct): void {
  STRUCTS.set(type, struct);
}

/** What its heap knows of a struct type; undefined for whatever is none. */
export function structOf(type: unknown): Struct | undefined {
  return typeof type === "function" ? STRUCTS.get(type) : undefined;
}

/** Finds the struct of the heap at hand for a struct of any heap; `what` begins messages. */
export type FindStruct = (struct: Struct, what: string) => Struct;

export function isScalar(kind: Scalar | Target): kind is Scalar {
  return typeof kind === "string" && kind in SCALAR_BYTES;
}

/**
 * Checks the fields of a struct type and lays them out: references first, then scalars from the largest to the smallest. Where
 * the first of 8 bytes would have to leave 4 bytes out, smaller ones fill these.
 *
 * @throws TypeError for a name or a kind that cannot be; RangeError for more than an object can have; what `find` throws
 */
export function layOut(find: FindStruct, call: string, fields: object): Layout {
  const declared = declaredFields(find, call, fields);
  const references = declared.filter(({ kind }) => !isScalar(kind));
  const offsets = new Map<string, number>();
  let end = HEADER_BYTES;
  for (const { name } of references) {
    offsets.set(name, end);
    end += 4;
  }
  end = placeScalars(declared, end, offsets);
  if (end > OBJECT_MAX_BYTES) {
    throw new RangeError(
      `${call}: the fields take ${end} bytes with the header; an object has at most ${OBJECT_MAX_BYTES}`,
    );
  }
  return {
    fields: declared.map(({ name, kind }) => ({ name, kind, offset: offsets.get(name) ?? 0 })),
    refs: references.length,
    bytes: end,
  };
}

type Declared = Omit<Field, "offset">;

/** Notes the offsets of all scalars, the first at `end` or later; returns where the last ends. */
function placeScalars(declared: readonly Declared[], end: number, offsets: Map<string, number>): number {
  const waiting = new Map<number, string[]>([8, 4, 2, 1].map((bytes) => [bytes, []]));
  for (const { name, kind } of declared) if (isScalar(kind)) waiting.get(SCALAR_BYTES[kind])?.push(name);
  let at = end;
  const place = (bytes: number, limit: number): void => {
    const names = waiting.get(bytes) ?? [];
    const some = names.splice(0, Math.floor((limit - at) / bytes));
    for (const name of some) {
      offsets.set(name, at);
      at += bytes;
    }
  };
  if (waiting.get(8)?.length !== 0) {
    const aligned = (end + 7) & ~7;
    for (const bytes of [4, 2, 1]) place(bytes, aligned);
    at = aligned;
  }
  for (const bytes of [8, 4, 2, 1]) place(bytes, Number.POSITIVE_INFINITY);
  return at;
}

function declaredFields(find: FindStruct, call: string, fields: object): Declared[] {
  const symbols = Object.getOwnPropertySymbols(fields);
  if (symbols.length > 0) throw new TypeError(`${call}: a field has a name, not ${String(symbols[0])}`);
  return Object.entries(fields).map(([name, kind]) => {
    if (name === "") throw new TypeError(`${call}: a field has an empty name`);
    if (isHandleName(name)) {
      throw new TypeError(`${call}: no field can be called ${show(name)}: that is what handles have themselves`);
    }
    return { name, kind: kindOf(find, `${call}: field ${show(name)}`, kind) };
  });
}

function kindOf(find: FindStruct, what: string, kind: unknown): Field["kind"] {
  if (typeof kind === "string" && Object.hasOwn(SCALAR_BYTES, kind)) return kind as Scalar;
  if (kind === "ref" || kind === "self" || kind === "weak") return kind;
  const struct = structOf(kind);
  if (struct === undefined) throw new TypeError(`${what} is of no known kind: ${show(kind)}; there are ${KINDS}`);
  return find(struct, what);
}
