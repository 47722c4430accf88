// The objects of a heap as nodes, and their references as edges, read from the bytes: no handle is made, no count changes.

import type { ObjectAddress, Word } from "../address.js";
import { KINDS } from "../arraykinds.js";
import { leafAt } from "../contents.js";
import { HeapError } from "../errors.js";
import { itemsAt } from "../items.js";
import {
  ARRAY_KIND,
  ARRAY_LENGTH,
  DEQUE_MOST,
  FALSE_OBJECT,
  G_COLLECTING,
  G_DEPTH,
  GC,
  ID_ARRAY,
  ID_BYTES,
  ID_DEQUE,
  ID_FIRST,
  ID_STR,
  O_COUNT,
  TEXT_LENGTH,
  TRUE_OBJECT,
} from "../layout.js";
import type { Objects } from "../objects.js";
import { integerOf, isInteger } from "../word.js";
import { labelOf, labelOfWord } from "./labels.js";
import {
  FIELD,
  FIELD_REFERENT,
  ITEM,
  isLink,
  type LinkVisit,
  OWNER,
  REFERENT,
  VALUE,
  visitLinks,
  WEAK,
  WEAK_FIELD,
} from "./links.js";
import { countedObjects, isImmortal, Population } from "./population.js";
import { type RootHolders, type RootVisit, visitRoots } from "./roots.js";
import { Shapes } from "./shapes.js";
import { sizeOfObject } from "./sizes.js";

/**
 * element: an item of a sequence or a set, or the value of an integer key of 0 or more, by its number. property: a field, or the value of
 * another key, by its name. internal: a key, and what a weak field or a weak container needs for itself. weak: not counted, so that it
 * keeps nothing alive.
 */
export type EdgeKind = "element" | "property" | "internal" | "weak";
export type EdgeVisit = (kind: EdgeKind, name: string | number, to: ObjectAddress) => void;
/** A scalar of an object with its name. */
export type Scalar = [name: string, value: string | number | bigint | boolean];

/** What is known of all objects together. */
interface Survey {
  readonly population: Population;
  /** By number of the object: references to it that are no root's, and not weak. */
  readonly found: Uint32Array;
}

/** The graph of a heap. What it says is true until the heap changes; make another then. */
export class ObjectGraph {
  readonly #objects: Objects;
  readonly #holders: RootHolders;
  readonly #shapes: Shapes;
  #survey: Survey | null = null;

  /**
   * `call` begins messages.
   *
   * @throws HeapError `BUSY` inside a finalizer, a callback or a collection
   */
  constructor(holders: RootHolders, call = "the graph of a heap") {
    this.#objects = holders.objects;
    this.#holders = holders;
    this.#shapes = new Shapes(holders.objects);
    const { engine } = holders.objects;
    if (engine.memory.word(GC + G_DEPTH) !== 0 || engine.memory.word(GC + G_COLLECTING) !== 0) {
      throw new HeapError(
        "BUSY",
        `${call}: a finalizer, a callback or a collection is under way, and objects are half dead; look when that has returned`,
      );
    }
    engine.run((core) => core.drain());
  }

  /** All live objects, ascending; those that live as long as the heap (true, `""` …) if somebody refers to them. */
  addresses(): Uint32Array {
    return this.#surveyed().population.addresses;
  }

  /** The number of an object in {@link addresses}; −1 if it is none of them. */
  numberOf(address: ObjectAddress): number {
    return this.#surveyed().population.numberOf(address);
  }

  typeName(address: ObjectAddress): string {
    return this.#objects.typeNameAt(address);
  }

  typeId(address: ObjectAddress): number {
    return this.#objects.types.idAt(address);
  }

  /** Bytes, as sys.getSizeOf: own blocks and the collector's words included. */
  size(address: ObjectAddress): number {
    return sizeOfObject(this.#objects, address);
  }

  /** One short line: a text in quotes, cut at 40 characters, a number, `list of 3`, `Node {id: 4, …}`. */
  label(address: ObjectAddress): string {
    return labelOf(this.#objects, this.#shapes, address);
  }

  /** The same of a word: an integer, null, or an object. */
  labelOfWord(word: Word): string {
    return labelOfWord(this.#objects, this.#shapes, word);
  }

  /** Calls `visit` for each reference of an object, in its own order. Integers and null are no edges. */
  edges(address: ObjectAddress, visit: EdgeVisit): void {
    this.links(address, (link, label, to) => visit(kindOfLink(link, label), this.nameOfLink(address, link, label), to));
  }

  /** The same for those who go through millions of objects: without names, see links.ts. */
  links(address: ObjectAddress, visit: LinkVisit): void {
    visitLinks(this.#objects.engine.memory.words, this.#shapes, address, visit);
  }

  /** The name of a link of an object. */
  nameOfLink(address: ObjectAddress, link: number, label: number): string | number {
    switch (link) {
      case FIELD:
      case WEAK_FIELD:
      case FIELD_REFERENT:
        return this.#shapes.of(this.typeId(address)).slots[label]?.name ?? label;
      case VALUE:
        return this.#nameOfKey(label);
      case ITEM:
        return label;
      case OWNER:
        return "container";
      case REFERENT:
        return "referent";
      default:
        return "key";
    }
  }

  /** What an object consists of besides references: the scalars of a struct, lengths, the value of a text or a number. */
  scalars(address: ObjectAddress): Scalar[] {
    const { types, engine } = this.#objects;
    const { memory } = engine;
    const id = types.idAt(address);
    if (id >= ID_FIRST) return this.#shapes.of(id).scalars.map(({ name, read }): Scalar => [name, read(address)]);
    if (address === TRUE_OBJECT || address === FALSE_OBJECT) return [["value", address === TRUE_OBJECT]];
    const leaf = leafAt(this.#objects, address);
    const scalars: Scalar[] = leaf === undefined ? [] : [["value", leaf]];
    if (id === ID_STR || id === ID_BYTES) scalars.push(["length", memory.word(address + TEXT_LENGTH)]);
    if (id === ID_ARRAY) {
      scalars.push(["kind", KINDS[memory.word(address + ARRAY_KIND)]?.[0] ?? ""]);
      scalars.push(["length", memory.word(address + ARRAY_LENGTH)]);
    }
    const items = itemsAt(memory, address, 0);
    if (items !== null) scalars.push(["length", items.length]);
    const most = id === ID_DEQUE ? memory.word(address + DEQUE_MOST) : NO_LIMIT;
    if (most !== NO_LIMIT) scalars.push(["maxLength", most]);
    return scalars;
  }

  /** Other threads may have the heap, and handles of their own. */
  get isShared(): boolean {
    return this.#objects.engine.memory.views.isShared;
  }

  /** References to an object, those of roots included; an object that lives as long as the heap has more than 2^31. */
  count(address: ObjectAddress): number {
    return this.#objects.engine.memory.word(address + O_COUNT);
  }

  /** References to the object at a number that no root has, weak ones aside. */
  found(number: number): number {
    return this.#surveyed().found[number] ?? 0;
  }

  /**
   * Calls `visit` for each reference that is not in an object: of handles, `globals`, frames, functions of `weakref.finalize`, `gc.garbage`
   * and arenas; and once for each object that is referred to more often than all that explains, by the program itself (at level 0) or
   * by other threads.
   */
  roots(visit: RootVisit): void {
    const { population, found } = this.#surveyed();
    const rooted = found.slice();
    const visitKnown: RootVisit = (group, name, to) => {
      const number = population.numberOf(to);
      if (number < 0) return;
      rooted[number] = (rooted[number] as number) + 1;
      visit(group, name, to);
    };
    visitRoots(this.#holders, visitKnown);
    for (const held of this.#objects.arenas.values()) {
      for (const { address } of held) visitKnown("arenas", "arena", address);
    }
    for (let number = 0; number < population.size; number++) {
      const address = population.addresses[number] as ObjectAddress;
      const more = isImmortal(address) ? 0 : this.count(address) - (rooted[number] as number);
      if (more > 0) visit("program", more === 1 ? "1 reference" : `${more} references`, address);
    }
  }

  #nameOfKey(key: Word): string | number {
    if (isInteger(key) && integerOf(key) >= 0) return integerOf(key);
    if (!isLink(key)) return this.labelOfWord(key);
    const leaf = leafAt(this.#objects, key);
    return typeof leaf === "string" ? leaf : this.label(key);
  }

  #surveyed(): Survey {
    this.#survey ??= survey(this.#objects, this.#shapes);
    return this.#survey;
  }
}

/** A deque without a most. */
const NO_LIMIT = 0xffffffff;

/** The kind of the edge that a link is. */
export function kindOfLink(link: number, label: number): EdgeKind {
  if (link >= WEAK) return "weak";
  if (link === ITEM) return "element";
  if (link === VALUE) return isInteger(label) && integerOf(label) >= 0 ? "element" : "property";
  return link === FIELD ? "property" : "internal";
}

/** Goes through all references once. */
function survey(objects: Objects, shapes: Shapes): Survey {
  const { words } = objects.engine.memory;
  const counted = new Population(countedObjects(objects));
  const found = new Uint32Array(counted.size);
  const immortals = new Set<number>();
  const visit: LinkVisit = (link, _, to) => {
    if (link >= WEAK) return;
    if (isImmortal(to)) {
      immortals.add(to);
      return;
    }
    const number = counted.numberOf(to);
    found[number] = (found[number] as number) + 1;
  };
  for (const address of counted.addresses) visitLinks(words, shapes, address, visit);
  if (immortals.size === 0) return { population: counted, found };
  const first = Uint32Array.from(immortals).sort();
  const addresses = new Uint32Array(first.length + counted.size);
  addresses.set(first);
  addresses.set(counted.addresses, first.length);
  const all = new Uint32Array(addresses.length);
  all.set(found, first.length);
  return { population: new Population(addresses), found: all };
}
