// The table of strings of a heap snapshot. Texts and numbers of the heap stay there until the table is written: a million of them take a
// million words, and no strings.

import type { ObjectAddress, Word } from "../address.js";
import { leafAt } from "../contents.js";
import { FALSE_OBJECT, ID_FLOAT, ID_INT, ID_STR, TEXT_LENGTH, TRUE_OBJECT } from "../layout.js";
import type { Objects } from "../objects.js";
import { readStr } from "../text.js";
import { indexOf, integerOf, isInteger } from "../word.js";
import { FIELD, FIELD_REFERENT, ITEM, isLink, VALUE, WEAK_FIELD } from "./links.js";
import type { ObjectGraph } from "./objectgraph.js";

/** Units of a text that a name has at most, as in V8's snapshots. */
const NAME_MAX_UNITS = 1000;

/**
 * First comes the empty string, then the texts of all strs, ints and floats in the order of their addresses, then all else in the order in
 * which it was asked for.
 */
export class SnapshotNames {
  readonly #objects: Objects;
  readonly #graph: ObjectGraph;
  /** By number of the object: its place if it is a str, an int or a float; else 0. */
  readonly #leaves: Uint32Array;
  /** Strings before `#others`. */
  readonly #before: number;
  /** Strings, and words whose labels they are. */
  readonly #others: (string | Word)[] = [];
  readonly #places = new Map<string, number>();

  constructor(objects: Objects, graph: ObjectGraph) {
    this.#objects = objects;
    this.#graph = graph;
    const addresses = graph.addresses();
    this.#leaves = new Uint32Array(addresses.length);
    let place = 1;
    for (let number = 0; number < addresses.length; number++) {
      const id = graph.typeId(addresses[number] as ObjectAddress);
      if (id === ID_STR || id === ID_FLOAT || id === ID_INT) this.#leaves[number] = place++;
    }
    this.#before = place;
  }

  /** The place of a string that many share. */
  of(name: string): number {
    if (name === "") return 0;
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.#before + this.#others.push(name) - 1;
    this.#places.set(name, place);
    return place;
  }

  /** The place of the name of the object with a number: a text, the digits of a number, else the name of its type. */
  ofObject(number: number): number {
    const place = this.#leaves[number] as number;
    if (place !== 0) return place;
    const address = this.#graph.addresses()[number] as ObjectAddress;
    if (address === TRUE_OBJECT) return this.of("true");
    return this.of(address === FALSE_OBJECT ? "false" : this.#graph.typeName(address));
  }

  /** What an edge has for its name: the number of an item, or a place. */
  ofLink(address: ObjectAddress, link: number, label: number): number {
    if (link === ITEM) return label;
    if (link === VALUE) return this.#ofKey(label);
    const name = this.#graph.nameOfLink(address, link, label);
    const isField = link === FIELD || link === WEAK_FIELD || link === FIELD_REFERENT;
    return this.of(isField ? String(name) : (name as string));
  }

  #ofKey(key: Word): number {
    if (isInteger(key) && integerOf(key) >= 0) return integerOf(key);
    const place = isLink(key) ? (this.#leaves[this.#graph.numberOf(key)] as number) : 0;
    return place !== 0 ? place : this.#before + this.#others.push(key) - 1;
  }

  /** The table as JSON, without its brackets. `require` is asked before an object is read. */
  *texts(require: (address: ObjectAddress) => void): Generator<string> {
    yield '""';
    const addresses = this.#graph.addresses();
    for (let number = 0; number < addresses.length; number++) {
      if (this.#leaves[number] === 0) continue;
      const address = addresses[number] as ObjectAddress;
      require(address);
      yield `,\n${JSON.stringify(this.#textOf(address))}`;
    }
    for (const other of this.#others) {
      if (typeof other === "number" && isLink(other)) require(other);
      yield `,\n${JSON.stringify(typeof other === "string" ? other : this.#graph.labelOfWord(other))}`;
    }
  }

  #textOf(address: ObjectAddress): string {
    const { memory } = this.#objects.engine;
    const isShort = memory.word(address + TEXT_LENGTH) <= NAME_MAX_UNITS;
    if (this.#graph.typeId(address) === ID_STR && isShort) return readStr(memory.views, indexOf(address));
    const leaf = leafAt(this.#objects, address);
    return leaf === undefined ? this.#graph.label(address) : String(leaf);
  }
}
