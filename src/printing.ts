// Handles and cursors as people read them: in a console, in a text, and as JSON. Nothing here makes handles or collects.

import { type Contents, contentsAt, leafAt, Mention, type PrintableOwner, shownWord } from "./contents.js";
import type { Engine } from "./engine.js";
import { referentOf } from "./items.js";
import { addressAt } from "./word.js";

export type { PrintableOwner };

/** What the fields of a handle or a cursor are read from; see Hold. */
export interface Body {
  readonly $hold: { readonly index: number };
}

/** What is printed. */
export interface Printable extends Body {
  readonly $owner: PrintableOwner;
  readonly $fields: readonly PrintableField[];
  /** Its type and address. */
  $title(): string;
  /** Why there is nothing to print; null if there is something. */
  $absence(): string | null;
}

/** A field with what reads it, or with the index of its word behind the header if it is a reference. */
export interface PrintableField {
  readonly name: string;
  readonly from: ((this: Body) => unknown) | number;
  /** The word is a weak reference, and its referent is what is printed. */
  readonly weak?: boolean;
}

/** How Node, and others after it, print a value inside another. */
type Inspect = (value: unknown, options: InspectOptions) => string;

interface InspectOptions {
  /** Characters that a line should have at most. */
  readonly breakLength?: number;
}

/** Where a console does not say how long its lines are. */
const BREAK_LENGTH = 80;

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
    value(this: Printable, depth: number, options: InspectOptions, inspect: Inspect) {
      const title = this.$title();
      const absence = this.$absence();
      if (absence !== null) return `${title} (${absence})`;
      if (depth < 0) return `[${title}]`;
      const address = addressAt(this.$hold.index);
      const leaf = leafAt(this.$owner, address);
      if (leaf !== undefined) return `${this.$owner.typeNameAt(address)} ${inspect(leaf, options)}`;
      const contents = contentsAt(this.$owner, address);
      if (contents !== null) return printed(contents, options, inspect);
      return this.$fields.length === 0 ? title : `${title} ${inspect(valuesOf(this), options)}`;
    },
  });
}

/** The items between brackets, in one line if they have room there, else in as few as they need. */
function printed({ name, brackets, items, pairs, more }: Contents, options: InspectOptions, inspect: Inspect): string {
  const texts = items.map((item) => inspect(item, options));
  const parts = pairs ? inPairs(texts).map(([key, value]) => `${key}: ${value}`) : texts;
  if (more > 0) parts.push(`… ${more} more`);
  const { breakLength = BREAK_LENGTH } = options;
  const [open, close] = brackets;
  const line = `${name} ${open}${parts.join(", ")}${close}`;
  if (line.length <= breakLength) return line;
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length + 3 > breakLength) lines.push(`  ${part}`);
    else lines[lines.length - 1] = `${last}, ${part}`;
  }
  return `${name} ${open}\n${lines.join(",\n")}\n${close}`;
}

function inPairs<T>(items: readonly T[]): [T, T][] {
  const pairs: [T, T][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) pairs.push([items[i] as T, items[i + 1] as T]);
  return pairs;
}

/** For JSON: an object, array or text of plain values, or a text that says why there are none. */
export function plain(body: Printable): unknown {
  const absence = body.$absence();
  if (absence !== null) return `${body.$title()} (${absence})`;
  const address = addressAt(body.$hold.index);
  const leaf = leafAt(body.$owner, address);
  if (leaf !== undefined) return plainValue(leaf);
  const contents = contentsAt(body.$owner, address);
  if (contents !== null) return plainContents(contents);
  const values = Object.entries(valuesOf(body)).map(([name, value]) => [name, plainValue(value)] as const);
  return Object.fromEntries(values);
}

/** An array; of a dict with no other keys than texts an object, of any other an array of pairs. */
function plainContents({ items, pairs, more }: Contents): unknown {
  const values = items.map(plainValue);
  const rest = `… ${more} more`;
  if (!pairs) return more > 0 ? [...values, rest] : values;
  const entries = inPairs(values);
  const named = inPairs(items).every(([key]) => typeof key === "string");
  if (!named) return more > 0 ? [...entries, rest] : entries;
  return Object.fromEntries(more > 0 ? [...entries, ["…", rest]] : entries);
}

/** JSON has no bigints. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Mention ? value.text : value;
}

/** Why no object of the heap can be looked at, any more or now; null as long as they can. */
export function absenceOfHeap({ down }: Engine): string | null {
  if (down === null) return null;
  if (down.code === "GIL_NOT_HELD") return "lock not held";
  return down.code === "HEAP_DISPOSED" ? "heap disposed" : "heap unusable";
}

/** The fields of an object that is there. */
function valuesOf(body: Printable): { [name: string]: unknown } {
  const { $owner, $hold } = body;
  const values: { [name: string]: unknown } = {};
  for (const { name, from, weak } of body.$fields) {
    if (typeof from === "number") {
      const { words } = $owner.engine.memory;
      const word = words[$hold.index + from] ?? 0;
      values[name] = shownWord($owner, weak ? referentOf(words, word) : word);
    } else {
      values[name] = from.call(body);
    }
  }
  return values;
}
