// Handles and cursors as people read them: in a console, in a text, and as JSON. Nothing here makes handles or collects.

import { hex, type ObjectAddress } from "./address.js";
import {
  type Body,
  type Contents,
  contentsAt,
  Glimpse,
  leafAt,
  Mention,
  type PrintableField,
  type PrintableOwner,
  shownWord,
} from "./contents.js";
import type { Engine } from "./engine.js";
import { referentOf } from "./items.js";
import { addressAt, indexOf } from "./word.js";

export type { Body, PrintableField, PrintableOwner };

/** What is printed. */
export interface Printable extends Body {
  readonly $owner: PrintableOwner;
  readonly $fields: readonly PrintableField[];
  /** What is in front of the fields. */
  $heading(): string;
  /** Its type and address. */
  $title(): string;
  /** Why there is nothing to print; null if there is something. */
  $absence(): string | null;
}

/** How Node, and others after it, print a value inside another. */
type Inspect = (value: unknown, options: InspectOptions) => string;

interface InspectOptions {
  /** How far it goes into what is inside; null: all the way. */
  readonly depth?: number | null;
  /** Characters that a line should have at most. */
  readonly breakLength?: number;
  /** Items of a container that are shown; null: all. */
  readonly maxArrayLength?: number | null;
  /** Gives a text its colour. */
  readonly stylize?: (text: string, style: string) => string;
}

/** Where a console does not say how long its lines are. */
const BREAK_LENGTH = 80;
/** Objects inside each other that are opened, however deep a console wants to go: its own stack ends some time. */
const MOST_DEPTH = 200;
/**
 * Objects that are opened for one that is printed; the rest are named as those that are too deep. An object that several others refer to is
 * opened in each of them, so that the text doubles with each level of a graph in which both fields of a node refer to the same one. So it does
 * of plain objects, and Node opens no more only once the text has some 2^27 characters: that takes seconds, and as much memory as many heaps.
 */
const MOST_OPENED = 10_000;
const INDENT = "  ";
/** What gives a text its colour on a terminal, and takes no room there. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

/** The key of the method that Node, and others after it, print an object with. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What says that an object is one of those. */
const PRINTABLE = Symbol("printable");

Object.defineProperty(Mention.prototype, INSPECT, {
  value(this: Mention) {
    return this.text;
  },
});

Object.defineProperty(Glimpse.prototype, INSPECT, {
  value(this: Glimpse, depth: number | null, options: InspectOptions, inspect: Inspect) {
    const { owner, address } = this;
    if (!this.isThere) return this.text;
    const title = `${owner.typeNameAt(address)} ${hex(address)}`;
    return opened({ owner, address, title }, { ...options, depth }, inspect, () => {
      const fields = owner.fieldsAt(address);
      if (fields.length === 0) return title;
      const body = { $hold: { index: indexOf(address) } };
      const values = valuesOf(owner, fields, body);
      return `${owner.typeNameAt(address)} ${inspect(values, { ...options, depth })}`;
    });
  },
});

/** A handle or a cursor, and not what these inherit from. */
export function isPrintable(value: unknown): value is Printable {
  return typeof value === "object" && value !== null && PRINTABLE in value && Object.hasOwn(value, "$hold");
}

/** Lets consoles print all that have this prototype. */
export function definePrinting(prototype: Printable): void {
  Object.defineProperty(prototype, PRINTABLE, { value: true });
  Object.defineProperty(prototype, INSPECT, {
    value(this: Printable, depth: number | null, options: InspectOptions, inspect: Inspect) {
      const title = this.$title();
      const absence = this.$absence();
      if (absence !== null) return `${title} (${absence})`;
      const owner = this.$owner;
      const address = addressAt(this.$hold.index);
      const leaf = leafAt(owner, address);
      if (leaf !== undefined) return `${owner.typeNameAt(address)} ${inspect(leaf, options)}`;
      return opened({ owner, address, title }, { ...options, depth }, inspect, () =>
        this.$fields.length === 0
          ? title
          : `${this.$heading()} ${inspect(valuesOf(owner, this.$fields, this), { ...options, depth })}`,
      );
    },
  });
}

/** An object that is being printed. */
interface Place {
  readonly owner: PrintableOwner;
  readonly address: ObjectAddress;
  readonly title: string;
}

/** The objects around the one that is being printed, with the numbers of those that were met again inside themselves. */
const path: { readonly place: Place; number: number }[] = [];
/** Numbers that were given to such objects. */
let numbers = 0;
/** Objects that were opened since the outermost one was. */
let openings = 0;

/** What is in an object, unless it is too deep inside others or one of these itself; `fieldsOf` prints one that is no container. */
function opened(place: Place, options: InspectOptions, inspect: Inspect, fieldsOf: () => string): string {
  const { owner, address, title } = place;
  const { depth = 2, stylize = (text: string) => text } = options;
  const around = path.find(({ place }) => place.address === address && place.owner === owner);
  if (around !== undefined) {
    if (around.number === 0) around.number = ++numbers;
    return stylize(`[Circular *${around.number}]`, "special");
  }
  const isTooMuch = path.length === MOST_DEPTH || openings === MOST_OPENED;
  if ((depth !== null && depth < 0) || isTooMuch) return stylize(`[${title}]`, "special");
  const entry = { place, number: 0 };
  path.push(entry);
  openings++;
  try {
    const contents = contentsAt(owner, address, mostItems(options.maxArrayLength));
    const text = contents === null ? fieldsOf() : printed(contents, { ...options, depth }, inspect);
    return entry.number === 0 ? text : `${stylize(`<ref *${entry.number}>`, "special")} ${text}`;
  } finally {
    path.pop();
    if (path.length === 0) {
      numbers = 0;
      openings = 0;
    }
  }
}

/** How many items are shown, as Node understands the option; undefined: as many as usual. */
function mostItems(maxArrayLength: number | null | undefined): number | undefined {
  if (maxArrayLength === undefined) return undefined;
  return maxArrayLength === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(maxArrayLength) || 0);
}

/** The items between brackets, in one line if they have room there, else in as few as they need. */
function printed({ name, brackets, items, pairs, more }: Contents, options: InspectOptions, inspect: Inspect): string {
  const { breakLength = BREAK_LENGTH, depth } = options;
  const within = {
    ...options,
    depth: depth === undefined || depth === null ? null : depth - 1,
    breakLength: breakLength - INDENT.length,
  };
  const texts = items.map((item) => inspect(item, within));
  const parts = pairs ? inPairs(texts).map(([key, value]) => `${key}: ${value}`) : texts;
  if (more > 0) parts.push(`… ${more} more`);
  const [open, close] = brackets;
  const line = `${name} ${open}${parts.join(", ")}${close}`;
  if (widthOf(line) <= breakLength && !line.includes("\n")) return line;
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const indented = part.replaceAll("\n", `\n${INDENT}`);
    const isAlone = part.includes("\n") || last?.includes("\n");
    if (last === undefined || isAlone || widthOf(last) + widthOf(part) + 3 > breakLength) lines.push(INDENT + indented);
    else lines[lines.length - 1] = `${last}, ${part}`;
  }
  return `${name} ${open}\n${lines.join(",\n")}\n${close}`;
}

function widthOf(text: string): number {
  return text.replace(COLORS, "").length;
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
  const values = Object.entries(valuesOf(body.$owner, body.$fields, body)).map(
    ([name, value]) => [name, plainValue(value)] as const,
  );
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
export function valuesOf(
  owner: PrintableOwner,
  fields: readonly PrintableField[],
  body: Body,
): { [name: string]: unknown } {
  const values: { [name: string]: unknown } = {};
  for (const { name, from, weak } of fields) {
    if (typeof from === "number") {
      const { words } = owner.engine.memory;
      const word = words[body.$hold.index + from] ?? 0;
      values[name] = shownWord(owner, weak ? referentOf(words, word) : word);
    } else {
      values[name] = from.call(body);
    }
  }
  return values;
}
