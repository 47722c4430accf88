// One short line about an object, for people.

import type { ObjectAddress, Word } from "../address.js";
import { KINDS } from "../arraykinds.js";
import { leafAt } from "../contents.js";
import { itemsAt, referentOf } from "../items.js";
import {
  ARRAY_KIND,
  ARRAY_LENGTH,
  FALSE_OBJECT,
  ID_ARRAY,
  ID_BYTES,
  ID_FIRST,
  ID_KEYEDREF,
  ID_WEAKREF,
  TEXT_LENGTH,
  TRUE_OBJECT,
} from "../layout.js";
import type { Objects } from "../objects.js";
import { integerOf, isInteger } from "../word.js";
import { isLink } from "./links.js";
import type { Shapes } from "./shapes.js";

/** Characters of a text that are shown. */
const MOST_UNITS = 40;
/** Fields of a struct that are shown. */
const MOST_FIELDS = 3;

/** A text in quotes, cut off where it is long. */
export function quoted(text: string): string {
  return text.length > MOST_UNITS ? `${JSON.stringify(text.slice(0, MOST_UNITS))}…` : JSON.stringify(text);
}

/** A value of a leaf as people read it. */
function shown(value: string | number | bigint | boolean): string {
  if (typeof value === "string") return quoted(value);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.length > MOST_UNITS ? `${text.slice(0, MOST_UNITS)}…` : text;
}

/** What a word stands for: an integer, `null`, or the label of an object. */
export function labelOfWord(objects: Objects, shapes: Shapes, word: Word): string {
  if (isInteger(word)) return String(integerOf(word));
  return isLink(word) ? labelOf(objects, shapes, word) : "null";
}

/** See {@link ObjectGraph.label}. */
export function labelOf(objects: Objects, shapes: Shapes, address: ObjectAddress): string {
  if (address === TRUE_OBJECT) return "true";
  if (address === FALSE_OBJECT) return "false";
  const leaf = leafAt(objects, address);
  if (leaf !== undefined) return shown(leaf);
  const { memory } = objects.engine;
  const id = objects.types.idAt(address);
  if (id >= ID_FIRST) return labelOfStruct(shapes, address, id);
  if (id === ID_WEAKREF || id === ID_KEYEDREF) {
    const referent = referentOf(memory.words, address);
    return `${objects.types.nameOf(id)} to ${referent === 0 ? "nothing" : objects.typeNameAt(referent)}`;
  }
  const name = objects.types.nameOf(id);
  if (id === ID_BYTES) return `${name} of ${memory.word(address + TEXT_LENGTH)}`;
  if (id === ID_ARRAY) {
    return `${name} of ${memory.word(address + ARRAY_LENGTH)} ${KINDS[memory.word(address + ARRAY_KIND)]?.[0]}`;
  }
  const items = itemsAt(memory, address, 0);
  return items === null ? name : `${name} of ${items.length}`;
}

/** `Node {id: 4, …}` */
function labelOfStruct(shapes: Shapes, address: ObjectAddress, id: number): string {
  const { name, scalars, slots } = shapes.of(id);
  const parts = scalars.slice(0, MOST_FIELDS).map((field) => `${field.name}: ${shown(field.read(address))}`);
  if (parts.length === 0) return name;
  if (scalars.length > MOST_FIELDS || slots.length > 0) parts.push("…");
  return `${name} {${parts.join(", ")}}`;
}
