// A search through all objects, in slices.

import type { ObjectAddress } from "../../address.js";
import type { ObjectGraph } from "../../graph/objectgraph.js";
import type { ObjectRow, Search } from "./browser.js";

/** As many objects are kept. */
const FOUND_MAX = 500;
/** Objects between two looks at the clock. */
const AT_ONCE = 64;

export class ObjectSearch implements Search {
  readonly found: ObjectRow[];
  readonly #graph: ObjectGraph;
  readonly #addresses: Uint32Array;
  readonly #text: string;
  readonly #isObject: (address: number) => boolean;
  /** By id: the type's name has the text in it. */
  readonly #types = new Map<number, boolean>();
  #at = 0;

  /**
   * Looks for `text` in type names and labels of objects, whatever case it is in; `found` was found already. Objects may die between two slices:
   * `isObject` tells which are there still.
   */
  constructor(
    graph: ObjectGraph,
    addresses: Uint32Array,
    text: string,
    found: ObjectRow[],
    isObject: (address: number) => boolean,
  ) {
    this.#graph = graph;
    this.#isObject = isObject;
    this.#addresses = text === "" ? new Uint32Array(0) : addresses;
    this.#text = text.toLowerCase();
    this.found = found;
  }

  get done(): boolean {
    return this.#at >= 2 * this.#addresses.length || this.found.length >= FOUND_MAX;
  }

  get isCut(): boolean {
    return this.done && this.#at < 2 * this.#addresses.length;
  }

  get progress(): number {
    return this.done ? 1 : this.#at / (2 * this.#addresses.length);
  }

  advance(budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    while (!this.done && (this.#at % AT_ONCE !== 0 || performance.now() < deadline)) this.#look();
    return this.done;
  }

  /** All objects twice: those whose types have the text come first, then those that have it in what is shown of them. */
  #look(): void {
    const { length } = this.#addresses;
    const at = this.#at++;
    const address = this.#addresses[at % length] as number;
    if (!this.#isObject(address)) return;
    const isOfType = this.#isOfType(address);
    if (at < length ? isOfType : !isOfType && this.#isLabelled(address)) this.found.push(rowOf(this.#graph, address));
  }

  #isOfType(address: number): boolean {
    const id = this.#graph.typeId(address);
    let known = this.#types.get(id);
    if (known === undefined) {
      known = this.#graph.typeName(address).toLowerCase().includes(this.#text);
      this.#types.set(id, known);
    }
    return known;
  }

  #isLabelled(address: number): boolean {
    return this.#graph.label(address).toLowerCase().includes(this.#text);
  }
}

/** An object in a line. */
export function rowOf(graph: ObjectGraph, address: ObjectAddress): ObjectRow {
  return {
    address,
    typeId: graph.typeId(address),
    typeName: graph.typeName(address),
    label: graph.label(address),
    bytes: graph.size(address),
  };
}
