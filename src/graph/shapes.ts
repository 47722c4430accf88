// The types of a heap as a graph shows them: their names, and the names of their fields.

import type { ObjectAddress } from "../address.js";
import type { Inside } from "../handle.js";
import { HEADER_BYTES, ID_FIRST } from "../layout.js";
import type { Objects } from "../objects.js";
import type { Body } from "../printing.js";
import { indexOf } from "../word.js";

/** A reference field. */
export interface Slot {
  readonly name: string;
  /** It has a weak reference to what it refers to. */
  readonly weak: boolean;
}

/** A field that is a number or a boolean. */
export interface ScalarField {
  readonly name: string;
  read(address: ObjectAddress): number | bigint | boolean;
}

export interface Shape {
  readonly name: string;
  /** In the order of their words behind the header. Without names where the heap does not say what they are called. */
  readonly slots: readonly (Slot | undefined)[];
  readonly scalars: readonly ScalarField[];
  /** All fields in the order of their declaration; a slot by the number of its word. */
  readonly fields: readonly (ScalarField | { readonly name: string; readonly slot: number })[];
}

/** The shapes of the types of one heap. */
export class Shapes {
  readonly #objects: Objects;
  /** By type id. */
  readonly #shapes: (Shape | undefined)[] = [];

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  of(typeId: number): Shape {
    const known = this.#shapes[typeId];
    if (known !== undefined) return known;
    const made = this.#make(typeId);
    this.#shapes[typeId] = made;
    return made;
  }

  #make(typeId: number): Shape {
    const { types } = this.#objects;
    const name = types.nameOf(typeId);
    if (typeId < ID_FIRST) return { name, slots: [], scalars: [], fields: [] };
    const { $fields } = types.classOf(typeId).prototype as unknown as Inside;
    const slots = new Array<Slot | undefined>(types.shapeOf(typeId).refs).fill(undefined);
    const scalars: ScalarField[] = [];
    const fields: Shape["fields"][number][] = [];
    for (const field of $fields) {
      if (typeof field.from === "number") {
        const slot = field.from - (HEADER_BYTES >>> 2);
        slots[slot] = { name: field.name, weak: field.weak === true };
        fields.push({ name: field.name, slot });
      } else {
        const scalar = { name: field.name, read: readerOf(field.from) };
        scalars.push(scalar);
        fields.push(scalar);
      }
    }
    return { name, slots, scalars, fields };
  }
}

/** Reads a field of the object at an address, as its handles do. */
function readerOf(get: (this: Body) => unknown): ScalarField["read"] {
  return (address) => {
    const body: Body = { $hold: { index: indexOf(address) } };
    return get.call(body) as number | bigint | boolean;
  };
}
