// Handles and cursors as people read them: in a console, in a text, and as JSON. Nothing here makes handles or collects.

import { hex, type ObjectAddress, type Word } from "./address.js";
import type { Engine } from "./engine.js";
import { ALIGNMENT, FALSE_OBJECT, TRUE_OBJECT } from "./layout.js";
import { integerOf, isInteger } from "./word.js";

/** What the fields of a handle or a cursor are read from; see Hold. */
export interface Body {
  readonly $hold: { readonly index: number };
}

/** What is printed. */
export interface Printable extends Body {
  readonly $owner: PrintableOwner;
  readonly $fields: readonly PrintableField[];
  /** Why there are no fields to print; null if there are. */
  $absence(): string | null;
}

export interface PrintableOwner {
  readonly engine: Engine;
  /** Name of the type of the object at an address. */
  typeNameAt(address: ObjectAddress): string;
}

/** A field with what reads it, or with the index of its word behind the header if it is a reference. */
export interface PrintableField {
  readonly name: string;
  readonly from: ((this: Body) => unknown) | number;
}

/** An object that is named and not shown: it prints without quotes. */
class Mention {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** How Node, and others after it, print a value inside another. */
type Inspect = (value: unknown, options: object) => string;

/** The key of the method that Node, and others after it, print an object with. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

Object.defineProperty(Mention.prototype, INSPECT, {
  value(this: Mention) {
    return this.text;
  },
});

/** Lets consoles print all that have this prototype. */
export function definePrinting(prototype: Printable): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: Printable, depth: number, options: object, inspect: Inspect) {
      const absence = this.$absence();
      if (absence !== null) return `${this} (${absence})`;
      if (depth < 0) return `[${this}]`;
      return this.$fields.length === 0 ? `${this}` : `${this} ${inspect(valuesOf(this), options)}`;
    },
  });
}

/** For JSON: an object of plain values, or a text where there is none. */
export function plain(body: Printable): unknown {
  const absence = body.$absence();
  if (absence !== null) return `${body} (${absence})`;
  const values = Object.entries(valuesOf(body)).map(([name, value]) => [name, plainValue(value)] as const);
  return Object.fromEntries(values);
}

/** JSON has no bigints. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Mention ? value.text : value;
}

/** Why no object of the heap has fields any more; null as long as they have. */
export function absenceOfHeap({ down }: Engine): string | null {
  if (down === null) return null;
  return down.code === "HEAP_DISPOSED" ? "heap disposed" : "heap unusable";
}

/** The fields of an object that is there. */
function valuesOf(body: Printable): { [name: string]: unknown } {
  const { $owner, $hold } = body;
  const values: { [name: string]: unknown } = {};
  for (const { name, from } of body.$fields) {
    values[name] =
      typeof from === "number"
        ? mentioned($owner, $owner.engine.memory.words[$hold.index + from] ?? 0)
        : from.call(body);
  }
  return values;
}

function mentioned(owner: PrintableOwner, word: Word): unknown {
  if (word === 0) return null;
  if (isInteger(word)) return integerOf(word);
  if (word === TRUE_OBJECT) return true;
  if (word === FALSE_OBJECT) return false;
  const place = hex(word);
  return new Mention(
    (word & (ALIGNMENT - 1)) === 0 ? `<${owner.typeNameAt(word as ObjectAddress)} ${place}>` : `<${place}>`,
  );
}
