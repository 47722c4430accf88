// How the consoles of browsers show handles and cursors: with what is in them, to be opened step by step.

import type { ObjectAddress } from "./address.js";
import { type Contents, contentsAt, Glimpse, leafAt, type PrintableField, type PrintableOwner } from "./contents.js";
import { isPrintable, valuesOf } from "./printing.js";
import { addressAt, indexOf } from "./word.js";

/** An element as DevTools want it: its tag, its attributes, and what is in it. */
export type ConsoleElement = readonly [tag: string, attributes: object, ...content: unknown[]];

/** What a console asks about each value that it shows. */
export interface DevtoolsFormatter {
  /** The line of a value; null: the console shows it in its own way. */
  header(value: unknown): ConsoleElement | null;
  /** There is something to be opened. */
  hasBody(value: unknown): boolean;
  body(value: unknown): ConsoleElement;
}

/**
 * A custom formatter for the consoles of Chrome and Firefox, where they are switched on: `globalThis.devtoolsFormatters = [devtoolsFormatter]`.
 * Handles and cursors show their fields and items, and these theirs. No handle is made; what is opened is shown as it is at that time.
 *
 * @see https://firefox-source-docs.mozilla.org/devtools-user/custom_formatters/index.html
 */
export const devtoolsFormatter: DevtoolsFormatter = Object.freeze({
  header(value: unknown) {
    const shown = shownOf(value);
    return shown === null ? null : (["span", {}, shown.line] as const);
  },
  hasBody(value: unknown) {
    return (shownOf(value)?.rows.length ?? 0) > 0;
  },
  body(value: unknown) {
    const rows = shownOf(value)?.rows ?? [];
    return ["ol", LIST, ...rows.map((row) => ["li", {}, ...row.flatMap(elementsOf)])] as const;
  },
});

/** A line, and what is below it: texts and values one after the other. */
interface Shown {
  readonly line: string;
  readonly rows: readonly (readonly unknown[])[];
}

const LIST = { style: "list-style: none; margin: 0; padding-left: 1.5em" };

/** A text is shown as it is, a value as the console shows it, with this formatter if it is an object. */
class Text {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function elementsOf(part: unknown): unknown[] {
  if (part instanceof Text) return [part.text];
  return part instanceof Glimpse || typeof part !== "object" || part === null
    ? [["object", { object: part }]]
    : [`${part}`];
}

function shownOf(value: unknown): Shown | null {
  if (value instanceof Glimpse) {
    const { owner, address, text } = value;
    // It may have died since the console showed what refers to it.
    if (!value.isThere) return { line: `${text} (gone)`, rows: [] };
    return shownAt(owner, address, owner.fieldsAt(address), text.slice(1, -1));
  }
  if (!isPrintable(value)) return null;
  const absence = value.$absence();
  if (absence !== null) return { line: `${value.$title()} (${absence})`, rows: [] };
  return shownAt(value.$owner, addressAt(value.$hold.index), value.$fields, value.$title());
}

function shownAt(
  owner: PrintableOwner,
  address: ObjectAddress,
  fields: readonly PrintableField[],
  title: string,
): Shown {
  const leaf = leafAt(owner, address);
  if (leaf !== undefined) return { line: `${owner.typeNameAt(address)} ${quoted(leaf)}`, rows: [] };
  const contents = contentsAt(owner, address);
  if (contents !== null) return { line: `${contents.name} (${lengthOf(contents)})`, rows: rowsOf(contents) };
  const values = Object.entries(valuesOf(owner, fields, { $hold: { index: indexOf(address) } }));
  return { line: title, rows: values.map(([name, value]) => [new Text(`${name}: `), value]) };
}

function lengthOf({ items, pairs, more }: Contents): number {
  return (pairs ? items.length / 2 : items.length) + more;
}

function rowsOf({ items, pairs, more }: Contents): (readonly unknown[])[] {
  const rows: (readonly unknown[])[] = [];
  const step = pairs ? 2 : 1;
  for (let n = 0; n < items.length; n += step) {
    rows.push(pairs ? [items[n], new Text(" → "), items[n + 1]] : [new Text(`${n}: `), items[n]]);
  }
  if (more > 0) rows.push([new Text(`… ${more} more`)]);
  return rows;
}

function quoted(leaf: string | number | bigint): string {
  return typeof leaf === "string" ? JSON.stringify(leaf) : String(leaf);
}
