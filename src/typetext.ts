// What the heap itself says of a struct type: a text beside its record, so that another host of the heap can make the type.

import type { Layout, Struct } from "./fields.js";
import type { AnyStructType, Fields, FieldType } from "./structtype.js";

/** A kind as the text has it: that of a reference to objects of one type is the type's name in braces. */
type KindText = string | { readonly struct: string };

/** What a text says. */
export interface TypeText {
  readonly name: string;
  /** As a program would declare them. */
  readonly fields: Fields;
}

/** The text for a type: its name, and for each field name, kind and offset. */
export function writeTypeText(name: string, { fields }: Layout): string {
  return JSON.stringify({ name, fields: fields.map((field) => [field.name, kindText(field.kind), field.offset]) });
}

function kindText(kind: Struct | string): KindText {
  return typeof kind === "object" ? { struct: kind.name } : kind;
}

/**
 * Reads the text of a type; `typeNamed` finds those that its fields refer to. Null: it was not written for a type. Otherwise it may be wrong
 * still: look whether the kinds are such, and whether `writeTypeText` makes the same text of them.
 */
export function readTypeText(text: string, typeNamed: (name: string) => AnyStructType | undefined): TypeText | null {
  const said = parsed(text);
  if (said === null || typeof said.name !== "string" || !Array.isArray(said.fields)) return null;
  const fields: [string, FieldType][] = [];
  for (const field of said.fields as unknown[]) {
    if (!Array.isArray(field) || typeof field[0] !== "string") return null;
    const kind = kindOf(field[1], typeNamed);
    if (kind === undefined) return null;
    fields.push([field[0], kind]);
  }
  return { name: said.name, fields: Object.freeze(Object.fromEntries(fields)) };
}

function parsed(text: string): { readonly name?: unknown; readonly fields?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function kindOf(kind: unknown, typeNamed: (name: string) => AnyStructType | undefined): FieldType | undefined {
  if (typeof kind === "string") return kind as FieldType;
  const { struct } = (kind ?? {}) as { readonly struct?: unknown };
  return typeof struct === "string" ? typeNamed(struct) : undefined;
}
