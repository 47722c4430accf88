// One short line about an object, for people.

import type { ObjectAddress, Word } from "../address.js";
import { KINDS } from "../arraykinds.js";
import { leafAt } from "../contents.js";
import { itemsAt, referentOf } from "../items.js";
import {
  ARRAY_KIND,
  ARRAY_LENGTH,
  FALSE_OBJECT,
  HEADER_BYTES,
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
  if (id >= ID_FIRST) return labelOfStruct(objects, shapes, address, id);
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

/** `Node {id: 4, name: "Ada", …}`: the first fields that are numbers, booleans or texts. */
function labelOfStruct(objects: Objects, shapes: Shapes, address: ObjectAddress, id: number): string {
  const { name, fields } = shapes.of(id);
  const parts: string[] = [];
  for (const field of fields) {
    if (parts.length === MOST_FIELDS) break;
    const value = "read" in field ? field.read(address) : leafIn(objects, address, field.slot);
    if (value !== undefined) parts.push(`${field.name}: ${shown(value)}`);
  }
  if (parts.length === 0) return name;
  if (parts.length < fields.length) parts.push("…");
  return `${name} {${parts.join(", ")}}`;
}

/** What a slot of a struct has, if that is a number, a boolean or a text. */
function leafIn(
  objects: Objects,
  address: ObjectAddress,
  slot: number,
): string | number | bigint | boolean | undefined {
  const word = objects.engine.memory.word(address + HEADER_BYTES + 4 * slot);
  if (isInteger(word)) return integerOf(word);
  if (word === TRUE_OBJECT || word === FALSE_OBJECT) return word === TRUE_OBJECT;
  return isLink(word) ? leafAt(objects, word) : undefined;
}
